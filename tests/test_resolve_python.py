"""What uses of Python names mean: scopes, imports, classes, receivers; and how sure that is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import shown_uses

import repoagent
from repoagent_indexers.errors import UsageError
from repoagent_indexers.resolve import graph, inheritance
from repoagent_indexers.resolve.references import Resolution

MakeRepository = Callable[..., Path]


def uses(root: Path, what: str) -> list[str]:
    """`path:line:column certainty` of every use, with the kind where it is no call."""
    with repoagent.open(root) as repo:
        return [
            f"{use.path}:{use.line}:{use.column} {use.certainty}" + (f" {use.kind}" if use.kind != "call" else "")
            for use in repo.refs(what).uses
        ]


def test_scopes(make_repository: MakeRepository) -> None:
    source = """\
def target():
    return 1

def shadowed(target):
    return target()

def inner():
    def target():
        return 2
    return target()

def outer():
    return [target() for _ in range(2)], [target for target in ()]

class C:
    target = 3
    other = target

    def method(self):
        return target()
"""
    root = make_repository({"a.py": source})
    assert uses(root, "a.py:1") == ["a.py:13:13 resolved", "a.py:20:16 resolved"]
    assert uses(root, "a.py:8") == ["a.py:10:12 resolved"]
    assert uses(root, "C.target") == ["a.py:17:13 resolved use"]


def test_imports_aliases_reexports_and_stars(make_repository: MakeRepository) -> None:
    root = make_repository({
        "pkg/__init__.py": "from .core import target as renamed\nfrom .core import *\n",
        "pkg/core.py": "__all__ = ['target']\n\n\ndef target():\n    pass\n\n\ndef hidden():\n    pass\n",
        "pkg/sub/__init__.py": "",
        "pkg/sub/deep.py": "from ..core import target\nfrom ... import nothing\n\ntarget()\n",
        "main.py": "import pkg.core as c\nimport pkg\nfrom pkg import renamed\n\nc.target()\npkg.target()\nrenamed()\n",
        "starred.py": "from pkg.core import *\n\ntarget()\nhidden()\n",
        "other.py": "from elsewhere import target\n\ntarget()\n",
    })  # fmt: skip
    assert uses(root, "pkg.core.target") == [
        "main.py:3:17 resolved import",
        "main.py:5:3 resolved",
        "main.py:6:5 resolved",
        "main.py:7:1 resolved",
        "pkg/__init__.py:1:19 resolved import",
        "pkg/core.py:1:13 resolved import",
        "pkg/sub/deep.py:1:20 resolved import",
        "pkg/sub/deep.py:4:1 resolved",
        "starred.py:3:1 resolved",
    ]
    assert uses(root, "hidden") == []
    with repoagent.open(root) as repo:
        resolution = Resolution(repo.index)
        assert graph.imported_by(resolution, "main.py") == ["pkg/__init__.py", "pkg/core.py"]
        assert graph.importers(resolution, "pkg/core.py") == [
            "main.py", "pkg/__init__.py", "pkg/sub/deep.py", "starred.py",
        ]  # fmt: skip


CLASSES = """\
from __future__ import annotations
from typing import TypeVar

T = TypeVar("T", bound="Base")

class Base:
    def go(self):
        self.go()

    @classmethod
    def make(cls):
        return cls()

    def __enter__(self: T) -> T:
        return self

    def itself(self) -> Base:
        return self

class Sub(Base):
    def go(self):
        super().go()

class Apart:
    def go(self):
        pass

class Holder:
    def __init__(self, given: Sub):
        self.given = given
        self.made = Base()

    def use(self):
        self.given.go()
        self.made.go()

def annotated(one: Sub | None, two: "Apart", many: list[Base]):
    one.go()
    two.go()
    for each in many:
        each.go()
    with Sub() as entered:
        entered.go()
    made = Base.make().itself()
    made.go()

def unknown(it):
    it.go()
