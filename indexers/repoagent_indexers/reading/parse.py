"""SourceFile -> what it says: symbols, references, imports. The one door to tree-sitter.

Parsing never fails: a broken file is normal input, gives what could be read, and the lines where it broke. Hostile
input may still take minutes or gigabytes inside the grammar's C code, so files that nobody has vouched for are parsed
through `workers`, whose processes can be killed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

from repoagent_indexers.languages import LANGUAGES, asked, grammar
from repoagent_indexers.languages.bash_bodies import without_broken_bodies
from repoagent_indexers.languages.long_comments import without_long_comments
from repoagent_indexers.reading.captures import MAX_PATTERNS, Captured
from repoagent_indexers.reading.facts import Facts
from repoagent_indexers.reading.outliner import Outliner
from repoagent_indexers.reading.skim import Passed, code
from repoagent_indexers.reading.uses import Outline, add_references, is_lexical
from repoagent_indexers.words.lexicon import Lexicon, line_starts

if TYPE_CHECKING:
    from tree_sitter import Node, Range

    from repoagent_indexers.source import Parsed

MAX_ERRORS = 20
_READ_WHOLE = {"python", "ruby"}
"""Languages whose bodies are told by margins: files with errors are read without passing anything over."""
_BLANKED = {"c", "cpp", "csharp", "kotlin", "typescript"}
"""Languages of which `blanks` takes out more than the marks of a conflict."""
_RARE = {
    "tsx": (b"abstract", b"@flow", b"declare ", b"using "),
    "javascript": (b"using ",),
    "haskell": (b"'\\", b"\n#el"),
}
"""Others of which it does where one of some signs stands in the content."""
_DOT_AT_LINE_END = re.compile(rb"^([^#\"'\n]*(?<![\w.])(?:[^\W\d]\w*|[)\]])\.[ \t\r]*)\n", re.M)
"""Where the grammar for Python takes the next line's margin for that of a statement, although a bracket is open."""
_Range = tuple[int, int]


def parse(path: str, language: str, content: bytes) -> Parsed:
    """The nouns that one file holds, for callers that want objects; nothing for a language without a grammar."""
    if not LANGUAGES[language].is_code:
        return Facts(language).parsed(path)
    return extract(language, content).parsed(path)


def extract(language: str, content: bytes) -> Facts:
    """The facts of one file in columns; chunks are left to `chunk`. The language must have a grammar."""
    outline = outlined(language, content, line_starts(content))
    if outline.intern:
        lexicon = Lexicon()
        words = lexicon.words([content])
        add_references([(0, outline)], code([0], words), words, lexicon)
        outline.facts.references = list(outline.facts.references)
    return outline.facts


def outlined(language: str, content: bytes, lines: list[int], passed: Passed | None = None) -> Outline:
    """The same with what `uses` needs, which may find the references of many files at once: they are left to it where
    it knows the language. `lines` are the `line_starts` of the content.

    With what `skim` has passed over, errors inside functions may stay unknown.
    """
    from tree_sitter import Parser

    if passed:
        text = _readable(language, passed.content, passed.gaps)
        tree = Parser(grammar(language), included_ranges=_between(passed.gaps)).parse(text)
        if tree.root_node.has_error and language in _READ_WHOLE:
            return outlined(language, content, lines)
    else:
        text = _readable(language, content)
        tree = Parser(grammar(language)).parse(text)
        if language == "python" and tree.root_node.has_error:
            joined = _DOT_AT_LINE_END.sub(rb"\1 ", text)
            tree = Parser(grammar(language)).parse(joined) if joined != text else tree
        if language == "bash" and tree.root_node.has_error:
            tree = Parser(grammar(language)).parse(without_broken_bodies(text, tree.root_node))
    root = tree.root_node
    captured = Captured(language)
    for n, tags in enumerate(asked(language, text)):
        captured.add_all(tags.matches(root), n * MAX_PATTERNS)
    outliner = Outliner(language, content, lines)
    outliner.add_symbols(captured)
    outliner.add_imports(captured)
    if not is_lexical(language):
        outliner.add_references(captured)
    if root.has_error:
        outliner.facts.errors = _error_lines(root, lines)
    return outliner.outline(captured, passed is not None)


def _readable(language: str, content: bytes, gaps: Sequence[_Range] = ()) -> bytes:
    """The content without what the grammar cannot read."""
    is_rare = any(sign in content for sign in (b"<<<<<<< ", *_RARE.get(language, ())))
    if language not in _BLANKED and not is_rare:  # sixty patterns need not be compiled
        return without_long_comments(content) if language == "python" else content
    from repoagent_indexers.languages.blanks import NEEDED, blanked, blanked_between

    return blanked_between(language, content, gaps) if gaps and language in NEEDED else blanked(language, content)


def _between(gaps: Sequence[_Range]) -> list[Range]:
    """What is to be read: all but the gaps. The parser needs rows and columns for nothing that is asked of it here."""
    from tree_sitter import Range

    nowhere = (0, 0)
    edges = [0, *(edge for gap in gaps for edge in gap), (1 << 32) - 1]
    return [Range(nowhere, nowhere, start, end) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def _error_lines(root: Node, lines: list[int]) -> list[int]:
    """1-based lines of the outermost error nodes, found by a loop: the tree may be deeper than any stack."""
    found: list[int] = []
    cursor = root.walk()
    while len(found) < MAX_ERRORS:
        node = cursor.node
        if node is not None and (node.is_error or node.is_missing):
            found.append(bisect_right(lines, node.start_byte))
        elif node is not None and node.has_error and cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return sorted(set(found))
    return sorted(set(found))
