"""Which analysis each language has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repoagent_indexers.languages import family_of

if TYPE_CHECKING:
    from repoagent_indexers.indexing.index import Index
    from repoagent_indexers.resolve.meaning import Resolver


def load(index: Index, language: str, *, quick: bool) -> Resolver | None:
    """The analysis of a language over an index, None for text; with `quick` it does less where more takes long."""
    if language == "python":
        from repoagent_indexers.resolve.python.resolver import PythonResolver

        return PythonResolver(index, quick=quick)
    if language in {"javascript", "typescript", "tsx"}:
        from repoagent_indexers.resolve.ecmascript.outer import EcmaScript
        from repoagent_indexers.resolve.typed.resolver import TypedResolver

        resolver = TypedResolver(index, family_of(language))
        resolver.outer = EcmaScript(resolver)
        return resolver
    if language in {"c", "cpp"}:
        from repoagent_indexers.resolve.c_family import CFamily
        from repoagent_indexers.resolve.typed.resolver import TypedResolver

        resolver = TypedResolver(index, family_of(language))
        resolver.outer = CFamily(resolver)
        return resolver
    if language == "rust":
        from repoagent_indexers.resolve.rust.resolver import RustResolver

        return RustResolver(index, family_of(language), quick=quick)
    if language == "csharp":
        from repoagent_indexers.resolve.csharp import CSharpResolver

        return CSharpResolver(index, family_of(language))
    if language in {"java", "kotlin", "scala"}:
        from repoagent_indexers.resolve.jvm import JvmResolver

        return JvmResolver(index, family_of(language))
    if language in {"php", "go"}:
        from repoagent_indexers.resolve.packages import Packages
        from repoagent_indexers.resolve.typed.resolver import TypedResolver

        resolver = TypedResolver(index, family_of(language))
        resolver.outer = Packages(resolver)
        return resolver
    if language == "bash":
        from repoagent_indexers.resolve.bash.resolver import BashResolver

        return BashResolver(index)
    if language == "lua":
        from repoagent_indexers.resolve.lua.resolver import LuaResolver

        return LuaResolver(index)
    if language == "zig":
        from repoagent_indexers.resolve.zig.resolver import ZigResolver

        return ZigResolver(index)
    if language == "haskell":
        from repoagent_indexers.resolve.haskell.resolver import HaskellResolver

        return HaskellResolver(index)
    if language == "elixir":
        from repoagent_indexers.resolve.elixir import ElixirResolver

        return ElixirResolver(index)
    if language == "ruby":
        from repoagent_indexers.resolve.ruby.resolver import RubyResolver

        return RubyResolver(index, quick=quick)
    if language == "swift":
        from repoagent_indexers.resolve.swift.resolver import SwiftResolver

        return SwiftResolver(index, family_of(language))
    return None
