"""What uses of names mean in C, C++, Java, C#, PHP, Go, Rust and the others: one small program for each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import repoagent
from repoagent_indexers.languages import LANGUAGES
from repoagent_indexers.resolve.analyses import load
from repoagent_indexers.resolve.references import Resolution

MakeRepository = Callable[..., Path]


def uses(root: Path, what: str) -> list[str]:
    """`path:line:column` of every use, with how sure it is where that is not `resolved`."""
    with repoagent.open(root) as repo:
        return [
            f"{use.path}:{use.line}:{use.column}" + (f" {use.certainty}" if use.certainty != "resolved" else "")
            for use in repo.refs(what).uses
        ]


def test_c_headers_statics_and_fields(make_repository: MakeRepository) -> None:
    root = make_repository({
        "inc/store.h": "typedef struct store_s {\n  int size;\n  union { int low; } part;\n} store_t;\n"
        "int store_open(store_t* s);\n",
        "src/store.c": '#include "store.h"\nstatic int clean(void) { return 0; }\n'
        "int store_open(store_t* s) { s->size = clean(); return s->part.low; }\n",
        "src/use.c": '#include "../inc/store.h"\nstatic int clean(void) { return 1; }\n'
        "int run(void) { store_t s = { .size = 1 }; int size = s.size; return store_open(&s) + clean() + size; }\n",
    })  # fmt: skip
    assert uses(root, "src/store.c:3") == ["src/use.c:3:70"]
    assert uses(root, "inc/store.h:2") == ["src/store.c:3:33", "src/use.c:3:32", "src/use.c:3:57"]
    assert uses(root, "src/store.c:2") == ["src/store.c:3:40"]


def test_cpp_classes_and_namespaces(make_repository: MakeRepository) -> None:
    root = make_repository({
        "shape.hpp": "namespace geo {\nclass Shape {\n public:\n  virtual double area() const;\n"
        "  double twice() const;\n"
        "};\n"
        "class Square : public Shape {\n public:\n  explicit Square(double s);\n  double area() const override;\n"
        "  double side;\n};\n}\n",
        "shape.cpp": '#include "shape.hpp"\nnamespace geo {\ndouble Shape::area() const { return 0; }\n'
        "double Shape::twice() const { return 2 * area(); }\nSquare::Square(double s) : side(s) {}\n"
        "double Square::area() const { return side * side; }\n}\n",
        "main.cpp": '#include "shape.hpp"\n#include <memory>\nint main() {\n  geo::Square one(2);\n'
        "  auto two = std::make_shared<geo::Square>(3);\n  return one.area() + two->area() + one.twice();\n}\n",
    })  # fmt: skip
    assert uses(root, "shape.hpp:10") == ["main.cpp:6:14", "main.cpp:6:28"]
    assert uses(root, "shape.hpp:4") == ["shape.cpp:4:42"]
    assert uses(root, "shape.hpp:5") == ["main.cpp:6:41"]
    assert uses(root, "shape.hpp:11") == ["shape.cpp:5:28", "shape.cpp:6:38", "shape.cpp:6:45"]


def test_java(make_repository: MakeRepository) -> None:
    root = make_repository({
        "src/a/Store.java": "package a;\npublic class Store extends Base {\n  private Item item;\n"
        "  public Item find(String key) { return item.copy(); }\n"
        "  void run() { find(\"x\").copy(); this.find(\"y\"); base(); }\n  static int COUNT = 1;\n}\n",
        "src/a/Base.java": "package a;\nclass Base { void base() {} }\n",
        "src/a/Item.java": "package a;\npublic class Item {\n  public Item copy() { return new Item(); }\n}\n",
        "src/b/Use.java": "package b;\nimport a.*;\nimport static a.Store.COUNT;\nclass Use {\n  Item item;\n"
        "  int go(Store store) { var found = store.find(\"k\"); found.copy(); other.copy(); return COUNT; }\n}\n",
        "src/c/Item.java": "package c;\nclass Item { void copy() {} Item self; }\n",
    })  # fmt: skip
    assert uses(root, "Store.find") == ["src/a/Store.java:5:16", "src/a/Store.java:5:39", "src/b/Use.java:6:43"]
    assert uses(root, "src/a/Item.java:3") == ["src/a/Store.java:4:46", "src/a/Store.java:5:26", "src/b/Use.java:6:60"]
    assert uses(root, "Base.base") == ["src/a/Store.java:5:50"]
    assert uses(root, "Store.COUNT") == ["src/b/Use.java:3:23", "src/b/Use.java:6:89"]


def test_go(make_repository: MakeRepository) -> None:
    root = make_repository({
        "go.mod": "module example.org/shop\n",
        "cart/cart.go": "package cart\n\ntype Base struct{}\n\nfunc (b *Base) Log() {}\n\ntype Cart struct {\n\tBase\n"
        "\tItems []Item\n}\n\n"
        "type Item struct{ Price int }\n\nfunc New() *Cart { return &Cart{Items: nil} }\n\n"
        "func (c *Cart) Total() int {\n\tsum := 0\n\tfor _, item := range c.Items {\n\t\tsum += item.Price\n"
        "\t}\n\treturn sum\n}\n",
        "main.go": 'package main\n\nimport "example.org/shop/cart"\n\nfunc main() {\n\tc := cart.New()\n\tc.Total()\n'
        '\tc.Log()\n'
        "\tvar t Total\n}\n\ntype Total int\n",
    })  # fmt: skip
    assert uses(root, "cart/cart.go:14") == ["main.go:6:12"]
    assert uses(root, "cart/cart.go:16") == ["main.go:7:4"]
    assert uses(root, "cart/cart.go:5") == ["main.go:8:4"]
    assert uses(root, "main.go:12") == ["main.go:9:8"]
    assert uses(root, "cart/cart.go:9") == ["cart/cart.go:14:33", "cart/cart.go:18:25"]
    assert uses(root, "Item.Price") == ["cart/cart.go:19:15"]


GO = """package shop

import "strings"

type Cart struct{ n int }
type Else struct{ n int }
type Carts []*Cart
type ByName map[string]Cart
type Alias = Cart
type Filled struct {
	*strings.Builder
	Cart
	each struct{ cart Cart }
}
type Doer interface{ Do() int }
type Both interface {
	Doer
	Close()
}

func (c Cart) Do() int           { return c.n }
func (e Else) Do() int           { return e.n }
func (c Carts) First() *Cart     { return c[0] }
func pair() (Else, *Cart, error) { return Else{}, nil, nil }
func each(all ...Cart)           { all[0].Do() }

var table = []struct{ cart Cart }{{cart: Cart{n: 1}}}
var base = Cart{}

