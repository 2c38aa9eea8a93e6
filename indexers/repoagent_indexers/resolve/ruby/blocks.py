"""What a block is given: which object is `self` in it, and what its parameters are.

The method that is called says so: `instance_eval`, `class_exec`, `define_method` and `Class.new` change `self`, `yield`
and `block.call` give something. A method that hands its block on runs it as the other does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from repoagent_indexers.resolve.ruby.elements import Elements
from repoagent_indexers.resolve.ruby.file import METHODS, RubyFile, arguments
from repoagent_indexers.resolve.ruby.known import UNKNOWN, Knowing, Known, likely, union
from repoagent_indexers.resolve.ruby.terms import Definer, Type

if TYPE_CHECKING:
    from tree_sitter import Node

EVALUATING = frozenset("instance_eval instance_exec class_eval class_exec module_eval module_exec".split())
_MAKING_METHODS = frozenset({"define_method", "define_singleton_method"})
_MAKING_MODULES = frozenset({"Class", "Module", "Struct", "Data"})
_CALLING = frozenset({"call", "yield", "()"})
_MAX_RUNS = 12
_MAX_METHODS = 6
_MAX_STORED = 12


class Run(NamedTuple):
    """One way in which a method runs its block."""

    itself: Known | None = None
    """What `self` is in it; None where that stays what it is around the block."""
    given: tuple[Known, ...] = ()
    """What its parameters are, as far as that is known."""


class Blocks:
    """What is known of blocks, over one program."""

    def __init__(self, knowing: Knowing, elements: Elements) -> None:
        self._knowing = knowing
        self._elements = elements

    def itself(self, file: RubyFile, closure: Node, depth: int) -> Known | None:
        """What `self` is in a block; None where it is what it is around it."""
        call = closure.parent
        if call is None or call.type != "call":
            return None
        found = [run.itself for run in self.runs(file, call, depth) if run.itself is not None]
        known = union(found) if found else UNKNOWN
        return known if known.types else None

    def parameter(self, file: RubyFile, closure: Node, name: Node, depth: int) -> Known:
        """What a parameter of a block is."""
        call = closure.parent
        listed = closure.child_by_field_name("parameters")
        if call is None or call.type != "call" or listed is None:
            return UNKNOWN
        at = next(
            (n for n, each in enumerate(listed.named_children) if each == name or name in each.named_children), -1
        )
        if at < 0 or listed.named_children[at].type == "destructured_parameter":
            return UNKNOWN
        n_parameters = len(listed.named_children)
        method = file.text(call.child_by_field_name("method"))
        receiver = call.child_by_field_name("receiver")
        if receiver is not None:
            given = self._elements.handed(file, method, receiver, arguments(call), n_parameters, depth)
            if given and at < len(given) and given[at].types:
                return likely(given[at])
        found = [run.given[at] for run in self.runs(file, call, depth) if at < len(run.given)]
        return likely(union(found)) if found else UNKNOWN

    def runs(self, file: RubyFile, call: Node, depth: int) -> list[Run]:
        """What is done with a block that is given to a call."""
        if call.type != "call" or depth > _MAX_RUNS:
            return []
        key = ("runs", file.path, call.start_byte, call.end_byte)
        return self._knowing.once(key, [], lambda: list(self._runs(file, call, depth + 1))[:_MAX_RUNS], depth)

    def _runs(self, file: RubyFile, call: Node, depth: int) -> Iterator[Run]:
        name = file.text(call.child_by_field_name("method"))
        receiver = call.child_by_field_name("receiver")
        if name in EVALUATING:
            itself = self._receiver(file, call, depth)
            given = tuple(self._knowing.known(file, each, depth) for each in _plain(call))
            yield Run(itself, given if name.endswith("exec") else (itself,))
        elif name in _MAKING_METHODS:
            of = self._receiver(file, call, depth)
            is_static = name == "define_singleton_method"
            yield Run(of if is_static else of._replace(types=frozenset(Type(each.name) for each in of.types)))
        elif name == "new" and receiver is not None and file.text(receiver).removeprefix("::") in _MAKING_MODULES:
            made = self._knowing.known(file, call, depth)
            yield Run(made, (made,))
        else:
            for each, definer in self._knowing.called(file, call, depth)[:_MAX_METHODS]:
                yield from self._of_method(each, definer, depth)

    def _receiver(self, file: RubyFile, call: Node, depth: int) -> Known:
        receiver = call.child_by_field_name("receiver")
        return self._knowing.known(file, receiver, depth) if receiver is not None else self._knowing.self_at(
            file, call, depth
        )  # fmt: skip

    def _of_method(self, of: Type, definer: Definer, depth: int) -> list[Run]:
        """What a method does with its block."""
        node = definer.member.node
        if node is None:
            return []
        names = _block_names(definer.file, node)
        key = ("block of", definer.file.path, node.start_byte)
        return self._knowing.once(
            key, [], lambda: list(self._passed(definer.file, node, names, of, depth, may_yield=True))[:_MAX_RUNS], depth
        )

    def _passed(
        self, file: RubyFile, method: Node, names: frozenset[str], of: Type, depth: int, *, may_yield: bool
    ) -> Iterator[Run]:
        """What a method does with a block that it knows by some names, or by `yield`."""
        body = method.child_by_field_name("body")
        waiting = [body] if body is not None else []
        while waiting:
            node = waiting.pop()
            if node.type in METHODS:
                continue
            waiting += node.named_children
            parent = node.parent
            if node.type == "yield" and may_yield:
                yield self._given(file, arguments_of_yield(node), depth)
            elif node.type == "block_argument" and parent is not None and parent.parent is not None:
                inner = node.named_children[0] if node.named_children else None
                if (inner is None and "&" in names) or (inner is not None and file.text(inner) in names):
                    yield from self.runs(file, parent.parent, depth)
            elif node.type == "identifier" and parent is not None and file.text(node) in names:
                yield from self._used(file, node, parent, of, depth)

    def _used(self, file: RubyFile, node: Node, parent: Node, of: Type, depth: int) -> Iterator[Run]:
        """What is done with a block where its name stands."""
        if parent.type == "call" and parent.child_by_field_name("receiver") == node:
            method = parent.child_by_field_name("method")
            if method is None or file.text(method) in _CALLING:
                yield self._given(file, _plain(parent), depth)
        elif parent.type == "element_reference" and parent.child_by_field_name("object") == node:
            yield self._given(file, parent.named_children[1:], depth)
        elif parent.type == "argument_list" and parent.parent is not None and parent.parent.type == "call":
            yield from self._handed_on(file, parent.parent, node, depth)
        elif parent.type == "assignment" and parent.child_by_field_name("right") == node:
            left = parent.child_by_field_name("left")
            if left is not None and left.type == "instance_variable":
                yield from self._stored(of, file.text(left), depth)

    def _handed_on(self, file: RubyFile, call: Node, block: Node, depth: int) -> Iterator[Run]:
        """What another method does with a block that it is given as an argument."""
        if depth > _MAX_RUNS:
            return
        at = arguments(call).index(block) if block in arguments(call) else -1
        for of, definer in self._knowing.called(file, call, depth)[:_MAX_METHODS] if at >= 0 else ():
            method = definer.member.node
            name = _parameter_name(definer.file, method, at) if method is not None else ""
            if method is None or not name:
                continue
            yield from self._given_to(definer.file, method, name, of, depth)

    def _given_to(self, file: RubyFile, method: Node, name: str, of: Type, depth: int) -> list[Run]:
        """What a method does with a block that one of its parameters is."""
        key = ("given to", file.path, method.start_byte, name)
        names = frozenset({name})
        return self._knowing.once(
            key, [], lambda: list(self._passed(file, method, names, of, depth + 1, may_yield=False))[:_MAX_RUNS], depth
        )

    def _stored(self, of: Type, name: str, depth: int) -> Iterator[Run]:
        """What is done with a block that an instance variable keeps."""
        for file, node in self._knowing.assigned(of, name)[:_MAX_STORED]:
            parent = node.parent
            if parent is None:
                continue
            if parent.type == "block_argument" and parent.parent is not None and parent.parent.parent is not None:
                yield from self.runs(file, parent.parent.parent, depth + 1)
            elif parent.type == "call" and parent.child_by_field_name("receiver") == node:
                method = parent.child_by_field_name("method")
                if method is None or file.text(method) in _CALLING:
                    yield self._given(file, _plain(parent), depth)

    def _given(self, file: RubyFile, values: list[Node], depth: int) -> Run:
        return Run(None, tuple(self._knowing.known(file, each, depth) for each in values))


def arguments_of_yield(node: Node) -> list[Node]:
    return [one for listed in node.named_children if listed.type == "argument_list" for one in listed.named_children]


def _plain(call: Node) -> list[Node]:
    return [each for each in arguments(call) if each.type != "block_argument"]


def _block_names(file: RubyFile, method: Node) -> frozenset[str]:
    """The name of the block that a method takes; "&" for one without a name."""
    listed = method.child_by_field_name("parameters")
    found = [each for each in listed.named_children if each.type == "block_parameter"] if listed is not None else []
    return frozenset(file.text(each.child_by_field_name("name")) or "&" for each in found)


def _parameter_name(file: RubyFile, method: Node, at: int) -> str:
    """The name of the parameter that an argument is given to; "" where that is not plain."""
    listed = method.child_by_field_name("parameters")
    parameters = listed.named_children if listed is not None else []
    if at >= len(parameters) or any(each.type == "splat_parameter" for each in parameters[: at + 1]):
        return ""
    found = parameters[at]
    return file.text(found if found.type == "identifier" else found.child_by_field_name("name"))
