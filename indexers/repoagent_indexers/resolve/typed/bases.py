"""What a type is derived from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from repoagent_indexers.resolve import go, shapes
from repoagent_indexers.resolve.tree_file import NAMESPACES, TYPES, TreeFile
from repoagent_indexers.resolve.typed.analysis import Analysis
from repoagent_indexers.resolve.typed.nodes import ASSIGNING, GENERIC
from repoagent_indexers.resolve.typed.terms import Code, Many, Thing, Type, Types

if TYPE_CHECKING:
    from tree_sitter import Node

_SAID_IN_FRONT = {"c", "cpp", "csharp", "java", "javascript", "tsx", "typescript"}
"""Languages whose types say what they are derived from between their name and their body."""
_DERIVED = re.compile(rb"[:(]|\b(?:extends|implements)\b")
"""What stands there then; a bracket may hold a brace."""

_CLASSES_FIRST = {"csharp", "java", "kotlin", "php"}
"""Languages in which what a class has, be it far up, comes before what an interface asks for."""


class Bases(Analysis):
    """What a type is derived from."""

    def lineage(self, of: Thing) -> list[Thing]:
        """What a type is derived from, nearest first."""
        if of in self._lineages:
            return self._lineages[of]
        cuts = self._cuts
        self._lineages[of] = found = []  # for what leads back here
        try:
            with self.under(of.given):
                self._lineages[of] = found = self._all_bases(of)
        finally:
            if cuts != self._cuts:  # another question may find more
                del self._lineages[of]
        return found

    def _all_bases(self, of: Thing) -> list[Thing]:
        found: dict[Thing, None] = {}
        waiting = self.bases(of)
        while waiting and len(found) < 60:
            here = waiting.pop(0)
            if here not in found and here != of:
                found[here] = None
                waiting += self.bases(here)
        file = self.file(of.path)
        if file is not None and file.language in _CLASSES_FIRST:
            return sorted(found, key=lambda each: self.kind_of(each) == "interface")
        return list(found)

    def bases(self, of: Thing) -> list[Thing]:
        """The types of the repository that a type names in its header, in all its parts."""
        found = dict.fromkeys(each for each in self._derived_from(of) if isinstance(each, Thing))
        return [replace(each, is_static=of.is_static) for each in found]

    def written_bases(self, of: Thing) -> list[Code]:
        """What a type is derived from that is written out: `interface A extends B` where `type B = { ... }`."""
        if not self.languages & ASSIGNING:
            return []
        if of not in self._written_bases:
            cuts = self._cuts
            self._written_bases[of] = found = []  # for what leads back here
            with self.under(of.given):
                found += [
                    each for each in self._derived_from(of) if isinstance(each, Code) and each.kind == "object_type"
                ]
            if cuts != self._cuts:
                del self._written_bases[of]
            return found
        return self._written_bases[of]

    def bodies(self, of: Thing) -> Iterator[tuple[str, Node]]:
        """The bodies of a type and of what it is derived from, in all their parts, each with the path of its file."""
        for each in [of, *self.lineage(of)]:
            file = self.file(each.path)
            for path, number in self.parts(file, each.number) if file is not None else ():
                where = self.file(path)
                node = where.definition_node(number) if where is not None else None
                body = node.child_by_field_name("body") if node is not None else None
                if body is not None:
                    yield path, body

    def _derived_from(self, of: Thing) -> Types:
        file = self.file(of.path)
        found: list[Type] = []
        for path, number in self.parts(file, of.number) if file is not None else ():
            where = self.file(path)
            for node in self._header(where, number) if where is not None else ():
                assert where is not None
                found += self._with_arguments(where, node, self.annotation(where, node, 1))
        return tuple(found)

    def _with_arguments(self, file: TreeFile, base: Node, types: Types) -> Types:
        """The types that a class of TypeScript extends, with arguments that stand behind the name of one."""
        behind = base.next_named_sibling
        if behind is None or behind.type != "type_arguments" or file.language not in ASSIGNING:
            return types
        arguments = [self.annotation(file, each, 1) for each in behind.named_children]
        return tuple(self.instantiated(each, arguments, 1) if isinstance(each, Thing) else each for each in types)

    def _header(self, file: TreeFile, number: int) -> Iterator[Node]:
        """The types that stand in the header of a type; in Go those that a struct embeds."""
        if file.kind(number) not in TYPES or file.kind(number) == "type" or not _may_be_derived(file, number):
            return
        node = file.definition_node(number)
        if node is None:
            return
        waiting = [child for child in node.named_children if child.type in shapes.HERITAGE]
        if file.language == "php" and (body := node.child_by_field_name("body")) is not None:  # traits come first
            waiting = [*(child for child in body.named_children if child.type in shapes.HERITAGE), *waiting]
        while waiting:
            child = waiting.pop(0)
            if child.type in shapes.HERITAGE or child.type in {"type_list", "base_specifier", "interface_type_list"}:
                waiting = [*child.named_children, *waiting]
            elif child.type not in {
                "use_list",
                "access_specifier",
                "type_arguments",
                "arguments",
                "argument_list",
                "virtual",
            }:
                yield child
        if file.language == "go":
            for _, embedded in go.embedded(node):
                yield embedded

    def items(self, types: Types, depth: int) -> Types:
        """What collections hold, types of the repository that are derived from one among them."""
        found: list[Type] = []
        for each in types:
            if isinstance(each, Many):
                found += each.items
            elif isinstance(each, Thing) and self.languages & GENERIC:
                for base in [each, *self.lineage(each)]:
                    found += self._enumerated(base, depth)
        return tuple(dict.fromkeys(found))

    def _enumerated(self, of: Thing, depth: int) -> Types:
        file = self.file(of.path)
        for node in self._header(file, of.number) if file is not None else ():
            if node.type in {"generic_name", "generic_type"} and file is not None and file.language in GENERIC:
                with self.under(of.given):
                    held = [each for each in self.annotation(file, node, depth + 1) if isinstance(each, Many)]
                if held:
                    return tuple(item for each in held for item in each.items)
        return ()

    def has_base_outside(self, of: Thing) -> bool:
        """Whether a type in a header is none of the repository's."""
        file = self.file(of.path)
        if file is None or file.kind(of.number) not in TYPES:
            return False
        headers = (self.annotation(file, node, 1) for node in self._header(file, of.number))
        return any(not any(isinstance(each, Thing) for each in types) for types in headers)

    def knows_bases(self, of: Thing) -> bool:
        """Whether every type in a header is known, be it from outside."""
        file = self.file(of.path)
        if file is None:
            return False
        if file.kind(of.number) not in TYPES:
            return file.kind(of.number) in NAMESPACES
        if file.kind(of.number) == "type":
            return file.language == "go"
        return all(self.annotation(file, node, 1) for node in self._header(file, of.number))


def _may_be_derived(file: TreeFile, number: int) -> bool:
    """Whether the text says so: most types are derived from none, and their file may be large to parse."""
    start, (_, end) = file.name_start(number), file.span(number)
    body = file.content.find(b"{", start, end)
    return file.language not in _SAID_IN_FRONT or bool(_DERIVED.search(file.content, start, body if body >= 0 else end))
