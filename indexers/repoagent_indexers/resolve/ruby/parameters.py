"""What methods are given where they are called: what their parameters are likely to be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.ruby.core import NAMES
from repoagent_indexers.resolve.ruby.file import RubyFile, arguments
from repoagent_indexers.resolve.ruby.known import UNKNOWN, Knowing, Known, likely, union
from repoagent_indexers.resolve.ruby.terms import Definer, Type
from repoagent_indexers.resolve.syntax import mentions

if TYPE_CHECKING:
    from tree_sitter import Node

_MAX_DEPTH = 5
_MAX_FILES = 12
"""Files that mention a method: of one that more of them do, only its own file is looked at."""
_MAX_CALLS = 12
_MAX_TYPES = 4


class Parameters:
    """What the parameters of methods are given, over one program."""

    def __init__(self, knowing: Knowing) -> None:
        self._knowing = knowing

    def given(self, definer: Definer, parameter: Node, depth: int) -> Known:
        """What calls of a method give to a parameter; nothing where too many different objects."""
        name = definer.member.name
        if depth > _MAX_DEPTH or (name in NAMES and name != "initialize"):
            return UNKNOWN
        key = ("given", definer.file.path, parameter.start_byte)
        return self._knowing.once(key, UNKNOWN, lambda: self._given(definer, parameter, depth + 1), depth)

    def _given(self, definer: Definer, parameter: Node, depth: int) -> Known:
        at, keyword = _position(definer.file, parameter)
        if at < 0 and not keyword:
            return UNKNOWN
        found = []
        for file, call in self._calls(definer):
            if (value := _argument(file, call, at, keyword)) is not None:
                known = self._knowing.known(file, value, depth)
                if known.types:
                    found.append(known)
            if len(found) >= _MAX_CALLS:
                break
        known = union(found) if found else UNKNOWN
        return likely(known) if len(known.types) <= _MAX_TYPES else UNKNOWN

    def _calls(self, definer: Definer) -> Iterator[tuple[RubyFile, Node]]:
        """Calls that are likely to come to a method."""
        program, member = self._knowing.program, definer.member
        is_constructor = member.name == "initialize" and not member.is_static
        owner = Type(program.full(definer.file, definer.scope), member.is_static)
        said = "new" if is_constructor else member.name
        word = owner.name.rpartition("::")[2] if is_constructor else member.name
        if not is_constructor and (program.is_common(said) or len(program.definers(said)) > _MAX_FILES):
            return
        is_only = not is_constructor and len(program.definers(said)) == 1
        for file in self._files(definer.file, word):
            for start in mentions(file.content, said):
                node = file.leaf(start)
                call = node.parent if node is not None else None
                if call is None or call.type != "call" or call.child_by_field_name("method") != node:
                    continue
                if is_constructor:
                    if self._makes(file, call, owner):
                        yield file, call
                elif is_only or (call.child_by_field_name("receiver") is None and file is definer.file):
                    yield file, call

    def _files(self, own: RubyFile, word: str) -> list[RubyFile]:
        index = self._knowing.program.index
        positions = [at for at in index.mentioning(word) if index.catalogue.languages[at] == "ruby"]
        if len(positions) > _MAX_FILES:
            return [own]
        files = (self._knowing.program.file(index.catalogue.paths[at]) for at in positions)
        return [file for file in files if file is not None]

    def _makes(self, file: RubyFile, call: Node, owner: Type) -> bool:
        """Whether `Name.new` makes an object of a class, told by the name alone."""
        receiver = call.child_by_field_name("receiver")
        scope, _ = file.scope_at(call)
        program = self._knowing.program
        if receiver is None:
            return program.full(file, scope) == owner.name
        if receiver.type not in {"constant", "scope_resolution"}:
            return False
        return program.lookup(file, scope, file.text(receiver)) == owner.name


def _position(file: RubyFile, parameter: Node) -> tuple[int, str]:
    """Which argument, or which keyword, a parameter takes: (-1, "") for one that takes several."""
    listed = parameter.parent
    while listed is not None and listed.type != "method_parameters":
        parameter, listed = listed, listed.parent
    if listed is None:
        return -1, ""
    if parameter.type == "keyword_parameter":
        return -1, file.text(parameter.child_by_field_name("name"))
    before: list[str] = []
    for each in listed.named_children:
        if each == parameter:
            is_plain = parameter.type in {"identifier", "optional_parameter"}
            return (len(before), "") if is_plain and "splat_parameter" not in before else (-1, "")
        before.append(each.type)
    return -1, ""


def _argument(file: RubyFile, call: Node, at: int, keyword: str) -> Node | None:
    given = arguments(call)
    if keyword:
        pairs = (each for each in given if each.type == "pair")
        return next(
            (each.child_by_field_name("value") for each in pairs
             if file.text(each.child_by_field_name("key")).strip(":") == keyword), None
        )  # fmt: skip
    if at >= len(given) or any(each.type in {"splat_argument", "pair"} for each in given[: at + 1]):
        return None
    return given[at]
