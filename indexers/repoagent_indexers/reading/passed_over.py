"""What is not parsed of languages other than Python: bodies told by braces or by margins, and the references in them.

A room of its own, since its tables take 6 ms to make: who reads Python alone does without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from repoagent_indexers.languages.braces import BRACES
from repoagent_indexers.reading.blocks import LANGUAGE as BLOCKS
from repoagent_indexers.reading.blocks import Blocks, blocks
from repoagent_indexers.reading.bodies import Bodies, bodies
from repoagent_indexers.reading.skim import Passed
from repoagent_indexers.reading.uses import Outline
from repoagent_indexers.reading.uses_in_blocks import add_references_of
from repoagent_indexers.reading.uses_in_bodies import add_references_in
from repoagent_indexers.words.lexicon import Lexicon, Words


@dataclass(frozen=True, slots=True)
class PassedOver:
    """What is passed over of the files of a batch."""

    bodies: Bodies
    blocks: Blocks

    @property
    def passed(self) -> dict[int, Passed]:
        """Position of a file -> what is to be parsed of it."""
        return {**self.bodies.passed, **self.blocks.passed}

    def add_references(self, outlines: Sequence[tuple[int, Outline]], words: Words, lexicon: Lexicon) -> None:
        """Add what stands in it to the references of outlines, each with its file's position."""
        for group in self.bodies.groups:
            own = [(at, one) for at, one in outlines if BRACES.get(one.facts.language) is group.row]
            add_references_in(own, group, words, lexicon)
        own = [(at, one) for at, one in outlines if one.facts.language == BLOCKS]
        add_references_of(own, self.blocks, words, lexicon)


def passed_over(languages: Sequence[str], files: Sequence[int], words: Words, lexicon: Lexicon) -> PassedOver:
    """What is passed over of files, which are positions in `words`, that `lexicon` has numbered."""
    marked = [at for at in files if languages[at] == BLOCKS]
    return PassedOver(bodies(languages, files, words, lexicon), blocks(marked, words, lexicon))
