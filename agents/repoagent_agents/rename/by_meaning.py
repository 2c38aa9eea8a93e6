"""Every use of a definition where the analysis of its language knows all that stands in code: see `together`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from repoagent_agents.rename.definitions import Definitions
from repoagent_agents.rename.nodes import written
from repoagent_agents.rename.outcome import Outcome
from repoagent_indexers.resolve.meaning import Resolver
from repoagent_indexers.resolve.syntax import leaf, line_of, tree_of
from repoagent_indexers.source import SourceFile

if TYPE_CHECKING:
    from tree_sitter import Node


def by_meaning(resolver: Resolver, definitions: Definitions, new: str, sources: Sequence[SourceFile]) -> Outcome:
    """Return every place to change: the definitions, and what the analysis says of their uses."""
    outcome, old, own = Outcome(), definitions.name, definitions.own
    for place in own:
        outcome.add(place.path, place.start, new)
    files = {source.path: source for source in sources}
    roots: dict[str, Node] = {}
    length = len(old.encode("utf-8", "surrogateescape"))
    for place, meaning in resolver.uses(own, old, list(files)):
        source = files[place.path]
        if place.path not in roots:
            roots[place.path] = tree_of(source.language, source.content).root_node
        node = leaf(roots[place.path], place.start, place.start + length)
        text = written(node, definitions.target, old, new) if node is not None else new
        is_apart = text != new  # it means both, and only one of them is renamed
        is_of_others = not is_apart and not meaning.places.isdisjoint(definitions.others)
        if meaning.certainty != "by name only" and not is_of_others:
            outcome.add(place.path, place.start, text)
            continue
        why = "it may mean another one as well" if is_of_others else "nothing says where it is from"
        outcome.skipped.append(f"{place.path}:{line_of(source.content, place.start)}: {why}")
    return outcome
