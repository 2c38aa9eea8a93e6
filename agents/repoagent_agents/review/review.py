"""Staged changes -> Review: what the commit would break, each finding with the places that show it.

Only what is staged is looked at: the index of git, never the work tree. Rules that need no model come first; where a
model is given it is asked about the diff, with the code that calls what changed packed beside it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repoagent_agents.review.findings import Finding, Severity
from repoagent_agents.review.modules import lost_files, removed_modules, word_of
from repoagent_agents.review.resolved import Resolved
from repoagent_agents.review.symbols import MAX_SYMBOLS, changed_signatures, removed, removed_symbols, resigned
from repoagent_agents.review.syntax import conflict_markers, syntax_errors
from repoagent_agents.review.tree import Change, StagedTree

if TYPE_CHECKING:
    from repoagent_agents.models.base import Model
    from repoagent_indexers.git.repository import Repository
    from repoagent_indexers.indexing.index import Index

MAX_CHANGES = 2000
"""Files of one commit that are looked at."""
_EXPECTED = frozenset({"", "binary", "minified"})
"""Files that nobody wrote by hand: not reviewed without a word."""
_RANK = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class Review:
    """What was found in a commit to be."""

    findings: tuple[Finding, ...]
    """Errors first, then warnings, then remarks; each in order of paths and lines."""
    files: tuple[str, ...]
    """Paths of the staged changes that were looked at."""
    notes: tuple[str, ...]
    """What was not looked at, and what went wrong with the model; one line each."""


def review(
    repository: Repository,
    index: Index,
    model: Model | None = None,
    patience_s: float | None = None,
    stopping: Collection[Severity] = (),
) -> Review:
    """Look at what is staged; `index` must be that of the same repository, and up to date.

    A model only adds remarks and warnings: when it fails, its error becomes a note and the rest stands. It is waited
    for `patience_s` seconds, None for as long as it takes. It is not asked, and a note says so, where the rules found
    something as serious as `stopping`: that must be mended anyway.
    """
    staged = repository.staged()
    if not staged:
        return Review((), (), ())
    tree = StagedTree(repository, index)
    notes: list[str] = []
    if len(staged) > MAX_CHANGES:
        notes.append(f"{len(staged)} files are staged; the first {MAX_CHANGES} were reviewed")
    changes = tree.changes(staged[:MAX_CHANGES])
    notes += [
        f"{change.path}: {change.new.problem}; not reviewed"
        for change in changes
        if change.new is not None and change.new.problem not in _EXPECTED
    ]
    findings = find(tree, changes)
    if model is not None and any(finding.severity in stopping for finding in findings):
        notes.append("the model was not asked: what the rules found stops the commit already")
    elif model is not None:
        from repoagent_agents.review.model import ask_model

        remarks, said = ask_model(tree, changes, model, patience_s)
        findings += remarks
        notes += said
    ordered = sorted(findings, key=lambda one: (_RANK[one.severity], one.span.path, one.span.start_line, one.rule))
    return Review(tuple(ordered), tuple(change.path for change in changes), tuple(notes + tree.notes))


def find(tree: StagedTree, changes: Sequence[Change]) -> list[Finding]:
    """What the rules find."""
    findings = [finding for change in changes for finding in conflict_markers(change)]
    findings += syntax_errors(changes)
    lost = lost_files(changes)
    gone = removed(changes)[:MAX_SYMBOLS]
    changed = resigned(changes)[:MAX_SYMBOLS]
    if lost or gone or changed:
        symbols = [one.symbol for one in gone] + [one.new[0] for one in changed]
        names = {name for symbol in symbols for name in re.split(r"\W+", symbol.qualified_name) if name}
        tree.add_unindexed(names | {word_of(one) for one in lost})
    findings += removed_modules(tree, lost)
    resolved = Resolved(tree, changes)
    findings += removed_symbols(tree, gone, changes, resolved)
    findings += changed_signatures(tree, changed, resolved)
    return findings
