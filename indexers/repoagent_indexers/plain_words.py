"""Everyday English -> words that code uses: "put off until later" -> defer, postpone, delay, lazy.

The phrases, and how one matches a text, stand in plain_words.txt. A text is read once: the base forms of each word are
looked up, and from each word the tree of its phrases is followed. What that costs is bounded by the longest phrase, so
the whole grows with the text's length alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("plain_words.txt")
_GAP = "~"
_MAX_GAP = 3
"""Words of a text that `~` stands for at most."""
_REACH = 6
"""Words from one of a phrase to its next at most, articles and the like among them."""

_TOKEN = re.compile(
    r"(`[^`\n]*`"  # quoted code
    r"|[^\W\d_]+(?=n['’]t\b)|n['’]t\b"  # "does", "n't"
    r"|\w+(?:(?:[.:/\\@$]+|['’](?!s\b))\w+)*"  # a word; a name or a path whole
    r")(?:['’]s\b)?"
)
_BETWEEN = re.compile(r"""(?:['’]s)?(?:[^\S\n]|[,"'“”‘’-]|\n(?!\s*\n))*""")
"""What may stand between the words of a phrase: no end of a sentence or paragraph."""

_PASSED_OVER = frozenset("a all an any each every her his its my our some that the their these this those your".split())
"""Words of a text that a phrase need not have."""
_RIGID = frozenset(
    """about across again all and any as at away back before behind by down each every for from how if in instead
    into it its itself more no nobody nothing of off on only or other out over same than that the their there through
    to together too twice under until up upon what when where which while who whom whose with without""".split()
)
"""Words of phrases that have one form, or else those of `_IRREGULAR` alone."""
_IRREGULAR = """
    be am is are was were been being|beat beaten|become became|begin began begun|bend bent|bind bound|blow blew blown
    break broke broken|bring brought|build built|catch caught|child children|choose chose chosen|come came|deal dealt
    die dying|dig dug|do did done|draw drew drawn|drive drove driven|eat ate eaten|fall fell fallen|feed fed
    fight fought|find found|fly flew flown|foot feet|forget forgot forgotten|freeze froze frozen|get got gotten
    give gave given|go went gone|grow grew grown|half halves|hang hung|have has had|hear heard|hide hid hidden
    hold held|keep kept|know knew known|lay laid|lead led|leaf leaves|leave left|lend lent|lie lay lain lying|lose lost
    make made|mean meant|not n't n’t cannot never|pay paid|rise rose risen|run ran|say said|see saw seen|send sent
    shake shook shaken|shrink shrank shrunk|sit sat|sleep slept|slide slid|speak spoke spoken|spell spelt|spend spent
    spin spun|spit spat|stand stood|steal stole stolen|stick stuck|sweep swept|take took taken|tear tore torn|tell told
    tie tying|throw threw thrown|understand understood|undo undid undone|wake woke woken|win won|wind wound
    write wrote written
