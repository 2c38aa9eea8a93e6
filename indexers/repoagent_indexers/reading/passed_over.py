"""What is not parsed of languages other than Python: bodies told by braces or by margins, and the references in them.

A room of its own, since its tables take 6 ms to make: who reads Python alone does without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repoagent_indexers.languages.braces import BRACES
from repoagent_indexers.reading.bodies import Bodies, bodies
from repoagent_indexers.reading.skim import Passed
from repoagent_indexers.reading.uses import Outline
from repoagent_indexers.reading.uses_in_bodies import add_references_in
from repoagent_indexers.words.lexicon import Lexicon, Words

if TYPE_CHECKING:
    from repoagent_indexers.reading.blocks import Blocks

_BY_MARGINS = "ruby"
"""The language whose bodies are told by margins."""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """What is passed over of the files of a batch."""

    bodies: Bodies
    blocks: Blocks | None
    """None where no file's are told by margins."""

    @property
    def passed(self) -> dict[int, Passed]:
        """Position of a file -> what is to be parsed of it."""
        return {**self.bodies.passed, **(self.blocks.passed if self.blocks else {})}

    def add_references(self, outlines: Sequence[tuple[int, Outline]], words: Words, lexicon: Lexicon) -> None:
        """Add what stands in it to the references of outlines, each with its file's position."""
        for group in self.bodies.groups:
            own = [(at, one) for at, one in outlines if BRACES.get(one.facts.language) is group.row]
            add_references_in(own, group, words, lexicon)
        if self.blocks:
            from repoagent_indexers.reading.uses_in_blocks import add_references_of

            own = [(at, one) for at, one in outlines if one.facts.language == _BY_MARGINS]
            add_references_of(own, self.blocks, words, lexicon)


def passed_over(languages: Sequence[str], files: Sequence[int], words: Words, lexicon: Lexicon) -> PassedOver:
    """What is passed over of files, which are positions in `words`, that `lexicon` has numbered."""
    found = bodies(languages, files, words, lexicon)
    marked = [at for at in files if languages[at] == _BY_MARGINS]
    if not marked:
        return PassedOver(found, None)
    from repoagent_indexers.reading.blocks import blocks

    return PassedOver(found, blocks(marked, words, lexicon))
