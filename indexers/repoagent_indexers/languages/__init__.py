"""One row a language: how its files are known, which grammar reads them, how it joins names.

To add a language: a row here, and `NAME.scm` beside this file. The captures a query may use:

    @definition.KIND  a whole definition; KIND becomes `Symbol.kind` (a function inside a class becomes a method)
    @name             in the same match: the node that names it (`A::b` is split at the language's separator); where it
                      is left out, and nothing else is captured, the field `name`: that takes less time to compile
    @declarator       in the same match, in place of @name: what the definition declares with it, see declarators.py (C)
    @receiver         in the same match: the type it belongs to when that is not an enclosing node (Go)
    @body             in the same match: where the signature ends, if the grammar has no field called `body`
    @value            in the same match: the node that has the field `body`, if it is not the definition itself
    @valued           the same, where that is its field `value`
    @whole            in the same match: the signature is all of it, although it has a body (Rust: `struct A(u8);`)
    @header           in the same match: it has no body, all of it is the signature (Haskell: `a :: Int`)
    @leaf             in the same match: types that are named inside do not belong to it (C: `struct a {...} b;`)
    @outer            in the same match: inside a function it is none (C: variables)
    @statement        in the same match: the statement that it is, whose place decides: in a module, or in an `if` or a
                      `try` there, it defines a variable, in a class a field, elsewhere nothing (Python)
    @reach            in the same match: it has no body but what follows, up to the next such one (`namespace A;`)
    @clause           in the same match: it continues the definition of that name right before it (Haskell, Elixir),
                      if the node @arity has as many children in both
    @placed           in the same match: where it stands decides, a function in a `template_body` is a method (Scala), a
                      constant none but in a `do_block` (Elixir)
    @bound            a declaration of one name or several, which its place says what it is, see bound_names.py (Swift,
                      Scala)
    @included         an expression that includes a file, see php_includes.py (PHP)
    @made             a call, whose name is @_maker, that may define or import things, see ruby_calls.py (Ruby)
    @required         a call of @_require, and @exported an assignment: see commonjs.py (JavaScript, TypeScript)
    @assigned         an assignment to @name that may define it (Ruby)
    @scope            a node that lends its @name to the qualified names inside it without being a symbol (Rust `impl`)
    @wrap             a node that widens the definition it ends with (decorators)
    @wrap.head        the same, and it is part of the signature (`template <class T>`)
    @prefix           an annotation or attribute: what it stands right before, or begins, has it in its span, not in its
                      signature
    @doc              a docstring; it belongs to the innermost definition around it
    @doc.first        a docstring if it is the first statement of the innermost definition around it (Python)
    @doc.next         a docstring; it belongs to the definition that follows it (Elixir)
    @comment          a comment; those that end on the line above a definition are its documentation
    @reference.KIND   the identifier of a use; KIND is call, type or use (also told by the words around)
    @span.type        where a type is written: names in it are uses of types (Python)
    @span.base        the classes that a class is made from (Python)
    @local            the name of a type parameter: in this file its uses say nothing
    @import.module, @import.name, @import.alias   the parts of one import; a definition of such a name is none
    @import.names     in the same match: a statement whose fields called `name` are all imported (Python)
    @import.default   the name here of what the module exports without one (`import name from "module"`)
    @import.all       in the same match: all names of the module are imported
    @import.path      module and name in one, to be split at the last separator
    @import.group     a node whose @import.module stands in front of all imports inside it (`use a::{b, c}`)

Where two patterns define one name, the first in the file counts; but function, method, variable, constant, field and
property stand behind every other kind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tree_sitter import Language as Grammar

    from repoagent_indexers.languages.tags_query import Tags


@dataclass(frozen=True, slots=True)
class Language:
    """One row of the table."""

    name: str
    suffixes: tuple[str, ...]
    grammar: str = ""
    """`module:function` that gives the tree-sitter grammar; "" for formats kept as plain text."""
    separator: str = "."
    """What joins the parts of a qualified name."""
    filenames: tuple[str, ...] = ()
    interpreters: tuple[str, ...] = ()
    """Names in a `#!` line that mean this language."""
    query: str = ""
    """Stems of the `.scm` files, which are joined, when it is not `name`."""
    rare_query: str = ""
    """Stem of a `.scm` that is asked only where one of `rare_signs` stands: to compile it takes its time."""
    rare_signs: tuple[bytes, ...] = ()
    """Patterns, each of which begins with a word: so it is looked for at once."""
    namespace_separator: str = ""
    """What joins a namespace to what is in it, and the parts of an imported path, when it is not `separator`."""

    @property
    def is_code(self) -> bool:
        """Whether a grammar reads it."""
        return bool(self.grammar)


ECMASCRIPT = frozenset({"javascript", "typescript", "tsx"})
C_FAMILY = frozenset({"c", "cpp"})
JVM = frozenset({"java", "kotlin", "scala"})


def family_of(language: str) -> frozenset[str]:
    """The languages whose files can use each other's names."""
    return next((group for group in (ECMASCRIPT, C_FAMILY, JVM) if language in group), frozenset({language}))


