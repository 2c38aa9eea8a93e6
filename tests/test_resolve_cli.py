"""`refs`, `callers` and `callees` as a person and a script meet them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

MakeRepository = Callable[..., Path]
SOURCE = {
    "shop.py": "def price(item):\n    return item.cost\n\n\ndef total(items):\n"
    "    return sum(price(item) for item in items)\n",
    "main.py": "from shop import total\n\n\ndef main():\n    print(total([]))\n\n\nmain()\n",
    "sub/other.py": "def total():\n    pass\n",
}


def repoagent(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = "import sys; from repoagent.cli import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


@pytest.fixture
def shop(make_repository: MakeRepository) -> Path:
    return make_repository(SOURCE)


def test_a_file_that_was_not_read_says_why(make_repository: MakeRepository) -> None:
    root = make_repository({"big.py": "def big():\n    pass\n" + "# long\n" * 400_000, "a.bin": "\0\1"})
    for arguments, why in (
        (("refs", "big.py:1"), "larger than 2 MiB"),
        (("explain", "big.py"), "larger than 2 MiB"),
        (("explain", "a.bin"), "binary"),
    ):
        done = repoagent(root, *arguments)
        assert done.returncode == 2
        assert f"{arguments[1].partition(':')[0]}: it was not read: {why}" in done.stderr


def test_refs_as_json(shop: Path) -> None:
    done = repoagent(shop, "refs", "--json", "price")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["version"] == 1
    assert found["symbol"] == {
        "path": "shop.py", "start_line": 1, "end_line": 2, "symbol": "price", "kind": "function",
        "line": 1, "column": 5, "also": [], "overrides": [],
    }  # fmt: skip
    assert found["references"] == [
        {"path": "shop.py", "line": 6, "column": 16, "kind": "call", "certainty": "resolved", "inside": "total",
         "text": "return sum(price(item) for item in items)"},
    ]  # fmt: skip


OVERLOADED = {
    "a/Shape.java": "package a;\ninterface Shape<T> { double area(T of); }\n",
    "a/Base.java": "package a;\nabstract class Base {\n  double area(Other o) { return 0; }\n"
    "  private void own() { }\n}\n",
    "a/Other.java": "package a;\nclass Other { double area(int of) { return 0; } }\n",
    "a/Circle.java": "package a;\nsealed interface Round extends Shape<Other> permits Circle { }\n"
    "final class Circle extends Base implements Round {\n  public double area(Other of) { return 1; }\n"
    "  public double area(Other of, int digits) { return area(of); }\n  private void own() { }\n}\n",
    "b/circle.py": "class Meta(type):\n    def area(self): ...\n\n\nclass Shape:\n    def area(self): ...\n\n\n"
    "class Deep(Shape, metaclass=Meta): ...\n\n\nclass Round(Deep):\n    def area(self): ...\n",
    "c/sq.cpp": "class Shape { public: virtual int area(); };\ntemplate <class T> class Box { };\n"
    "class Sq : public Shape, Box<Shape> { public: int area() override; };\nint Sq::area() { return 1; }\n",
    "d/sq.rb": "class Shape\n  def area; end\nend\n\nclass Square < Shape\n  def area; 1; end\nend\n",
    "e/sq.ts": "interface Shape<T> { area(t: T): number }\nclass Foo { area() { return 2 } }\n"
    "export class Tile<T extends Foo> implements Shape<Foo> { area(t: Foo) { return 1 } }\n",
    "f/Sq.cs": "interface IShape { int Area(); }\nclass Foo { public int Area() { return 2; } }\n"
    "class Plate<T> : IShape where T : Foo { public int Area() { return 1; } }\n",
    "g/sq.kt": "interface Shape { fun area(): Int }\nopen class Foo { open fun area() = 2 }\n"
    "class Tent(val x: Foo, val y: List<Foo>) : Shape { override fun area() = 1 }\n",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "also", "overrides"),
    [
        ("Circle.area", ["a/Circle.java:4"], ["a/Base.java:3", "a/Shape.java:2"]),
        ("Circle.own", [], []),
        ("Round.area", [], ["b/circle.py:6"]),
        ("Sq::area", ["c/sq.cpp:3"], ["c/sq.cpp:1"]),
        ("Square#area", [], ["d/sq.rb:2"]),
        ("Tile.area", [], ["e/sq.ts:1"]),
        ("Plate.Area", [], ["f/Sq.cs:1"]),
        ("Tent.area", [], ["g/sq.kt:1"]),
    ],
)
def test_overloads_and_what_is_overridden(
    make_repository: MakeRepository, name: str, also: list[str], overrides: list[str]
) -> None:
    root = make_repository(OVERLOADED)
    for command in ("refs", "callers"):
        found = json.loads(repoagent(root, command, "--json", name).stdout)["symbol"]
        assert [f"{each['path']}:{each['line']}" for each in found["also"]] == also
        assert sorted(f"{each['path']}:{each['line']}" for each in found["overrides"]) == overrides
    said = repoagent(root, "callers", name).stdout.splitlines()
    assert ("  and at " in said[1]) == bool(also)
    assert sum(line.startswith("  overrides ") for line in said) == len(overrides)


def test_a_name_of_several_things_lists_each_once(make_repository: MakeRepository) -> None:
    overloads = "  void go(int a) { }\n  void go(String a) { }\n"
    root = make_repository({f"{name}.java": f"class {name} {{\n{overloads}}}\n" for name in ("A", "B")})
    done = repoagent(root, "refs", "go")
    assert done.returncode == 2
    assert done.stderr.startswith("repoagent: go may mean A.java:2 (A.go), B.java:2 (B.go); name one")


def test_refs_in_a_pipe(shop: Path) -> None:
    done = repoagent(shop / "sub", "refs", "../main.py:4")
    assert done.stdout.splitlines() == [
        "main.py:4  function main",
        "main.py",
        "     8:1    call   main()",
        "1 use: 1 resolved",
    ]


NAMED = [
    ("Basket::empty", ["shop::Basket::empty"]),
    ("basket.EMPTY", ["shop::Basket::empty"]),
    ("shop::Basket#empty", ["shop::Basket::empty"]),
    ("sket::empty", []),
    ("operator->", ["shop::Basket::operator->"]),
    ("Basket::operator->", ["shop::Basket::operator->"]),
    ("empty", ["shop::Basket::empty"]),
]


@pytest.mark.parametrize(("name", "found"), NAMED)
def test_symbols_by_name_in_any_notation(make_repository: MakeRepository, name: str, found: list[str]) -> None:
    """As `refs` and `callers` take them; a part of a word is no name."""
    code = (
        "namespace shop {\nstruct Basket {\n  bool empty() { return true; }\n  int *operator->() { return 0; }\n};\n}\n"
    )
    done = repoagent(make_repository({"basket.hpp": code}), "symbols", "--json", "--name", name)
    assert [symbol["symbol"] for symbol in json.loads(done.stdout)["symbols"]] == found
    assert done.returncode == (0 if found else 1)


def test_a_namespace_with_dots_has_a_name(make_repository: MakeRepository) -> None:
    files = {"a.cs": "namespace Shop.Json {\n  class Basket { }\n}\n", "b.cs": "class Json { }\n"}
    root = make_repository(files)
    found = json.loads(repoagent(root, "symbols", "--json", "--name", "Shop.Json").stdout)["symbols"]
    assert [(one["kind"], one["symbol"]) for one in found] == [("namespace", "Shop.Json")]
    assert json.loads(repoagent(root, "refs", "--json", "Shop.Json").stdout)["symbol"]["symbol"] == "Shop.Json"


def test_an_operator_that_looks_like_a_joint_has_callers(make_repository: MakeRepository) -> None:
    code = "struct Basket {\n  int *operator->() { return 0; }\n};\n"
    done = repoagent(make_repository({"basket.hpp": code}), "refs", "--json", "Basket::operator->")
    assert json.loads(done.stdout)["symbol"]["symbol"] == "Basket::operator->"


def test_a_test_is_not_what_it_is_named_after(make_repository: MakeRepository) -> None:
    code = "pub fn eql(a: u8, b: u8) bool {\n    return a == b;\n}\n\n"
    code += "test eql {\n    // what is equal to itself, and what is not\n    _ = eql(1, 1);\n    _ = eql(1, 2);\n}\n"
    done = repoagent(make_repository({"std/mem.zig": code}), "refs", "--json", "std.mem.eql")
    found = json.loads(done.stdout)
    assert (found["symbol"]["kind"], found["symbol"]["line"]) == ("function", 1)
    assert [use["line"] for use in found["references"]] == [7, 8]


def test_trees(shop: Path) -> None:
    done = repoagent(shop, "callers", "--depth", "3", "price")
    assert done.stdout.splitlines() == [
        "shop.py:1  function price",
        "└── total  shop.py:5",
        "    └── main  main.py:4",
        "        └── (top of the file)  main.py:8",
    ]
    found = json.loads(repoagent(shop, "callees", "--json", "--depth", "2", "main").stdout)
    [total] = found["callees"]
    assert (total["symbol"], total["certainty"], total["calls"][0]["line"]) == ("total", "resolved", 5)
    assert [each["symbol"] for each in total["callees"]] == ["price"]


def test_what_is_sure_comes_first_and_much_of_the_same_name_is_counted(make_repository: MakeRepository) -> None:
    unknown = "".join(f"def ask_{n}(one):\n    return one.close()\n" for n in range(7))
    shop = "class Shop:\n    def close(self): ...\n    def leave(self):\n        self.close()\n"
    others = "".join(
        f"class Other{n}:\n    def close(self): ...\n" for n in range(9)
    )  # else `close` is probably Shop's
    root = make_repository({"a.py": unknown, "others.py": others, "shop.py": shop})
    lines = repoagent(root, "callers", "Shop.close").stdout.splitlines()
    assert lines[1].startswith("├── Shop.leave  shop.py:3")
    assert [line.split()[1] for line in lines[2:7]] == ["ask_0", "ask_1", "ask_2", "ask_3", "ask_4"]
    assert lines[7:] == ["└── 2 more by name only (--json lists them)"]
    assert len(json.loads(repoagent(root, "callers", "--json", "Shop.close").stdout)["callers"]) == 8
    lines = repoagent(root, "refs", "Shop.close").stdout.splitlines()
    assert lines[1:4] == [
        "shop.py",
        "     4:14   call   self.close()  in Shop.leave",
        "the same name, of which no more is known:",
    ]
    assert lines[4:6] == ["a.py", "     2:16   call   return one.close()  in ask_0  by name only"]
    assert lines[-1] == "8 uses: 1 resolved, 7 by name only"


def test_what_is_ambiguous_unknown_or_unused(shop: Path) -> None:
    done = repoagent(shop, "refs", "total")
    assert done.returncode == 2
    assert done.stderr == (
        "repoagent: total may mean shop.py:5 (total), sub/other.py:1 (total); "
        "name one by path:line or with more of its name\n"
    )
    assert repoagent(shop, "callees", "nothing").returncode == 2
    assert repoagent(shop, "refs", "sub/other.py:1").returncode == 1
    assert repoagent(shop, "refs", "shop.total", "--sure").returncode == 0


def test_a_whole_name_comes_before_the_end_of_a_longer_one(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": "class Shop:\n    def open(self): ...\n\n\ndef open(): ...\n"})
    assert json.loads(repoagent(root, "refs", "--json", "open").stdout)["symbol"]["line"] == 5
    assert json.loads(repoagent(root, "refs", "--json", "Shop.open").stdout)["symbol"]["line"] == 2


def test_a_type_in_parts_is_listed_once_and_stands_before_its_constructors(make_repository: MakeRepository) -> None:
    root = make_repository({
        "Pipe.cs": "namespace A {\npublic partial class Pipe {\n  public Pipe() { }\n"
        "  public void Run() { }\n  public void Run(string s) { }\n}\n}\n",
        "Pipe.More.cs": "namespace A {\npublic partial class Pipe {\n  public void Run(int n) { Run(); }\n}\n}\n",
        "Other.cs": "namespace B {\npublic class Other {\n  public void Run() { new A.Pipe().Run(); }\n}\n}\n",
    })  # fmt: skip
    assert "Other.cs\n     3:29" in repoagent(root, "refs", "Pipe").stdout
    done = repoagent(root, "refs", "Run")
    assert done.returncode == 2
    assert "Other.cs:3 (B.Other.Run)" in done.stderr
    assert done.stderr.count("(A.Pipe.Run)") == 2  # overloads beside each other are one thing
