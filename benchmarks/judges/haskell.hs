-- Prints what GHC's own files of information (.hie) say of each name: runghc -package ghc haskell.hs FOLDER
-- A row: file, line, column of a use (1-based, in characters), name, then "target" or "local" with the places of its
-- definition (file, line, column each), "elsewhere", or "unknown". A place may have several rows: a field and a local.
{-# LANGUAGE ScopedTypeVariables #-}
module Main (main) where

import Control.Monad (forM, forM_, when)
import Data.List (intercalate, isSuffixOf)
import qualified Data.Map as Map
import qualified Data.Set as Set
import System.Directory (doesDirectoryExist, listDirectory)
import System.Environment (getArgs)
import System.FilePath ((</>))

import GHC.Data.FastString (unpackFS)
import GHC.Iface.Ext.Binary (HieFileResult (..), NameCacheUpdater (..), readHieFile)
import GHC.Iface.Ext.Types
import GHC.Types.Name
import GHC.Types.Name.Cache (initNameCache)
import GHC.Types.SrcLoc
import GHC.Types.Unique.Supply (mkSplitUniqSupply)
import GHC.Unit.Module (moduleName, moduleNameString)
import Data.IORef (atomicModifyIORef', newIORef)

type Spot = (FilePath, Int, Int)
type Key = (String, String, String)

-- | A name that is written somewhere: where, which, and in which roles.
data Written = Written RealSrcSpan Name (Set.Set ContextInfo)

main :: IO ()
main = do
  [folder] <- getArgs
  files <- found folder
  supply <- mkSplitUniqSupply 'r'
  cache <- newIORef (initNameCache supply [])
  let updater = NCU (atomicModifyIORef' cache)
  read' <- forM files $ \file -> hie_file_result <$> readHieFile updater file
  let known = [(hie, written hie) | hie <- read']
      places = Map.fromListWith Set.union
        [ (key name, Set.singleton (spot at))
        | (hie, names) <- known, Written at name roles <- names
        , isExternalName name, nameModule name == hie_module hie
        , any defines (Set.toList roles), isSpanOf name at roles ]
      modules = Set.fromList [hie_module hie | (hie, _) <- known]
      fields = Map.fromList
        [ ((spot at, occNameString (nameOccName name)), name)
        | (_, names) <- known, Written at name roles <- names, isExternalName name, RecField RecFieldMatch _ <- Set.toList roles ]
  forM_ known $ \(_, names) -> forM_ names $ \(Written at name roles) ->
    when (any (not . isEvidence) (Set.toList roles)) $ do
      let (path, line, column) = spot at
          occurrence = occNameString (nameOccName name)
          -- an external name, or what a variable is that `C {..}` or `C {name}` binds
          target each | nameModule each `Set.notMember` modules = ["elsewhere"]
                      | otherwise = case Map.lookup (key each) places of
                          Just spots -> "target" : concat [[file, show l, show c] | (file, l, c) <- Set.toList spots]
                          Nothing -> ["unknown"]
          said | isExternalName name = [target name]
               -- of some updates GHC gives the field a name of its own
               | or [True | RecField RecFieldAssign _ <- Set.toList roles] = [["unknown"]]
               | RealSrcSpan own _ <- nameSrcSpan name =
                   let (file, l, c) = spot own
                   in ["local", file, show l, show c]
                      : [target field | own /= at, Just field <- [Map.lookup (spot own, occurrence) fields]]
               | otherwise = [["local"]]
      forM_ said $ \row -> putStrLn (intercalate "\t" ([path, show line, show column, occurrence] ++ row))

-- | Where a name is bound, declared, or given a signature.
defines :: ContextInfo -> Bool
defines role = case role of
  MatchBind -> True
  TyDecl -> True
  ClassTyDecl _ -> True
  Decl kind _ -> kind /= InstDec
  ValBind RegularBind _ _ -> True
  PatternBind {} -> True
  RecField RecFieldDecl _ -> True
  _ -> False

-- | Not what GHC derives or fills in.
isEvidence :: ContextInfo -> Bool
isEvidence role = case role of
  EvidenceVarBind {} -> True
  EvidenceVarUse -> True
  _ -> False

-- | Whether a place is where a name itself stands: a method in an instance is bound there, and defined elsewhere.
-- Where a type, a class, a method is named, GHC knows its whole declaration.
isSpanOf :: Name -> RealSrcSpan -> Set.Set ContextInfo -> Bool
isSpanOf name at roles = case nameSrcSpan name of
  RealSrcSpan own _ -> own `containsSpan` at || srcSpanFile own == srcSpanFile at && any isAgain (Set.toList roles)
  _ -> True
  where isAgain role = case role of
          TyDecl -> True
          MatchBind -> not (any isInstance (Set.toList roles))
          RecField RecFieldDecl _ -> True
          _ -> False
        isInstance role = case role of { ValBind InstanceBind _ _ -> True; _ -> False }

written :: HieFile -> [Written]
written hie = concatMap names (Map.elems (getAsts (hie_asts hie)))
  where
    names node =
      [ Written (nodeSpan node) name (identInfo details)
      | info <- Map.elems (getSourcedNodeInfo (sourcedNodeInfo node))
      , (Right name, details) <- Map.toList (nodeIdentifiers info) ]
      ++ concatMap names (nodeChildren node)

spot :: RealSrcSpan -> Spot
spot at = (unpackFS (srcSpanFile at), srcSpanStartLine at, srcSpanStartCol at)

key :: Name -> Key
key name = (moduleNameString (moduleName (nameModule name)), occNameString occ, show (fromEnum space))
  where occ = nameOccName name
        space = if isTcOcc occ then 't' else 'v'

found :: FilePath -> IO [FilePath]
found folder = do
  entries <- listDirectory folder
  fmap concat $ forM entries $ \entry -> do
    let path = folder </> entry
    is <- doesDirectoryExist path
    if is then found path else pure [path | ".hie" `isSuffixOf` path]
