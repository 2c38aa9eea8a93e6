"""Everyday English -> words that code uses: "put off until later" -> defer, postpone, delay, lazy.

The phrases, and how one matches a text, stand in plain_words.txt. A text is read once: the base forms of each word are
looked up, with the words that are said instead of it, and from each the tree of its phrases is followed. What that
costs is bounded by the longest phrase, so the whole grows with the text's length alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("plain_words.txt")
_GAP = "~"
_EITHER_ORDER = " <> "
_MAX_GAP = 3
"""Words of a text that `~` stands for at most, those of `_LIGHT` not counted."""
_REACH = 9
"""Words from one of a phrase to its next at most, articles and the like among them."""

_TOKEN = re.compile(
    r"(`[^`\n]*`"  # quoted code
    r"|[^\W\d_]+(?=n['’]t\b)|n['’]t\b"  # "does", "n't"
    r"|\w+(?:(?:[.:/\\@$]+|['’](?!s\b))\w+)*"  # a word; a name or a path whole
    r")(?:['’]s\b)?"
)
_BETWEEN = re.compile(r"""(?:['’]s)?(?:[^\S\n]|[,"'“”‘’-]|\n(?!\s*\n))*""")
"""What may stand between the words of a phrase: no end of a sentence or paragraph."""

_PASSED_OVER = frozenset(
    """a all an any each every her his its my our some that the their these this those your be been being
    actual certain current entire new own particular single specific various whole
    actually also always automatically completely correctly currently entirely ever fully immediately just properly
    really simply still suddenly yet""".split()
)
"""Words of a text that a phrase need not have: "not being properly closed" is "not close"."""
_LIGHT = frozenset({"of", "from"})
"""Words within a gap that join what is one thing: "turn the rows of a table into"."""
_CONTRACTING = frozenset("everything here how it nothing something that there what when where which who why".split())
"""Words behind which 's is more often "is" than a genitive."""
_RIGID = frozenset(
    """about across again all and any as at away back before behind by down each every for from how if in instead
    into it its itself more no nobody nothing of off on only or other out over same than that the their there through
    to together too twice under until up upon what when where which while who whom whose with without""".split()
)
"""Words of phrases that have one form, or else those of `_IRREGULAR` alone."""
_IRREGULAR = """
    analysis analyses|axis axes|be am is are was were been being 's ’s|bear bore borne|beat beaten|become became
    begin began begun|bend bent|bind bound|bite bit bitten|blow blew blown|break broke broken|bring brought|build built
    burn burnt|buy bought|catch caught|child children|choose chose chosen|cling clung|come came|creep crept
    criterion criteria|deal dealt|die dying|dig dug|do did done|draw drew drawn|drive drove driven|eat ate eaten
    fall fell fallen|feed fed|feel felt|fight fought|find found|flee fled|fly flew flown|foot feet
    forbid forbade forbidden|forget forgot forgotten|freeze froze frozen|get got gotten|give gave given|go went gone
    grind ground|grow grew grown|half halves|hang hung|have has had|hear heard|hide hid hidden|hold held|index indices
    keep kept|know knew known|lay laid|lead led|leaf leaves|lean leant|learn learnt|leave left|lend lent
    lie lay lain lying|life lives|light lit|lose lost|make made|man men|matrix matrices|mean meant|meet met|mouse mice
    not n't n’t cannot never|outgrow outgrew outgrown|overcome overcame|override overrode overridden
    overwrite overwrote overwritten|pay paid|person people|rebuild rebuilt|redo redid redone|resend resent
    rewrite rewrote rewritten|ride rode ridden|ring rang rung|rise rose risen|run ran|say said|see saw seen|seek sought
    sell sold|send sent|shake shook shaken|shine shone|shoot shot|shrink shrank shrunk|sing sang sung|sink sank sunk
    sit sat|sleep slept|slide slid|speak spoke spoken|speed sped|spell spelt|spend spent|spill spilt|spin spun
    spit spat|spoil spoilt|stand stood|steal stole stolen|stick stuck|strike struck|string strung|sweep swept
    swell swollen|swing swung|take took taken|teach taught|tear tore torn|tell told|think thought|throw threw thrown
    tie tying|understand understood|undo undid undone|vertex vertices|wake woke woken|wear wore worn|weave wove woven
    win won|wind wound|withdraw withdrew withdrawn|write wrote written
    big bigger biggest|cheap cheaper cheapest|deep deeper deepest|early earlier earliest|easy easier easiest easily
    fast faster fastest|few fewer fewest|high higher highest|large larger largest|long longer longest
    low lower lowest|near nearer nearest|new newer newest newly|old older oldest|quick quicker quickest quickly
    rare rarely|safe safer safest safely|short shorter shortest|simple simpler simplest|slow slower slowest slowly
    small smaller smallest|strict stricter strictly|strong stronger strongest|weak weaker weakest|wide wider widest
    automatic automatically|manual manually|repeated repeatedly|separate separately|temporary temporarily
"""
"""Forms that `_ENDINGS` do not explain, behind their base."""
_ENDINGS = tuple(
    (ending, tuple(instead.split("|")))
    for ending, instead in {"s": "", "es": "", "ies": "y", "ed": "|e", "ied": "y", "ing": "|e"}.items()
)
"""Endings of inflected words, and what may stand there in the base form."""
_ALIKE = """
    allow permit|application app program|argument parameter|arrive arrival|avoid prevent|begin start launch
    behavior behaviour|big large huge enormous giant massive|broken corrupt corrupted damaged|center centre
    change modify edit alter|character char letter|check verify validate|choose pick select choice|color colour
    compare comparison|computer machine pc laptop|connect connection|convert conversion|create produce generate creation
    delete remove erase deletion removal|disk drive|email mail|error problem mistake failure trouble issue|exchange swap
    fail failure|fast quick|field attribute|film movie video|find locate|finish complete|folder directory
    forbid disallow prohibit|function method|gray grey|guess infer deduce|happen occur|kill terminate|list array
    lose loss|many several multiple numerous lots|music song tune|neighbor neighbour|notice detect|old outdated
    phone mobile smartphone|picture image photo photograph|plugin addon|preference setting configuration
    previous earlier prior|quit exit|replace replacement|same identical|save store|send transmit|show display|shut close
    site website|small little tiny|sound audio|split divide|stop halt|talk communicate|text string|throw raise
    try attempt|wait await|wrong incorrect invalid faulty
"""
"""Words that are said for each other."""
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
    begins = _thesaurus()
    spans: list[tuple[int, int]] = []
    for token in _TOKEN.finditer(text):
        spans.append(token.span(1))
        if token.end() > token.end(1) and token[1].lower() in _CONTRACTING:
            spans.append((token.end(1), token.end()))
    words = [text[start:end].lower() for start, end in spans]
    own = {word: _bases(word) for word in set(words)}
    bases_of = {word: tuple(dict.fromkeys([*bases, *_instead(bases)])) for word, bases in own.items()}
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
            in_gap += words[index] not in _PASSED_OVER and not (in_gap and words[index] in _LIGHT)
            if in_gap > _MAX_GAP or (in_gap and not node.after_gap):
                return

    found = [
        match
        for first, options in enumerate(bases)
        for base in options
        if base in begins
        for match in matches(_phrases(base), (first,))
        if len(match[0]) > 1 or base in own[words[first]]  # a word that stands alone is meant as such
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
def _thesaurus() -> dict[str, list[tuple[str, str, str]]]:
    """Phrases by their first words, each with its entry and its terms."""
    begins: dict[str, list[tuple[str, str, str]]] = {}
    for line in _FILE.read_text("ascii").splitlines():
        entry, tab, terms = line.partition("\t")
        if not tab:
            continue
        one, either, other = entry.partition(_EITHER_ORDER)
        for phrase in (f"{one} ~ {other}", f"{other} ~ {one}") if either else (entry,):
            for first in phrase.partition(" ")[0].split("/"):
                begins.setdefault(first, []).append((phrase, entry, terms))
    return begins


@cache
def _phrases(first: str) -> _Node:
    """The tree of the phrases that begin with a word."""
    root = _Node()
    for phrase, entry, terms in _thesaurus().get(first, ()):
        ends, gap = [root], False
        for step in phrase.split()[1:]:
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


def _bases(word: str) -> tuple[str, ...]:
    """The words that a word of a text may be a form of, itself first."""
    bases = [word, *_irregular().get(word, ())]
    for ending, instead in _ENDINGS:
        if word.endswith(ending):
            root = word[: -len(ending)]
            roots = [root[:-1]] if ending in {"ed", "ing"} and _DOUBLED.fullmatch(root, len(root) - 2) else []
            bases += [base for base in (*roots, *(root + end for end in instead)) if base not in _RIGID]
    return tuple(dict.fromkeys(bases))


def _instead(bases: tuple[str, ...]) -> Iterator[str]:
    """What is said for a word whose base forms are given."""
    alike = _alike()
    return (other for base in bases for other in alike.get(base, ()))


@cache
def _irregular() -> dict[str, list[str]]:
    """The base forms of irregular words."""
    bases: dict[str, list[str]] = {}
    for base, *forms in _groups(_IRREGULAR):
        for form in forms:
            bases.setdefault(form, []).append(base)
    return bases


@cache
def _alike() -> dict[str, list[str]]:
    """The other members of a word's groups."""
    others: dict[str, list[str]] = {}
    for group in _groups(_ALIKE):
        for word in group:
            others.setdefault(word, []).extend(other for other in group if other != word)
    return others


def _groups(table: str) -> Iterator[list[str]]:
    """The groups of words of a table: one a line, or several with | between them."""
    return (group.split() for group in table.strip().replace("\n", "|").split("|"))