"""
"""Forms that `_ENDINGS` do not explain, behind their base."""
_ENDINGS = tuple(
    (ending, tuple(instead.split("|")))
    for ending, instead in {"s": "", "es": "", "ies": "y", "ed": "|e", "ied": "y", "ing": "|e"}.items()
)
"""Endings of inflected words, and what may stand there in the base form."""
_DOUBLED = re.compile(r"([bdgklmnprtz])\1")


@dataclass(frozen=True, slots=True)
class Phrase:
    """An everyday phrase that a text uses."""

    entry: str
    """As the thesaurus has it: "put ~ off"."""
    terms: tuple[str, ...]
    """What code calls it, likeliest first."""
    spans: tuple[tuple[int, int], ...]
    """Where its words stand in the text, those of a gap left out: offsets of characters, half-open."""


def in_code_words(text: str) -> tuple[Phrase, ...]:
    """The everyday phrases of a text with the terms of code for each: longest first, then as they stand in the text.

    A word belongs to the longest phrase that it is in; only as the first it may begin several: "turn it on and off".
    """
    begins, known, irregular = _thesaurus()
    spans = [token.span(1) for token in _TOKEN.finditer(text)]
    words = [text[start:end].lower() for start, end in spans]
    bases_of = {word: _bases(word, known, irregular) for word in set(words)}
    bases = [bases_of[word] for word in words]

    def matches(node: _Node, at: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], _Node]]:
        if node.entry:
            yield at, node
        in_gap = 0
        for index in range(at[-1] + 1, min(at[-1] + 1 + _REACH, len(spans))):
            if not _BETWEEN.fullmatch(text, spans[index - 1][1], spans[index][0]):
                return
            for base in bases[index]:
                if not in_gap and base in node.next:
                    yield from matches(node.next[base], (*at, index))
                if base in node.after_gap:
                    yield from matches(node.after_gap[base], (*at, index))
            in_gap += words[index] not in _PASSED_OVER
            if in_gap > _MAX_GAP or (in_gap and not node.after_gap):
                return

    found = [
        match
        for first, options in enumerate(bases)
        for base in options
        if base in begins
        for match in matches(_phrases(base), (first,))
    ]
    found.sort(key=lambda match: (-len(match[0]), match[0][-1] - match[0][0], match[0]))
    first_words: set[int] = set()
    other_words: set[int] = set()
    phrases = []
    for at, node in found:
        first, rest = at[0], at[1:]
        if first in other_words or not other_words.isdisjoint(rest) or not first_words.isdisjoint(rest):
            continue
        if rest or first not in first_words:
            first_words.add(first)
            other_words.update(rest)
            phrases.append(Phrase(node.entry, node.terms, tuple(spans[index] for index in at)))
    return tuple(phrases)


@dataclass(slots=True)
class _Node:
    """A place in the tree of phrases: the words that lead on, and the entry that ends here."""

    next: dict[str, _Node] = field(default_factory=dict)
    after_gap: dict[str, _Node] = field(default_factory=dict)
    entry: str = ""
    terms: tuple[str, ...] = ()


@cache
def _thesaurus() -> tuple[dict[str, list[tuple[str, str]]], frozenset[str], dict[str, tuple[str, ...]]]:
    """Entries and their terms by first words; all words of phrases; the base forms of irregular words."""
    entries: dict[str, list[tuple[str, str]]] = {}
    steps: set[str] = set()
    for line in _FILE.read_text("ascii").splitlines():
        entry, tab, terms = line.partition("\t")
        if tab:
            steps.update(entry.split())
            for first in entry.partition(" ")[0].split("/"):
                entries.setdefault(first, []).append((entry, terms))
    irregular: dict[str, tuple[str, ...]] = {}
    for base, *forms in map(str.split, _IRREGULAR.strip().replace("\n", "|").split("|")):
        for form in forms:
            irregular[form] = (*irregular.get(form, ()), base)
    return entries, frozenset(word for step in steps - {_GAP} for word in step.split("/")), irregular


@cache
def _phrases(first: str) -> _Node:
    """The tree of the phrases that begin with a word."""
    root = _Node()
    for entry, terms in _thesaurus()[0].get(first, ()):
        ends, gap = [root], False
        for step in entry.split()[1:]:
            if step == _GAP:
                gap = True
                continue
            ends = [
                after.get(word) or after.setdefault(word, _Node())
                for after in (end.after_gap if gap else end.next for end in ends)
                for word in step.split("/")
            ]
            gap = False
        for end in ends:
            end.entry, end.terms = entry, tuple(terms.split())
    return root


def _bases(word: str, known: frozenset[str], irregular: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The words of phrases that a word of a text may be a form of."""
    bases = [word, *irregular.get(word, ())]
    for ending, instead in _ENDINGS:
        if word.endswith(ending):
            root = word[: -len(ending)]
            roots = [root[:-1]] if ending in {"ed", "ing"} and _DOUBLED.fullmatch(root, len(root) - 2) else []
            bases += [base for base in (*roots, *(root + end for end in instead)) if base not in _RIGID]
    return tuple(base for base in dict.fromkeys(bases) if base in known)
