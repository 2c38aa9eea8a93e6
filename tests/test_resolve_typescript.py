"""What uses of names mean in TypeScript and JavaScript: modules, scopes, members of types."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import repoagent
from repoagent_indexers.resolve import graph
from repoagent_indexers.resolve.references import Resolution

MakeRepository = Callable[..., Path]


def uses(root: Path, what: str) -> list[str]:
    """`path:line:column` of every use, with how sure it is where that is not `resolved`."""
    with repoagent.open(root) as repo:
        return [
            f"{use.path}:{use.line}:{use.column}" + (f" {use.certainty}" if use.certainty != "resolved" else "")
            for use in repo.refs(what).uses
        ]


def test_modules_barrels_and_default_exports(make_repository: MakeRepository) -> None:
    root = make_repository({
        "src/core.ts": "export function target() {}\nexport default class Store {}\nfunction hidden() {}\n",
        "src/index.ts": "export * from './core';\nexport { target as renamed, default as Shop } from './core.js';\n",
        "src/use.ts": "import { target, renamed as r } from './index';\nimport * as all from '.';\n"
        "import Kept from './core';\n"
        "target();\nr();\nall.target();\nnew Kept();\n",
        "src/apart.ts": "import { target } from 'elsewhere';\n"
        "target();\nfunction f(target: () => void) { target(); }\n",
        "src/shop.ts": "import { Shop } from './index';\nexport const shop: Shop = new Shop();\n",
    })  # fmt: skip
    assert uses(root, "target") == [
        "src/index.ts:2:10",
        "src/use.ts:1:10",
        "src/use.ts:1:18",
        "src/use.ts:4:1",
        "src/use.ts:5:1",
        "src/use.ts:6:5",
    ]
    store = uses(root, "Store")
    assert "src/use.ts:7:5" in store
    assert "src/use.ts:3:8" in store
    with repoagent.open(root) as repo:
        assert graph.imported_by(Resolution(repo.index), "src/use.ts") == ["src/core.ts", "src/index.ts"]


def test_commonjs_paths_and_workspaces(make_repository: MakeRepository) -> None:
    root = make_repository({
        "lib/a.js": "function target() {}\nmodule.exports = { target, other: target };\n"
        "exports.late = function late() {};\n",
        "lib/b.js": "const { target } = require('./a');\nconst a = require('./a');\ntarget();\na.target();\n",
        "tsconfig.json": '{\n  // paths\n  "compilerOptions": {"baseUrl": ".", "paths": {"@app/*": ["app/*"]},},\n}\n',
        "app/one.ts": "export const one = 1;\n",
        "app/two.ts": "import { one } from '@app/one';\nimport { deep } from '@scope/kit';\n"
        "import { sub } from '@scope/kit/sub';\n"
        "console.log(one, deep, sub);\n",
        "packages/kit/package.json": '{"name": "@scope/kit", "main": "dist/index.js"}',
        "packages/kit/src/index.ts": "export const deep = 1;\n",
        "packages/kit/src/sub.ts": "export const sub = 1;\n",
    })  # fmt: skip
    assert uses(root, "lib/a.js:1") == [
        "lib/a.js:2:20",
        "lib/a.js:2:35",
        "lib/b.js:1:9",
        "lib/b.js:3:1",
        "lib/b.js:4:3",
    ]
    assert uses(root, "one") == ["app/two.ts:1:10", "app/two.ts:4:13"]
    assert uses(root, "deep") == ["app/two.ts:2:10", "app/two.ts:4:18"]
    assert uses(root, "sub") == ["app/two.ts:3:10", "app/two.ts:4:24"]


def test_members_by_type(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.ts": """\
export class Base {
  go(): this { return this; }
  made = new Other();
}
export class Sub extends Base {
  constructor(private dep: Base) { super(); this.dep.go(); }
  run() { super.go(); this.go(); }
}
export class Other { go(): void {} }
interface Named { go(): void; }
type Box = { inner: Sub };
export function f(one: Sub, many: Base[], box: Box, { inner }: Box, named: Named) {
  one.go();
  many.map(each => each.go());
  for (const each of many) each.go();
  box.inner.go();
  inner.go();
  one.made.go();
  named.go();
  const made: Box = { inner: one };
  (one as unknown as Other).go();
}
function unknown(it: any) { it.go(); }
""",
    })  # fmt: skip
    assert uses(root, "Base.go") == [
        "a.ts:6:54", "a.ts:7:17", "a.ts:7:28", "a.ts:13:7", "a.ts:14:25", "a.ts:15:33", "a.ts:16:13", "a.ts:17:9",
        "a.ts:23:32 by name only",
    ]  # fmt: skip
    assert uses(root, "Other.go") == ["a.ts:18:12", "a.ts:21:29", "a.ts:23:32 by name only"]
    assert uses(root, "Box.inner") == ["a.ts:12:55", "a.ts:16:7", "a.ts:20:23"]


def test_functions_that_make_objects(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.js": "function Point(x) {\n  this.x = x;\n}\nPoint.prototype.norm = function () { return this.x; };\n"
        "var p = new Point(1);\np.norm();\n",
    })  # fmt: skip
    assert uses(root, "Point.norm") == ["a.js:6:3"]
    with repoagent.open(root) as repo:
        [call] = repo.callees("a.js:1").calls or [None]
        assert call is None


TYPES = """
export declare class Box { open(): void; lid: Lid; }
export interface Lid { open(): void; }
export declare const box: Box;
type Replaced<A, B> = Omit<A, keyof B> & B;
export type Kept<T> = { [K in keyof T as K extends 'x' ? never : K]: T[K] };
type Choice<T> = T extends string ? never : Kept<T>;
export type Named = Replaced<Lid, { box: Box }>;
export type Boxes = { [name: string]: Box };
export type Field = { boxes: readonly Box[] };
export interface Options {
  filter?: (box: Box, lid: Lid) => boolean;
  made(box: Box): { box: Box };
}
export type Chosen = Choice<{ box: Box }>;
"""

USES = """
import { box, type Boxes, type Box, type Chosen, type Field, type Lid, type Named, type Options } from './types.js';
box.open();
export function f(named: Named, boxes: Boxes, key: string, field: Field['boxes'][number], chosen: Chosen, any: any) {
  named.box.open();
  boxes.first.open();
  boxes[key].open();
  field.open();
  chosen.box.open();
  if (any instanceof Box) any.open();
  if (!(any instanceof Box)) return;
  any.open();
}
function g(options: Options) {}
g({
  filter: (one, two) => one.open() || two.open(),
  made(one) { one.open(); return { box: one }; },
});
function h<T extends string>(it: T, id: Lid) { id.open(); }
"""


def test_types_that_are_made_of_others(make_repository: MakeRepository) -> None:
    root = make_repository({"types.d.ts": TYPES, "uses.ts": USES})
    lines = dict(enumerate(USES.splitlines(), 1))

    def used(what: str) -> list[str]:
        with repoagent.open(root) as repo:
            found = [use for use in repo.refs(what).uses if use.path == "uses.ts"]
            return [f"{lines[use.line].strip()} {use.certainty}" for use in found]

    assert used("Box.open") == [f"{line} resolved" for line in (
        "box.open();", "named.box.open();", "boxes.first.open();", "boxes[key].open();", "field.open();",
        "chosen.box.open();", "if (any instanceof Box) any.open();", "any.open();",
        "filter: (one, two) => one.open() || two.open(),", "made(one) { one.open(); return { box: one }; },",
    )]  # fmt: skip
    assert used("Lid.open") == [
        "filter: (one, two) => one.open() || two.open(), resolved",
        "function h<T extends string>(it: T, id: Lid) { id.open(); } resolved",
    ]
    with repoagent.open(root) as repo:
        resolution = Resolution(repo.index)
        place = resolution.at("uses.ts", 16, 3)  # the key of a function in an object
        certainty, found = resolution.meaning(place)
        assert (certainty, {each.place.path for each in found}) == ("resolved", {"types.d.ts", "uses.ts"})


def test_what_comments_say_in_javascript(make_repository: MakeRepository) -> None:
    root = make_repository({
        "chart.js": "export default class Chart { draw() {} }\n",
        "line.js": "export class Line { draw() {} }\n",
        "base.ts": "export default class Element { options: string; draw() {} }\n",
        "use.js": "import Element from './base.js';\n"
        "/** @typedef { import('./chart.js').default } Chart */\n"
        "export class Scale extends Element {\n  constructor(chart) {\n    super();\n    /** @type {Chart} */\n"
        "    this.chart = chart;\n    this.options = undefined;\n    this.min = 0;\n  }\n"
        "  read() { this.min = 1; this.chart.draw(); return this.options + this.min; }\n}\n"
        "class Sub extends Scale { read() { this.min = 2; return this.min; } }\n"
        "/**\n * @param {Chart} chart\n * @param {import('./line.js').Line[]} [lines]\n"
        " * @returns {import('./line.js').Line}\n */\n"
        "function f(chart, lines) {\n  chart.draw();\n  lines[0].draw();\n  return chart.made;\n}\nf().draw();\n",
    })  # fmt: skip
    assert uses(root, "Chart.draw") == ["use.js:11:37", "use.js:20:9"]
    assert uses(root, "Line.draw") == ["use.js:21:12", "use.js:24:5"]
    assert "use.js:11:57" in uses(root, "Element.options")
    with repoagent.open(root) as repo:
        resolution = Resolution(repo.index)
        certainty, found = resolution.meaning(resolution.at("use.js", 13, 62))  # set by what it is derived from first
        assert (certainty, [each.line for each in found]) == ("resolved", [9])


def test_what_modules_of_commonjs_hand_out(make_repository: MakeRepository) -> None:
    root = make_repository({
        "package.json": '{"name": "kit", "main": "lib/kit"}',
        "lib/kit.js": "module.exports = class Kit extends require('./base') {\n  run() { return this.made; }\n};\n",
        "lib/base.js": "exports = module.exports = class {\n  constructor() { this.made = 1; }\n  open() {}\n};\n"
        "exports.late = function late() {};\n",
        "lib/parts.js": "const helpers = exports;\nhelpers.first = () => {};\n"
        "if (helpers) module.exports.second = function () {};\n",
        "lib/all.js": "const shared = { last() {} };\nmodule.exports = { ...require('./parts'), shared };\n",
        "test/kit.js": "const Kit = require('..');\nconst late = require('../lib/base').late;\n"
        "const { first, shared } = require('../lib/all');\nconst all = require('../lib/all');\n"
        "const kit = new Kit();\nkit.run();\nkit.open();\nlate();\nfirst();\nall.second();\nall.shared.last();\n"
        "function f() { const { Kit } = { Kit: require('..') }; new Kit().run(); }\n",
    })  # fmt: skip
    assert uses(root, "Kit.run") == ["test/kit.js:6:5", "test/kit.js:12:66"]
    assert uses(root, "lib/kit.js:1") == ["test/kit.js:1:7", "test/kit.js:5:17"]
    assert uses(root, "lib/base.js:3") == ["test/kit.js:7:5"]
    assert uses(root, "late") == ["test/kit.js:2:7", "test/kit.js:2:37", "test/kit.js:8:1"]
    assert uses(root, "first") == ["test/kit.js:3:9", "test/kit.js:9:1"]
    assert uses(root, "second") == ["test/kit.js:10:5"]
    assert uses(root, "shared.last") == ["test/kit.js:11:12"]
    assert uses(root, "exports.made") == ["lib/kit.js:2:23"]


def test_objects_and_prototypes_that_grow(make_repository: MakeRepository) -> None:
    root = make_repository({
        "app.js": "const app = exports = module.exports = {\n  get body() { return this.kept; },\n"
        "  read() { return this.body; },\n};\napp.use = function (fn) { this.read(); return this; };\n",
        "queue.js": "function Queue() { this.size = 0; }\n"
        "Queue.prototype.push = function push(item) { this.size++; return this; };\n"
        "Queue.prototype = { clear() { this.push(1); } };\nQueue.of = () => new Queue();\n"
        "Queue.prototype.add = Queue.prototype.push;\nmodule.exports = Queue;\n",
        "other.js": "function Queue() {}\nQueue.prototype.push = function () {};\nmodule.exports = Queue;\n",
        "use.js": "const app = require('./app');\nconst Queue = require('./queue');\n"
        "app.use(app.body).use();\nQueue.of().push().add().size;\nnew Queue().clear();\n"
        "const one = { run() {} }, two = { run() {} };\none.run();\nfunction apart() { this.push(); }\n",
    })  # fmt: skip
    assert uses(root, "app.use") == ["use.js:3:5", "use.js:3:19"]
    assert uses(root, "app.js:2") == ["app.js:3:24", "use.js:3:13"]
    assert uses(root, "app.js:3") == ["app.js:5:32"]
    assert uses(root, "queue.js:2") == ["queue.js:3:36", "queue.js:5:39", "use.js:4:12", "use.js:8:25 by name only"]
    assert uses(root, "queue.js:3") == ["use.js:5:13"]
    assert uses(root, "Queue.of") == ["use.js:4:7"]
    assert [use for use in uses(root, "other.js:2") if not use.endswith("by name only")] == []
    with repoagent.open(root) as repo:
        resolution = Resolution(repo.index)
        meaning = resolution.places(resolution.at("use.js", 4, 25))  # what the function sets on `this`
        assert meaning is not None
        assert {(each.path, each.start) for each in meaning.places} == {("queue.js", 24)}
        _, found = resolution.meaning(resolution.at("use.js", 7, 5))  # and not that of the object beside it
        assert [each.column for each in found] == [15]


def test_names_of_javascript_that_mean_more_than_their_variable(make_repository: MakeRepository) -> None:
    root = make_repository({
        "driver.js": "exports.run = function (text) {};\nexports.Array = 1;\nconst list = Array(2);\n",
        "index.js": "module.exports = require('./driver');\n",
        "parts.js": "const { run } = require('./driver');\nmodule.exports = { run };\n",
        "use.js": "if (typeof exports !== 'undefined') {\n  var driver = require('./index');\n"
        "  var run = driver.run;\n}\n"
        "run('a');\nconst again = require('./parts').run;\nagain('b');\n",
        "types.ts": "export interface Shape { width: number }\nexport const width = 1;\n"
        "export const shape: Shape = { width };\n",
    })  # fmt: skip
    assert uses(root, "run") == [
        "parts.js:1:9", "parts.js:2:20", "use.js:3:20", "use.js:5:1", "use.js:6:34",
    ]  # fmt: skip
    assert uses(root, "driver.js:2") == []
    assert uses(root, "Shape.width") == uses(root, "types.ts:2") == ["types.ts:3:31"]


def test_construct_signatures_symbols_and_names_of_values_and_types(make_repository: MakeRepository) -> None:
    root = make_repository({
        "src/poly.ts": "class Subscriber<T> {\n  next(value: T): void {}\n}\n"
        "class Impl<T> {\n  constructor(init: (subscriber: Subscriber<T>) => void) {}\n}\n"
        "declare global {\n  interface Subscriber<T> {\n    next<V extends T>(value: V): void;\n  }\n"
        "  var Subscriber: { readonly prototype: Subscriber<unknown> };\n"
        "  interface Maker {\n    new <T>(init: (subscriber: Subscriber<T>) => void): Stream<T>;\n  }\n"
        "  var Stream: Maker;\n  interface Stream<T> extends Impl<T> {\n    listen(observer: Listener<T>): void;\n  }\n"
        "  interface Listener<T> {\n    seen(value: T): void;\n  }\n}\nexport const used = 1;\n",
        "src/count.ts": "export const count: unique symbol = Symbol('count');\ndeclare global {\n"
        "  interface Stream<T> {\n    [count]: () => Stream<number>;\n  }\n}\n",
        "src/take.ts": "export const take: unique symbol = Symbol('take');\ndeclare global {\n  interface Stream<T> {\n"
        "    [take]: () => Stream<T>;\n  }\n}\n",
        "src/more.ts": "export const more = 1;\n"
        "declare global {\n  interface Stream<T> {\n    other(): void;\n  }\n}\n",
        "src/use.ts": "import './poly';\nimport { count } from './count';\nimport { take } from './take';\n"
        "const source = new Stream<number>((subscriber) => {\n  subscriber.next(1);\n});\n"
        "source[count]()[take]().listen({ seen: (value) => {} });\n",
    })  # fmt: skip
    assert uses(root, "src/poly.ts:9") == ["src/use.ts:5:14"]
    assert uses(root, "src/poly.ts:2") == []
    assert uses(root, "src/poly.ts:17") == ["src/use.ts:7:25"]


def test_modules_that_a_declaration_file_declares(make_repository: MakeRepository) -> None:
    root = make_repository({
        "types/expect.d.ts": "declare function expect(target?: any): Expect.Root;\n"
        "declare namespace Expect {\n  interface Root {\n    to: Expect.Root;\n    be(): void;\n  }\n}\n"
        'declare module "expect.js" {\n  export = expect;\n}\n'
        'declare module "tool" {\n  export function run(): void;\n  export default function main(): void;\n}\n',
        "a.js": 'const expect = require("expect.js");\nexpect(1).to.be();\n',
        "b.ts": 'import expect from "expect.js";\nimport { run } from "tool";\nexpect(2).to.be();\nrun();\n'
        'import { other } from "else";\nother();\n',
    })  # fmt: skip
    assert uses(root, "types/expect.d.ts:5") == ["a.js:2:14", "b.ts:3:14"]
    assert uses(root, "types/expect.d.ts:12") == ["b.ts:2:10", "b.ts:4:1"]
    assert "b.ts:3:1" in uses(root, "types/expect.d.ts:1")


def test_types_derived_from_aliases_accessors_and_records(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.ts": "export type Base = { kind: string };\n"
        "export interface Shape extends Base {\n  area: number;\n}\n"
        "export class Box {\n  side = 1;\n  get inner(): Shape { return null as any; }\n}\n"
        "export interface Router {\n  get state(): Shape;\n}\n"
        "export type Rows = Record<string, Shape>;\n"
        "export type Gen<T> = { value: T };\n"
        "export interface Holder extends Gen<Box> {}\n"
        "export interface Paper {\n  abstract: string;\n  pages: Box;\n}\n"
        "export interface Open {\n  [key: string]: Box;\n}\n",
        "use.ts": "import { Shape, Router, Box, Rows, Holder, Paper, Open } from './a';\n"
        "function f(s: Shape, r: Router, b: Box, rows: Rows, h: Holder, p: Paper, o: Open) {\n"
        "  s.kind;\n  r.state.area;\n  b.inner.area;\n  rows.some.area;\n  h.value.side;\n"
        "  p.pages.side;\n  o.any.side;\n}\n"
        "const shape: Shape = { kind: 'a', area: 2 };\n",
    })  # fmt: skip
    assert uses(root, "Base.kind") == ["use.ts:3:5", "use.ts:11:24"]
    assert uses(root, "Shape.area") == ["use.ts:4:11", "use.ts:5:11", "use.ts:6:13", "use.ts:11:35"]
    assert uses(root, "Box.side") == ["use.ts:7:11", "use.ts:8:11", "use.ts:9:9"]
    with repoagent.open(root) as repo:
        assert [symbol.name for symbol in repo.symbols("a.ts") if symbol.name == "abstract"] == ["abstract"]


def test_import_aliases_and_what_compilers_hand_on(make_repository: MakeRepository) -> None:
    root = make_repository({
        "ns.ts": "export namespace deep {\n  export class Inner {\n    run() {}\n  }\n}\n"
        "import Alias = deep.Inner;\nexport import Out = deep.Inner;\n"
        "export namespace more { export import Again = deep.Inner; }\nnew Alias().run();\n",
        "use.ts": "import { Out, more } from './ns';\nnew Out().run();\nnew more.Again().run();\n",
        "lib/def.js": "Object.defineProperty(exports, '__esModule', { value: true });\nfunction made() {}\n"
        "Object.defineProperty(exports, 'made', { enumerable: true, get: function () { return made; } });\n"
        "const inner = require('./inner');\n"
        "Object.defineProperty(exports, 'handed', { enumerable: true, get: () => inner.handed });\n",
        "lib/inner.js": "exports.handed = function handed() {};\n",
        "lib/use.js": "const def = require('./def');\ndef.made();\ndef.handed();\n"
        "const { made } = require('./def');\nmade();\n",
        "kit/package.json": '{"name": "kit", "main": "./dist/kit.cjs.js"}',
        "kit/src/kit.ts": "export function kitted() {}\n",
        "rel.js": "const { kitted } = require('./kit/dist/kit.cjs.js');\nkitted();\nrequire('./kit').kitted();\n",
    })  # fmt: skip
    assert uses(root, "Inner.run") == ["ns.ts:9:13", "use.ts:2:11", "use.ts:3:18"]
    assert set(uses(root, "Inner")) >= {"ns.ts:6:21", "ns.ts:9:5", "use.ts:1:10", "use.ts:2:5", "use.ts:3:10"}
    assert uses(root, "made") == ["lib/def.js:3:86", "lib/use.js:2:5", "lib/use.js:4:9", "lib/use.js:5:1"]
    assert "lib/use.js:3:5" in uses(root, "handed")
    assert {"rel.js:2:1", "rel.js:3:18"} <= set(uses(root, "kitted"))


def test_default_exports_without_a_name_have_types(make_repository: MakeRepository) -> None:
    root = make_repository({
        "types.ts": "export type Field = { area: number };\n",
        "arrow.ts": "import { Field } from './types';\nexport default async <T>(field: Field, other: T) => field;\n",
        "plain.ts": "import { Field } from './types';\nexport default function (field: Field) { return field; }\n",
        "use.ts": "import arrow from './arrow';\nimport plain from './plain';\n"
        "arrow({ area: 1 }, 2);\nplain({ area: 2 }).area;\n",
    })  # fmt: skip
    assert uses(root, "Field.area") == ["use.ts:3:9", "use.ts:4:9", "use.ts:4:20"]


def test_functions_that_say_what_they_are_given_is(make_repository: MakeRepository) -> None:
    root = make_repository({
        "nodes.ts": "export class Base {}\nexport class Text extends Base { split() {} }\n"
        "export class Styled extends Text { split() {} }\n"
        "export function isText(node: Base | null): node is Text { return true; }\n"
        "export const isAny = <T>(node: unknown): node is T => true;\n"
        "export function assertText(node: unknown): asserts node is Text {}\n",
        "use.ts": "import { Base, Styled, Text, assertText, isAny, isText } from './nodes';\n"
        "function f(a: Base, s: Styled, b: unknown, c: Base, t: Text) {\n"
        "  if (isText(a)) { a.split(); }\n"
        "  if (isText(s)) s.split();\n"
        "  invariant(isText(b), 'no text');\n  b.split();\n"
        "  if (!isText(c)) return;\n  c.split();\n"
        "  if (isAny(t)) t.split();\n}\n"
        "const g = (b: unknown) => { assertText(b); b.split(); };\n"
        "const h = (b: Base) => isText(b) && b.split();\n"
        "const i = (b: Base) => { log(isText(b)); b.split(); };\n",
    })  # fmt: skip
    sure = ["use.ts:3:22", "use.ts:6:5", "use.ts:8:5", "use.ts:9:19", "use.ts:11:46", "use.ts:12:39"]
    assert [use for use in uses(root, "Text.split") if " " not in use] == sure
    assert uses(root, "Styled.split")[0] == "use.ts:4:20"


def test_members_that_are_given_to_window(make_repository: MakeRepository) -> None:
    root = make_repository({
        "app.ts": "export class App { draw() {} }\n"
        "declare global {\n  interface Window { app: { main: App } }\n}\n",
        "use.ts": "const { app } = window;\napp.main.draw();\nwindow.app.main.draw();\n"
        "function f(window: Other) { window.app.main.draw(); }\n",
    })  # fmt: skip
    assert uses(root, "App.draw")[:2] == ["use.ts:2:10", "use.ts:3:17"]
    assert "use.ts:4:45" not in uses(root, "App.draw")


def test_flow_sees_what_flow_typed_declares(make_repository: MakeRepository) -> None:
    root = make_repository({
        "flow-typed/globals.js": "declare class Probe { check(): void }\ndeclare var probe: Probe;\n",
        "flow-typed/npm/kit_v1.x.x.js": "declare module 'kit' {\n"
        "  declare type Kit = {| part(name: ?string): void |};\n"
        "  declare module.exports: Kit;\n}\n",
        "src/types.js": "/* @flow */\nexport type Key = string;\nexport type Find = (Key, ?Array<Key>) => void;\n",
        "src/use.js": "/* @flow */\nimport type {Key} from './types';\nimport kit from 'kit';\n"
        "const {part} = require('kit');\nkit.part('a');\npart('b');\nprobe.check();\n"
        "type On = {|call: (Key) => void|};\n",
    })  # fmt: skip
    assert uses(root, "Probe.check") == ["src/use.js:7:7"]
    assert uses(root, "probe") == ["src/use.js:7:1 probable"]
    assert {"src/types.js:3:21", "src/types.js:3:33", "src/use.js:2:14", "src/use.js:8:20"} == set(uses(root, "Key"))
    assert "src/use.js:5:5" in uses(root, "part")


def test_a_list_of_names_on_many_lines_is_an_import(make_repository: MakeRepository) -> None:
    root = make_repository({
        "a.ts": "export type A = 1;\nexport type B = 2;\n",
        "use.ts": "import type {\n  A, // the first\n  B,\n} from './a';\nexport type X = A | B;\n",
    })  # fmt: skip
    with repoagent.open(root) as repo:
        assert [(use.line, use.kind) for use in repo.refs("A").uses] == [(2, "import"), (5, "type")]
