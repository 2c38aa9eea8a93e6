"""What uses of names mean in Ruby: one small program for each subject."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import repoagent
from repoagent_indexers.resolve.graph import callees, callers
from repoagent_indexers.resolve.references import Resolution

MakeRepository = Callable[..., Path]


def uses(root: Path, what: str) -> list[str]:
    """`path:line` of every use, with how sure it is where that is not `resolved`."""
    with repoagent.open(root) as repo:
        return [
            f"{use.path}:{use.line}" + (f" {use.certainty}" if use.certainty != "resolved" else "")
            for use in repo.refs(what).uses
        ]


def test_constants_are_looked_up_by_nesting_and_ancestors(make_repository: MakeRepository) -> None:
    root = make_repository({
        "lib/shop.rb": "module Shop\n  LIMIT = 3\n  class Item\n    LIMIT = 4\n    MOST = 5\n  end\nend\n",
        "lib/shop/cart.rb": "module Shop\n  class Cart < Item\n    def a = LIMIT + MOST\n    def b = Item\n  end\n"
        "  class Bag\n    def c = LIMIT\n  end\nend\nclass Shop::Other\n  def d = LIMIT\nend\n",
        "lib/item.rb": "class Item\nend\nShort = Shop::Cart\n",
        "use.rb": "Item\nShop::Item\nShop::Cart::LIMIT\nShort.new.b\n::Shop::LIMIT\n",
    })  # fmt: skip
    assert uses(root, "lib/shop.rb:2") == ["lib/shop/cart.rb:3", "lib/shop/cart.rb:7", "use.rb:5"], (
        "not in `class Shop::Other`"
    )
    assert uses(root, "lib/shop.rb:4") == ["use.rb:3"], "what stands around comes before what is inherited"
    assert uses(root, "MOST") == ["lib/shop/cart.rb:3"]
    assert uses(root, "lib/shop.rb:3") == ["lib/shop/cart.rb:2", "lib/shop/cart.rb:4", "use.rb:2"]
    assert uses(root, "lib/item.rb:1") == ["use.rb:1"]
    assert uses(root, "Short") == ["use.rb:4"]
    assert uses(root, "Shop::Cart.b") == ["use.rb:4"]


def test_methods_are_looked_up_along_the_ancestors(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.rb": "module Named\n  def label\n    title\n  end\nend\nclass Base\n  def save\n    check\n  end\n"
        "  def check\n  end\n"
        "  def once\n  end\nend\n",
        "b.rb": "class Book < Base\n  include Named\n  def title\n    label\n    once\n    self.once\n  end\n"
        "  def check\n  end\n"
        "  class << self\n    def build\n      new\n    end\n  end\n  def self.make\n    build.once\n  end\nend\n",
        "c.rb": "class Other\n  def title\n  end\n  def once\n  end\n  def check\n  end\nend\nBook.make\n"
        "Other.new.once\n",
    })  # fmt: skip
    assert uses(root, "Named.label") == ["b.rb:4"]
    assert uses(root, "Base.once") == ["b.rb:5", "b.rb:6", "b.rb:16"]
    assert uses(root, "Other.once") == ["c.rb:10"]
    assert uses(root, "Book.title") == ["a.rb:3 probable"], "what takes the module in says it"
    assert uses(root, "Base.check") == ["a.rb:8 probable"], "a Book has its own"
    assert uses(root, "Book.check") == ["a.rb:8 probable"]
    assert uses(root, "Other.check") == []
    assert uses(root, "Book.build") == ["b.rb:16"]
    assert uses(root, "Book.make") == ["c.rb:9"]


def test_variables_hold_what_they_are_given(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.rb": "class Pen\n  def draw\n  end\n  def ink(x)\n  end\nend\nclass Brush\n  def draw\n  end\n  def ink\n"
        "  end\nend\n",
        "b.rb": "class Desk\n  attr_reader :pen\n  attr_accessor :size\n  def initialize\n    @pen = Pen.new\n  end\n"
        "  def brush = @brush ||= Brush.new\n  def go(draw)\n    @pen.draw\n    brush.draw\n    one = Brush.new\n"
        "    one.draw\n"
        "    pen.draw\n    draw\n    draw.to_s\n    self.size = 3\n    tools.each { |pen| pen.draw }\n  end\nend\n",
        "c.rb": "desk = Desk.new\ndesk.pen.draw\ndesk.size = 4\ndesk.size\ndesk.brush.ink\n\"text\".draw\n"
        "unknown.draw\nunknown.ink(1)\n",
    })  # fmt: skip
    assert uses(root, "Pen.draw") == [
        "b.rb:9", "b.rb:13", "b.rb:17 probable", "c.rb:2", "c.rb:7 by name only",
    ]  # fmt: skip
    assert uses(root, "Brush.draw") == ["b.rb:10", "b.rb:12", "c.rb:7 by name only"]
    assert uses(root, "Desk.pen") == ["b.rb:13", "c.rb:2"], "the parameter of the block is another"
    assert uses(root, "Desk.size") == ["b.rb:16", "c.rb:3", "c.rb:4"]
    assert uses(root, "Brush.ink") == ["c.rb:5"]
    assert uses(root, "Pen.ink") == ["c.rb:8 probable"], "the only one that takes an argument"


def test_a_comment_says_what_is_likely(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.rb": "class Pen\n  def draw\n  end\nend\nclass Brush\n  def draw\n  end\nend\n",
        "b.rb": "class Desk\n  # Takes one.\n  # @param tool [Pen, nil] the tool\n  # @return [Brush]\n"
        "  def go(tool)\n    tool.draw\n"
        "    registry[:brush]\n  end\n  def all\n    go(1).draw\n  end\nend\n",
    })  # fmt: skip
    assert uses(root, "Pen.draw") == ["b.rb:6 probable"]
    assert uses(root, "Brush.draw") == ["b.rb:10 probable"]


def test_what_modules_do_to_those_that_take_them_in(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.rb": "module Countable\n  def self.included(base)\n    base.extend(ClassMethods)\n  end\n"
        "  module ClassMethods\n"
        "    def count_all\n    end\n  end\nend\n"
        "module Findable\n  extend ActiveSupport::Concern\n  class_methods do\n    def find_all\n    end\n  end\nend\n"
        "module Loud\n  def shout\n  end\nend\n",
        "b.rb": "class Shelf\n  include Countable\n  include Findable\n  count_all\n  def shout\n  end\nend\n"
        "Shelf.prepend(Loud)\n"
        "Shelf.find_all\nShelf.new.shout\n",
    })  # fmt: skip
    assert uses(root, "count_all") == ["b.rb:4"]
    assert uses(root, "find_all") == ["b.rb:9"]
    assert uses(root, "Loud.shout") == ["b.rb:10"]


def test_blocks_of_tests_are_classes_of_their_own(make_repository: MakeRepository) -> None:
    root = make_repository({
        "lib/a.rb": "class Pen\n  def draw\n  end\n  def full?\n  end\nend\nclass Brush\n  def draw\n  end\nend\n",
        "spec/helper.rb": "module Helpers\n  def visit_page\n  end\nend\nRSpec.configure do |config|\n"
        "  config.include Helpers\n  def log_in\n  end\nend\n",
        "spec/a_spec.rb": "describe Pen do\n  let(:tool) { Brush.new }\n  def help\n  end\n  context 'x' do\n"
        "    it 'y' do\n"
        "      help\n      tool.draw\n      subject.draw\n      described_class.new.draw\n      visit_page\n"
        "      log_in\n"
        "    end\n  end\nend\n"
        "describe 'other' do\n  def help\n  end\n  it { help }\nend\n",
    })  # fmt: skip
    assert uses(root, "spec/a_spec.rb:3") == ["spec/a_spec.rb:7"]
    assert uses(root, "spec/a_spec.rb:17") == ["spec/a_spec.rb:19"]
    assert uses(root, "Brush.draw") == ["spec/a_spec.rb:8 probable"]
    assert uses(root, "Pen.draw") == ["spec/a_spec.rb:9 probable", "spec/a_spec.rb:10 probable"]
    assert uses(root, "visit_page") == ["spec/a_spec.rb:11"]
    assert uses(root, "log_in") == ["spec/a_spec.rb:12 probable"]


def test_constructors_symbols_and_writers(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.rb": "class Base\n  def initialize(x)\n  end\n  def size=(n)\n  end\n  def size\n  end\n  def hidden\n"
        "  end\n  private :hidden\n"
        "  alias_method :length, :size\nend\nclass Sub < Base\nend\n",
        "b.rb": "Base.new(1)\nSub.new(2).length\nString.new\none = Base.new(3)\none.size = 2\none.size\n"
        "[one].map(&:hidden)\n",
    })  # fmt: skip
    assert uses(root, "Base.initialize") == ["b.rb:1", "b.rb:2", "b.rb:4"]
    assert uses(root, "a.rb:4") == ["b.rb:5"]
    assert uses(root, "a.rb:6") == ["a.rb:11", "b.rb:6"]
    assert uses(root, "Base.hidden") == ["a.rb:10", "b.rb:7 probable"]
    assert uses(root, "Base.length") == ["b.rb:2"]


def test_functions_of_scripts_go_by_their_file(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.rb": "def target\nend\n\ndef twice\nend\n",
        "b.rb": "def twice\nend\n\ntarget()\ntwice()\n",
        "c.rb": "twice()\n",
    })  # fmt: skip
    assert uses(root, "target") == ["b.rb:4 probable"]
    assert uses(root, "b.rb:1") == ["b.rb:5 probable", "c.rb:1 by name only"]


def test_files_and_trees(make_repository: MakeRepository) -> None:
    root = make_repository({
        "lib/a.rb": "require_relative 'a/b'\nrequire 'c'\nclass A\n  def run\n    B.new(self).go\n  end\nend\n",
        "lib/a/b.rb": "class B\n  def initialize(a)\n    note\n  end\n  def note\n  end\n  def go\n    note\n  end\n"
        "end\n",
        "lib/c.rb": "A.new.run\n",
    })  # fmt: skip
    with repoagent.open(root) as repo:
        resolution = Resolution(repo.index)
        assert resolution.resolver("lib/a.rb").imported("lib/a.rb") == {"lib/a/b.rb", "lib/c.rb"}
        tree = callees(resolution, "A.run", 2, sure=True)
        assert [call.symbol.name for call in tree.calls if call.symbol] == ["initialize", "go"]
        above = callers(resolution, "B.initialize", 2, sure=True)
        assert [call.symbol.name for call in above.calls if call.symbol] == ["run"]
        assert [call.path for call in above.calls[0].calls] == ["lib/c.rb"]


def test_modules_in_a_circle_end(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.rb": "class A < B\n  include M\n  def a = b\n  def x = @x ||= y\n  def y = x\nend\nmodule M\n"
        "  include N\n  def b = x.a\nend\n",
        "b.rb": "class B < A\n  include N\nend\nmodule N\n  include M\n  def c = b\nend\nclass A::M::X < A::M::X\nend\n"
        "Odd = Odd\nclass << Odd\n  def z = Odd::Q\nend\n",
        "c.rb": "class\nmodule X::\ndef\n@@ = ; Foo::.bar { |x,\nx.b\n",
    })  # fmt: skip
    assert {use.split()[0] for use in uses(root, "M.b")} == {"a.rb:3", "b.rb:6", "c.rb:5"}
    assert uses(root, "b.rb:8") != []
    assert uses(root, "Odd") != []


TOOLS = "class Pen\n  def draw\n  end\nend\nclass Brush\n  def draw\n  end\nend\n"
"""Two classes with a method of one name: of an unknown object it says nothing."""


def test_self_in_a_block_is_what_the_method_makes_of_it(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.rb": TOOLS,
        "dsl.rb": "class Builder\n  def self.build(&block)\n    one = new\n    one.instance_eval(&block)\n    one\n"
        "  end\n  def size\n  end\n  def nested(&block)\n    Builder.build(&block)\n  end\nend\n"
        "class App\n  def self.make(base = App, &block)\n    base = Class.new(base)\n    base.class_eval(&block)\n"
        "  end\n  def self.route(path, &block)\n    compile(path, block)\n  end\n"
        "  def self.compile(path, work)\n    define_method(path, &work)\n  end\n  def size\n  end\nend\n"
        "module Plain\n  def self.twice\n    yield\n  end\n  def self.size\n  end\n  twice { size }\nend\n",
        "use.rb": "Builder.build { size }\nBuilder.build do\n  nested { [1].each { size } }\nend\n"
        "App.make { route('/') { size } }\n",
    })  # fmt: skip
    assert uses(root, "Builder.size") == ["use.rb:1", "use.rb:3 probable"]
    assert uses(root, "App.size") == ["use.rb:5 probable"], "through two methods, as a block and as a plain argument"
    assert uses(root, "App.route") == ["use.rb:5 probable"]
    assert [use.split()[0] for use in uses(root, "Plain.size")] == ["dsl.rb:33"], "what only yields leaves self alone"


def test_parameters_of_a_block_are_what_it_is_given(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.rb": TOOLS,
        "b.rb": "class Box\n  def initialize(&block)\n    @work = block\n  end\n  def each_pen\n    yield Pen.new, 1\n"
        "  end\n  def with_brush(&block)\n    block.call(Brush.new)\n  end\n  def pens(&block)\n    each_pen(&block)\n"
        "  end\n  def run\n    @work.call(Brush.new)\n  end\nend\n",
        "c.rb": "box = Box.new { |tool| tool.draw }\nbox.each_pen { |x, n| x.draw }\nbox.with_brush { |x| x.draw }\n"
        "box.pens do |x|\n  x.draw\nend\nbox.tap { |x| x.run }\nPen.new.then { |it| it.draw }\n",
    })  # fmt: skip
    assert uses(root, "Pen.draw") == ["c.rb:2 probable", "c.rb:5 probable", "c.rb:8 probable"]
    assert uses(root, "Brush.draw") == ["c.rb:1 probable", "c.rb:3 probable"]
    assert uses(root, "Box.run") == ["c.rb:7 probable"]


def test_what_lists_and_hashes_hold(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.rb": TOOLS,
        "b.rb": "class Case\n  attr_reader :tools\n  ALL = [Brush.new].freeze\n  def initialize\n    @tools = []\n"
        "    @named = {}\n  end\n  def fill\n    @tools << Pen.new\n    @named[:a] = Brush.new\n"
        "  end\n  def go\n"
        "    @tools.each { |x| x.draw }\n    @named.each { |name, x| x.draw }\n    tools.first.draw\n"
        "    @named[:a].draw\n    tools.select(&:old?).reject { |x| x.draw }\n"
        "    two = [1, 2].map { |n| Brush.new }\n    two.last.draw\n"
        "    tools.each_with_object([]) { |x, all| x.draw }\n    tools.inject(nil) { |sum, x| x.draw }\n"
        "    one, * = tools\n    one.draw\n    ALL.each { |x| x.draw }\n  end\nend\n",
    })  # fmt: skip
    assert uses(root, "Pen.draw") == [
        "b.rb:13 probable", "b.rb:15 probable", "b.rb:17 probable", "b.rb:20 probable", "b.rb:21 probable",
        "b.rb:23 by name only",
    ]  # fmt: skip
    assert uses(root, "Brush.draw") == [
        "b.rb:14 probable", "b.rb:16 probable", "b.rb:19 probable", "b.rb:23 by name only", "b.rb:24 probable",
    ]  # fmt: skip


def test_parameters_are_what_calls_give(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.rb": TOOLS,
        "b.rb": "class Desk\n  def initialize(tool, other: nil)\n    @tool = tool\n    @other = other\n  end\n"
        "  def go\n    @tool.draw\n    @other.draw\n  end\n  def use_up(x, *rest)\n    x.draw\n    rest.draw\n  end\n"
        "end\n",
        "c.rb": "Desk.new(Pen.new, other: Brush.new).use_up(Brush.new, 1)\n",
    })  # fmt: skip
    assert uses(root, "Pen.draw") == ["b.rb:7 probable", "b.rb:12 by name only"]
    assert uses(root, "Brush.draw") == ["b.rb:8 probable", "b.rb:11 probable", "b.rb:12 by name only"]


def test_the_class_that_has_all_methods_that_are_called(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.rb": "class Node\n  def value\n  end\n"
        "  def children\n  end\n  def label\n  end\nend\nclass Leaf < Node\nend\n"
        "class Row\n  def value\n  end\n"
        "  def label\n  end\nend\nclass List\n  def each\n  end\n  def first\n  end\nend\n",
        "b.rb": "def show(el)\n  el.children\n  el.value\n  el.label\nend\ndef tell(row)\n  row.value\nend\n"
        "def twice(x)\n  x.value\n  x.label\nend\ndef all(xs)\n  xs.each { }\n  xs.first\nend\n",
    })  # fmt: skip
    assert uses(root, "Node.value") == ["b.rb:3 probable", "b.rb:10 by name only"]
    assert uses(root, "Row.value") == ["b.rb:7 probable", "b.rb:10 by name only"], "by its name; two have both"
    assert uses(root, "List.first") == ["b.rb:15 by name only"], "an array has both"


def test_classes_that_are_made(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.rb": "class Model\n  def self.load\n  end\n  def save\n  end\nend\ndef Model(source) = nil\n"
        "class Point < Struct.new(:x, :y)\n  def sum = x\nend\n",
        "b.rb": "one = Class.new(Model)\none.load\none.new.save\ntwo = Class.new(Model) do\n  def save\n  end\n"
        "  def self.find\n  end\n  find\nend\ntwo.new.save\ntwo.find\nclass Sub < Model(:subs)\nend\nSub.load\n"
        "Point.new.x\n",
    })  # fmt: skip
    assert uses(root, "Model.load") == ["b.rb:2", "b.rb:15"]
    assert uses(root, "Model.save") == ["b.rb:3 probable"], "what is derived from it has its own"
    assert [use.split()[0] for use in uses(root, "b.rb:5")] == ["b.rb:3", "b.rb:11"]
    assert [use.split()[0] for use in uses(root, "b.rb:7")] == ["b.rb:9", "b.rb:12"]


def test_what_rubys_own_classes_are_given_is_likely(make_repository: MakeRepository) -> None:
    root = make_repository({
        "lib/ext.rb": "class String\n  def shout\n  end\nend\nmodule Own\n  class Array\n  end\nend\n",
        "lib/use.rb": "'a'.shout\nString.new\nOwn::Array.new\nArray.new\n",
    })  # fmt: skip
    assert uses(root, "String") == ["lib/use.rb:2 probable"]
    assert uses(root, "String.shout") == ["lib/use.rb:1 probable"], "not every program loads the file"
    assert uses(root, "Own::Array") == ["lib/use.rb:3"]


def test_a_module_stands_for_who_takes_it_in(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.rb": "class Base\n  module ClassMethods\n    def build\n      new\n    end\n  end\n"
        "  module InstanceMethods\n    def save\n      self\n    end\n  end\nend\n"
        "class Item < Base\n  def draw\n  end\nend\nclass Other\n"
        "  def draw\n  end\nend\n",
        "b.rb": "Item.build.draw\nItem.build.save.draw\n",
    })  # fmt: skip
    assert uses(root, "Item.draw") == ["b.rb:1", "b.rb:2"]
    assert uses(root, "build") == ["b.rb:1", "b.rb:2"]


def test_a_variable_is_what_it_was_given_last(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.rb": TOOLS,
        "b.rb": "class Desk\n  def go\n    @tool = Pen.new\n    @tool.draw\n    @tool = Brush.new\n    @tool.draw\n"
        "  end\n  def on\n    @tool.draw\n  end\n  def up\n    super.draw\n  end\nend\nclass Low\n"
        "  def up = Pen.new\nend\n"
        "class High < Low\n  def up\n    super.draw\n  end\nend\n",
    })  # fmt: skip
    assert uses(root, "Pen.draw") == ["b.rb:4", "b.rb:9 probable", "b.rb:12 by name only", "b.rb:20 probable"]
    assert uses(root, "Brush.draw") == ["b.rb:6", "b.rb:9 probable", "b.rb:12 by name only"]


def test_groups_of_tests_have_methods_of_their_own(make_repository: MakeRepository) -> None:
    root = make_repository({
        "spec/a_spec.rb": "describe 'a' do\n  before do\n    @d = other.make do\n      def shout\n      end\n    end\n"
        "  end\n  it 'x' do\n    @d.shout\n  end\nend\ndescribe 'b' do\n  before do\n    @d = other.make do\n"
        "      def shout\n      end\n    end\n  end\n  it 'y' do\n    @d.shout\n  end\nend\n",
    })  # fmt: skip
    assert uses(root, "spec/a_spec.rb:4") == ["spec/a_spec.rb:9 probable"]
    assert uses(root, "spec/a_spec.rb:15") == ["spec/a_spec.rb:20 probable"]