"""


def test_receivers(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": CLASSES})
    base = [8, 22, 35, 41, 45]
    assert uses(root, "Base.go") == [*(f"a.py:{line}:{column} resolved" for line, column in zip(
        base, [14, 17, 19, 14, 10], strict=True)), "a.py:48:8 by name only"]  # fmt: skip
    assert uses(root, "Sub.go") == [
        "a.py:34:20 resolved",
        "a.py:38:9 resolved",
        "a.py:43:17 resolved",
        "a.py:48:8 by name only",
    ]
    assert uses(root, "Apart.go") == ["a.py:39:9 resolved", "a.py:48:8 by name only"]
    assert uses(root, "Holder.given") == ["a.py:34:14 resolved use"]
    with repoagent.open(root) as repo:
        resolution = Resolution(repo.index)
        base_class = graph.find(resolution, "Base")
        assert [each.symbol.name for each in inheritance.subclasses(resolution, base_class)] == ["Sub"]
        assert [each.symbol.name for each in inheritance.bases(resolution, graph.find(resolution, "Sub"))] == ["Base"]


def test_steps_that_are_left_to_derived_classes(make_repository: MakeRepository) -> None:
    """A mixin or a base may call what only the classes have that are derived from it; of many nothing says which."""
    many = "".join(f"class M{n}(Base):\n    def often(self): ...\n\n\n" for n in range(20))
    root = make_repository({
        "a.py": "class Mixin:\n    def all(self):\n        return self.step()\n\n\n"
        "class Base:\n    def go(self):\n        return self.part(1), self.often(), self.__dict__\n\n\n"
        "class One(Base):\n    def part(self, n): ...\n\n\nclass Two(One, Mixin):\n    def step(self): ...\n\n\n"
        "class Apart:\n    def part(self, n): ...\n\n    def step(self): ...\n\n\n"
        "def use(base: Base):\n    base.part(2)\n    Base().part(3)\n    made = Base()\n    made.part(4)\n\n\n" + many,
    })  # fmt: skip
    assert uses(root, "One.part") == ["a.py:8:21 probable", "a.py:26:10 probable"]
    assert uses(root, "Two.step") == ["a.py:3:21 probable"]
    assert uses(root, "M3.often") == ["a.py:8:35 by name only"]
    for apart in ("Apart.part", "Apart.step"):
        assert uses(root, apart) == [], apart


def test_what_is_probable(make_repository: MakeRepository) -> None:
    """The one member of its name; what calls give a parameter; one of several values that are known."""
    root = make_repository({
        "a.py": "class A:\n    def peculiar(self):\n        pass\n\n    def shared(self):\n        pass\n\n\n"
                "class B:\n    def shared(self):\n        pass\n",
        "b.py": "from a import A, B\n\n\ndef f(x):\n    x.peculiar()\n    x.shared()\n\n\nf(A())\n\n\n"
                "def g(y):\n    y.shared()\n\n\ndef h(z):\n    if not z:\n        z = B()\n    z.shared()\n",
    })  # fmt: skip
    assert uses(root, "A.peculiar") == ["b.py:5:7 probable"]
    assert uses(root, "A.shared") == ["b.py:6:7 probable", "b.py:13:7 by name only"]
    assert uses(root, "B.shared") == ["b.py:13:7 by name only", "b.py:19:7 probable"]


def test_fields_keywords_and_properties(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.py": "from dataclasses import dataclass\n\n\n@dataclass\nclass Box:\n    size: int\n\n    @property\n"
                "    def owner(self) -> 'Owner':\n        return Owner()\n\n\nclass Owner:\n    def name_it(self):\n"
                "        pass\n\n\nbox = Box(size=3)\nbox.owner.name_it()\nbox.size\n",
    })  # fmt: skip
    assert uses(root, "Box.size") == ["a.py:18:11 resolved use", "a.py:20:5 resolved use"]
    assert uses(root, "name_it") == ["a.py:19:11 resolved"]


def test_fixtures_and_tests(make_repository: MakeRepository) -> None:
    root = make_repository({
        "shop.py": "class Cart:\n    def total(self):\n        return helper()\n\n\ndef helper():\n    return 0\n",
        "tests/conftest.py":
            "import pytest\nfrom shop import Cart\n\n\n@pytest.fixture\ndef cart():\n    return Cart()\n",
        "tests/test_shop.py": "def test_total(cart):\n    assert cart.total() == 0\n",
    })  # fmt: skip
    assert uses(root, "cart") == ["tests/test_shop.py:1:16 resolved use"]
    assert uses(root, "Cart.total") == ["tests/test_shop.py:2:17 resolved"]
    with repoagent.open(root) as repo:
        resolution = Resolution(repo.index)
        helper, test = graph.find(resolution, "helper"), graph.find(resolution, "test_total")
        assert [each.symbol.name for each in graph.reaching_tests(resolution, helper)] == ["test_total"]
        assert [each.symbol.qualified_name for each in graph.under_test(resolution, test)] == ["Cart.total"]


def test_trees_of_calls(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.py": "def a():\n    b()\n    b()\n\n\ndef b():\n    c()\n\n\ndef c():\n    a()\n\n\na()\n\n\n"
                "class Thing:\n    def __init__(self):\n        c()\n\n\ndef make():\n    return Thing()\n",
    })  # fmt: skip
    with repoagent.open(root) as repo:
        tree = repo.callees("a", depth=5)
        [b] = tree.calls
        assert (b.symbol and b.symbol.name, len(b.uses), b.certainty) == ("b", 2, "resolved")
        [c] = b.calls
        [again] = c.calls
        assert [call.symbol.name for call in (c, again) if call.symbol] == ["c", "a"]
        assert again.is_repeated
        assert not again.calls
        assert [call.symbol.name if call.symbol else None for call in repo.callers("a").calls] == ["c", None]
        assert [call.symbol.name for call in repo.callers("Thing.__init__").calls if call.symbol] == ["make"]


def test_what_cannot_be_named(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": "def f():\n    pass\n", "b.py": "def f():\n    pass\n", "bad.py": "x = 1\n"})
    with repoagent.open(root) as repo:
        with pytest.raises(UsageError, match=r"^f may mean a.py:1 \(f\), b.py:1 \(f\); name one by path:line"):
            repo.refs("f")
        with pytest.raises(UsageError, match="no such definition"):
            repo.callers("nothing")
        assert repo.refs("b.f").definition.place.path == "b.py"
        assert repo.refs("b.py:2").definition.symbol.name == "f"


def test_columns_count_characters(make_repository: MakeRepository) -> None:
    root = make_repository({"a.py": "def f():\n    pass\n\n\nx = 'ä€😀', f()\n".encode()})
    assert uses(root, "f") == ["a.py:5:12 resolved"]


def test_trees_grow_level_by_level(make_repository: MakeRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is near is there whole, however much there is behind it, and stands with its calls where it is nearest."""
    far = "".join(f"def far_{n}():\n    near_1()\n\n\n" for n in range(30))
    root = make_repository({
        "a.py": "def target():\n    pass\n\n\n"
                "def near_1():\n    target()\n\n\n"
                "def near_2():\n    target()\n    near_1()\n\n\n" + far
                + "def user():\n    near_2()\n",
    })  # fmt: skip
    with repoagent.open(root) as repo:
        tree = repo.callers("target", 3)
        names = [call.symbol.name for call in tree.calls if call.symbol]
        assert names == ["near_1", "near_2"]
        first, second = tree.calls
        assert [c.is_repeated for c in first.calls] == [True] + [False] * 30  # near_2 has its callers at the top
        assert [c.symbol.name for c in second.calls if c.symbol] == ["user"]
        monkeypatch.setattr(graph, "MAX_CALLS", 10)
        cut = repo.callers("target", 3)
        assert cut.is_cut
        assert [call.symbol.name for call in cut.calls if call.symbol] == ["near_1", "near_2"]
        assert len(cut.calls[0].calls) == 8


