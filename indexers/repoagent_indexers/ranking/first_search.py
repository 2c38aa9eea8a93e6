"""Which files a question needs before the index is there: those that compete for it, told by their bytes.

    all files -> how often each term stands in them -> the few megabytes that compete

Counting a substring is some fifty times faster than parsing. The counts say which files may matter, and how often each
term stands in what was not read, so that a rare word counts as rare though nearly every file that was read has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from repoagent_indexers.errors import RepoAgentError
from repoagent_indexers.indexing.draft import MAX_FILE
from repoagent_indexers.indexing.index import ALL_READ, Unread
from repoagent_indexers.languages import LANGUAGES, language_of
from repoagent_indexers.ranking.question import understand
from repoagent_indexers.ranking.weights import QUESTION, REPORT
from repoagent_indexers.ranking.word_scores import FILE_B, K1
from repoagent_indexers.roles import role_of
from repoagent_indexers.words.path_words import below, path_words

if TYPE_CHECKING:
    from repoagent_indexers.git.repository import Repository

READ = 5 << 19
"""Bytes of code that compete; of text, which takes less time, `_TEXT` as many."""
_TEXT = 4
MAX_READ = 600
"""Files that compete."""
MAX_TERMS = 24
"""Terms of a question that are looked for: the most telling ones."""
_MAX_TEXT = 256 << 10
"""Bytes of a file without a language above which it is taken for a picture or an archive."""


class FirstSearch:
    """The files below `roots` that compete for one question."""

    def __init__(self, repository: Repository, text: str, roots: Sequence[str]) -> None:
        self.repository = repository
        self.question = question = understand(text)
        self.roots = roots
        self.unread = ALL_READ
        """What `choose` left unread."""
        terms = dict(sorted(question.terms.items(), key=lambda item: -item[1])[:MAX_TERMS])
        joined = {word: 0.3 for word in question.joined[:MAX_TERMS] if word not in terms}
        self.terms = {**terms, **joined}

    def choose(self, paths: Sequence[str], sizes: NDArray[np.int64]) -> list[int]:
        """Positions of the files to read; `unread` says what is known of the others."""
        within = np.flatnonzero((sizes <= MAX_FILE) & below(paths, self.roots))
        every = tuple(paths)
        languages = [LANGUAGES[language_of(paths[position])] for position in within.tolist()]
        binary = np.array([not language.is_code for language in languages], np.bool_) & (sizes[within] > _MAX_TEXT)
        within = within[~binary]
        is_code = np.array([language.is_code for language in languages], np.bool_)[~binary]
        paths, sizes = [paths[position] for position in within.tolist()], sizes[within]
        counts = self._counts(paths)
        order = np.lexsort((np.arange(len(paths)), -self._scores(every, within, sizes, counts)))
        work = np.where(is_code, sizes, sizes // _TEXT)
        n = min(int(np.searchsorted(np.cumsum(work[order]), READ)) + 1, MAX_READ)
        self.unread = self._unread(sizes, counts, order[:n])
        chosen: list[int] = within[order[:n]].tolist()
        return chosen

    def _counts(self, paths: Sequence[str]) -> NDArray[np.float32]:
        """(files, terms): how often each term stands in each file, parts of other words counted too."""
        needles = [_needle(term) for term in self.terms]
        counts = np.zeros((len(paths), len(needles)), np.float32)
        with self.repository.folders() as folders:
            for position, path in enumerate(paths):
                try:
                    content = self.repository.read(path, MAX_FILE, folders).lower()
                except (OSError, RepoAgentError):
                    continue
                counts[position] = list(map(content.count, needles))
        return counts

    def _scores(
        self, paths: tuple[str, ...], within: NDArray[np.int64], sizes: NDArray[np.int64], counts: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """How well each of the paths `within` competes, by what `retrieve` would know of it without its tree."""
        question, n = self.question, len(within)
        weights = REPORT if question.is_report else QUESTION
        asked = np.array(list(self.terms.values()), np.float32)
        holding = (counts > 0).sum(axis=0)
        rarity = asked * np.log1p((n - holding + 0.5) / (holding + 0.5)).astype(np.float32)
        norm = 1 - FILE_B + FILE_B * sizes / max(1.0, float(sizes.mean()))
        files, body = (
            (rarity * counts * (K1 + 1) / (counts + K1 * length)).sum(axis=1) for length in (norm[:, None], 1.0)
        )
        live = np.zeros(len(paths), np.bool_)
        live[within] = True
        subjects = question.subjects
        path = path_words(paths).match(live, subjects, dict.fromkeys(subjects, 1.0), question.joined, question.paths)
        roles = np.array([role_of(paths[position]) for position in within.tolist()])
        roles[np.isin(roles, list(question.meant))] = 0
        scores: NDArray[np.float32] = (
            weights.file * files / max(1e-6, float(files.max(initial=0)))
            + weights.body * body / max(1e-6, float(body.max(initial=0)))
            + weights.path * path.covered[within]
            + weights.stem * path.meant[within]
            + weights.same_stem * path.joined[within]
            + weights.mentioned * path.mentioned[within]
            + weights.elsewhere * path.elsewhere[within]
            + np.array(weights.roles, np.float32)[roles]
        )
        return scores

    def _unread(self, sizes: NDArray[np.int64], counts: NDArray[np.float32], read: NDArray[np.int64]) -> Unread:
        n = len(sizes)
        size = max(1.0, float(sizes.sum()) / max(1.0, float(sizes[read].sum())))
        spread = {}
        for at, term in enumerate(self.terms):
            column = counts[:, at]
            times, files = (float(each.sum()) / max(1.0, float(each[read].sum())) for each in (column, column > 0))
            spread[term] = max(1.0, times), max(1.0, files)
        return Unread(n - len(read), size, spread)


def _needle(term: str) -> bytes:
    """What stands in a text that has a term: its stem, whose last letter may be written otherwise."""
    return (term[:-1] if len(term) > 3 and term.endswith("i") else term).encode("utf-8", "replace")
