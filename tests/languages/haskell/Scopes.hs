{-# LANGUAGE RecordWildCards, NamedFieldPuns, MultiWayIf, LambdaCase, DataKinds, TemplateHaskell, RecursiveDo #-}
module Small.Scopes (Box (.., Boxed), type (~>), area, pattern Boxed, module X, (<+>)) where
import qualified Data.List as L (sortOn, (\\))
import Data.Maybe as X hiding (fromJust)
import "base" Data.Char (isSpace, ord)

infixr 5 <+>, `area`
type f ~> g = forall a. f a -> g a
data Box = Box { width, height :: !Int } | Line { width :: !Int }
data family Held a
data instance Held Int = HeldInt { held :: Int } | NoInt
pattern Boxed, Flat :: Int -> Box
pattern Boxed w <- Box { width = w } where Boxed w = Box w 1
pattern Flat w = Box w 0
pattern a :*: b <- (a, b)

class Area a where
  type Unit a
  data Part a
  area :: a -> Int
  default area :: Show a => a -> Int
  area = length . show

instance Area Box where
  type Unit Box = Int
  data Part Box = Side Int
  area Box {..} = width * height
  area Line {width} = width
deriving stock instance Show Box
$(pure [])

(<+>), plus :: Box -> Box -> Box
Box w h <+> Box { width = v, height } = Box (w + v) (h + height)
one <+> _ = one
plus a b = a `seq` (<+>) a b
{-# INLINE plus #-}
('"', quote) = ('\'', '\n')

steps :: [Int] -> IO Int
steps xs@(x : ~rest) | Just y <- found, let z = y + x, z > 1 = pure z
                     | otherwise = mdo
  y <- pure (x + z)
  let k 0 = 1
      k n = n * k (n - 1)
      z = 2
  rec { a <- pure b; b <- pure 1 }
  mapM_ (\case { 0 -> pure (); n | n > 1, m <- n -> print (m + n) }) xs
  print [(p, q) | p <- xs, q <- rest, let p' = p, p' > q]
  if | y > 1 -> pure (k y) | otherwise -> pure $ L.sortOn (subtract x) rest !! 0
  where
    found :: Maybe Int
    found = listToMaybe xs
    update box = box { width = 1, height = let width = 2 in width }