def _code(name: str, suffixes: str, grammar: str, separator: str = ".", **more: Any) -> Language:
    return Language(name, tuple(suffixes.split()), grammar, separator, **more)


def _text(name: str, suffixes: str, *filenames: str) -> Language:
    return Language(name, tuple(suffixes.split()), filenames=filenames)


_COMMONJS: dict[str, Any] = {
    "rare_query": "commonjs",
    "rare_signs": (rb"require\s*[(<?/\x80-\xff]", rb"exports\s*[.=?/\x80-\xff]"),
}

LANGUAGES: dict[str, Language] = {
    row.name: row
    for row in (
        _code("python", ".py .pyi .pyw", "tree_sitter_python:language", interpreters=("python", "python3")),
        _code("cpp", ".cpp .cc .cxx .c++ .hpp .hh .hxx .h++ .ipp .tpp .inl .cu .cuh", "tree_sitter_cpp:language", "::"),
        _code("c", ".c .h", "tree_sitter_c:language"),
        _code("java", ".java", "tree_sitter_java:language"),
        _code(
            "php",
            ".php .phtml",
            "tree_sitter_php:language_php",
            "::",
            interpreters=("php",),
            namespace_separator="\\",
        ),
        _code(
            "typescript",
            ".ts .mts .cts",
            "tree_sitter_typescript:language_typescript",
            query="ecmascript typescript",
            **_COMMONJS,
        ),
        _code(
            "tsx",
            ".tsx",
            "tree_sitter_typescript:language_tsx",
            query="ecmascript typescript jsx",
            **_COMMONJS,
        ),
        _code(
            "javascript",
            ".js .jsx .mjs .cjs",
            "tree_sitter_javascript:language",
            query="ecmascript javascript jsx",
            interpreters=("node",),
            **_COMMONJS,
        ),
        _code("csharp", ".cs", "tree_sitter_c_sharp:language"),
        _code("bash", ".sh .bash .bats .zsh", "tree_sitter_bash:language", interpreters=("sh", "bash", "dash", "zsh")),
        _code("go", ".go", "tree_sitter_go:language"),
        _code("rust", ".rs", "tree_sitter_rust:language", "::"),
        _code(
            "ruby",
            ".rb .rake .gemspec .ru .thor .jbuilder .podspec",
            "tree_sitter_ruby:language",
            "::",
            filenames=("Rakefile", "Gemfile", "Guardfile", "Vagrantfile", "Thorfile", "Capfile", "Podfile", "Brewfile"),
            interpreters=("ruby",),
        ),
        _code("kotlin", ".kt .kts", "tree_sitter_kotlin:language"),
        _code("scala", ".scala .sc .sbt", "tree_sitter_scala:language"),
        _code("swift", ".swift", "tree_sitter_swift:language"),
        _code("lua", ".lua", "tree_sitter_lua:language", interpreters=("lua",)),
        _code("elixir", ".ex .exs", "tree_sitter_elixir:language", interpreters=("elixir",)),
        _code("haskell", ".hs .hsc", "tree_sitter_haskell:language"),
        _code("zig", ".zig .zon", "tree_sitter_zig:language"),
        _text("markdown", ".md .markdown .mdx"),
        _text("restructuredtext", ".rst"),
        _text("text", ".txt .text .adoc .org", "LICENSE", "README", "AUTHORS", "CHANGES", "COPYING", "NOTICE"),
        _text("toml", ".toml", "Cargo.lock", "poetry.lock", "uv.lock"),
        _text("yaml", ".yaml .yml"),
        _text("json", ".json .jsonc .json5 .jsonl"),
        _text("xml", ".xml .xsd .svg .csproj .props .targets .plist"),
        _text("html", ".html .htm .vue .svelte .jinja .j2"),
        _text("css", ".css .scss .sass .less"),
        _text("sql", ".sql"),
        _text("ini", ".ini .cfg .conf .properties .editorconfig .env"),
        _text("protobuf", ".proto"),
        _text("graphql", ".graphql .gql"),
        _text("dockerfile", ".dockerfile", "Dockerfile", "Containerfile"),
        _text("makefile", ".mk .mak", "Makefile", "GNUmakefile", "makefile", "Justfile", "justfile"),
        _text("cmake", ".cmake", "CMakeLists.txt"),
        _text("terraform", ".tf .hcl"),
        _text("nix", ".nix"),
        _text("groovy", ".gradle .groovy", "Jenkinsfile"),
    )
}

