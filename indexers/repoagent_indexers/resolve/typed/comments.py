"""The types that comments give (`doc_types`), and what PHP's properties are set to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.resolve import shapes
from repoagent_indexers.resolve.doc_types import documented
from repoagent_indexers.resolve.tree_file import FUNCTIONS, TreeFile
from repoagent_indexers.resolve.typed.analysis import Analysis
from repoagent_indexers.resolve.typed.nodes import DOCUMENTING, first_field, is_end
from repoagent_indexers.resolve.typed.terms import Many, Type, Types, objects

if TYPE_CHECKING:
    from tree_sitter import Node


_PARAMETER_LISTS = frozenset({"formal_parameters"})
_NAMED_FUNCTIONS = frozenset({"method_declaration", "function_definition", "function_declaration", "method_definition"})
_BINDING_STATEMENTS = frozenset({"expression_statement", "lexical_declaration", "variable_declaration"})


class Comments(Analysis):
    """The types that comments give (`doc_types`), and what PHP's properties are set to."""

    def documented(self, file: TreeFile, name: Node, number: int, depth: int) -> Types:
        """What a comment says that a parameter, a property or a variable is."""
        own = file.text(name)
        is_set = name.parent is not None and name.parent.type == "member_expression"
        if number >= 0 and file.kind(number) not in FUNCTIONS and not is_set:
            return self._said(file, name, file.doc(number), "var", "", depth) or self._said(
                file, name, file.doc(number), "type", "", depth
            )
        at: Node | None = name
        while at is not None:
            if at.type in _PARAMETER_LISTS:
                number = next((n for n in file.around(name.start_byte) if file.kind(n) in FUNCTIONS), -1)
                is_own = at.parent is not None and at.parent.type in _NAMED_FUNCTIONS
                return self._said(file, name, file.doc(number), "param", own, depth) if number >= 0 and is_own else ()
            before = at.prev_named_sibling
            if at.type in _BINDING_STATEMENTS and before is not None and before.type == "comment":
                text = file.text(before)
                return self._said(file, name, text, "var", own, depth) or self._said(
                    file, name, text, "type", "", depth
                )
            if is_end(at.type):
                break
            at = at.parent
        return ()

    def _said(self, file: TreeFile, at: Node, doc: str, tag: str, name: str, depth: int) -> Types:
        """Objects of the types that a comment gives with a tag."""
        found: list[Type] = []
        for each in documented(doc, tag, name) if f"@{tag}" in doc else ():
            if each.name in {"self", "static", "$this", "this"}:
                types: Types = tuple([*self.this_at(file, at)][:1])
            else:
                meaning = self.outer.written(file, each.name)
                types = objects(self.as_types(meaning, depth)) if meaning is not None and meaning.places else ()
            found += [Many(types)] if each.is_many and types else types
        return tuple(found)

    def assigned(self, file: TreeFile, number: int) -> Iterator[Node]:
        """What a class of PHP sets one of its properties to."""
        start, end = file.span(file.facts.parent(number))
        for node in file.occurrences(file.facts.symbol_name(number)):
            access = node.parent if start <= node.start_byte < end else None
            if access is not None and access.type == "variable_name":
                access = access.parent  # self::$name
            if access is None or access.type not in {"member_access_expression", "scoped_property_access_expression"}:
                continue
            owner, outer = first_field(access, "object|scope"), access.parent
            if owner is None or file.text(owner) not in shapes.SELF_NAMES["php"] or outer is None:
                continue
            value = outer.child_by_field_name("right") if outer.type == "assignment_expression" else None
            if value is not None and value.id != access.id:
                yield value

    def said_to_return(self, file: TreeFile, function: Node, depth: int) -> Types:
        if file.language not in DOCUMENTING:
            return ()
        number = next((n for n in file.around(function.start_byte) if file.kind(n) in FUNCTIONS), -1)
        is_own = number >= 0 and file.name_start(number) >= function.start_byte
        return self._said(file, function, file.doc(number), "return", "", depth) if is_own else ()
