"""How many tokens a text takes: exactly where a tokenizer.json is at hand, else `estimate`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from repoagent_indexers.errors import ModelError
from repoagent_indexers.words.tokens import estimate

Counter = Callable[[str], int]

_BLOCK = 65536


def counter_from(environ: Mapping[str, str]) -> Counter:
    """Return the counter of REPOAGENT_TOKENIZER, the path of a tokenizer.json; without it the estimator."""
    path = environ.get("REPOAGENT_TOKENIZER")
    return load_counter(Path(path)) if path else estimate


def load_counter(path: Path) -> Counter:
    """Return a counter that is exact for texts up to 64 Ki characters, and at most some tokens above for longer ones.

    Control strings such as `</s>` count as the text they are. Raises ModelError when the file is no tokenizer.
    """
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # noqa: BLE001  (tokenizers raises bare Exception)
        reason = " ".join(str(error).split())[:120]
        raise ModelError(f"{path} is no tokenizer.json ({reason}); give the file that comes with the model") from None
    tokenizer.encode_special_tokens = True

    def count(text: str) -> int:
        return sum(len(tokenizer.encode(block, add_special_tokens=False).ids) for block in _blocks(text))

    return count


def _blocks(text: str) -> Iterator[str]:
    """Yield the text in blocks that end at line ends: without a pre-tokenizer, time grows faster than length."""
    start = 0
    while len(text) - start > _BLOCK:
        end = text.rfind("\n", start, start + _BLOCK) + 1
        end = end if end > start else start + _BLOCK
        yield text[start:end]
        start = end
    yield text[start:]
