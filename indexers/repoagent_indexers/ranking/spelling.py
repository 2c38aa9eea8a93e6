"""A question -> the same, with words that stand nowhere in the code as the code spells them.

"sesion_transacton" is looked up as session_transaction. Only what nothing bears is taken for misspelt, and only what is
nearly the same and begins alike is taken for what was meant.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice

from repoagent_indexers.indexing.index import Index
from repoagent_indexers.ranking.question import Question
from repoagent_indexers.words.report_terms import Standing
from repoagent_indexers.words.terms import split

_ALIKE, _SAME_LETTERS = 0.85, 0.8
"""Twice the letters that two words share in order, over the letters of both (difflib's ratio); of words of the same
letters."""
_SHORTEST, _HEAD = 5, 2
"""Letters of a word that may be misspelt, and how many of its first are taken to be right."""
_SURE = 0.8
"""What a corrected term keeps of its weight."""
_MAX_WORDS, _MAX_KEYS = 8, 20_000
"""Unknown words of a question that are looked at, and how many words of the code each is held against. A report has
many, of logs and of other people's code, and the first ones are those of its title."""


def as_spelt_here(index: Index, question: Question, n_places: Callable[[str], int]) -> Question:
    """The question with misspelt terms and names corrected; `n_places` counts the places of a key of the postings."""
    terms: dict[str, float] = {}
    standings: dict[str, Standing] = {}
    n_unknown = n_corrected = 0
    for term, weight in question.terms.items():
        meant = term
        if n_unknown < _MAX_WORDS and _may_be_misspelt(term) and not n_places("t" + term):
            meant = _nearest(index, "t", term, n_places)
            n_unknown += 1
            n_corrected += meant != term
        terms[meant] = max(terms.get(meant, 0.0), weight * (_SURE if meant != term else 1.0))
        if term in question.standings:
            standings.setdefault(meant, question.standings[term])
    identifiers = list(question.identifiers)
    for name in identifiers[:_MAX_WORDS]:
        if _may_be_misspelt(name) and len(split(name)) and not n_places("d" + name.casefold()):
            meant = _nearest(index, "d", name.casefold(), n_places)
            if meant != name.casefold():
                identifiers.append(meant)
    if not n_corrected and len(identifiers) == len(question.identifiers):
        return question
    return replace(question, terms=terms, identifiers=tuple(identifiers), standings=standings)


def names_like(index: Index, name: str, limit: int) -> list[str]:
    """At most `limit` names of definitions that a name which none bears may stand for, the likeliest first.

    The same letters in another case, else nearly the same ones.
    """
    from difflib import get_close_matches

    wanted = name.casefold()
    near = [wanted]
    if not index.definitions(name) and len(wanted) >= _SHORTEST:
        keys = (key[1:] for key, _ in islice(index.items("d" + wanted[:_HEAD]), _MAX_KEYS))
        near = get_close_matches(
            wanted, (key for key in keys if abs(len(key) - len(wanted)) <= _HEAD), 2 * limit, _ALIKE
        )
    found: dict[str, None] = {}
    for key in near:
        for position, number in index.definitions(key):
            if (facts := index.facts(position)) is not None:
                found[facts.symbol_name(number)] = None
    return list(found)[:limit]


def _may_be_misspelt(word: str) -> bool:
    return len(word) >= _SHORTEST and word.isascii() and word.replace("_", "").isalpha()


def _nearest(index: Index, kind: str, word: str, n_places: Callable[[str], int]) -> str:
    """The word of the code that is most like one; of several the one that stands in most places. The word for none."""
    from difflib import get_close_matches  # not needed by a question that is spelt right

    keys = (key for key, _ in islice(index.items(kind + word[:_HEAD]), _MAX_KEYS))
    near = [key[1:] for key in keys if abs(len(key) - 1 - len(word)) <= 2]
    turned = [one for one in near if sorted(one) == sorted(word)]
    found = get_close_matches(word, near, n=5, cutoff=_ALIKE) or get_close_matches(word, turned, 5, _SAME_LETTERS)
    places = [(n_places(kind + one), one) for one in found]
    best = max(((n, -rank, one) for rank, (n, one) in enumerate(places) if n), default=None)
    return best[2] if best else word
