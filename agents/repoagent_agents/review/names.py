"""What one file says of a name: whether something else bears it there, or could."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator

from repoagent_agents.review.tree import Version
from repoagent_indexers.languages import ECMASCRIPT
from repoagent_indexers.source import Reference, Symbol

OWN_MODULE = frozenset({"super", "self"})
"""How Rust names the module that a file is, from the modules inside it."""
TYPES = frozenset("class struct interface trait enum object protocol record union type annotation".split())
_FUNCTIONS = frozenset({"function", "method", "constructor", "macro"})
_TYPE_FIRST = frozenset("java c cpp csharp".split())
_GO_BUILTINS = frozenset("any append cap clear close copy delete len make max min new panic print recover".split())
_WEB_GLOBALS = frozenset(
    """fetch structuredClone queueMicrotask setTimeout clearTimeout setInterval clearInterval URL Headers Request
    Response Event EventTarget AbortController Buffer Blob File FormData TextEncoder TextDecoder Map Set WeakMap Symbol
    Promise Error isNaN parseInt parseFloat atob btoa require performance""".split()
)


def bound_elsewhere(version: Version, name: str) -> bool:
    """Whether a file gives a name a meaning of its own: a parameter, a local variable, an import."""
    if any(one.alias == name and one.module not in OWN_MODULE for one in version.parsed.imports):
        return True
    word = re.escape(name.encode())
    keywords = rb"let|const|var|mut|local|my|function|func|fn" + (rb"|as" if version.language == "python" else b"")
    binding = (
        rb"(?<![\w.$@])(?:%b\s*(?:,\s*[\w$]+\s*){0,8}(?::=|=(?![=>]))|(?:%b)\s+(?:\w+\s*,\s*){0,8}%b\b"
        rb"|for\s+(?:\w+\s*,\s*){0,8}%b\b[\w\s,]*\bin\b|(?:\w+,\s*){1,8}%b\s*(?::=|=(?!=)))"
        % (word, keywords, word, word, word)
    )
    return re.search(binding, version.content) is not None


def is_dynamic(version: Version) -> bool:
    """Whether the file or a class in it answers to names that it does not write down."""
    hooks = ("__getattr__", "__getattribute__", "__call", "__callStatic", "method_missing")
    return any(defines(version, hook) for hook in hooks)


def defines(version: Version, name: str) -> bool:
    return any(symbol.name == name for symbol in version.parsed.symbols)


def is_member(version: Version, symbol: Symbol) -> bool:
    return symbol.parent is not None and version.parsed.symbols[symbol.parent].kind in TYPES


def symbols_around(version: Version, symbol: int | None) -> Iterator[int]:
    while symbol is not None:
        yield symbol
        symbol = version.parsed.symbols[symbol].parent


def is_shadowed(version: Version, reference: Reference) -> bool:
    """Whether a parameter of a function around bears the name."""
    if reference.kind == "type":
        return False
    name = re.escape(reference.name)
    if version.language in _TYPE_FIRST:
        parameter = re.compile(rf"[\s*&>\]]{name}\s*[,)\[=]")
    elif version.language == "go":
        parameter = re.compile(rf"[(,]\s*{name}\s*(?:,|\s[^,)])")
    else:
        parameter = re.compile(rf"[(,*&]\s*(?:mut\s+|final\s+)?\$?{name}\s*[,:=)?]")
    for one in symbols_around(version, reference.symbol):
        symbol = version.parsed.symbols[one]
        if symbol.kind in _FUNCTIONS and parameter.search(symbol.signature):
            return True
    return False


def has_wildcard(version: Version) -> bool:
    """Whether an import may bring any name into the file."""
    if version.language in ECMASCRIPT:
        return False  # `export *` gives names on, it does not bring them here
    modules = [one.module for one in version.parsed.imports if one.name == "*" and one.module not in OWN_MODULE]
    if version.language == "rust":  # `use Enum::*` brings variants only
        modules = [module for module in modules if not module.rpartition("::")[2][:1].isupper()]
    return bool(modules)


def is_builtin(language: str, name: str) -> bool:
    if language == "python":
        return hasattr(builtins, name)
    if language in ECMASCRIPT:
        return name in _WEB_GLOBALS
    return language == "go" and name in _GO_BUILTINS


def is_guarded(version: Version, line: int) -> bool:
    """Whether an import stands in a `try`, so that it may fail."""
    lines = version.content.split(b"\n")[:line]
    if not lines:
        return False
    indent = len(lines[-1]) - len(lines[-1].lstrip())
    for text in reversed(lines[:-1]):
        if text.strip() and len(text) - len(text.lstrip()) < indent:
            return text.strip().startswith((b"try:", b"try ", b"except", b"with suppress", b"with contextlib"))
    return False