def test_what_calls_a_class_calls_its_constructors(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.py": "__all__ = ['Thing']\n\n\nclass Thing:\n    def __new__(cls):\n        return object.__new__(cls)\n\n"
                "def make():\n    return Thing()\n",
    })  # fmt: skip
    with repoagent.open(root) as repo:
        callers = repo.callers("Thing.__new__").calls
        assert [call.symbol.name if call.symbol else None for call in callers] == ["make"]
        assert [call.symbol.name if call.symbol else None for call in repo.callers("Thing").calls] == ["make"]


def test_a_functions_own_names_are_used_nowhere_else(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.py": "def outer():\n    def f(x):\n        return x\n    return f(1)\n",
        "b.py": "import a\n\n\ndef f():\n    return a.outer().f\n\n\nf()\n",
    })  # fmt: skip
    assert uses(root, "a.py:2") == ["a.py:4:12 resolved"]


def test_members_behind_a_dot_on_another_line(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.py": "from dataclasses import dataclass\n\n\n@dataclass\nclass Box:\n    size: int\n\n"
                "    def open(self) -> 'Box':\n        return self\n",
        "b.py": "from a import Box\n\nbox = Box(\n    size\n    =1)\n(box.  # it\n    open()\n    .open())\n",
        "c.py": "# open and size are words here\nopen = 1\n",
    })  # fmt: skip
    assert uses(root, "Box.open") == ["b.py:7:5 resolved", "b.py:8:6 resolved"]
    assert [use.split()[0] for use in uses(root, "Box.size")] == ["b.py:4:5"]


