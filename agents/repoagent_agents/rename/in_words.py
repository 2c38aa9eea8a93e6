"""What comments and documentation say of a definition that is renamed: mentions that can hardly mean anything else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from repoagent_agents.rename.outcome import Outcome
from repoagent_indexers.indexing.index import Index
from repoagent_indexers.languages import LANGUAGES
from repoagent_indexers.resolve.named import Candidate, candidate, parts_of
from repoagent_indexers.resolve.syntax import mentions, tree_of
from repoagent_indexers.source import SourceFile

if TYPE_CHECKING:
    from tree_sitter import Node

_TELLING = re.compile(r"[a-z0-9][A-Z]|[A-Z][A-Z]+[a-z]|[A-Za-z0-9]_|\d")
"""A name that no prose holds by chance: of several words, or with a digit."""
_PAST = re.compile(r"(?:^|/)[^/]*(?:change|history|news|release|migrat|upgrad)[^/]*$", re.IGNORECASE)
"""Files that say what was: they keep the old name."""
_MARKUP = re.compile(rb'(?:cref="[\w.]*|\{@\w+ [\w.]*#?|:\w+:`[~.\w]*)$')
"""How a documentation's reference to code begins: C#, Java, Sphinx."""
_FILE = re.compile(rb"\.(?:py|[cm]?[jt]sx?|cs|java|kts?|scala|swift|rb|php|go|rs|c|cc|cpp|h|hpp|md|lua|html?)\b")
_OWNER = re.compile(rb"(\w+)(?:\.|#|::)$")


def mentioned(
    index: Index, texts: Iterable[SourceFile], outcome: Outcome, found: Candidate, old: str
) -> dict[str, list[int]]:
    """Path -> where comments, docstrings and documentation name the definition; nothing for a name that others bear.

    A name of one plain word counts only where it is marked as code: behind its owner (`Cart.total`), or as a
    documentation's reference; one with a capital also in backquotes. Strings are passed over, names of files, and files
    that tell of the past.
    """
    for position, number in index.definitions(old):
        other = candidate(index, position, number)
        if other is None or other.start not in outcome.sites.get(other.path, {}):
            return {}
    owner = (parts_of(found.qualified_name)[:-1] or [""])[-1].encode()
    places: dict[str, list[int]] = {}
    for source in texts:
        if _PAST.search(source.path):
            continue
        content, known = source.content, outcome.sites.get(source.path, {})
        starts = [at for at in mentions(content, old, source.language) if at not in known]
        starts = [at for at in starts if _is_meant(content, at, old, owner)]
        if LANGUAGES[source.language].is_code:
            starts = [*_in_comments(source, starts, len(old.encode()))]
        if starts:
            places[source.path] = starts
    return places


def _is_meant(content: bytes, at: int, old: str, owner: bytes) -> bool:
    end = at + len(old.encode())
    before, behind = content[max(0, at - 80) : at], content[end : end + 8]
    if _FILE.match(behind):
        return False
    if (around := _OWNER.search(before)) is not None:
        return around[1] == owner or bool(_TELLING.search(old))
    if _TELLING.search(old) or _MARKUP.search(before):
        return True
    return old[:1].isupper() and before.endswith(b"`") and behind.startswith((b"`", b"()`"))


def _in_comments(source: SourceFile, starts: Iterable[int], length: int) -> Iterator[int]:
    wanted = list(starts)
    if not wanted:
        return
    root = tree_of(source.language, source.content).root_node
    for at in wanted:
        node = root.descendant_for_byte_range(at, at + length)
        while node is not None:
            if "comment" in node.type or _is_docstring(node):
                yield at
                break
            node = node.parent


def _is_docstring(node: Node) -> bool:
    """Whether it is a string of Python that is a statement of its own."""
    return node.type == "string" and node.parent is not None and node.parent.type == "expression_statement"
