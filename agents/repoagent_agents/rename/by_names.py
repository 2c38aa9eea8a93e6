"""Every use of a definition where names, imports and types must help the analysis out.

What a use means is asked of the same analysis that answers `refs` (`resolve`). Where that has no answer, an identifier
is changed if nothing else in the repository bears the name, or if its file, import, class or receiver plainly says
which of several it is. The rest is left for a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from repoagent_agents.rename.definition import NAMESPACES
from repoagent_agents.rename.definitions import Definitions
from repoagent_agents.rename.imports import Imports
from repoagent_agents.rename.names import (
    APART,
    COMMON,
    SAME_FOLDER,
    folder,
    last,
)
from repoagent_agents.rename.nodes import (
    CALLS,
    TEXT,
    import_around,
    introduces,
    is_function,
    is_key_in_go,
    is_label,
    joined_to,
    written,
)
from repoagent_agents.rename.outcome import Outcome
from repoagent_agents.rename.ruby_attributes import RubyAttributes
from repoagent_indexers.languages import C_FAMILY, ECMASCRIPT, JVM
from repoagent_indexers.resolve.meaning import Place
from repoagent_indexers.resolve.references import Resolution
from repoagent_indexers.resolve.syntax import leaf, line_of, mentions, plain_tree_of, tree_of
from repoagent_indexers.source import SourceFile

if TYPE_CHECKING:
    from tree_sitter import Node

_TOLD_APART = frozenset({"swift"})
"""Languages whose analysis is sure of labels, parameters and what is from outside, too."""
_IMPLICIT_THIS = JVM | {"cpp", "csharp", "swift", "ruby"}
_NEED_IMPORT = ECMASCRIPT | {"rust", "go"}
_SELF = {"this", "$this", "self", "Self", "static", "super", "parent", "base", "@"}


class ByNames:
    """One such rename, under way."""

    def __init__(
        self, resolution: Resolution, definitions: Definitions, new: str, sources: Sequence[SourceFile]
    ) -> None:
        self.definitions = definitions
        self.old, self.new = definitions.name, new
        self.target, self.group, self.rivals = definitions.target, definitions.group, definitions.rivals
        self.sources = sources
        self.contents = {source.path: source.content for source in sources}
        self.languages = {source.path: source.language for source in sources}
        self.imports = Imports(definitions, self.languages)
        self.roots: dict[str, Node] = {}
        self.resolution = resolution
        self.attributes = RubyAttributes(resolution, definitions, new)
        self.outcome = Outcome()

    def run(self) -> Outcome:
        for source in self.sources:
            self._file(source.path)
        return self.outcome

    # -- one file -------------------------------------------------------------------------------------------------

    def _file(self, path: str) -> None:
        content = self.contents[path]
        if self.target.kind == "macro" and self.languages[path] in C_FAMILY:
            self._file_with_macro(path)
            return
        root = tree_of(self.languages[path], content).root_node
        self.roots[path] = root
        found: list[tuple[int, Node]] = []
        n = len(self.old.encode("utf-8", "surrogateescape"))
        for start in mentions(content, self.old, self.languages[path]):
            node = leaf(root, start, start + n)
            if node is not None and node.is_named and not TEXT.search(node.type):
                found.append((start, node))
            elif (part := root.descendant_for_byte_range(start, start + n)) is not None:
                self._inside(path, start, part)
        hidden = self._hidden(path, found)
        for start, node in found:
            answer = self._decide(path, start, node, hidden)
            if answer == "yes":
                self.outcome.add(path, start, written(node, self.target, self.old, self.new))
            elif answer:
                self.outcome.skipped.append(f"{path}:{line_of(content, start)}: {answer}")

    def _file_with_macro(self, path: str) -> None:
        """A macro of C is meant wherever its name stands in code, before any grammar has a say."""
        content = self.contents[path]
        if any(d.path == path and d.kind == "macro" for d in self.rivals):
            return
        root = plain_tree_of(self.languages[path], content).root_node
        for start in mentions(content, self.old):
            node = root.descendant_for_byte_range(start, start + 1)
            if node is not None and not TEXT.search(node.type) and not self._is_quoted(path, start, node):
                self.outcome.add(path, start, self.new)

    def _is_quoted(self, path: str, start: int, node: Node) -> bool:
        """Whether a place in the body of a macro lies in a string."""
        return node.type == "preproc_arg" and self.contents[path][node.start_byte : start].count(b'"') % 2 == 1

    def _inside(self, path: str, start: int, node: Node) -> None:
        """A mention that is a part of a node: the body of a macro, a symbol of Ruby."""
        language = self.languages[path]
        if language in C_FAMILY and node.type == "preproc_arg" and not self.rivals:
            if not self._is_quoted(path, start, node):
                self.outcome.add(path, start, self.new)
        elif language == "ruby" and node.type == "instance_variable":
            if Place(path, start) in self.attributes.variables:
                self.outcome.add(path, start, self.new)
        elif language == "ruby" and node.type in {"simple_symbol", "hash_key_symbol"}:
            if node.type == "simple_symbol" and self.attributes.is_meant(path, start):
                self.outcome.add(path, start, self.new)
                return
            if Place(path, start) in self.definitions.others:
                return
            line = line_of(self.contents[path], start)
            self.outcome.skipped.append(f"{path}:{line}: the symbol :{self.old} may name it")

    def _hidden(self, path: str, found: Iterable[tuple[int, Node]]) -> list[tuple[int, int]]:
        """The functions in which the name is a parameter's or a local variable's."""
        spans = []
        for start, node in found:
            if Place(path, start) in self.definitions.own or not self._declares(path, start, node):
                continue
            around = node.parent
            while around is not None and not is_function(around):
                around = around.parent
            if around is not None:
                spans.append((around.start_byte, around.end_byte))
        return spans

    def _declares(self, path: str, start: int, node: Node) -> bool:
        """Whether a name stands where a variable or parameter is introduced."""
        if Place(path, start) in self.definitions.others:
            return any(d.kind == "local" for d in self.definitions.rest if (d.path, d.start) == (path, start))
        return not joined_to(self.contents[path], node)[0] and introduces(node)

    def _decide(self, path: str, start: int, node: Node, hidden: Sequence[tuple[int, int]]) -> str:
        """Return yes, "" for no, or why it is left for a person."""
        if Place(path, start) in self.definitions.own:
            return "yes"
        if Place(path, start) in self.definitions.others or node.type == "statement_identifier":
            return "a key of an object that may be one of its type" if self._may_be_a_key(node) else ""
        if (known := self._meaning(path, node)) is not None:
            return known
        joint, before = joined_to(self.contents[path], node)
        if self._is_other_kind(path, node):
            return ""
        if (
            self.languages[path] == "php"
            and node.parent is not None
            and node.parent.type == "variable_name"
            and not joint
        ):
            return "yes"
        if self.target.kind == "local":
            return self._decide_local(path, start, joint)
        if self.target.is_member:
            return self._decide_member(path, start, node, joint, before, hidden)
        if not joint and any(first <= start < last for first, last in hidden):
            return ""
        return self._decide_free(path, node, joint, before)

    def _meaning(self, path: str, node: Node) -> str | None:
        """The same by what the analysis of the language knows for sure; None where it does not know."""
        resolver = self.resolution.resolver(path)
        found = resolver.meaning(Place(path, node.start_byte)) if resolver is not None else None
        if found is None or found.certainty != "resolved":
            return None
        if self.languages[path] in _TOLD_APART and not found.places & self.definitions.own:
            return ""
        if not found.places:  # of something from outside, where it is taken from something; in Ruby a local variable
            is_taken = self.languages[path] == "ruby" or bool(joined_to(self.contents[path], node)[0])
            return "" if self.target.is_member and is_taken else None
        places = found.places
        if places <= self.definitions.own:
            return "yes"
        if not places & self.definitions.own:
            return "" if places & self.definitions.others else None
        return "it may mean another one as well"

    def _may_be_a_key(self, node: Node) -> bool:
        """Whether a method or value in an object that is written out may be the member of a type of JavaScript."""
        if not self.target.is_member or self.target.language not in ECMASCRIPT or self.old in COMMON:
            return False
        member = node.parent
        around = member.parent if member is not None and member.type in {"pair", "method_definition"} else None
        return around is not None and around.type == "object"

    def _is_other_kind(self, path: str, node: Node) -> bool:
        """Whether a name cannot be the target by its place: a variable in PHP, a call in Java, left of `::`."""
        language, parent = self.languages[path], node.parent
        if parent is None:
            return False
        if language == "php" and parent.type == "variable_name" and not self._is_variable_of(path, parent):
            return True
        is_function = self.target.kind in {"function", "method"}
        if is_function and re.match(rb"\s*(?:::(?!\s*<)|\\)", self.contents[path][node.end_byte : node.end_byte + 8]):
            return True
        if language not in APART or self.target.is_type or self.target.kind == "constructor":
            return False
        field = parent.child_by_field_name(CALLS.get(parent.type, "name")) if parent.type in CALLS else None
        is_called = field is not None and field.id == node.id
        if parent.type in {"method_reference", "import_declaration", "scoped_identifier", "namespace_use_clause"}:
            return False
        return is_called != is_function

    def _is_variable_of(self, path: str, node: Node) -> bool:
        """Whether a variable of PHP may be the target: a static property, or a parameter that is a property as well."""
        around = node.parent
        if around is not None and around.type == "scoped_property_access_expression":
            return self.target.is_member
        function = self._function_around(node)
        if self.target.kind == "variable":
            return path == self.target.path and function is None
        return any(d.path == path and function is not None and function.start_byte <= d.start < function.end_byte
                   for d in self.group if d.is_member)  # fmt: skip

    def _function_around(self, node: Node) -> Node | None:
        around = node.parent
        while around is not None and not is_function(around):
            around = around.parent
        return around

    def _decide_local(self, path: str, start: int, joint: str) -> str:
        """A function inside a function: its name is known there and nowhere else."""
        if path != self.target.path or joint:
            return ""
        around = self.roots[path].descendant_for_byte_range(self.target.start, self.target.start + 1)
        n_functions = 0
        while around is not None:
            if is_function(around):
                n_functions += 1
                if n_functions == 2:
                    return "yes" if around.start_byte <= start < around.end_byte else ""
            around = around.parent
        return "yes"

    # -- functions, types, constants ------------------------------------------------------------------------------

    def _decide_free(self, path: str, node: Node, joint: str, before: str) -> str:
        language = self.languages[path]
        if (statement := import_around(node)) is not None:
            lines = range(statement.start_point.row + 1, statement.end_point.row + 2)
            stated = [each for each in self.imports.of(path) if each.line in lines and each.name == self.old]
            return (
                "yes"
                if any(self.imports.comes_from(path, e) for e in stated) or self.imports.exports_own(path, statement)
                else ""
            )
        if joint:
            return self._decide_qualified(path, joint, before)
        if is_label(node) or is_key_in_go(node):
            return ""
        imports = [each for each in self.imports.of(path) if self.old in (each.name, each.alias)]
        if imports:
            meant = [each for each in imports if each.name == self.old and self.imports.comes_from(path, each)]
            if not meant:
                return ""
            return "yes" if any(each.alias == self.old for each in meant) else ""
        here = [d for d in self.definitions.all if d.path == path and not d.is_member and d.kind != "local"]
        if here:
            return "yes" if any(d in self.group for d in here) else ""
        if language in SAME_FOLDER:
            near = [d for d in self.definitions.all if not d.is_member and folder(d.path) == folder(path)]
            if near:
                return "yes" if any(d in self.group for d in near) else ""
            stars = [each for each in self.imports.of(path) if each.name == "*" or each.alias == "."]
            return "yes" if any(self.imports.comes_from(path, each) for each in stars) and not self.rivals else ""
        if language in _NEED_IMPORT:
            stars = [each for each in self.imports.of(path) if each.name == "*"]
            if any(self.imports.comes_from(path, each) for each in stars) and not self.rivals:
                return "yes"
            if (
                language == "rust"
                and not self.rivals
                and not any(each.module.partition("::")[0] == "std" for each in stars)
            ):
                return "" if self._is_macro_text(node) else "it is neither defined nor imported here"
            return ""
        if self.rivals:
            return "several definitions bear this name"
        return "yes" if not self._is_open_class(language) or self.old not in COMMON else "common libraries have one too"

    def _is_open_class(self, language: str) -> bool:
        return language in {"ruby", "php", "swift"}

    def _is_macro_text(self, node: Node) -> bool:
        return node.parent is not None and node.parent.type == "token_tree"

    def _decide_qualified(self, path: str, joint: str, before: str) -> str:
        language = self.languages[path]
        if joint in {"->", "?.", "!.", "!!."}:
            return ""
        if joint in {"::", "\\"}:
            if before in self.definitions.types and not self.target.is_type and language != "ruby":
                return ""
            if self.rivals:
                return (
                    "yes" if before and before in self.target.qualified_name else "several definitions bear this name"
                )
            return "yes"
        if self.target.is_type or self.target.kind in NAMESPACES:
            if language == "go":
                return "yes" if self.imports.is_package(path, before) else ""
            if language in ECMASCRIPT:
                return self._decide_exported(path, before)
            return "yes" if not self.rivals else "several definitions bear this name"
        if language == "go":
            return "yes" if self.imports.is_package(path, before) else ""
        if language in ECMASCRIPT:
            return self._decide_exported(path, before)
        if language == "elixir":
            return "yes" if not self.rivals or before == last(self.target.qualified_name.rpartition(".")[0]) else ""
        if language in JVM | {"swift", "csharp"} and before and before == before.lower() and before not in _SELF:
            return "what it is taken from is not known"
        return ""

    def _decide_exported(self, path: str, before: str) -> str:
        """`exports.name`, `module.exports.name`, or a namespace import's."""
        if before in {"exports", "module"}:
            return "yes" if any(d.path == path for d in self.group) else ""
        for each in self.imports.of(path):
            if each.alias == before and each.name in {"", "*", "default"}:
                return "yes" if self.imports.comes_from(path, each) else ""
        return ""

    # -- members --------------------------------------------------------------------------------------------------

    def _decide_member(
        self, path: str, start: int, node: Node, joint: str, before: str, hidden: Sequence[tuple[int, int]]
    ) -> str:
        language = self.languages[path]
        if not joint:
            return self._decide_bare_member(path, start, node, hidden)
        if before in (_SELF if language != "ruby" else {"self"}):
            container = self.definitions.container_at(path, start, self.roots[path])
            answer = self._decide_by_type(container) if container else self._decide_unknown()
            return answer or self._decide_left_to_others(path, start)
        if before in self.definitions.types and (joint in {"::", "."} or language in JVM | {"csharp"}):
            return self._decide_by_type(before)
        if joint in {"::", "\\"} and language in {"cpp", "rust", "php"} and before:
            return ""  # of a namespace, or of a type from elsewhere
        if language in {"go"} and any(each.alias == before for each in self.imports.of(path)):
            return ""
        return self._decide_unknown()

    def _decide_bare_member(self, path: str, start: int, node: Node, hidden: Sequence[tuple[int, int]]) -> str:
        language = self.languages[path]
        if language in _IMPLICIT_THIS:
            is_hidden = any(first <= start < last for first, last in hidden)
            if (is_hidden and language not in APART) or is_label(node):
                return ""
            container = self.definitions.container_at(path, start, self.roots[path])
            if not container:
                imports = [each for each in self.imports.of(path) if each.name == self.old]
                return "yes" if imports and not self.rivals else ""
            answer = self._decide_by_type(container)
            if answer == "yes" or last(container) not in self.definitions.types:
                return answer
            outer = [last(part) for part in re.split(r"\.|::|#", container)]
            return "yes" if any(self._decide_by_type(each) == "yes" for each in outer) else ""
        field = node.parent.type if node.parent is not None else ""
        is_key = re.search(r"keyed_element|literal_element|field_initializer|pair|shorthand", f"{field} {node.type}")
        if is_key and self.target.kind in {"field", "property", "member"}:
            if language in ECMASCRIPT:
                return "a key of an object that may be one of its type"
            return "yes" if not self.rivals else "several types have a field of this name"
        return ""

    def _decide_by_type(self, name: str) -> str:
        """A member of this name on an object of a type."""
        lineage = self.definitions.lineage(last(name))
        mine = {last(d.container) for d in self.group if d.is_member}
        other = {last(d.container) for d in self.rivals if d.is_member}
        if lineage & mine & other:
            return "several types of this name have one"
        if lineage & mine:
            return "yes" if not lineage & other - mine else "its type has several members of this name"
        if lineage & other:
            return ""
        below = [
            self.definitions.lineage(each)
            for each in self.definitions.bases
            if last(name) in self.definitions.lineage(each)
        ]
        if any(each & mine for each in below):
            return (
                "yes"
                if not any(each & other for each in below)
                else "derived types have different members of this name"
            )
        return ""

    def _decide_left_to_others(self, path: str, start: int) -> str:
        """A member of the own object that its class or trait has not: those may that use it or are derived from it."""
        found = self.resolution.places(Place(path, start))
        if found is None or not found.places & self.definitions.own:
            return ""
        return "yes" if found.places <= self.definitions.own else "it may mean another one as well"

    def _decide_unknown(self) -> str:
        if any(d.is_member for d in self.rivals):
            other = next(d for d in self.rivals if d.is_member)
            return f"what it is taken from is not known, and {other.container} has one too"
        if self.old in COMMON:
            return "what it is taken from is not known, and common libraries have one too"
        return "yes"
