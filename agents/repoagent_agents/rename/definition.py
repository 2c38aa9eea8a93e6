"""One definition of a name in languages other than Python, as the index and the tree around it have it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repoagent_agents.rename.names import last
from repoagent_indexers.languages import C_FAMILY, LANGUAGES
from repoagent_indexers.reading.facts import SYMBOL_KINDS, SYMBOL_WIDTH, Facts
from repoagent_indexers.resolve.meaning import Place, Resolver
from repoagent_indexers.resolve.references import Resolution
from repoagent_indexers.resolve.typed.resolver import TypedResolver
from repoagent_indexers.resolve.typed.terms import Thing

if TYPE_CHECKING:
    from tree_sitter import Node

TYPES = {"class", "struct", "interface", "trait", "enum", "object", "protocol", "record", "extension", "instance",
          "union", "type", "annotation"}  # fmt: skip
CONTAINERS = TYPES - {"type"}
NAMESPACES = frozenset({"namespace", "module", "package"})


@dataclass(frozen=True, slots=True)
class Definition:
    """One definition of the name."""

    path: str
    language: str
    kind: str
    qualified_name: str
    signature: str
    start: int
    """Where its name begins."""
    container: str
    """Qualified name of the type that it is a member of; "" for none."""
    overrides: bool = False
    """It says itself that it overrides something."""
    trait: str = ""
    """In Rust the trait that asks for it, as `impl Trait for Type` says; in Haskell a class from outside."""

    @property
    def is_type(self) -> bool:
        return self.kind in TYPES or self.kind in NAMESPACES

    @property
    def is_member(self) -> bool:
        return bool(self.container) and not self.is_type


class Reader:
    """Reads definitions, with what the analysis of their language knows of the code around them."""

    def __init__(self, resolution: Resolution, contents: Mapping[str, bytes]) -> None:
        """`contents` are those of the files in which the name stands."""
        self.index = resolution.index
        self._resolution = resolution
        self._contents = contents

    def all_of(self, path: str, name: str) -> Iterator[Definition]:
        """Those of a name in a file."""
        facts = self.index.facts_of(path)
        for number in range(facts.n_symbols if facts is not None else 0):
            assert facts is not None
            if facts.symbol_name(number) == name:
                yield self.read(path, facts, number)

    def read(self, path: str, facts: Facts, number: int) -> Definition:
        symbol = facts.symbol(number, path)
        separators = {LANGUAGES[facts.language].separator, LANGUAGES[facts.language].namespace_separator} - {""}
        container = symbol.qualified_name[: -len(symbol.name)]
        for separator in separators:
            container = container.removesuffix(separator)
        parent = symbol.parent
        start = facts.symbols[number * SYMBOL_WIDTH + 10]
        if parent is not None and _kind(facts, parent) in {"function", "method"}:
            container = self._unnamed_class_of(path, start) if symbol.kind == "method" else ""
            kind = symbol.kind if container else "local"
            return Definition(path, facts.language, kind, symbol.qualified_name, symbol.signature, start, container)
        if parent is not None:
            kind = _kind(facts, parent)
            if kind in NAMESPACES and (facts.language != "ruby" or symbol.kind != "method"):
                inside = container.removeprefix(facts.qualified_name(parent))  # `int Client::open() {}` in a namespace
                container = container if inside else ""
        elif symbol.kind not in {"method", "field", "property", "constructor", "member", "constant"}:
            container = ""
        if symbol.kind == "member" and facts.language in C_FAMILY:  # an enumerator is seen outside of its enum
            container = ""
        if symbol.kind == "constructor" and facts.language != "haskell":
            container = container or symbol.name
        head = self._contents[path][symbol.span.start_byte : start] if path in self._contents else b""
        overrides = re.search(rb"@Override\b|\boverride\b", head) is not None
        trait = self._trait_of(path, start) if facts.language == "rust" and symbol.kind == "method" else ""
        if facts.language == "haskell" and parent is not None and _kind(facts, parent) == "instance":
            trait = self._class_outside(path, start, container)
        facts_of_it = (path, facts.language, symbol.kind, symbol.qualified_name, symbol.signature)
        return Definition(*facts_of_it, start, container, overrides, trait)

    def _class_outside(self, path: str, start: int, container: str) -> str:
        """The class of which an instance in Haskell defines a method, where the repository does not hold the class."""
        resolver = self.resolver(path)
        found = resolver.meaning(Place(path, start)) if resolver is not None else None
        return last(container) if found is not None and found.places == {Place(path, start)} else ""

    def _unnamed_class_of(self, path: str, start: int) -> str:
        """What the class without a name around a method is derived from: `new Base() { ... }`; "" for none."""
        around = self._node_around(path, start, "object_creation_expression|object_literal|anonymous_class")
        for child in around.named_children if around is not None else ():
            found = re.match(
                r"(?::\s*|extends\s+|implements\s+)?([\w.\\]+)", (child.text or b"").decode("utf-8", "replace")
            )
            if found is not None and child.start_byte < start and "modifier" not in child.type:
                return last(found[1])
        return ""

    def _trait_of(self, path: str, start: int) -> str:
        around = self._node_around(path, start, "impl_item")
        trait = around.child_by_field_name("trait") if around is not None else None
        return last((trait.text or b"").decode("utf-8", "replace").partition("<")[0]) if trait is not None else ""

    def _node_around(self, path: str, start: int, kinds: str) -> Node | None:
        """The innermost node of some types around a place, within the function around that."""
        resolver = self.typed(path)
        file = resolver.file(path) if resolver is not None else None
        node = file.node_at(start) if file is not None else None
        n_functions = 0
        while node is not None and not re.fullmatch(kinds, node.type):
            n_functions += re.search(r"function|method_decl|^lambda", node.type) is not None
            node = node.parent if n_functions < 2 else None
        return node

    def resolver(self, path: str) -> Resolver | None:
        """The analysis of a file's language."""
        return self._resolution.resolver(path)

    def typed(self, path: str) -> TypedResolver | None:
        found = self.resolver(path)
        return found if isinstance(found, TypedResolver) else None

    def type_around(self, d: Definition) -> Thing | None:
        """The type that a member belongs to, as the analysis has it."""
        resolver = self.typed(d.path)
        file = resolver.file(d.path) if resolver is not None else None
        return next(resolver.types_around(file, d.start), None) if resolver is not None and file is not None else None

    def head(self, path: str, start: int) -> str:
        """What stands on a line before a name, and on the line above: modifiers."""
        source = self.index.source(path)
        content = source.content if source is not None else b""
        line = content.rfind(b"\n", 0, max(0, content.rfind(b"\n", 0, start))) + 1
        return content[line:start].decode("utf-8", "replace")


def _kind(facts: Facts, number: int) -> str:
    return SYMBOL_KINDS[facts.symbols[number * SYMBOL_WIDTH]]
