"""What lists and hashes of Ruby hold, and what their methods hand to a block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.ruby.file import METHODS, Constant, RubyFile, arguments, block_body
from repoagent_indexers.resolve.ruby.known import UNKNOWN, Knowing, Known, likely, union
from repoagent_indexers.resolve.ruby.local_variables import boundary
from repoagent_indexers.resolve.ruby.terms import Definer, Type

if TYPE_CHECKING:
    from tree_sitter import Node

_SAME = frozenset(
    """select filter reject sort sort_by compact uniq reverse dup clone to_a to_set freeze take drop take_while
    drop_while shuffle rotate concat each each_with_index each_entry each_value reverse_each partition values each_pair
    filter! select! reject! sort! sort_by! compact! uniq! keep_if delete_if values_at first last min_by max_by slice
    except merge to_h map! lazy flatten push append unshift <<""".split()
)
"""Methods that give a list of the same elements."""
_ONE = frozenset(
    """first last pop shift find detect min_by max_by min max sample fetch delete dig delete_at at []""".split()
)
"""Methods that give one of the elements."""
_MAPPED = frozenset({"map", "collect", "flat_map", "filter_map", "collect_concat", "map!"})
_EACH = frozenset(
    """each map collect flat_map filter_map collect_concat select filter reject find detect any? all? none? one? count
    sum sort_by min_by max_by group_by partition each_entry each_value reverse_each find_index index take_while
    drop_while delete_if keep_if map! select! reject! filter! sort_by! uniq find_all each_pair to_h
    transform_values reject! cycle step tally_by each_slice to_set""".split()
)
"""Methods that hand each element to their block."""
_ADDING = frozenset({"push", "append", "unshift", "prepend", "add", "insert", "concat", "replace", "store"})
_MAX_ADDED = 12


class Elements:
    """What is in lists and hashes (of a hash its values), over one program."""

    def __init__(self, knowing: Knowing) -> None:
        self._knowing = knowing

    def handed(
        self, file: RubyFile, method: str, receiver: Node, given: list[Node], n_parameters: int, depth: int
    ) -> tuple[Known, ...]:
        """What a method of Ruby's own lists hands to a block; nothing for another."""
        if method in {"tap", "then", "yield_self"}:
            return (self._knowing.known(file, receiver, depth),)
        if method in {"each_with_index", "with_index", "each_with_object", "with_object"} or method in _EACH:
            each = self.of(file, receiver, depth)
            if method.endswith("_with_object") or method == "with_object":
                return each, self._knowing.known(file, given[0], depth) if given else UNKNOWN
            is_pair = n_parameters == 2 and not method.endswith("index")
            return (UNKNOWN, each) if is_pair else (each,)
        if method in {"inject", "reduce"}:
            each = self.of(file, receiver, depth)
            return self._knowing.known(file, given[0], depth) if given else each, each
        return (self.of(file, receiver, depth),) * 2 if method in {"sort", "sort!", "max", "min"} else ()

    def one(self, file: RubyFile, method: str, receiver: Node, depth: int) -> Known:
        """What a method of Ruby's own lists gives that picks one of the elements."""
        return likely(self.of(file, receiver, depth)) if method in _ONE else UNKNOWN

    def of(self, file: RubyFile, node: Node | None, depth: int) -> Known:
        """What is in the list or hash that an expression is."""
        if node is None or depth > _MAX_ADDED:
            return UNKNOWN
        key = ("elements", file.path, node.start_byte, node.end_byte)
        return self._knowing.once(key, UNKNOWN, lambda: likely(self._of(file, node, depth + 1)), depth)

    def _of(self, file: RubyFile, node: Node, depth: int) -> Known:
        match node.type:
            case "array":
                return union(self._knowing.known(file, each, depth) for each in node.named_children)
            case "hash":
                pairs = [each for each in node.named_children if each.type == "pair"]
                return union(self._knowing.known(file, each.child_by_field_name("value"), depth) for each in pairs)
            case "identifier":
                return self._of_local(file, node, depth)
            case "instance_variable":
                return union(self._of_variable(file, node, depth))
            case "call":
                return self._of_call(file, node, depth)
            case "assignment" | "operator_assignment":
                return self.of(file, node.child_by_field_name("right"), depth)
            case "parenthesized_statements" | "begin" | "then" | "body_statement" | "block_body" | "else":
                return self.of(file, node.named_children[-1] if node.named_children else None, depth)
            case "binary":
                return union(self.of(file, node.child_by_field_name(side), depth) for side in ("left", "right"))
            case "conditional" | "if" | "unless":
                sides = ("consequence", "alternative")
                return union(self.of(file, node.child_by_field_name(side), depth) for side in sides)
            case "constant" | "scope_resolution":
                return self._of_constant(file, node, depth)
        return UNKNOWN

    def _of_local(self, file: RubyFile, node: Node, depth: int) -> Known:
        bound = self._knowing.bound(file, node)
        if bound is None:
            return self._returned(file, node, depth)
        found = [self.of(file, each.value, depth) for each in bound if each.value is not None]
        around = boundary(file, node)
        for at in file.mentions(file.text(node), around.start_byte, around.end_byte):
            found += self._added(file, at, depth)
        return union(found) if found else UNKNOWN

    def _of_variable(self, file: RubyFile, node: Node, depth: int) -> Iterator[Known]:
        of = sorted(self._knowing.self_at(file, node, depth).types)
        for each in of[:1]:
            for where, at in self._knowing.assigned(each, file.text(node)):
                yield from self._held(where, at, depth)

    def _added(self, file: RubyFile, node: Node, depth: int) -> Iterator[Known]:
        """What is put into a list where its name stands: `list << one`, `list.push(one)`, `hash[key] = one`."""
        parent = node.parent
        if parent is None:
            return
        if parent.type == "binary" and parent.child_by_field_name("left") == node:
            if file.text(parent.child_by_field_name("operator")) == "<<":
                yield self._knowing.known(file, parent.child_by_field_name("right"), depth)
        elif parent.type == "call" and parent.child_by_field_name("receiver") == node:
            method = file.text(parent.child_by_field_name("method"))
            if method in {"concat", "replace"}:
                yield from (self.of(file, each, depth) for each in arguments(parent))
            elif method in _ADDING:
                yield from (self._knowing.known(file, each, depth) for each in arguments(parent)[-1:])
        elif parent.type == "element_reference" and parent.child_by_field_name("object") == node:
            outer = parent.parent
            is_set = outer is not None and outer.type in {"assignment", "operator_assignment"}
            if outer is not None and is_set and outer.child_by_field_name("left") == parent:
                yield self._knowing.known(file, outer.child_by_field_name("right"), depth)

    def _of_call(self, file: RubyFile, node: Node, depth: int) -> Known:
        method, receiver = file.text(node.child_by_field_name("method")), node.child_by_field_name("receiver")
        own = self._returned(file, node, depth)
        if own.types or receiver is None:
            return own
        if method in _MAPPED and (body := block_body(node)) is not None:
            last = self._knowing.known(file, body, depth)
            return last if last.types or method != "flat_map" else self.of(file, body, depth)
        return self.of(file, receiver, depth) if method in _SAME or method in _MAPPED else UNKNOWN

    def _returned(self, file: RubyFile, call: Node, depth: int) -> Known:
        """What is in the list that a method of the repository gives back."""
        found = [self._of_method(of, each, depth) for of, each in self._knowing.called(file, call, depth)[:4]]
        return union(found) if found else UNKNOWN

    def _of_method(self, of: Type, definer: Definer, depth: int) -> Known:
        member = definer.member
        if member.node is None:
            places = self._knowing.assigned(of, f"@{member.name}") if not member.alias_of else []
            found = [each for where, at in places for each in self._held(where, at, depth)]
            return union(found) if found else UNKNOWN
        body = member.node.child_by_field_name("body") if member.node.type in METHODS else None
        return self.of(definer.file, body, depth)

    def _held(self, file: RubyFile, node: Node, depth: int) -> Iterator[Known]:
        yield from self._added(file, node, depth)
        parent = node.parent
        if parent is not None and parent.type in {"assignment", "operator_assignment"}:
            right = parent.child_by_field_name("right")
            if right != node:
                yield self.of(file, right, depth)

    def _of_constant(self, file: RubyFile, node: Node, depth: int) -> Known:
        scope, _ = file.scope_at(node)
        full = self._knowing.program.lookup(file, scope, file.text(node))
        for where, constant in self._knowing.program.known(full) if full is not None else ():
            if isinstance(constant, Constant):
                return self.of(where, constant.value, depth)
        return UNKNOWN