func run(any interface{}, filled Filled, named ByName, carts Carts, both Both, in chan Cart) {
	_, two, _ := pair()
	two.Do()
	carts.First().Do()
	for _, one := range carts[1:] {
		one.Do()
	}
	for one := range in {
		one.Do()
	}
	(<-in).Do()
	named["a"].Do()
	filled.Cart.Do()
	filled.each.cart.Do()
	table[0].cart.Do()
	base.Do()
	new(Alias).Do()
	append(carts, nil)[0].Do()
	Cart(base).Do()
	switch one := any.(type) {
	case Else:
		one.Do()
	case *Cart:
		one.Do()
	}
	Cart := Cart{n: 2}
	Cart.Do()
	_ = []Carts{{{n: 3}, {n: 4}}}
	_ = map[Else]Alias{{n: 5}: {n: 6}}
	both.Do()
	filled.Builder.Len()
	strings.NewReader("").Do()
}
"""


def test_go_declarations_and_braces(make_repository: MakeRepository) -> None:
    root = make_repository({"go.mod": "module example.org/shop\n", "shop.go": GO})
    lines = dict(enumerate(GO.splitlines(), 1))

    def used(what: str) -> list[str]:
        with repoagent.open(root) as repo:
            return [f"{lines[use.line].strip()} {use.certainty}" for use in repo.refs(what).uses]

    assert used("Cart.Do") == [f"{line} resolved" for line in (
        "func each(all ...Cart)           { all[0].Do() }", "two.Do()", "carts.First().Do()", "one.Do()", "one.Do()",
        "(<-in).Do()", 'named["a"].Do()', "filled.Cart.Do()", "filled.each.cart.Do()", "table[0].cart.Do()",
        "base.Do()", "new(Alias).Do()", "append(carts, nil)[0].Do()", "Cart(base).Do()", "one.Do()", "Cart.Do()",
    )]  # fmt: skip
    assert used("Else.Do") == ["one.Do() resolved"]
    assert used("Doer.Do") == ["both.Do() resolved"]
    assert used("Cart.n") == [f"{line} resolved" for line in (
        "func (c Cart) Do() int           { return c.n }", "var table = []struct{ cart Cart }{{cart: Cart{n: 1}}}",
        "Cart := Cart{n: 2}", "_ = []Carts{{{n: 3}, {n: 4}}}", "_ = []Carts{{{n: 3}, {n: 4}}}",
        "_ = map[Else]Alias{{n: 5}: {n: 6}}",
    )]  # fmt: skip
    assert used("Else.n") == [
        "func (e Else) Do() int           { return e.n } resolved",
        "_ = map[Else]Alias{{n: 5}: {n: 6}} resolved",
    ]
    assert "Cart := Cart{n: 2} resolved" in used("Cart")
    assert "filled.Cart.Do() resolved" in used("Cart")


PHP = r"""<?php
namespace Shop\Sale;
use Shop\Stock;
use Shop\Stock\{Item, Box as Crate};

trait Counts { public function count(): int { return 0; } }
interface Countable { public function count(): int; }
class Base implements Countable { use Counts; }
class Item2 extends Base { public function weigh() {} }

class Sale extends \Shop\Sale\Base
{
    /** @var array<string, Item> */
    private array $items = [];
    private $made;
    public static ?Stock\Box $box = null;

    /** @param Item|null $one */
    public function run($one, array $all, object $any, Base $base)
    {
        $one->weigh();
        foreach ($this->items as $key => $item) {
            $item->weigh();
        }
        foreach ($this->all($all) as $each) {
            $each->weigh();
        }
        $this->made = new Stock\Item();
        if ($any instanceof Item && $any->weigh()) {
            return $any->weigh();
        }
        if (!$base instanceof Item2) {
            return null;
        }
        $base->weigh();
        $this->made->weigh();
        self::$box->weigh();
        (new Crate())->weigh();
        (new \Item())->weigh();
        (new Sale())->count();
        self::given()->weigh();
    }

    /** @return list<Item> */
    private function all(array $all) { return $all; }

