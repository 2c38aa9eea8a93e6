"""What uses of names mean in Scala: small programs, one subject each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import repoagent

MakeRepository = Callable[..., Path]


def uses(root: Path, what: str) -> list[str]:
    """`file:line` of every use, with how sure it is where that is not `resolved`."""
    with repoagent.open(root) as repo:
        return [
            f"{Path(use.path).stem}:{use.line}" + (f" {use.certainty}" if use.certainty != "resolved" else "")
            for use in repo.refs(what).uses
        ]


def test_members_by_the_types_of_expressions(make_repository: MakeRepository) -> None:
    root = make_repository({
        "core/Item.scala": "package core\n\nclass Item(val size: Int) {\n  def go: Item = this\n"
        "  def next(n: Int): Option[Item] = None\n  def +(other: Item): Item = other\n}\n"
        "class Other {\n  def go: Int = 1\n}\n"
        "case class Both(left: Item, right: Other)\n"
        "class Box[T](val held: T) {\n  def map[U](f: T => U): Box[U] = new Box(f(held))\n"
        "  def flatMap[U](f: T => Box[U]): Box[U] = f(held)\n}\n"
        "object Box {\n  def apply[T](value: T): Box[T] = new Box(value)\n}\n",
        "app/Use.scala": "package app\n\nimport core._\n\nclass Use(item: Item) {\n  item.go\n"
        "  val others = List(new Other)\n  others.map(_.go)\n  others.foreach { each => each.go }\n"
        "  for (each <- others; one <- item.next(1)) each.go + one.go.size\n"
        "  (item + item).go\n  Both(item, new Other) match {\n    case Both(left, right) =>\n      left.go\n"
        "      right.go\n  }\n  item.next(2).map(found => found.go)\n  Box(item).held.go\n"
        "  for { boxed <- Box(new Other) } yield boxed.go\n  Box(1).map(_ => item).held.go\n"
        "  val pair = (item, others.head)\n  pair._2.go\n  val (first, second) = pair\n  first.go\n  second.go\n"
        "  (item: Any) match {\n    case found: Other => found.go\n    case _ => unknown.go\n  }\n"
        "  others.foldLeft(item)((sum, each) => sum.go)\n  Map(1 -> item).get(1).get.go\n  item next 3\n}\n",
    })  # fmt: skip
    assert uses(root, "Item.go") == [f"Use:{line}" for line in (6, 10, 11, 14, 17, 18, 20, 24, 30, 31)]
    assert uses(root, "Other.go") == [f"Use:{line}" for line in (8, 9, 10, 15, 19, 22, 25, 27)]
    assert uses(root, "Item.+") == ["Use:11"]
    assert uses(root, "Item.next") == ["Use:10", "Use:17", "Use:32"]
    assert uses(root, "Item.size") == ["Use:10"]


def test_imports_packages_and_what_they_hide(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a/Tool.scala": "package lib\npackage tools\n\nobject Tool {\n  def run(n: Int): Int = n\n"
        "  object inner {\n    val deep = 1\n  }\n}\nclass Tool\n",
        "a/package.scala": "package object lib extends lib.Named {\n  def here = 1\n  type Alias = tools.Tool\n}\n",
        "a/Named.scala": "package lib\n\ntrait Named {\n  def inherited = 2\n}\n",
        "b/Use.scala": "package app\n\nimport lib.tools.{Tool => Renamed}\nimport lib.{tools => t}\n\nobject Use {\n"
        "  import Renamed.inner._\n  Renamed.run(1) + deep\n  def f = {\n    val deep = 2\n    deep\n  }\n"
        "  t.Tool.run(2)\n  lib.here + lib.inherited\n  import lib._\n  val a: Alias = new tools.Tool\n"
        "  inherited\n}\n",
        "b/Within.scala": "package lib\npackage tools\npackage below\n\nobject Within {\n  Tool.run(3)\n  here\n}\n",
        "b/Without.scala": "package lib.tools\n\nobject Without {\n  def run(n: Int) = n\n  run(4)\n"
        "  new Runner { run(5) }\n  class Runner {\n    def run(n: Int) = n\n  }\n}\n",
    })  # fmt: skip
    assert uses(root, "a/Tool.scala:5") == ["Use:8", "Use:13", "Within:6"]
    assert uses(root, "a/Tool.scala:7") == ["Use:8"]
    assert uses(root, "a/package.scala:2") == ["Use:14", "Within:7"]
    assert uses(root, "a/package.scala:3") == ["Use:16"]
    assert uses(root, "Named.inherited") == ["Use:14", "Use:17"]
    assert uses(root, "b/Without.scala:4") == ["Without:5"]
    assert uses(root, "b/Without.scala:8") == ["Without:6"]


def test_traits_self_types_and_which_comes_first(make_repository: MakeRepository) -> None:
    root = make_repository({
        "T.scala": "package p\n\ntrait Base {\n  def name: Int = 0\n  class Node\n}\n"
        "trait First extends Base {\n  override def name = 1\n}\n"
        "trait Second extends Base {\n  override def name = 2\n}\n"
        "class Mixed extends First with Second {\n  def all = name + super.name\n  def node = new Node\n}\n"
        "trait Needs { self: First =>\n  def two = name + self.name + this.name\n}\n"
        "class Kept(name: Int) extends Base {\n  def own = name\n}\n"
        "object Made {\n  val one = new First {\n    def run = name\n  }\n}\n",
    })  # fmt: skip
    assert uses(root, "Second.name") == ["T:14", "T:14"]
    assert uses(root, "First.name") == ["T:18", "T:18", "T:18", "T:25"]
    assert uses(root, "Base.name") == []
    assert uses(root, "Base.Node") == ["T:15"]


def test_named_arguments_extensions_and_backquotes(make_repository: MakeRepository) -> None:
    root = make_repository({
        "E.scala": "package p\n\ncase class Config(port: Int = 1, host: String = \"\")\n"
        "object syntax {\n  implicit class RichConfig(val config: Config) extends AnyVal {\n"
        "    def checked: Config = config\n  }\n"
        "  implicit class Text(sc: StringContext) {\n    def cfg(args: Any*): Config = Config()\n  }\n}\n"
        "class `a-b` {\n  def `type` = 1\n  val `plain` = 2\n}\n",
        "F.scala": "package p\n\nimport syntax._\n\nobject F {\n  def start(port: Int) = port\n"
        "  Config(port = 2).checked.copy(port = 3)\n  start(port = 4)\n  cfg\"x\".host\n"
        "  new `a-b`().`type`\n  (new `a-b`).`plain`\n  Config().port\n}\n",
    })  # fmt: skip
    assert uses(root, "Config.port") == ["F:7", "F:7", "F:12"]
    assert uses(root, "RichConfig.checked") == ["F:7"]
    assert uses(root, "Text.cfg") == ["F:9"]
    assert uses(root, "Config.host") == ["F:9"]
    assert uses(root, "E.scala:12") == ["F:10", "F:11"]
    assert uses(root, "E.scala:13") == ["F:10"]
    assert uses(root, "E.scala:14") == ["F:11"]


def test_what_each_platform_defines_is_one_and_a_class_is_not_its_object(make_repository: MakeRepository) -> None:
    root = make_repository({
        "jvm/P.scala": "package p\n\ntrait Platform {\n  def open = 1\n}\n",
        "js/P.scala": "package p\n\ntrait Platform {\n  def open = 2\n}\n",
        "shared/Use.scala": "package p\n\nclass Use extends Platform {\n  def all = open\n}\n"
        "object Use {\n  def all = 3\n  def made = new Use\n}\nobject Main {\n"
        "  Use.all + new Use().all + Use.made.all\n}\n",
    })  # fmt: skip
    assert uses(root, "jvm/P.scala:4") == ["Use:4"]
    assert uses(root, "js/P.scala:4") == ["Use:4"]
    with repoagent.open(root) as repo:
        changed = repo.rename("jvm/P.scala:4", "opened").edits
    assert {edit.path for edit in changed} == {"jvm/P.scala", "js/P.scala", "shared/Use.scala"}
    with repoagent.open(root) as repo:
        columns = {
            line: [use.column for use in repo.refs(f"shared/Use.scala:{line}").uses if use.line == 11]
            for line in (4, 7)
        }
    assert columns == {4: [23, 38], 7: [7]}


def test_header_that_leads_back_to_itself_ends(make_repository: MakeRepository) -> None:
    root = make_repository({
        "L.scala": "package p\n\nimport Loop._\n\nobject Loop extends Loop with Missing {\n  class In extends Out\n"
        "  def go = 1\n}\ntrait Loop extends Loop.In { self: Loop with In =>\n  type T = T\n  def run = go\n}\n",
    })  # fmt: skip
    assert uses(root, "Loop.go") in (["L:11"], [])
