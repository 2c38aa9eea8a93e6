"""What names mean in Haskell: modules and what they hand out, scopes, the two spaces of names, fields, classes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import shown_uses

from repoagent_indexers.resolve.haskell.header import header_of

MakeRepository = Callable[..., Path]
FILES = {
    "src/Data/Shop.hs": """\
{-# LANGUAGE PatternSynonyms, RecordWildCards, NamedFieldPuns #-}
module Data.Shop
  ( Item (..), Cart (Cart, items), Priced (..), total, (<+>)
  , module Data.Shop.Tax, pattern Free
  ) where
import Data.Shop.Tax
import qualified Data.Map as Map
infixr 5 <+>
data Item = Item { name :: String, cost :: Int } | Gift { name :: String }
newtype Cart = Cart { items :: [Item], hidden :: Int }
type Total = Int
pattern Free n <- Item n 0
class Priced a where
  price :: a -> Total
  price _ = 0
  twice :: a -> Total
  twice x = price x + price x
instance Priced Item where
  price Item {..} = cost
  price (Gift _) = 0
instance Priced Cart where
  price Cart { items } = sum (map price items)
total :: Cart -> Total
total cart
  | price cart > 0, let rate = tax, rate > 1 = go rate
  | otherwise = Map.size `seq` go 1
  where go total = total + price cart
{-# INLINE total #-}
(<+>) :: Cart -> Cart -> Cart
Cart a n <+> Cart b _ = Cart (a ++ b) n
""",
    "src/Data/Shop/Tax.hs": """\
module Data.Shop.Tax (tax) where
tax, secret :: Int
tax = 7 + secret
secret = 1
""",
    "app/Main.hs": """\
module Main (main) where
import Prelude hiding (sum)
import Data.Shop hiding (Gift, total)
import qualified Data.Shop as S (total, Cart (..))
sum :: Int -> Int
sum x = x
main :: IO ()
main = do
  let cart = S.Cart { S.items = [Item { name = "a", cost = tax }] }
  tax <- pure (S.total (cart <+> cart))
  print (sum tax)
  mapM_ (\\item -> print item { cost = 1 }) (items cart)
  print [total | total <- [price each | each <- items cart], let items = total]
  where secret = 1
""",
    "lib/Data/Shop/Tax.hs": "module Data.Shop.Tax where\ntax :: Int\ntax = 1\n",
    "lib/Other.hs": "module Other where\nimport Data.Shop.Tax\nname = tax\n",
    "broken.hs": "module B (where\nimport X (\ndata = { f :: } where\nx = \\case { -> let in do\n",
}


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("Shop.Item", ["Shop.hs:3: Item (..),", "Shop.hs:10: Item], hid", "Shop.hs:18: Item where"]),
        ("Item.Item", ["Main.hs:9: Item { nam", "Shop.hs:12: Item n 0", "Shop.hs:19: Item {..} "]),
        ("Cart.Cart", ["Main.hs:9: Cart { S.i", "Shop.hs:3: Cart, item", "Shop.hs:22: Cart { ite",
                       "Shop.hs:30: Cart a n <", "Shop.hs:30: Cart b _ =", "Shop.hs:30: Cart (a ++"]),
        ("Cart.items", ["Main.hs:9: items = [I", "Main.hs:12: items cart", "Main.hs:13: items cart",
                        "Shop.hs:3: items), Pr", "Shop.hs:22: items } = "]),
        ("Item.cost", ["Main.hs:9: cost = tax", "Main.hs:12: cost = 1 }", "Shop.hs:19: cost"]),
        ("Shop.total", ["Main.hs:3: total)", "Main.hs:4: total, Car", "Main.hs:10: total (car",
                        "Shop.hs:3: total, (<+", "Shop.hs:28: total #-}"]),
        ("Shop.<+>", ["Main.hs:10: <+> cart))", "Shop.hs:3: <+>)", "Shop.hs:8: <+>"]),
        ("Priced.price", ["Main.hs:13: price each", "Shop.hs:17: price x + ", "Shop.hs:17: price x",
                          "Shop.hs:19: price Item", "Shop.hs:20: price (Gif", "Shop.hs:22: price Cart",
                          "Shop.hs:22: price item", "Shop.hs:25: price cart", "Shop.hs:27: price cart"]),
        ("src/Data/Shop/Tax.hs:3", ["Main.hs:9: tax }] }", "Shop.hs:25: tax, rate ", "Tax.hs:1: tax) where"]),
        ("lib/Data/Shop/Tax.hs:3", ["Other.hs:3: tax"]),
        ("Tax.secret", ["Tax.hs:3: secret"]),
        ("Shop.Free", ["Shop.hs:4: Free"]),
        ("src/Data/Shop/Tax.hs:1", ["Shop.hs:4: Tax, patte", "Shop.hs:6: Tax"]),
    ],
)  # fmt: skip
def test_uses(make_repository: MakeRepository, what: str, expected: list[str]) -> None:
    assert shown_uses(make_repository(FILES), what, 10) == expected


BRANCHES = {
    "src/Time.hs": """\
module Time (Year, now, later, Clock (..)) where
#if NEW
import Calendar (Year)
#else
-- | A year.
type Year = Integer
#endif
data Clock = Clock { ticks :: Int }
now, later :: Clock -> Int
now clock
#if NEW
  = ticks clock + '\\n'
#else
  = later clock - ticks clock
#endif
later _ = 1
class Tick a where
  tick, tock :: a -> Int
instance Tick Clock where
  tick = ticks
  {-# INLINE tick #-}
  tock clock = tick clock
{-# RULES "now" forall tick c. tick (now c) = later c #-}
{-# SPECIALIZE wait :: Clock -> Int #-}
wait :: Tick a => a -> Int
wait = tick
""",
    "src/Use.hs": "module Use where\nimport Time\nyear :: Year\nyear = now (Clock '\\t') + f 'x'\n"
    "f Clock { ticks } = ticks\n",
}


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("Time.Year", ["Time.hs:1: Year, now, probable", "Use.hs:3: Year probable"]),
        ("Time.now", ["Time.hs:1: now, later", "Time.hs:23: now c) = l", "Use.hs:4: now (Clock"]),
        ("Time.later", ["Time.hs:1: later, Clo", "Time.hs:14: later cloc", "Time.hs:23: later c #-"]),
        ("Clock.ticks", ["Time.hs:12: ticks cloc", "Time.hs:14: ticks cloc", "Time.hs:20: ticks",
                         "Use.hs:5: ticks } = "]),
        ("Tick.tick", ["Time.hs:20: tick = tic", "Time.hs:21: tick #-}", "Time.hs:22: tick clock", "Time.hs:26: tick"]),
    ],
)  # fmt: skip
def test_uses_in_branches_and_pragmas(make_repository: MakeRepository, what: str, expected: list[str]) -> None:
    assert shown_uses(make_repository(BRANCHES), what, 10) == expected


def test_the_head_of_a_module() -> None:
    found = header_of(
        "{- a {- b -} c -}\n-- | d\nmodule A.B -- e\n  ( f, T (.., g), type (+), (<|>), pattern P,\n"
        "    module M.N, (O.<>), C.h,\n"
        '#ifdef X\n    i,\n#endif\n  ) where\nimport safe qualified "base" X.Y as Z (A, b\', (++), C (D, E))\n'
        "import Q qualified hiding ()\nimport R\n  ( s\n  ); import T\nu = 1\nimport Never\n"
    )
    assert found.module == "A.B"
    assert [(each.name, each.kind, sorted(each.members)) for each in found.exports or ()] == [
        ("f", "", []), ("T", "type", ["..", "g"]), ("+", "type", []), ("<|>", "", []), ("P", "pattern", []),
        ("M.N", "module", []), ("O.<>", "", []),
        ("C.h", "", []), ("i", "", []),
    ]  # fmt: skip
    assert [(each.module, each.alias, each.is_qualified, each.is_hiding) for each in found.imports] == [
        ("X.Y", "Z", True, False), ("Q", "Q", True, True), ("R", "R", False, False), ("T", "T", False, False),
    ]  # fmt: skip
    assert [item.name for item in found.imports[0].items or ()] == ["A", "b'", "++", "C"]
    assert found.imports[1].items == ()


@pytest.mark.parametrize(
    "text", ["", "module", "module A (", "import", "import A (B (", "module A (B (", "{- {-", "(" * 9]
)
def test_the_head_of_what_is_no_module(text: str) -> None:
    assert header_of(text).module in {"", "A"}