def at(uses: list[str]) -> list[str]:
    """The places alone."""
    return [use.partition(" ")[0] for use in uses]


def test_the_nearest_folder_that_holds_both(make_repository: MakeRepository) -> None:
    root = make_repository({
        "fabric/__init__.py": "from .config import Config\n",
        "fabric/config.py": "class Config:\n    pass\n",
        "tests/support/py_conf/fabric.py": "VALUE = 1\n",
        "tests/test_config.py": "from fabric import Config\nConfig()\n",
        "tests/support/py_conf/run.py": "import fabric\nprint(fabric.VALUE)\n",
    })  # fmt: skip
    assert at(uses(root, "Config")) == [
        "fabric/__init__.py:1:21",
        "tests/test_config.py:1:20",
        "tests/test_config.py:2:1",
    ]
    assert at(uses(root, "VALUE")) == ["tests/support/py_conf/run.py:2:14"]


def test_methods_that_give_an_object_of_their_own_class(make_repository: MakeRepository) -> None:
    root = make_repository({
        "key.py": """
class Key:
    @classmethod
    def read(cls, text):
        key = cls(text)
        return key

    def copy(self):
        return self.__class__()

    def chain(self):
        return self

    def name(self):
        pass


class Rsa(Key):
    def name(self):
        pass
""",
        "use.py": """
import weakref
from key import Key, Rsa

Rsa.read("x").name()
rsa = Rsa()
rsa.copy().name()
rsa.chain().name()
Key.read("x").name()
weakref.proxy(rsa).name()
""",
    })  # fmt: skip
    assert at(uses(root, "Rsa.name")) == ["use.py:5:15", "use.py:7:12", "use.py:8:13", "use.py:10:20"]
    assert at(uses(root, "Key.name")) == ["use.py:9:15"]


def test_a_function_of_a_module_behind_all_sorts_of_receivers(make_repository: MakeRepository) -> None:
    other = "def other{}(value):\n    kept = [value, {}]\n    return kept.pop()\n\n\n"
    padding = "".join(other.format(n, n) for n in range(80))
    root = make_repository({
        "tools.py": "def run(value):\n    return value\n\n\nclass Engine:\n    def run(self):\n        return 1\n",
        "app.py": "import tools\nimport tools as t\nfrom tools import Engine\n\n\n" + padding +
        "def direct():\n    return tools.run(1) + t.run(2) + (tools).run(3)\n\n\n"
        "def held(flag):\n    m = tools if flag else None\n    n = m\n    return n.run(4)\n\n\n"
        "def listed():\n    return [each.run(5) for each in (tools, tools)]\n\n\n"
        "def given(module=tools):\n    return module.run(6)\n\n\n"
        "def made():\n    engine = Engine()\n    engines = [engine]\n    first, second = engines, 1\n"
        "    for each in engines:\n        each.run()\n"
        "    return Engine().run() + engine.run() + (engine or 1).run()\n\n\n"
        "def unknown(it):\n    return it.make().run() + [1].run() + 'a'.run(run=1) + (lambda x: x.run())(it)\n",
    })  # fmt: skip
    lines = (root / "app.py").read_text().split("\n")
    texts = [lines[int(use.split(":")[1]) - 1].strip() for use in shown_uses(root, "tools.run")]
    assert texts == [
        *["return tools.run(1) + t.run(2) + (tools).run(3)"] * 3,
        "return n.run(4)",
        "return [each.run(5) for each in (tools, tools)]",
        "return module.run(6)",
    ]


def test_an_object_that_is_called_gives_what_its_call_gives(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.py": "class Client:\n    def get(self): ...\n\n\nclass Factory:\n"
        "    def __call__(self, app: object) -> Client: ...\n\n\n"
        "def test(factory: Factory):\n    client = factory(1)\n    client.get()\n",
    })  # fmt: skip
    assert uses(root, "Client.get") == ["a.py:11:12 resolved"]
