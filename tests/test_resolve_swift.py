"""What uses of names mean in Swift: members wherever extensions declare them, labels, patterns, closures, protocols."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import repoagent
from repoagent_indexers.resolve.references import Resolution

MakeRepository = Callable[..., Path]

PACKAGE = """\
let package = Package(name: "Shop", targets: [
  .target(name: "Shop"),
  .target(name: "Tools", dependencies: ["Shop"], path: "Other/Tools"),
])
"""
SHOP = """\
public struct Item: Priced, Equatable {
  public var price: Int
  public let name: String
  public init(name: String) { self.name = name; self.price = 1 }
  func copy() -> Item { Item(name: name) }
  static let none = Item(name: "")
}
public protocol Priced {
  var price: Int { get }
  func reduced(by part: Int) -> Int
}
extension Priced {
  public func reduced(by part: Int) -> Int { price - part }
  func reduced(to price: Int) -> Int { price }
}
public enum State {
  case open(Item, label: Item)
  case closed
  case `default`
}
"""
CART = """\
extension Cart {
  func first() -> Item? { items.first }
  func total() -> Int { items.map { $0.price }.reduce(0, +) }
  mutating func add(_ item: Item) { items.append(item) }
  mutating func add(all new: [Item], state: State = .closed) { for each in new { add(each); _ = each.copy() } }
  func state() -> State { if let item = first() { return .open(item, label: .none) }; return .default }
}
struct Cart { var items: [Item]; var owner: Owner?; let limit: Int }
class Owner: Person { override func greet() { super.greet(); cart?.add(Item.none) }; var cart: Cart? }
class Person { func greet() {}; var nick: String = "" }
extension Array where Element == Item { var sum: Int { reduce(0) { $0 + $1.price } } }
"""
USE = """\
func run(cart: Cart, state: State) -> Int {
  switch state {
  case .open(let one, label: let other) where one.price > 1: return other.price
  case .closed, .default: break
  default: break
  }
  if case let .open(item, _) = state { _ = item.name }
  guard let owner = cart.owner, let name = cart.first()?.name else { return cart.items.sum }
  let many = [cart.items[0].copy(): 1].keys
  owner.greet(); _ = owner.nick; _ = name; _ = many
  let made = Cart(items: [], owner: nil, limit: 3)
  let price = made.limit
  if let items = Optional(made.items) { print(items.count) }
  return price + cart.items.filter { each in each.price > 0 }[0].reduced(by: 1) + cart.total()
}
func ask<T: Priced>(_ thing: T, other: some Priced) -> Int { thing.reduced(by: 1) + other.reduced(to: thing.price) }
"""


@pytest.fixture
def shop(make_repository: MakeRepository) -> Path:
    return make_repository({
        "Package.swift": PACKAGE,
        "Sources/Shop/Item.swift": SHOP,
        "Sources/Shop/Cart.swift": CART,
        "Sources/Shop/Use.swift": USE,
        "Other/Tools/Tool.swift": "import Shop\nstruct Cart { func total() -> Int { 0 } }\n"
        "func tool(item: Item) -> Int { Cart().total() + item.reduced(by: item.price) }\n",
    })  # fmt: skip


def uses(root: Path, what: str) -> list[str]:
    """`file:line:column` of every use, with how sure it is where that is not `resolved`."""
    with repoagent.open(root) as repo:
        return [
            f"{Path(use.path).stem}:{use.line}:{use.column}"
            + (f" {use.certainty}" if use.certainty != "resolved" else "")
            for use in repo.refs(what).uses
        ]


def meant(root: Path, path: str, line: int, word: str, nth: int = 0) -> tuple[str, set[str]]:
    """How sure, and where the definitions stand, of a word in a line."""
    with repoagent.open(root) as repo:
        resolution = Resolution(repo.index)
        text = (root / path).read_text().split("\n")[line - 1]
        column = -1
        for _ in range(nth + 1):
            column = text.index(word, column + 1)
        place = resolution.at(path, line, column + 1)
        assert place is not None
        certainty, found = resolution.meaning(place)
        return certainty, {f"{Path(each.place.path).stem}:{each.line}" for each in found}


ITEM, CART_FILE, USE_FILE, TOOL = (
    "Sources/Shop/Item.swift", "Sources/Shop/Cart.swift", "Sources/Shop/Use.swift", "Other/Tools/Tool.swift",
)  # fmt: skip
MEANT = [
    # extensions, and types of a name in two modules
    (CART_FILE, 1, "Cart", 0, "Cart:8"),
    (TOOL, 3, "Cart", 0, "Tool:2"),
    (TOOL, 3, "Item", 0, "Item:1"),
    (TOOL, 3, "total", 0, "Tool:2"),
    (USE_FILE, 14, "total", 0, "Cart:3"),
    (CART_FILE, 9, "Person", 0, "Cart:10"),
    # members of elements, by closures with and without names
    (CART_FILE, 2, "items", 0, "Cart:8"),
    (CART_FILE, 3, "price", 0, "Item:2"),
    (CART_FILE, 11, "price", 0, "Item:2"),
    (USE_FILE, 13, "items", 1, "Cart:8"),
    (USE_FILE, 14, "price", 1, "Item:2"),
    (USE_FILE, 9, "copy", 0, "Item:5"),
    # overloads by labels and by what is given
    (CART_FILE, 5, "add", 1, "Cart:4"),
    (CART_FILE, 5, "copy", 0, "Item:5"),
    (CART_FILE, 9, "add", 0, "Cart:4"),
    (USE_FILE, 16, "reduced", 0, "Item:10"),
    (USE_FILE, 16, "reduced", 1, "Item:14"),
    (USE_FILE, 16, "price", 0, "Item:9"),
    (TOOL, 3, "reduced", 0, "Item:13"),
    (TOOL, 3, "price", 0, "Item:2"),
    # what is expected: arguments, defaults, returns
    (CART_FILE, 5, "closed", 0, "Item:18"),
    (CART_FILE, 6, "open", 0, "Item:17"),
    (CART_FILE, 6, "none", 0, "Item:6"),
    (CART_FILE, 6, "default", 0, "Item:19"),
    (CART_FILE, 6, "first", 0, "Cart:2"),
    # patterns
    (USE_FILE, 3, "open", 0, "Item:17"),
    (USE_FILE, 3, "price", 0, "Item:2"),
    (USE_FILE, 3, "price", 1, "Item:2"),
    (USE_FILE, 4, "default", 0, "Item:19"),
    (USE_FILE, 7, "open", 0, "Item:17"),
    (USE_FILE, 7, "name", 0, "Item:3"),
    # what is unwrapped, what is inherited, `super`
    (USE_FILE, 8, "first", 0, "Cart:2"),
    (USE_FILE, 8, "name", 1, "Item:3"),
    (USE_FILE, 8, "sum", 0, "Cart:11"),
    (USE_FILE, 10, "greet", 0, "Cart:9"),
    (USE_FILE, 10, "nick", 0, "Cart:10"),
    (CART_FILE, 9, "greet", 1, "Cart:10"),
    # labels of an initialiser that nobody has written are properties
    (USE_FILE, 11, "Cart", 0, "Cart:8"),
    (USE_FILE, 11, "limit", 0, "Cart:8"),
    (USE_FILE, 12, "limit", 0, "Cart:8"),
    # what is set in an initialiser, what a protocol asks for
    (ITEM, 4, "price", 0, "Item:2"),
    (ITEM, 13, "price", 0, "Item:9"),
]


@pytest.mark.parametrize(("path", "line", "word", "nth", "wanted"), MEANT)
def test_what_a_name_means(shop: Path, path: str, line: int, word: str, nth: int, wanted: str) -> None:
    assert meant(shop, path, line, word, nth) == ("resolved", {wanted})


@pytest.mark.parametrize(
    ("path", "line", "word", "nth"),
    [(CART_FILE, 2, "first", 1), (CART_FILE, 3, "map", 0), (USE_FILE, 9, "keys", 0), (CART_FILE, 4, "append", 0)],
)
def test_what_is_the_librarys(shop: Path, path: str, line: int, word: str, nth: int) -> None:
    assert meant(shop, path, line, word, nth) == ("resolved", set())


def test_uses_callers_and_overloads(shop: Path) -> None:
    assert uses(shop, "State.`default`") == ["Cart:6:95", "Use:4:18"]
    assert uses(shop, "Cart.add") == ["Cart:5:82", "Cart:9:68"]  # both, as in other languages
    assert uses(shop, "Person.nick") == ["Use:10:28"]
    with repoagent.open(shop) as repo:
        calls = repo.callers("Item.copy").calls
        assert sorted(each.symbol.qualified_name for each in calls if each.symbol) == ["Cart.add", "run"]


def test_a_member_that_only_one_type_has_is_likely(make_repository: MakeRepository) -> None:
    root = make_repository({
        "A.swift": "struct Lamp { func shine() {}; var count = 1 }\n",
        "B.swift": "func go() { make().shine(); let x = make().count }\n",
    })  # fmt: skip
    assert meant(root, "B.swift", 1, "shine") == ("probable", {"A:1"})
    assert meant(root, "B.swift", 1, "count")[0] == "by name only"  # what much else has too


def test_branches_and_words_that_the_grammar_does_not_know(make_repository: MakeRepository) -> None:
    root = make_repository({
        "A.swift": "#if X\npublic struct Set1 { var bits = 1 }\n#else\nstruct Set1 { var bits = 1 }\n#endif\n"
        'func use(_ set: __owned Set1) -> Int { let star = "/*"; return set.bits }\n'
    })  # fmt: skip
    assert meant(root, "A.swift", 6, "Set1") == ("resolved", {"A:2", "A:4"})
    assert meant(root, "A.swift", 6, "bits") == ("resolved", {"A:2", "A:4"})


def test_members_that_are_passed_on(make_repository: MakeRepository) -> None:
    root = make_repository({
        "A.swift": "@dynamicMemberLookup struct Guarded<Value> {\n  var held: Value\n"
        "  subscript<P>(dynamicMember path: WritableKeyPath<Value, P>) -> P { held[keyPath: path] }\n}\n"
        "struct Inner { var size = 1 }\nstruct Outer { let inner: Guarded<Inner>; func go() { print(inner.size) } }\n"
        "struct List: Sequence { func makeIterator() -> Turn { Turn() } }\n"
        "struct Turn: IteratorProtocol { mutating func next() -> Inner? { nil } }\n"
        "func all(list: List) { for each in list { print(each.size) }; _ = list.map(\\.size) }\n"
    })  # fmt: skip
    assert meant(root, "A.swift", 6, "size") == ("resolved", {"A:5"})
    assert meant(root, "A.swift", 9, "size") == ("resolved", {"A:5"})
    assert meant(root, "A.swift", 9, "size", 1) == ("resolved", {"A:5"})
