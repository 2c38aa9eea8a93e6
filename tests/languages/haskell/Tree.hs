{-# LANGUAGE GADTs, TypeFamilies #-}
-- | Trees of things.
module Data.Tree.Small
  ( Tree (..)
  , insert, size
  , module Data.Maybe
  ) where

import Data.List (foldl', sortBy)
import Data.Maybe
import qualified Data.Map.Strict as Map
import Prelude hiding (lookup, insert)
import Control.Monad (Monad (..), unless)

infixr 5 +++

-- | A tree that
-- holds values.
data Tree a
  = Leaf                  -- ^ nothing
  | Node { left :: Tree a -- ^ smaller
         , value, weight :: a
         , right :: Tree a
         }
  | Tree a :|: Tree a
  deriving (Show, Eq)

newtype Forest a = Forest { trees :: [Tree a] }

type Pair a b = (a, b)

data Expr t where
  Number :: Int -> Expr Int
  IsZero :: Expr Int -> Expr Bool

type family Elem c where
  Elem [e] = e

-- | Things that have a size.
class Show a => Sized a where
  type Unit a
  -- | How big.
  size :: a -> Int
  size _ = 0
  small, big :: a -> Bool
  small = not . big
  (<+>) :: a -> a -> a

instance Sized a => Sized (Tree a) where
  size Leaf = 0
  size (Node l v _ r) = size l + 1 + size r
  big t = size t > limit
  a <+> b = a +++ b

instance Functor Tree where
  fmap = mapTree

-- | Puts a value in.
insert :: Ord a
       => a
       -> Tree a
       -> Tree a
insert x Leaf = Node Leaf x x Leaf
insert x tree@(Node l v w r)
  | x < v = tree { left = go l }
  | x > v, let y = x = tree { right = insert y r }
  | otherwise = tree
  where
    go :: Tree a -> Tree a
    go Leaf = insert x Leaf
    go other = insert x other
    unused = Map.empty

-- joins two
(+++) :: Tree a -> Tree a -> Tree a
Leaf +++ t = t
t +++ Leaf = t

x `orElse` y = fromMaybe y x

limit = 10

mapTree f = \case
  Leaf -> Leaf
  Node { value = v } -> Leaf

(low, high) = (1, limit)

pattern Single v <- Node Leaf v _ Leaf

foreign import ccall "math.h sin" c_sin :: Double -> Double

größe' :: Tree a -> Int
größe' = Map.foldr step 0 . Map.fromList . map key . toList'
  where step a = (+ a)

main :: IO ()
main = do
  let tree = foldl' (flip insert) Leaf [1, 2, 3]
  unless (size tree > 3) $ print tree
  mapM_ print (trees (Forest [tree]))