    private static function given() { return new Item(); }
}
"""


def test_php_names_traits_comments_and_questions(make_repository: MakeRepository) -> None:
    root = make_repository({
        "src/sale.php": PHP,
        "src/Stock/Item.php": "<?php\nnamespace Shop\\Stock;\nclass Item {\npublic function weigh() {} }\n",
        "src/Stock/Box.php": "<?php\nnamespace Shop\\Stock;\nclass Box {\npublic function weigh() {} }\n",
        "src/global.php": "<?php\nclass Item {\npublic function weigh() {} }\n",
        "src/space.php": "<?php\nnamespace Stock\\Stock;\nfunction f(Stock $s) { return new Stock(); }\n"
        "class Stock {}\n",
    })  # fmt: skip
    lines = dict(enumerate(PHP.splitlines(), 1))

    def used(what: str) -> list[str]:
        with repoagent.open(root) as repo:
            return [f"{lines[use.line].strip()} {use.certainty}" for use in repo.refs(what).uses]

    assert used("src/Stock/Item.php:4") == [f"{line} resolved" for line in (
        "$one->weigh();", "$item->weigh();", "$each->weigh();", "if ($any instanceof Item && $any->weigh()) {",
        "return $any->weigh();", "$this->made->weigh();", "self::given()->weigh();",
    )]  # fmt: skip
    assert used("src/Stock/Box.php:4") == ["self::$box->weigh(); resolved", "(new Crate())->weigh(); resolved"]
    assert used("src/global.php:3") == ["(new \\Item())->weigh(); resolved"]
    assert used("Item2.weigh") == ["$base->weigh(); resolved"]
    assert used("Counts.count") == ["(new Sale())->count(); resolved"]
    assert used("Countable.count") == []
    assert uses(root, "src/space.php:4") == ["src/space.php:3:12", "src/space.php:3:35"]


def test_go_import_of_the_name_of_its_own_package(make_repository: MakeRepository) -> None:
    root = make_repository({
        "go.mod": "module example.org/shop\n",
        "errors/errors.go": 'package errors\n\nimport "errors"\n\nfunc New() error { return errors.New("") }\n',
    })  # fmt: skip
    assert uses(root, "errors/errors.go:1") == []


def test_words_that_only_some_languages_keep(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.c": "struct box { int n; };\nstruct bag { int n; };\nint f(struct box *self, struct box *base) "
        "{ return self->n + base->n; }\n",
    })  # fmt: skip
    assert uses(root, "box.n") == ["a.c:3:58", "a.c:3:68"]


def test_rust(make_repository: MakeRepository) -> None:
    root = make_repository({
        "Cargo.toml": '[package]\nname = "shop"\n',
        "src/lib.rs": "pub mod cart;\npub use cart::Cart;\n\npub fn open() -> Cart {\n    let c = Cart::new();\n"
        "    c.total();\n    c\n}\n",
        "src/cart.rs": "pub struct Cart {\n    items: Vec<Item>,\n}\n\npub struct Item {\n    price: u32,\n}\n\n"
        "impl Cart {\n"
        "    pub fn new() -> Self {\n        Cart { items: Vec::new() }\n    }\n\n    pub fn total(&self) -> u32 {\n"
        "        self.items.iter().map(|item| item.price).sum()\n    }\n}\n",
        "src/other.rs": "use crate::cart::Cart;\nuse std::fs::open;\n\n"
        "pub fn use_it(cart: &Cart) {\n    cart.total();\n"
        "    open(\"x\");\n}\n",
    })  # fmt: skip
    assert uses(root, "Cart::total") == ["src/lib.rs:6:7", "src/other.rs:5:10"]
    assert uses(root, "Cart::new") == ["src/lib.rs:5:19"]
    assert uses(root, "src/lib.rs:4") == []
    assert "src/other.rs:1:18" in uses(root, "src/cart.rs:1")


def test_csharp(make_repository: MakeRepository) -> None:
    root = make_repository({
        "A.cs": "namespace Shop.Core {\n  public class Cart : Base {\n    public int Count { get; set; }\n"
        "    public int Total() { return Count + Helper(); }\n  }\n"
        "  public class Base { protected int Helper() { return 0; } }\n}\n",
        "B.cs": "using Shop.Core;\nnamespace Shop.Web {\n  class Page {\n    private Cart cart = new Cart();\n"
        "    int Show(Cart other) { var third = new Cart();"
        " return cart.Total() + other.Total() + third.Count; }\n  }\n}\n",
        "C.cs": "namespace Other { class Cart { int Total() { return 1; } } }\n",
    })  # fmt: skip
    assert uses(root, "A.cs:4") == ["B.cs:5:64", "B.cs:5:80"]
    assert uses(root, "Cart.Count") == ["A.cs:4:33", "B.cs:5:96"]
    assert uses(root, "Helper") == ["A.cs:4:41"]


def test_php(make_repository: MakeRepository) -> None:
    root = make_repository({
        "src/Cart.php": "<?php\nnamespace Shop;\nclass Cart {\n  private Item $item;\n"
        "  public function total(): int { return $this->price() + self::tax(); }\n"
        "  private function price(): int { return $this->item->price(); }\n"
        "  public static function tax(): int { return 1; }\n}\n",
        "src/Item.php": "<?php\nnamespace Shop;\nclass Item { public function price(): int { return 2; } }\n",
        "use.php": "<?php\nuse Shop\\Cart;\n$cart = new Cart();\n$cart->total();\nCart::tax();\n",
    })  # fmt: skip
    assert uses(root, "Cart::total") == ["use.php:4:8"]
    assert uses(root, "Item::price") == ["src/Cart.php:6:55"]
    assert uses(root, "Cart::price") == ["src/Cart.php:5:48"]
    assert uses(root, "Cart::tax") == ["src/Cart.php:5:64", "use.php:5:7"]


def test_a_language_without_an_analysis(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.rb": "def target\nend\n\ndef twice\nend\n",
        "b.rb": "def twice\nend\n\ntarget()\ntwice()\n",
        "c.rb": "twice()\n",
    })  # fmt: skip
    assert uses(root, "target") == ["b.rb:4:1 probable"]
    assert uses(root, "b.rb:1") == ["b.rb:5:1 probable", "c.rb:1:1 by name only"]


def test_cpp_behind_macros(make_repository: MakeRepository) -> None:
    root = make_repository({
        "lib/text.hpp": "#pragma once\nLIB_NAMESPACE_BEGIN\nclass LIB_API Text {\n public:\n"
        "  explicit LIB_CONSTEXPR Text(int n) LIB_NOEXCEPT;\n  LIB_NON_NULL(2)\n"
        "  int size(const char* how) const;\n};\nLIB_NAMESPACE_END\n",
        "lib/text-inl.hpp": '#include "text.hpp"\nLIB_INLINE int Text::size(const char* how) const { return 1; }\n',
        "use/main.cpp": '#include "../lib/text.hpp"\n'
        'int main() { Text text(2); LIB_API_CALL; return text.size("b"); }\n',
        "use/other.cpp": "using Text = int;\nText other();\n",
    })  # fmt: skip
    assert uses(root, "lib/text.hpp:7") == ["use/main.cpp:2:54"]
    assert uses(root, "lib/text.hpp:3") == ["lib/text-inl.hpp:2:16", "use/main.cpp:2:14"]
    assert uses(root, "use/other.cpp:1") == ["use/other.cpp:2:1"]


def test_c_bodies_of_macros_are_code(make_repository: MakeRepository) -> None:
    root = make_repository({
        "list.h": "struct node { int value; struct node *next; };\nint add(int a, int b);\nint n, a;\n"
        "#define ADD(a) add((a), 1)  /* add(2) */\n"
        "#define EACH(n) for (struct node *it = (n); it; it = it->next) \\\n  add(it->value, \"add(n)\")\n"
        "#define NAMED(add) int add##_get(void); int get_ ## add(int x); show(#add)\n",
        "list.c": '#include "list.h"\nint add(int a, int b) { return a + b; }\nint show(char *s);\n'
        "#define value_of(n) ((n)->value)\n",
    })  # fmt: skip
    assert uses(root, "list.c:2") == ["list.h:4:16", "list.h:6:3"]
    assert uses(root, "list.h:3") == []  # parameters of macros bear these names
    assert uses(root, "node.next") == ["list.h:5:58"]
    assert uses(root, "node.value") == ["list.c:4:27 by name only", "list.h:6:11"]
    assert uses(root, "list.c:3") == ["list.h:7:65 probable"]
    with repoagent.open(root) as repo:
        assert [each.symbol and each.symbol.name for each in repo.callees("EACH").calls] == ["add"]


def test_c_macro_that_the_tree_does_without(make_repository: MakeRepository) -> None:
    root = make_repository({
        "t.h": "#define TEST_IMPL(name) int run_ ## name(void)\n#define SIZE 3\n",
        "t.c": '#include "t.h"\nTEST_IMPL(first) {\n  int data[SIZE];\n  return data[0];\n}\n',
    })  # fmt: skip
    assert uses(root, "t.h:1") == ["t.c:2:1"]
    assert uses(root, "t.h:2") == ["t.c:3:12"]


def test_rust_modules_and_functions_of_one_name(make_repository: MakeRepository) -> None:
    root = make_repository({
        "Cargo.toml": '[package]\nname = "app"\n',
        "src/load.rs": "pub fn load(x: i32) -> i32 { x }\n",
        "src/main.rs": "mod load;\nuse crate::load::load;\nuse std::fs::load as other;\n"
        "fn main() { load(1); load::load(2); other(3); }\n",
    })  # fmt: skip
    assert uses(root, "src/load.rs:1") == ["src/main.rs:2:18", "src/main.rs:4:13", "src/main.rs:4:28"]


def test_steps_that_are_left_to_derived_classes(make_repository: MakeRepository) -> None:
    """A trait or a base may call what only the classes have that use it or are derived from it."""
    root = make_repository({
        "a.php": "<?php\ntrait Runs { function all() { return $this->step(); } }\n"
        "abstract class Base { function go() { return $this->part(1) + $this->none(); } }\n"
        "class One extends Base { function part($n) { return $n; } }\n"
        "class Two { use Runs; function step() { return 2; } }\n"
        "class Apart { function part($n) { return 3; } function step() {} function none() {} }\n"
        "function f(Base $b) { $b->part(2); }\n",
        "b.js": "class Base { go() { return this.piece(1); } }\nclass One extends Base { piece(n) { return n; } }\n"
        "class Apart { piece(n) { return 3; } }\n",
    })  # fmt: skip
    assert uses(root, "a.php:4") == []
    assert uses(root, "One::part") == ["a.php:3:53 probable", "a.php:7:27 probable"]
    assert uses(root, "Two::step") == ["a.php:2:45 probable"]
    assert uses(root, "One.piece") == ["b.js:1:33 probable"]
    for apart in ("Apart::part", "Apart::step", "Apart::none", "Apart.piece"):
        assert uses(root, apart) == [], apart


def test_php_methods_and_fields_of_one_name(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.php": "<?php\nclass A {\n  public $load;\n  function load() { return $this->load() . $this->load; }\n}\n",
    })  # fmt: skip
    assert uses(root, "a.php:4") == ["a.php:4:35"]
    assert uses(root, "a.php:3") == ["a.php:4:51"]


def test_typescript_type_parameters_and_members_without_a_name(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.ts": "export interface Api<Config> {\n  set(config: Config): void;\n}\n"
        "export interface Config {\n  size: number }\n"
        "export type Named = Config & { label: string };\n"
        "export function show(named: Named, other: { Config: number }) { return named.label + named.size; }\n",
    })  # fmt: skip
    assert uses(root, "a.ts:4") == ["a.ts:6:21"]
    assert uses(root, "Config.size") == ["a.ts:7:92"]
    assert uses(root, "Named.label") == ["a.ts:7:78"]


def test_rust_uses_globs_and_crates(make_repository: MakeRepository) -> None:
    root = make_repository({
        "Cargo.toml": '[workspace]\nmembers = ["core", "app"]\n',
        "core/Cargo.toml": '[package]\nname = "the-core"\n',
        "core/src/lib.rs": "mod deep;\npub use deep::*;\npub extern crate std as system;\n#[macro_use]\nmod macros;\n",
        "core/src/deep/mod.rs": "pub mod r#match;\npub use self::r#match::Match as Found;\npub struct Error;\n",
        "core/src/deep/match.rs": "use super::Error;\npub struct Match { pub at: usize }\n"
        "impl Match {\n  pub fn end(&self) -> Result<usize, Error> { Err(Error) }\n}\n",
        "core/src/macros.rs": "macro_rules! fail { ($e:expr) => { return Err($e) } }\n",
        "app/Cargo.toml": '[package]\nname = "app"\n[dependencies]\nthe-core = { path = "../core" }\n',
        "app/src/main.rs": "use the_core::{Error as Wrong, Found};\nmod error { pub struct Error; }\n"
        "fn main() {\n  let found = Found { at: 1 };\n  found.end();\n  let e = Wrong; let o = error::Error;\n}\n",
        "core/src/deep/extra.rs": "",
    })  # fmt: skip
    assert uses(root, "core/src/deep/mod.rs:3") == [
        "app/src/main.rs:1:16", "app/src/main.rs:6:11",
        "core/src/deep/match.rs:1:12", "core/src/deep/match.rs:4:38", "core/src/deep/match.rs:4:51",
    ]  # fmt: skip
    assert uses(root, "error::Error") == ["app/src/main.rs:6:33"]
    assert uses(root, "Match::end") == ["app/src/main.rs:5:9"]
    assert "app/src/main.rs:4:23" in uses(root, "Match::at")


def test_rust_arguments_of_macros_read_as_code(make_repository: MakeRepository) -> None:
    root = make_repository({
        "Cargo.toml": '[package]\nname = "app"\n',
        "src/lib.rs": "pub struct Cart { size: u32 }\nimpl Cart { pub fn total(&self) -> u32 { self.size } }\n"
        "macro_rules! check { ($a:expr) => { assert!($a) } }\n"
        "pub fn all(carts: &[Cart]) -> Vec<u32> {\n  check!(carts[0].total() == 1);\n"
        "  let v = vec![carts[0].total(), Cart { size: 2 }.total()];\n"
        '  println!("{}", carts.iter().map(|each| each.total()).count());\n'
        "  for cart in carts.iter() { debug!(target: cart.total() => Cart::total) }\n  v\n}\n",
    })  # fmt: skip
    assert uses(root, "Cart::total") == [
        "src/lib.rs:5:19", "src/lib.rs:6:25", "src/lib.rs:6:51", "src/lib.rs:7:47",
        "src/lib.rs:8:50 probable", "src/lib.rs:8:67",
    ]  # fmt: skip
    assert uses(root, "check") == ["src/lib.rs:5:3"]


def test_rust_traits_bounds_and_patterns(make_repository: MakeRepository) -> None:
    root = make_repository({
        "Cargo.toml": '[package]\nname = "app"\n',
        "src/lib.rs": "pub trait Area { fn area(&self) -> u32; fn twice(&self) -> u32 { self.area() * 2 } }\n"
        "pub struct Square(u32);\nimpl Area for Square { fn area(&self) -> u32 { self.0 } }\n"
        "pub enum Shape { One(Square), Two { left: Square, right: Square }, None }\n"
        "pub fn sum<A: Area + ?Sized, B>(a: &A, b: &B) -> u32 where B: Area {\n  a.area() + b.area()\n}\n"
        "pub fn of(shape: &Shape, more: Option<Square>) -> u32 {\n  if let Some(one) = more { one.twice(); }\n"
        "  match shape {\n    Shape::One(square) => square.area(),\n"
        "    Shape::Two { left, right: other } => left.area() + other.area(),\n    Shape::None => 0,\n  }\n}\n",
    })  # fmt: skip
    assert uses(root, "Area::area") == ["src/lib.rs:1:71", "src/lib.rs:6:5", "src/lib.rs:6:16"]
    assert uses(root, "Square::area") == ["src/lib.rs:11:34", "src/lib.rs:12:47", "src/lib.rs:12:62"]
    assert uses(root, "Area::twice") == ["src/lib.rs:9:33"]
    assert uses(root, "Shape::Two::right") == ["src/lib.rs:12:24"]


def test_csharp_initialisers_attributes_and_extensions(make_repository: MakeRepository) -> None:
    root = make_repository({
        "A.cs": "using System;\nnamespace Shop.Core {\n  public enum Colour { Red, Blue }\n"
        "  [AttributeUsage(AttributeTargets.All)]\n"
        "  public class OldAttribute : Attribute { public string Why { get; set; } }\n"
        "  public class Item { public Colour Colour { get; set; } public Item Next { get; set; } }\n"
        "  public static class More {\n    public static Item Last(this Item item) { return item.Next ?? item; }\n"
        "    public static int Size(this string text) { return text.Length; }\n  }\n}\n",
        "B.cs": "using Shop.Core;\nusing System.Collections.Generic;\nnamespace Shop.Web {\n"
        '  [Old(Why = "no")]\n  class Page : IEnumerable<Item> {\n'
        "    Item Make() { return new Item { Colour = Colour.Red, Next = new Item() }; }\n"
        '    int Use(Page page, IMap map) { Make().Last().Next = null; return "a".Size(); }\n'
        "    object Read(IMap map) { return map.Read<Item>(1).Next; }\n"
        "    Item this[int n] { get { return null; } }\n    object At(Page page) { return page[0].Next; }\n  }\n"
        "  interface IMap { T Read<T>(int a); }\n}\n",
    })  # fmt: skip
    assert uses(root, "Item.Colour") == ["B.cs:6:37"]
    assert uses(root, "Shop.Core.Colour") == ["A.cs:6:30", "B.cs:6:46"]
    assert uses(root, "OldAttribute") == ["B.cs:4:4"]
    assert uses(root, "OldAttribute.Why") == ["B.cs:4:8"]
    assert uses(root, "More.Last") == ["B.cs:7:43"]
    assert uses(root, "More.Size") == ["B.cs:7:74 probable"]
    assert uses(root, "Item.Next") == ["A.cs:8:59", "B.cs:6:58", "B.cs:7:50", "B.cs:8:54", "B.cs:10:43"]


def test_csharp_overloads_by_what_they_take(make_repository: MakeRepository) -> None:
    root = make_repository({
        "A.cs": "class Base { public void Put(int a, int b) {} public void Put(string s = null) {} }\n"
        "class Deep : Base { public void Put(int a, params int[] rest) {} void All() { Put(); Put(1, 2); } }\n",
    })  # fmt: skip
    with repoagent.open(root) as repo:
        found = {(use.line, use.column) for use in repo.refs("Base.Put").uses}
    assert (2, 79) in found
    assert (2, 97) not in found


def test_typescript_works_out_what_type_parameters_stand_for(make_repository: MakeRepository) -> None:
    root = make_repository({
        "farm.ts": "export interface Egg { weight: number }\n"
        "export interface Hen { lay(): Egg; grain: number }\n"
        "export interface Fox { lay(): void; grain: string; weight: number }\n"
        "export function first<T>(items: T[], test: (item: T) => boolean): T { return items.filter(test)[0]; }\n"
        "type Setter<S> = (update: (old: S) => Partial<S>) => void;\n"
        "export function store<S>(begin: (set: Setter<S>, get: () => S) => S): S { throw begin; }\n",
        "use.ts": 'import { Fox, Hen, first, store } from "./farm";\n'
        "export function go(hens: Hen[]) {\n"
        "  const one = first(hens, (hen) => hen.grain > 1);\n"
        "  return one.lay().weight;\n"
        "}\n"
        "export const kept = store<Hen>((set, get) => ({\n"
        "  grain: get().grain,\n"
        "  lay: () => { set((old) => ({ grain: old.grain })); return { weight: 1 }; },\n"
        "}));\n"
        'export function some(of: Pick<Fox, "grain">, pair: [Fox, Hen]) {\n'
        "  const [fox, { grain }] = pair;\n"
        "  return [of.grain, fox.grain, grain];\n"
        "}\n",
    })  # fmt: skip
    hens = ["use.ts:3:40", "use.ts:7:3", "use.ts:7:16", "use.ts:8:32", "use.ts:8:43", "use.ts:11:17"]
    assert uses(root, "Hen.grain") == hens
    assert uses(root, "Fox.grain") == ["use.ts:12:14", "use.ts:12:25"]
    assert uses(root, "Hen.lay") == ["use.ts:4:14"]
    assert uses(root, "Egg.weight") == ["use.ts:4:20", "use.ts:8:63"]
    assert uses(root, "Fox.weight") == []


def test_csharp_namespaces_that_are_taken_in(make_repository: MakeRepository) -> None:
    root = make_repository({
        "src/A/Results/Result.cs": "namespace A.Results;\npublic class Result { public bool IsValid => true; }\n",
        "src/A/Deep/Tool.cs": "namespace A.Deep;\npublic class Tool { public void Go() {} }\n",
        "src/T/T.csproj": '<Project><ItemGroup><Using Include="A.Deep" /></ItemGroup></Project>\n',
        "src/T/Global.cs": "global using A.Other;\n",
        "src/T/Use.cs": "namespace A.T;\nusing Results;\nclass Use {\n"
        "  void M() { Result r = new Result(); r.IsValid.X(); new Tool().Go(); new Far().Off(); }\n}\n",
        "src/O/Other.cs": "namespace A.Other;\npublic class Far { public void Off() {} }\n",
        "other/Use.cs": "namespace B;\nclass Use { void M() { new Tool().Go(); } }\n",
    })  # fmt: skip
    assert uses(root, "Result.IsValid") == ["src/T/Use.cs:4:41"]
    assert uses(root, "Tool.Go") == ["src/T/Use.cs:4:65"]
    assert uses(root, "Far.Off") == ["src/T/Use.cs:4:81"]


def test_csharp_type_parameters(make_repository: MakeRepository) -> None:
    root = make_repository({
        "Rules.cs": "using System;\nnamespace R;\npublic abstract class Validator<T> {\n"
        "  public IRule<T, P> RuleFor<P>(Expression<Func<T, P>> e) => null;\n  public T Of() => default;\n}\n"
        "public interface IRule<T, P> {}\npublic static class Extensions {\n"
        "  public static IRule<T, P> When<T, P>(this IRule<T, P> rule, Func<T, bool> check) => rule;\n}\n",
        "Use.cs": "namespace R;\nclass Person { public string Name; }\nclass Pet { public string Name; }\n"
        "class People : Validator<Person> {\n  People() {\n"
        "    RuleFor(x => x.Name);\n    this.RuleFor(p => p.Name).When(q => q.Name != null);\n"
        "    Of().Name.Trim();\n  }\n}\n"
        "class Outer {\n  class Base { public int Depth; }\n  class Derived : Base { int M() => Depth; }\n}\n",
    })  # fmt: skip
    assert uses(root, "Person.Name") == ["Use.cs:6:20", "Use.cs:7:25", "Use.cs:7:43", "Use.cs:8:10"]
    assert uses(root, "Pet.Name") == []
    assert uses(root, "Outer.Base") == ["Use.cs:13:19"]
    assert uses(root, "Outer.Base.Depth") == ["Use.cs:13:37"]


def test_java_overloads_and_bodies_without_a_name(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a/Node.java": "package a;\nimport java.util.ArrayList;\nclass Node {\n  String text() { return \"\"; }\n"
        "  Node next() { return this; }\n}\n"
        "class Page extends Node {\n  Node text(String s) { return this; }\n}\n"
        "class Nodes<T extends Node> extends ArrayList<T> {}\nclass Pages extends Nodes<Page> {}\n"
        "interface Filter { enum Result { STOP } Result head(Node n); }\n"
        "class Holder<T> { T held; T get() { return held; } }\n",
        "a/Use.java": "package a;\nclass Use {\n  Object value;\n"
        "  void m(Page page, Pages pages, Holder<Page> holder) {\n"
        "    page.text();\n    page.text(\"x\");\n    pages.get(1).text(\"y\");\n"
        "    for (Page each : pages) each.text();\n"
        "    holder.get().text(\"z\");\n    Node n = null;\n    n.next();\n"
        "    if (value instanceof String) value.hashCode();\n"
        "    try { run(); } catch (Bad e) { e.why(); }\n"
        "    new Filter() { public Result head(Node n) { return helped(); }\n"
        "      private Result helped() { return Result.STOP; } };\n  }\n}\n"
        "class Bad extends Exception { void why() {} }\nclass Worse extends Exception { void why() {} }\n",
    })  # fmt: skip
    assert uses(root, "a/Node.java:4") == ["a/Use.java:5:10", "a/Use.java:8:34"]
    assert uses(root, "a/Node.java:8") == ["a/Use.java:6:10", "a/Use.java:7:18", "a/Use.java:9:18"]
    assert uses(root, "Node.next") == ["a/Use.java:11:7"]
    assert uses(root, "Use.value") == ["a/Use.java:12:9", "a/Use.java:12:34"]
    assert uses(root, "Bad.why") == ["a/Use.java:13:38"]
    assert uses(root, "a/Use.java:15") == ["a/Use.java:14:56"]
    assert uses(root, "STOP") == ["a/Use.java:15:47"]


def test_c_arrays_are_pointers_and_standard_names_are_not_sure(make_repository: MakeRepository) -> None:
    root = make_repository({
        "port.h": "typedef unsigned int uint32_t;\ntypedef unsigned int word_t;\nstruct item { int kind; };\n",
        "use.c": '#include "port.h"\nint run(void) { struct item all[2]; uint32_t n = 1; word_t w = 2;\n'
        "  all->kind = 1; all[1].kind = 2; return n + w; }\n",
    })  # fmt: skip
    assert uses(root, "item") == ["use.c:2:24"]
    assert uses(root, "item.kind") == ["use.c:3:8", "use.c:3:25"]
    assert uses(root, "uint32_t") == ["use.c:2:37 probable"]
    assert uses(root, "word_t") == ["use.c:2:53"]


def test_php_functions_are_no_variables(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.php": "<?php\nfunction config() { return 1; }\n",
        "b.php": "<?php\nfunction run() { $config = config(); return $config; }\n",
        "c.php": "<?php\nnamespace C;\nclass Session { const A = 1; }\n",
        "d.php": "<?php\nnamespace D;\nuse C\\Session as Kept;\necho Kept::A;\n",
    })  # fmt: skip
    assert uses(root, "a.php:2") == ["b.php:2:28"]
    assert uses(root, "Session") == ["d.php:3:7", "d.php:4:6"]


def test_java_headers_see_what_the_outer_type_inherits(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a/Base.java": "package a;\nclass Base {\n  static class Entry<K> { K key; K getKey() { return key; } }\n"
        "  void remove() {}\n}\n",
        "a/Trie.java": "package a;\nclass Trie extends Base {\n"
        "  static class Node<K> extends Entry<K> {\n    String show() { return getKey() + \"\" + key; }\n  }\n"
        "  class View { void clear() { Trie.this.remove(); } }\n}\n",
    })  # fmt: skip
    assert uses(root, "Base.Entry") == ["a/Trie.java:3:32"]
    assert uses(root, "Entry.getKey") == ["a/Trie.java:4:28"]
    assert uses(root, "Base.remove") == ["a/Trie.java:6:41"]


def test_rust_modules_by_attribute_primitives_and_qualified_paths(make_repository: MakeRepository) -> None:
    root = make_repository({
        "Cargo.toml": '[package]\nname = "kit"\nedition = "2021"\n',
        "src/lib.rs": "mod error;\nmod draw;\nmod plain;\npub use error::Result;\npub enum Value { Number(u8) }\n",
        "src/error.rs": "pub type Result<T> = std::result::Result<T, ()>;\n",
        "src/draw.rs": "#[path = \"draw_int.rs\"]\nmod int;\npub struct Area;\n"
        "pub trait Draw<T> { const HIGH: u8; fn draw(&self) -> T; }\n"
        "impl Draw<u8> for u64 { const HIGH: u8 = 1; fn draw(&self) -> u8 { u64::HIGH } }\n",
        "src/draw_int.rs": "use super::{Area, Draw};\npub fn area() -> Area { Area }\n"
        "fn of(it: &u64) -> u8 { <u64 as Draw<u8>>::draw(it) }\n",
        "src/plain.rs": "use crate::Value;\ntrait Visit { type Value; }\nfn none() -> Result<u8, u8> { Ok(1) }\n"
        "fn visit() -> Value {\n  struct One;\n  impl Visit for One { type Value = Value; }\n  Value::Number(1)\n}\n",
    })  # fmt: skip
    assert uses(root, "Area") == ["src/draw_int.rs:1:13", "src/draw_int.rs:2:18", "src/draw_int.rs:2:25"]
    assert uses(root, "Result") == ["src/lib.rs:4:16"]
    assert uses(root, "Value.Number") == ["src/plain.rs:7:10"]
    assert uses(root, "Draw.HIGH") == ["src/draw.rs:5:73 probable"]
    assert "src/draw_int.rs:3:44" in " ".join(uses(root, "Draw.draw"))


def test_rust_what_calls_of_macros_define(make_repository: MakeRepository) -> None:
    root = make_repository({
        "Cargo.toml": '[package]\nname = "app"\n',
        "src/lib.rs": "mod macros;\npub mod shop;\npub struct Filter;\n"
        "impl Filter { pub const GET: u8 = 1; }\n"
        "macro_rules! chained {\n  ($(#[$m:meta])* $name:ident, $method:ident) => {\n"
        "    pub fn $name(self) -> Self { self.on(Filter::$method) }\n  };\n}\n"
        "pub struct Router { size: u8 }\n"
        "impl Router {\n  fn on(self, filter: u8) -> Self { self }\n  /// Gets.\n  chained!(get, GET);\n}\n"
        "pub fn run(router: Router) -> u8 { router.get().on(2).size }\n",
        "src/macros.rs": "macro_rules! wrap { ($item:item) => { $item }; }\n"
        "wrap![\n  #[macro_export]\n  macro_rules! ensure { ($a:expr) => { assert!($a) }; }\n];\n"
        "#[macro_export]\nmacro_rules! reject { ($(pub struct $name:ident;)+) => "
        "{ $(pub struct $name { pub why: u8 } impl $name { pub fn code(&self) -> u8 { $crate::code() } })+ }; }\n",
        "src/shop.rs": "use crate::reject;\nreject! {\n  pub struct Missing;\n  pub struct Broken;\n}\n"
        "pub fn code(missing: &Missing) -> u8 { crate::ensure!(true); missing.why + missing.code() }\n"
        "reject!(nothing that fits);\n",
    })  # fmt: skip
    with repoagent.open(root) as repo:
        resolution = Resolution(repo.index)

        def meant(path: str, line: int, column: int) -> list[str]:
            place = resolution.at(path, line, column)
            found = resolution.places(place) if place is not None else None
            assert found is not None
            assert found.certainty == "resolved"
            there = sorted(found.places)
            return [":".join(map(str, (each.path, *resolution.line_and_column(each)))) for each in there]

        assert meant("src/lib.rs", 16, 43) == ["src/lib.rs:14:12"]  # get, which a call makes
        assert meant("src/lib.rs", 16, 49) == ["src/lib.rs:12:6"]  # on, known by what get gives
        assert meant("src/lib.rs", 14, 17) == ["src/lib.rs:4:25"]  # GET, as it is put into the macro
        assert meant("src/shop.rs", 6, 23) == ["src/shop.rs:3:14"]  # a type that a call makes
        assert meant("src/shop.rs", 6, 47) == ["src/macros.rs:4:16"]  # a macro that a call makes
        assert meant("src/shop.rs", 6, 70) == ["src/macros.rs:7:83", "src/shop.rs:2:1"]  # said by the macro
    assert uses(root, "Filter::GET") == ["src/lib.rs:14:17"]
    assert uses(root, "Router::on") == ["src/lib.rs:7:39", "src/lib.rs:16:49"]


def test_rust_macros_that_never_end(make_repository: MakeRepository) -> None:
    root = make_repository({
        "Cargo.toml": '[package]\nname = "app"\n',
        "src/lib.rs": "macro_rules! more { ($($a:tt)*) => { more!($($a)* $($a)*); pub fn made() {} }; }\nmore!(a b);\n"
        "macro_rules! deep { ($a:tt) => { deep!(($a)); }; }\ndeep!(x);\n"
        "mod torn;\npub fn run() {}\npub fn all() { run(); }\n",
        "src/torn.rs": "macro_rules! torn { ($a:ident => { pub fn $a() {} }; }\ntorn!(left);\nfn other() { left() }\n",
    })  # fmt: skip
    assert uses(root, "run") == ["src/lib.rs:7:16"]


def test_rust_bounds_tuples_and_what_is_behind(make_repository: MakeRepository) -> None:
    root = make_repository({
        "Cargo.toml": '[package]\nname = "app"\n',
        "src/lib.rs": "use std::ops::Deref;\npub trait Source { type Item; fn next_one(&mut self) -> u8; }\n"
        "pub struct Map<I> { base: I }\n"
        "impl<S> Source for Map<S> where S: Source {\n  type Item = u8;\n"
        "  fn next_one(&mut self) -> u8 { self.base.next_one() }\n}\n"
        "impl<const N: usize> Source for [u8; N] {\n  type Item = u8;\n"
        "  fn next_one(&mut self) -> Self::Item { 1 }\n}\n"
        "pub struct Sender; pub struct Receiver;\n"
        "impl Sender { pub fn send(&self) {} }\nimpl Receiver { pub fn send(&self) {} }\n"
        "pub fn pair() -> (Sender, Receiver) { (Sender, Receiver) }\n"
        "pub fn scope<F>(f: F) where F: FnOnce(&Sender) { f(&Sender) }\n"
        "pub struct Guard; impl Deref for Guard { type Target = Sender; fn deref(&self) -> &Sender { &Sender } }\n"
        "pub type Alias = Guard; impl Alias { pub fn free(&self) {} }\n"
        "pub fn run(guard: &Guard) {\n  let (s, r) = pair();\n  s.send();\n  r.send();\n"
        "  scope(|each| each.send());\n  guard.send();\n  guard.free();\n}\n"
        "pub fn of<A: Source<Item = u8>, B = Sender>(a: A, b: B) {}\n",
    })  # fmt: skip
    assert uses(root, "Sender::send") == ["src/lib.rs:21:5", "src/lib.rs:23:21", "src/lib.rs:24:9"]
    assert uses(root, "Receiver::send") == ["src/lib.rs:22:5"]
    assert "src/lib.rs:6:44" in uses(root, "Source::next_one")
    assert uses(root, "Source::Item") == ["src/lib.rs:10:35", "src/lib.rs:27:21"]
    assert uses(root, "Alias::free") == ["src/lib.rs:25:9"]
    assert "src/lib.rs:27:37" in uses(root, "Sender")


def test_rust_modules_that_macros_declare_and_what_holds_otherwise(make_repository: MakeRepository) -> None:
    root = make_repository({
        "Cargo.toml": '[package]\nname = "app"\n',
        "src/lib.rs": 'macro_rules! modules { () => { #[cfg_attr(docsrs, path = "gone.rs")] pub mod stock; }; }\n'
        "modules!();\npub mod io;\nuse io::Write;\npub fn all() -> u8 { stock::count() }\n"
        "pub fn to(out: &dyn Write) {}\n",
        "src/stock.rs": "pub fn count() -> u8 { crate::all() }\n",
        "src/io.rs": 'pub use self::imp::Write;\n#[cfg(not(feature = "std"))]\n#[path = "core.rs"]\nmod imp;\n'
        '#[cfg(feature = "std")]\nuse std::io as imp;\n',
        "src/core.rs": "pub trait Write {}\n",
    })  # fmt: skip
    assert uses(root, "count") == ["src/lib.rs:5:29"]
    assert uses(root, "all") == ["src/stock.rs:1:31"]
    assert uses(root, "src/core.rs:1") == []


def test_members_of_kotlin(make_repository: MakeRepository) -> None:
    root = make_repository({
        "A.kt": "package io\n\nclass A {\n    fun go(): Int = 1\n    val size = 2\n    companion object {\n"
        "        fun make() = A()\n    }\n}\n",
        "use.kt": "package io\n\nfun one(a: A) = a.go() + a.size\nfun two() = A.make()\n",
    })  # fmt: skip
    with repoagent.open(root) as repo:
        found = {
            what: [(use.path, use.line, use.certainty) for use in repo.refs(what).uses]
            for what in ("A.go", "A.size", "A.Companion.make")
        }
    assert found == {
        "A.go": [("use.kt", 3, "resolved")],
        "A.size": [("use.kt", 3, "resolved")],
        "A.Companion.make": [("use.kt", 4, "resolved")],
    }


def test_what_extends_a_type_is_sure_where_that_type_is_around(make_repository: MakeRepository) -> None:
    root = make_repository({
        "core/text.kt": "package core\n\nclass Text\n\nfun Text.add(word: String): Text = this\n",
        "core/use.kt": "package core\n\nfun Text.twice() = add(\"a\")\n\n"
        "class Page {\n    fun show(write: Pen) = write.on { add(\"b\") }\n}\n",
    })  # fmt: skip
    assert uses(root, "core/text.kt:5") == ["core/use.kt:3:20", "core/use.kt:6:39 probable"]


def test_kotlin_parameters_variables_and_lambdas(make_repository: MakeRepository) -> None:
    root = make_repository({
        "core/Item.kt": "package core\n\nopen class Item(val size: Int, plain: Int) {\n    val start = plain\n"
        "    fun go(): Item = this\n    fun next(): Item? = null\n}\n"
        "class Sub : Item(1, 2) {\n    fun own() {}\n}\n"
        "class Other(val size: Int) {\n    fun go() {}\n    fun own() {}\n}\n"
        "data class Pair2(val left: Item, val right: Other)\n",
        "core/tools.kt": "package core\n\nfun Item.grown(): Item = this\nfun build(block: Item.(Other) -> Unit) {}\n"
        "fun interface Handler {\n    fun handle(item: Item)\n}\nfun on(handler: Handler) {}\n",
        "app/Use.kt": "package app\n\nimport core.*\nimport core.grown as bigger\n\n"
        "class Use(private val kept: Item, given: Item) {\n    val lazily by lazy { Item(1, 2) }\n"
        "    fun run(item: Item, others: List<Other>) {\n        item.go()\n        val made = item.next()\n"
        "        made?.go()\n        others.forEach { it.go() }\n        for (each in others) each.go()\n"
        "        item.let { seen -> seen.go() }\n        kept.apply { go() }\n        lazily.go()\n"
        "        if (item is Sub) item.own()\n        when (item) { is Sub -> item.own() }\n"
        "        val (left, right) = Pair2(item, others[0])\n        left.go()\n        right.go()\n"
        "        item.bigger().go()\n        build { other -> go(); other.go() }\n"
        "        on { it.go() }\n        println(\"$kept ${item.size}\")\n        Item(size = 1, plain = 2)\n"
        "        listOf(item).first().go()\n    }\n}\n",
    })  # fmt: skip
    lines = {int(use.split(":")[1]) for use in uses(root, "Item.go") if use.startswith("app/")}
    assert lines == {9, 11, 14, 15, 16, 20, 22, 23, 24, 27}
    lines = {int(use.split(":")[1]) for use in uses(root, "Other.go") if use.startswith("app/")}
    assert lines == {12, 13, 21, 23}
    assert uses(root, "Sub.own") == ["app/Use.kt:17:31", "app/Use.kt:18:38"]
    assert uses(root, "Other.own") == []
    assert uses(root, "Use.kept") == ["app/Use.kt:15:9", "app/Use.kt:25:19"]
    assert uses(root, "Item.size") == ["app/Use.kt:25:31", "app/Use.kt:26:14"]
    assert set(uses(root, "grown")) >= {"app/Use.kt:4:13", "app/Use.kt:22:14"}


def test_kotlin_what_each_platform_gives_is_one(make_repository: MakeRepository) -> None:
    root = make_repository({
        "common/Clock.kt": "package p\n\nexpect class Clock {\n    fun now(): Int\n}\nexpect fun tick()\n",
        "jvm/Clock.kt": "package p\n\nactual class Clock {\n    actual fun now(): Int = 1\n}\nactual fun tick() {}\n",
        "common/use.kt": "package p\n\nfun f(c: Clock) {\n    c.now()\n    tick()\n}\n",
    })  # fmt: skip
    assert uses(root, "jvm/Clock.kt:3") == ["common/use.kt:3:10"]
    assert uses(root, "jvm/Clock.kt:6") == ["common/use.kt:5:5"]
    assert uses(root, "jvm/Clock.kt:4") == ["common/use.kt:4:7"]


def test_elixir_modules_arities_and_imports(make_repository: MakeRepository) -> None:
    root = make_repository({
        "lib/conn.ex": "defmodule Plug.Conn do\n  @limit 5\n  @type t :: map\n  @spec put(t, atom) :: t\n"
        "  def put(conn, key, value \\\\ nil) do\n    helper(conn)\n    @limit\n  end\n"
        "  def put(_, _, _, _), do: 1\n  defp helper(c), do: c\n"
        "  defmacro __using__(_) do\n    quote do\n      import Plug.Conn\n    end\n  end\n"
        "  defmodule Inner do\n    def run, do: Plug.Conn.put(1, 2)\n  end\nend\n",
        "lib/use.ex": "defmodule B do\n  alias Plug.Conn\n  alias Plug.Conn.{Inner}\n  alias Plug.Conn, as: C\n"
        "  use Plug.Conn\n  @spec go(Conn.t()) :: any\n  def go(x) do\n    put(x, 1)\n    x |> Conn.put(2, 3)\n"
        "    C.put(1, 2, 3, 4)\n    Inner.run()\n    &Conn.put/2\n    Enum.map(x, &go/1)\n  end\nend\n"
        "defmodule Other do\n  def put(a, b), do: helper(a, b.put)\n  defp helper(a, b), do: {a, b}\nend\n",
    })  # fmt: skip
    assert uses(root, "lib/conn.ex:5") == [
        "lib/conn.ex:4:9", "lib/conn.ex:17:28", "lib/use.ex:8:5", "lib/use.ex:9:15", "lib/use.ex:12:11",
    ]  # fmt: skip
    assert uses(root, "lib/conn.ex:9") == ["lib/use.ex:10:7"]
    assert uses(root, "lib/conn.ex:10") == ["lib/conn.ex:6:5"]
    assert uses(root, "Inner.run") == ["lib/use.ex:11:11"]
    assert uses(root, "B.go") == ["lib/use.ex:6:9", "lib/use.ex:13:18"]
    assert uses(root, "Plug.Conn.t") == ["lib/use.ex:6:17"]
    assert "lib/use.ex:10:5" in uses(root, "lib/conn.ex:1")
    with repoagent.open(root) as repo:
        kinds = {(use.line, use.kind) for use in repo.refs("lib/conn.ex:5").uses if use.path == "lib/conn.ex"}
    assert kinds == {(4, "type"), (17, "call")}


def test_java_whole_paths(make_repository: MakeRepository) -> None:
    root = make_repository({
        "com/foo/Bar.java": "package com.foo;\npublic class Bar {\n"
        "  public static void baz() {}\n  public void run() {}\n}\n",
        "org/Use.java": "package org;\nclass Use extends com.foo.Bar {\n  com.foo.Bar kept = new com.foo.Bar();\n"
        "  void f(java.util.List<com.foo.Bar> all) {\n    com.foo.Bar.baz();\n    kept.run();\n    run();\n"
        "    all.get(0).run();\n  }\n}\n",
    })  # fmt: skip
    assert uses(root, "Bar.baz") == ["org/Use.java:5:17"]
    assert uses(root, "Bar.run") == ["org/Use.java:6:10", "org/Use.java:7:5", "org/Use.java:8:16"]


def test_a_method_beside_a_field_and_common_names(make_repository: MakeRepository) -> None:
    root = make_repository({
        "Map.java": "class Map {\n  private Object keySet;\n  Object keySet() { return keySet; }\n"
        "  void run() { keySet(); }\n}\n",
        "box.rb": "class Box\n  def each\n  end\n\n  def opened\n  end\nend\n",
        "use.rb": "def go(a, b)\n  a.each\n  b.opened\nend\n",
        "lib.lua": "function helper()\n  return 1\nend\nlocal M = {}\nfunction M.helper()\nend\nreturn M\n",
        "use.lua": "-- A sentence ends here.\nhelper()\n",
    })  # fmt: skip
    assert uses(root, "Map.keySet()") == ["Map.java:4:16"]
    assert uses(root, "Box.each") == ["use.rb:2:5 by name only"]
    assert uses(root, "Box.opened") == ["use.rb:3:5 probable"]
    with repoagent.open(root) as repo:
        resolution = Resolution(repo.index)
        place = resolution.at("use.lua", 2, 1)
        assert place is not None
        _, meant = resolution.meaning(place)
    assert [one.symbol.qualified_name for one in meant] == ["helper"]


def test_all_languages_are_analysed(make_repository: MakeRepository) -> None:
    with repoagent.open(make_repository({"a.py": ""})) as repo:
        for name, language in LANGUAGES.items():
            assert (load(repo.index, name, quick=True) is not None) == language.is_code, name


def test_java_classes_before_interfaces_and_fields_beside_methods(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a/b/Shape.java": "package a.b;\npublic interface Shape { double area(); }\n",
        "a/b/Base.java": "package a.b;\npublic abstract class Base {\n  public double area() { return 1; }\n}\n",
        "a/b/Square.java": "package a.b;\npublic class Square extends Base implements Shape {\n"
        "  private String side;\n  public Square side(String s) { return this; }\n"
        "  public Square side(int s) { return this; }\n  public void done() {}\n}\n",
        "a/b/Named.java": 'package a.b;\npublic @interface Named { String value() default ""; boolean strict(); }\n',
        "a/c/Use.java": "package a.c;\nclass Use {\n  private final a.b.Square square = new a.b.Square();\n"
        "  @a.b.Named(strict = true) void run() {\n    square.area();\n    square.side(\"1\").side(2).done();\n  }\n"
        "  void strict() {}\n}\n",
    })  # fmt: skip
    assert uses(root, "Base.area") == ["a/c/Use.java:5:12"]
    assert uses(root, "Shape.area") == []
    assert uses(root, "Square.done") == ["a/c/Use.java:6:30"]
    assert uses(root, "a/b/Square.java:2")[2:] == ["a/c/Use.java:3:21", "a/c/Use.java:3:45"]
    assert uses(root, "Named.strict") == ["a/c/Use.java:4:14"]


def test_csharp_extension_blocks(make_repository: MakeRepository) -> None:
    root = make_repository({
        "Client.cs": "namespace S;\npublic interface IClient { void Send(string text); }\npublic class Cache<T> "
        "{ public static Cache<T> Empty; }\n",
        "Extensions.cs": "namespace S;\npublic static class Extensions {\n  extension(IClient client) {\n"
        '    public void Get(string where) => client.Send("}" + where);\n    public void Twice() { client.Get("a"); }\n'
        "  }\n  extension<T>(Cache<T>? cache)\n    where T : new()\n  {\n    public bool IsSet => cache != null;\n  }\n"
        "  public static int Last(this bool on) => 1;\n}\n",
        "Use.cs": "namespace S;\nclass Use {\n  Cache<int> Cache;\n  bool On() => true;\n"
        '  void M(IClient c) { c.Get("a"); var e = Cache<int>.Empty; var s = e.IsSet; On().Last(); }\n}\n',
    })  # fmt: skip
    assert uses(root, "IClient.Send") == ["Extensions.cs:4:45"]
    assert uses(root, "Extensions.Get") == ["Extensions.cs:5:34", "Use.cs:5:25"]
    assert uses(root, "Extensions.IsSet") == ["Use.cs:5:71"]
    assert uses(root, "S.IClient") == ["Extensions.cs:3:13", "Use.cs:5:10"]
    assert uses(root, "S.Cache") == ["Client.cs:3:39", "Extensions.cs:7:16", "Use.cs:3:3", "Use.cs:5:43"]
    assert uses(root, "Extensions.Last") == ["Use.cs:5:83 probable"]


def test_csharp_functions_that_members_are_set_to(make_repository: MakeRepository) -> None:
    root = make_repository({
        "A.cs": "using System;\nnamespace S;\npublic class Arguments<T> { public T Outcome; }\n"
        "public class Options<T> { public Func<Arguments<T>, bool>? Handle { get; set; } public Action<Item> Done; }\n"
        "public class Item { public int Size; }\n",
        "B.cs": "\ufeffusing Thing = S.Item;\nnamespace S;\nclass Use {\n  void M() {\n"
        "    var o = new Options<Item> { Handle = args => args.Outcome.Size > 0 };\n"
        "    o.Done = (i) => i.Size.ToString();\n"
        "    var i = new Item(); var j = i with { Size = 1 }; j.Size = 2;\n  }\n}\n",
    })  # fmt: skip
    assert uses(root, "Item.Size") == ["B.cs:5:63", "B.cs:6:23", "B.cs:7:42", "B.cs:7:56"]
    assert uses(root, "Arguments.Outcome") == ["B.cs:5:55"]
    assert "B.cs:1:17" in uses(root, "S.Item")


def test_rust_paths_through_traits(make_repository: MakeRepository) -> None:
    root = make_repository({
        "Cargo.toml": '[package]\nname = "shop"\n',
        "src/lib.rs": "pub mod combine;\npub trait Mode { type Out; fn bind() -> u8; }\n"
        "pub trait Parser { type Item; type Way: Mode; fn map(&self) {} }\nimpl<F> Parser for F { type Item = u8; }\n"
        "pub enum Value { Null }\n",
        "src/combine.rs": "use crate::{Parser, Value};\npub fn map(a: u8) -> u8 { a }\n"
        "pub fn first<P: Parser>(p: P) -> <P as Parser>::Item { P::Way::bind(); p.map() }\n"
        "pub mod deep {\n  use super::map;\n  pub fn go() { use crate::Value::*; map(1); let _ = Null; }\n}\n",
    })  # fmt: skip
    assert uses(root, "Parser::Item") == ["src/combine.rs:3:49"]
    assert uses(root, "Mode::bind") == ["src/combine.rs:3:64"]
    assert uses(root, "combine::map") == ["src/combine.rs:5:14", "src/combine.rs:6:38"]
    assert uses(root, "Value::Null") == ["src/combine.rs:6:54"]


def test_c_types_named_twice_and_names_of_the_platform(make_repository: MakeRepository) -> None:
    root = make_repository({
        "item.h": "#ifndef ITEM_H\n#define ITEM_H\ntypedef struct item item;\nint take(item *first);\n#ifdef _WIN32\n"
        "#define S_IRUSR 0400\n#endif\n#endif\n",
        "item.c": '#include "item.h"\nstruct item {\n  item *next;\n  int size;\n};\n#if CHECKED\n'
        "#define malloc(n) checked(n)\n#endif\n"
        "int take(item *first) { return first->next->size + S_IRUSR + (malloc(1) != 0); }\n"
        "struct config { int port; };\nint open_it(struct config config) { return config.port; }\n",
    })  # fmt: skip
    both = ["item.c:3:3", "item.c:9:10", "item.h:3:16", "item.h:4:10"]
    assert sorted(uses(root, "item.c:2")) == both
    assert uses(root, "item.c:4") == ["item.c:9:45"]
    assert uses(root, "item.c:10") == ["item.c:11:20"]
    assert uses(root, "config.port") == ["item.c:11:51"]
    assert uses(root, "item.h:6") == ["item.c:9:52 probable"]
    assert uses(root, "item.c:7") == ["item.c:9:63 probable"]


def test_cpp_names_of_bases_and_types_of_one_name(make_repository: MakeRepository) -> None:
    root = make_repository({
        "inc/walk.h": "class Walk {\n public:\n  Walk();\n  void Next();\n};\n",
        "db/list.h": "class List {\n  class Walk {\n    Walk();\n    void Next();\n  };\n};\n",
        "db/list.cc": '#include "list.h"\nList::Walk::Walk() {}\n',
        "src/walk.cc": '#include "inc/walk.h"\nWalk::Walk() {}\nvoid Walk::Next() {}\n',
        "src/two.cc": '#include "inc/walk.h"\nclass Two : public Walk {\n'
        "  Two(Walk* one) : one_(one) { one_[0].Next(); }\n  Walk* one_;\n};\n",
    })  # fmt: skip
    assert [each for each in uses(root, "inc/walk.h:1") if each.startswith("src/two")] == [
        "src/two.cc:2:20", "src/two.cc:3:7", "src/two.cc:4:3",
    ]  # fmt: skip
    assert "src/walk.cc:3:6" in uses(root, "inc/walk.h:1")
    assert uses(root, "inc/walk.h:4") == ["src/two.cc:3:40"]