_BY_SUFFIX = {suffix: row.name for row in LANGUAGES.values() for suffix in row.suffixes}
_BY_FILENAME = {filename: row.name for row in LANGUAGES.values() for filename in row.filenames}
_BY_INTERPRETER = {word: row.name for row in LANGUAGES.values() for word in row.interpreters}
_CPP_HEADER = re.compile(
    rb"\n[ \t]*(?:class[ \t]+\w+(?:[ \t]+\w+)?[ \t]*[{:;\r\n]|(?:inline[ \t]+)?namespace\b|template[ \t]*<"
    rb"|using[ \t]+\w|(?:public|private|protected)[ \t]*:)"
)
_TOLD_EDITORS = re.compile(rb"#[^\n]*?(?:\bft=|\bfiletype=|\bshellcheck shell=|-\*- mode: ?)(\w+)")
"""What a first line says to an editor, or to a checker, of a file that is not run by itself."""
_COMMENT_BYTES = 4096
_LEADING_COMMENTS = re.compile(rb"(?:\s+|//[^\n]*|#![^\n]*|/\*(?:[^*]|\*(?!/))*\*/|['\"]use strict['\"];?)*")
_CPP_LIBRARY = re.compile(rb"\n[^/*\n]*\bstd::")
_CPP_WORDS = (b"class", b"namespace", b"template", b"using", b"public", b"private", b"protected")
"""A header with none of these needs no closer look; to search for a word takes a tenth of a pattern's time."""


def language_of(path: str, content: bytes = b"") -> str:
    """The name of the language of a file, "text" when nothing tells; `content` decides `.h`, `@flow`, `#!`."""
    name = path.rpartition("/")[2]  # pathlib takes ten times as long, and this runs for each file before an answer
    stem, dot, suffix = name.rpartition(".")
    found = _BY_FILENAME.get(name) or (_BY_SUFFIX.get(f".{suffix.lower()}") if stem and dot else None)
    if found == "c" and name.endswith(".h") and _is_cpp(b"\n" + content):
        return "cpp"
    if found == "javascript" and ("flow-typed/" in path or has_flow_types(content)):
        return "tsx"  # whose grammar reads nearly all of Flow's types
    if found:
        return found
    if content.startswith(b"#!"):
        words = content[:200].split(b"\n", 1)[0][2:].decode("utf-8", "replace").split()
        names = [word.rpartition("/")[2] for word in words if not word.startswith("-")]
        for word in names[:3]:
            if word in _BY_INTERPRETER:
                return _BY_INTERPRETER[word]
    elif content.startswith(b"#") and (told := _TOLD_EDITORS.match(content)) is not None:
        return _BY_INTERPRETER.get(told[1].decode(), "text")
    return "text"


def has_flow_types(content: bytes) -> bool:
    """Whether the comments that a file of JavaScript begins with say that it has Flow's types."""
    if b"@flow" not in content[:_COMMENT_BYTES]:
        return False
    head = _LEADING_COMMENTS.match(content, 0, _COMMENT_BYTES)
    return head is not None and b"@flow" in head[0]


def _is_cpp(header: bytes) -> bool:
    """Whether a header, which begins with an end of line, is of C++."""
    if any(word in header for word in _CPP_WORDS) and _CPP_HEADER.search(header):
        return True
    return b"std::" in header and _CPP_LIBRARY.search(header) is not None


@cache
def grammar(name: str) -> Grammar:
    """The tree-sitter grammar of a language that has one."""
    from tree_sitter import Language as Grammar

    module, _, function = LANGUAGES[name].grammar.partition(":")
    return Grammar(getattr(import_module(module), function)())


def tags(name: str) -> Tags:
    """What is asked of all trees of a language that has a grammar."""
    return _tags(name, LANGUAGES[name].query or name)


def asked(name: str, content: bytes) -> list[Tags]:
    """The same, and what else is asked of this content."""
    row = LANGUAGES[name]
    is_rare = row.rare_query and any(re.search(sign, content) for sign in row.rare_signs)
    return [tags(name), _tags(name, row.rare_query)] if is_rare else [tags(name)]


@cache
def _tags(name: str, stems: str) -> Tags:
    from repoagent_indexers.languages.tags_query import Tags

    text = "\n".join((Path(__file__).parent / f"{stem}.scm").read_text("utf-8") for stem in stems.split())
    return Tags(grammar(name), text)
