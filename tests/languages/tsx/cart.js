/**
 * @flow strict
 */
'use strict';

import type {Price} from './price';
import typeof Shop from './shop';

export opaque type Id: string = string;
export type Item = {
  ...Base,
  +id: Id,
  price?: ?Price,
  onChange: (Id, ?Price) => void,
  find: Id => ?Item,
  ...
};
type Exact = {| name: string, [string]: number |};

declare export var total: Price;

class Cart<+T: Item> extends Shelf<T> {
  +items: Array<T>;
  static EMPTY: {...Exact, size: 0} = {name: '', size: 0};
  each: (
    T,
    Array<(string) => void>,
  ) => void = (item) => {};
  first(): ?T {
    return this.items[0];
  }
}

function isSold(item: ?Item): boolean %checks {
  return item != null && !item.price;
}

export const pick = <T: Item>(cart: Cart<T>): ((T) => boolean) => item => isSold(item);

module.exports = {Cart, isSold};
