"""The tags query of a language, asked in whichever way takes less time: as it is written, or compiled.

To compile takes 2 to 90 ms, the more the more states the parser has; a node costs a third of a microsecond when a query
is compiled, else one or two (see patterns.py). So a process that reads a few files compiles nothing, and one that has
looked at as many nodes as that is worth compiles: both give the same.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from repoagent_indexers.languages.patterns import Patterns

if TYPE_CHECKING:
    from tree_sitter import Language as Grammar
    from tree_sitter import Node, Query

    from repoagent_indexers.languages.patterns import Match

_NODES_A_STATE = 3
"""To look at so many nodes takes as long as a state of the parser when a query is compiled."""
_BYTES_A_NODE = 8
"""Of source, half of which is passed over."""


class Tags:
    """A query that is compiled when that is worth its time."""

    def __init__(self, grammar: Grammar, text: str) -> None:
        self._grammar = grammar
        self.text = text
        self._n_left = _NODES_A_STATE * grammar.parse_state_count
        """Nodes that may be looked at before it is compiled."""

    def expect(self, n_bytes: int) -> None:
        """Compile it now if so many bytes of source, all that a process has been given, will make that worth while."""
        if self._n_left * _BYTES_A_NODE < n_bytes:
            self.compile()

    def compile(self) -> None:
        """Compile it now. Raises tree-sitter's QueryError where it does not fit the grammar."""
        self.compiled  # noqa: B018  kept

    def matches(self, root: Node) -> list[Match]:
        """All matches in a tree, in no order that counts."""
        n_nodes = root.descendant_count
        if not self.is_compiled and n_nodes <= self._n_left:
            self._n_left -= n_nodes
            return self._patterns.matches(root)
        from tree_sitter import QueryCursor

        return QueryCursor(self.compiled).matches(root)

    @property
    def is_compiled(self) -> bool:
        """Whether it is compiled by now."""
        return "compiled" in self.__dict__

    @cached_property
    def compiled(self) -> Query:
        """The same for tree-sitter."""
        from tree_sitter import Query

        query: Query = Query(self._grammar, self.text)
        return query

    @cached_property
    def _patterns(self) -> Patterns:
        return Patterns(self._grammar, self.text)
