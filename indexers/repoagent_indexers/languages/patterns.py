"""A tags query asked of a tree as it is written: for a few files that takes less time than to compile it.

tree-sitter works out beforehand where each node of a pattern can stand in the grammar, 2 to 90 ms a language. To read a
query here takes one, and to look at a node of a tree a microsecond. What is understood is what our queries are written
in: nodes, `_`, fields and fields that must lack, choices, anchors, `?` behind a node without children, and predicates.
What matches, and how often, is as `ts_query_cursor__advance` of tree-sitter's lib/src/query.c has it;
benchmarks/patterns.py holds both against each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tree_sitter import Language as Grammar
    from tree_sitter import Node, Query

Match = tuple[int, dict[str, "list[Node]"]]
"""Number of a pattern, and what its captures hold: what `QueryCursor.matches` gives."""
_Captures = tuple[tuple[str, "Node"], ...]
_Test = Callable[[bytes], bool]

_ANY, _NAMED = -1, -2
"""In place of a kind of node: `_`, `(_)`."""
_ERROR = 0xFFFF
_TOKEN = re.compile(r';[^\n]*|("(?:[^"\\]|\\.)*"|[][()]|@[\w.]+|#[\w-]+\?|!?\w+:?|[.?*+])')
_ESCAPED = re.compile(r"\\(.)")


class _Step(NamedTuple):
    """One node of a pattern."""

    kind: int
    field: int
    """0 where it need not be one."""
    captures: tuple[str, ...]
    steps: tuple[_Step, ...] = ()
    """What must be among its children, in this order."""
    lacking: tuple[int, ...] = ()
    """Fields that it must not have."""
    choices: tuple[_Step, ...] = ()
    """If there are any, one of them in place of all above."""
    is_next: bool = False
    """Whether no named node may stand between it and the step before, or the beginning."""
    is_last: bool = False
    """Whether no named node may follow it."""
    is_optional: bool = False
    is_sought: bool = False
    """Whether it is the first in a node of any kind: each node like it is looked at then."""
    tests: tuple[_Test, ...] = ()
    """What its text must pass."""

    def tested(self, tests: dict[str, list[_Test]]) -> _Step:
        """The same with the tests of its captures and of those inside it."""
        return self._replace(
            steps=tuple([step.tested(tests) for step in self.steps]),
            choices=tuple([step.tested(tests) for step in self.choices]),
            tests=tuple([test for name in self.captures for test in tests.get(name, ())]),
        )


class _Pattern(NamedTuple):
    number: int
    root: _Step


class Patterns:
    """The patterns of a query, by the kinds of nodes that they begin with."""

    def __init__(self, grammar: Grammar, text: str) -> None:
        """Raises ValueError where something else is written than what is understood here."""
        self._grammar = grammar
        self._alone: dict[int, list[tuple[int, str]]] = {}
        """Kind -> patterns that are no more than a node of that kind with one capture, and that."""
        self._rooted: dict[int, list[_Pattern]] = {}
        self._inside: dict[int, list[_Pattern]] = {}
        """Patterns of `(_ ...)` -> by the kind of the first child."""
        for pattern in _Reader(grammar, text).patterns():
            for root in pattern.root.choices or (pattern.root,):
                is_more = root.steps or root.lacking or root.tests
                if root.kind >= 0 and len(root.captures) == 1 and not is_more:
                    self._alone.setdefault(root.kind, []).append((pattern.number, root.captures[0]))
                elif root.kind >= 0:
                    self._rooted.setdefault(root.kind, []).append(pattern._replace(root=root))
                else:
                    first, *others = root.steps or (root,)
                    around = root._replace(steps=(first._replace(is_sought=True), *others))
                    for choice in first.choices or (first,):
                        if choice.kind < 0 or first.is_next:
                            raise ValueError(text)
                        self._inside.setdefault(choice.kind, []).append(pattern._replace(root=around))

    def matches(self, root: Node) -> list[Match]:
        """All matches in a tree, those of outer nodes first."""
        found: list[Match] = []
        alone, rooted, inside = self._alone, self._rooted, self._inside
        waiting = [root]
        while waiting:
            node = waiting.pop()
            kind = node.kind_id
            if kind in alone:
                found += [(number, {name: [node]}) for number, name in alone[kind]]
            if kind in rooted:
                children = _Children(node, self._grammar)
                for pattern in rooted[kind]:
                    found += _matches(pattern, node, children)
            if node.child_count:
                children_of = node.children
                waiting += children_of[::-1]
                if inside and kind != _ERROR:
                    kinds = [child.kind_id for child in children_of]
                    if not inside.keys().isdisjoint(kinds):
                        numbers = {one.number: one for each in set(kinds) if each in inside for one in inside[each]}
                        children = _Children(node, self._grammar)
                        for pattern in numbers.values():
                            found += _matches(pattern, node, children)
        return found


class _Children:
    """The children of a node, with what is asked of them worked out once."""

    def __init__(self, node: Node, grammar: Grammar) -> None:
        self._node = node
        self.grammar = grammar
        self.nodes = node.children
        self.kinds = [child.kind_id for child in self.nodes]
        self._fields: list[int] = []
        self._reach: dict[tuple[int, int], int] = {}

    @property
    def fields(self) -> list[int]:
        """Their fields, 0 for none."""
        if not self._fields:
            cursor = self._node.walk()
            goes_on = cursor.goto_first_child()
            while goes_on:
                self._fields.append(cursor.field_id or 0)
                goes_on = cursor.goto_next_sibling()
        return self._fields

    def reach(self, field: int, start: int) -> int:
        """The last child that tree-sitter looks at for a field, if it begins at `start`.

        It stops where the grammar gives the field to what it does not show, as to the brackets around an expression,
        or to a list: then only the first node of that counts. Nodes with one that has no field between them are not
        hidden in such a thing; of others it is asked itself.
        """
        if (field, start) not in self._reach:
            places = [at for at, each in enumerate(self.fields) if each == field and at >= start]
            asked: set[int] | None = None
            last = len(self.fields)
            for at, following in pairwise(places):
                if 0 not in self.fields[at + 1 : following]:
                    asked = self._found(field) if asked is None else asked
                    if following not in asked:
                        last = at
                        break
            self._reach[field, start] = last
        return self._reach[field, start]

    def _found(self, field: int) -> set[int]:
        """The children that tree-sitter finds for a field."""
        from tree_sitter import QueryCursor

        cursor = QueryCursor(_query_for(self.grammar, self._node.kind_id, field))
        cursor.set_max_start_depth(0)
        ids = {nodes[0].id for _, found in cursor.matches(self._node) for nodes in found.values()}
        return {at for at, node in enumerate(self.nodes) if node.id in ids}

    def is_last(self, at: int) -> bool:
        """Whether no named node follows."""
        return not any(node.is_named for node in self.nodes[at + 1 :])


@cache
def _query_for(grammar: Grammar, kind: int, field: int) -> Query:
    """What asks for the children of a kind of nodes that are a field of it."""
    from tree_sitter import Query

    name = grammar.field_name_for_id(field)
    found: Query = Query(grammar, f"({grammar.node_kind_for_id(kind)} {name}: _ @found)")
    return found


def _matches(pattern: _Pattern, node: Node, children: _Children) -> list[Match]:
    """All matches of a pattern whose root is a node."""
    ways = _ways(pattern.root, node, children.grammar, children)
    if not ways:
        return []
    found: list[Match] = []
    for way in ways if len(ways) == 1 else _longest(ways):
        captures: dict[str, list[Node]] = {}
        for name, captured in way:
            captures.setdefault(name, []).append(captured)
        found.append((pattern.number, captures))
    return found


def _longest(ways: list[_Captures]) -> list[_Captures]:
    """Each way once, and none that captures only some of what another does."""
    once = list(dict.fromkeys(ways))
    sets = [frozenset(way) for way in once]
    return [way for way, own in zip(once, sets, strict=True) if not any(own < other for other in sets)]


def _ways(step: _Step, node: Node, grammar: Grammar, children: _Children | None = None) -> list[_Captures]:
    """What a step captures at a node of its kind, one for each way in which what it holds can be found."""
    if step.lacking and any(node.child_by_field_id(field) is not None for field in step.lacking):
        return []
    if step.tests and not all(test(node.text or b"") for test in step.tests):
        return []
    own = tuple([(name, node) for name in step.captures])
    if not step.steps:
        return [own]
    found = _ways_of_all(step.steps, children or _Children(node, grammar), 0)
    return [own + way for way in found] if own else found


def _ways_of_all(steps: tuple[_Step, ...], children: _Children, start: int) -> list[_Captures]:
    """The same for steps, one behind the other, among the children from `start` on."""
    step, later = steps[0], steps[1:]
    found: list[_Captures] = []
    kinds, nodes = children.kinds, children.nodes
    for at in range(start, len(kinds)):
        for choice in step.choices or (step,):
            wanted = choice.kind
            if wanted != kinds[at] and (wanted >= 0 or not _is_any(wanted, nodes[at])):
                continue
            if (field := choice.field) and field != children.fields[at]:
                continue
            if field and not step.is_sought and children.fields.count(field) > 1 and at > children.reach(field, start):
                continue
            if step.is_last and not children.is_last(at):
                continue
            if (ways := _ways(choice, nodes[at], children.grammar)) and later:
                rest = _ways_of_all(later, children, at + 1)
                ways = [one + other for one in ways for other in rest]
            found += ways
        if step.is_next and nodes[at].is_named:
            break
    if step.is_optional:
        found += _ways_of_all(later, children, start) if later else [()]
    return found


def _is_any(wanted: int, node: Node) -> bool:
    return node.kind_id != _ERROR and (wanted == _ANY or node.is_named)


class _Reader:
    """Reads the text of a query, token by token."""

    def __init__(self, grammar: Grammar, text: str) -> None:
        self._grammar = grammar
        self._tokens: list[str] = [token for token in _TOKEN.findall(text) if token]
        self._at = 0
        self._known: dict[tuple[str, bool], int] = {}

    def patterns(self) -> Iterator[_Pattern]:
        """All patterns, numbered as tree-sitter does."""
        number = 0
        while self._at < len(self._tokens):
            is_group = self._tokens[self._at] == "(" and self._tokens[self._at + 1] in ("(", "[")
            self._at += is_group
            root = self._step()
            tests: dict[str, list[_Test]] = {}
            while is_group and not self._take(")"):
                name, test = self._predicate()
                tests.setdefault(name, []).append(test)
            yield _Pattern(number, root.tested(tests) if tests else root)
            number += 1

    def _step(self) -> _Step:
        """A node with its field in front of it, and with what is behind it."""
        word, field = self._next(), 0
        if word[-1] == ":":
            field, word = self._field(word[:-1]), self._next()
        if word == "[":
            return self._choice(field)
        steps: list[_Step] = []
        lacking: list[int] = []
        if word == "(":
            word = self._next()
            kind = _NAMED if word == "_" else self._kind(word, is_named=True)
            is_next = False
            while not self._take(")"):
                if self._take("."):
                    is_next = True
                elif self._tokens[self._at][0] == "!":
                    lacking.append(self._field(self._next()[1:]))
                else:
                    steps.append(self._step()._replace(is_next=is_next))
                    is_next = False
            if is_next:
                steps[-1] = steps[-1]._replace(is_last=True)
        elif word == "_":
            kind = _ANY
        else:
            kind = self._kind(_literal(word), is_named=False)
        captures, is_optional = self._behind()
        return _Step(kind, field, captures, tuple(steps), tuple(lacking), is_optional=is_optional)

    def _choice(self, field: int) -> _Step:
        """One of several nodes, from behind the bracket."""
        found: list[_Step] = []
        while not self._take("]"):
            one = self._step()
            found += one.choices or (one,)
        captures, is_optional = self._behind()
        choices = [one._replace(field=one.field or field, captures=one.captures + captures) for one in found]
        return _Step(_ANY, 0, (), choices=tuple(choices), is_optional=is_optional)

    def _behind(self) -> tuple[tuple[str, ...], bool]:
        """What is written behind a node: its captures, and whether it may lack."""
        is_optional = self._take("?")
        captures: list[str] = []
        while self._at < len(self._tokens) and self._tokens[self._at][0] == "@":
            captures.append(self._next()[1:])
        return tuple(captures), is_optional

    def _predicate(self) -> tuple[str, _Test]:
        """The name of a capture, and what is asked of its text."""
        self._expect("(")
        asked, name = self._next()[1:-1], self._next()[1:]
        texts: list[str] = []
        while not self._take(")"):
            texts.append(_literal(self._next()))
        is_not, asked = asked.startswith("not-"), asked.removeprefix("not-")
        if asked == "match":
            search = re.compile(texts[0].encode()).search
            return name, lambda text: (search(text) is None) is is_not
        if asked not in {"eq", "any-of"}:
            raise ValueError(asked)
        words = {text.encode() for text in texts}
        return name, lambda text: (text in words) is not is_not

    def _field(self, name: str) -> int:
        """The number of a field."""
        found = self._grammar.field_id_for_name(name)
        if not found:
            raise ValueError(name)
        return found

    def _kind(self, name: str, is_named: bool) -> int:
        """The number of a kind of nodes."""
        known = self._known.get((name, is_named))
        if known is None:
            known = self._known[name, is_named] = self._grammar.id_for_node_kind(name, is_named) or 0
            if not known or known in self._grammar.supertypes:
                raise ValueError(name)
        return known

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, token: str) -> bool:
        """Whether a token is the next; if so, it is passed."""
        is_next = self._tokens[self._at : self._at + 1] == [token]
        self._at += is_next
        return is_next

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise ValueError(" ".join(self._tokens[self._at : self._at + 3]))


def _literal(word: str) -> str:
    if word[0] != '"':
        raise ValueError(word)
    text: str = _ESCAPED.sub(r"\1", word[1:-1])
    return text
