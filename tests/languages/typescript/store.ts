import Default, { type Shape, area as surface } from "./shapes";
import * as path from "path";
import type { Config } from "./config";
import legacy = require("legacy");
import "./polyfills";
export { surface as exported, Default } from "./shapes";
export * from "./everything";
export * as tools from "./tools";

/**
 * How far a point lies from the origin.
 * @param point where it lies
 */
export function distance(point: Point): number;
export function distance(x: number, y: number): number;
export function distance(a: Point | number, b?: number): number {
  return typeof a === "number" ? Math.hypot(a, b ?? 0) : a.length();
}

export interface Point extends Shape, Named<string> {
  readonly x: number;
  "y-axis"?: number;
  length(): number;
  get name(): string;
  (scale: number): Point;
  [key: string]: unknown;
}

type Handler<T> = (event: T) => void;
export type Options =
  | { retries: number; onError(error: Error): void }
  | Partial<Config>;

// The levels,
// lowest first.
export enum Level {
  Low,
  High = 10,
  "very high" = 100,
}
declare const enum Flag { On = 1 }

@Injectable({ scope: "root", make() { return 1; } })
export abstract class Store<T extends Point> extends Base<T> implements Disposable, tools.Closeable {
  static #count = 0;
  static readonly limit: number = LIMIT;
  private items?: Map<string, T>;
  onChange = (item: T): void => { this.items?.set(item.name, item); };
  declare label: string;

  constructor(private readonly config: Config, public tag = "none", plain?: string) {
    super(config);
    this.reset = () => distance(tag as Point);
  }

  /** Reads one. */
  @Memo()
  async get<K extends keyof T>(key: K, /* unused */ fallback: T = Default): Promise<T[K]> {
    const local = 1;
    const load = async (id: string) => fetchItem(id, local);
    return load(String(key));
  }

  get size(): number { return this.items.size; }
  set size(value: number) {}
  abstract close(): void;
  protected abstract readonly open: boolean;
  ["computed" + 1]() {}
  [Symbol.iterator]() {}
  #secret() { return Store.#count; }
  overloaded(a: string): void;
  overloaded(a: unknown) {}
}

export const LIMIT = 3, START: number = 1;
const { first, nested: { second = 2, ...others } } = settings, [third] = list;
export let current: Store<Point> | undefined;
var old = function namedOld() { return legacy; };
export const handlers = {
  click: (event: Click) => surface(event),
  async "key-up"() { await tools.run(LIMIT); },
  get active() { return current; },
  plain: distance,
  current,
};
export default class extends Store<Point> { close() {} }

declare module "plugins" {
  export function register(plugin: Plugin): void;
  const version: string;
}
declare global { interface Window { store: Store<Point>; } }
namespace Geometry.Plane {
  export const origin = 0;
  let hidden = 1;
  export function move() { return new Geometry.Plane.Mover(origin); }
}
declare function ambient(x: typeof LIMIT): asserts x is 3;
export declare let later: string;
export const größe = (ñ: number) => ñ + 1;
new Store(config).get(first, ...others);

declare module "*.svg" {
  const source: string;
}

declare global {
  const VERSION: string;
  var started: boolean;
}
