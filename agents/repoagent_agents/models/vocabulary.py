"""A tokenizer.json -> prompts as token ids, in which text is never anything but text.

Code Llama's sentinels are pieces that ordinary merges reach: " <PRE>" in a file would become the control token in most
tokenizers, even with special parsing off. So text is encoded with what is left of the vocabulary without them, and
control tokens are put in by id.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from repoagent_agents.models.chat_format import Bare, Control, Part, cut, neutralise
from repoagent_agents.models.family import FAMILY, Member, member_of
from repoagent_indexers.errors import ModelError

PIECES: dict[Control, tuple[str, ...]] = {
    Control.BOS: ("<s>",),
    Control.EOS: ("</s>",),
    Control.STEP: ("<step>",),
    Control.PREFIX: ("▁<PRE>", "<PRE>"),
    Control.SUFFIX: ("▁<SUF>", "<SUF>"),
    Control.MIDDLE: ("▁<MID>", "<MID>"),
    Control.EOT: ("▁<EOT>", "<EOT>"),
}
SENTINELS = frozenset(
    ["▁<SU", "▁<SUF", "▁<PRE", "▁<M", "▁<MID", "▁<E", "▁<EOT", "▁<PRE>", "▁<SUF>", "▁<MID>", "▁<EOT>", "<step>"]
    + ["▁" + "<EOT>" * n for n in range(2, 7)]
)
"""The pieces that Code Llama adds to Llama 2's vocabulary."""
_UNKNOWN = "<unk>"
_MARK = "☺"
"""Encoded before a bare text and cut off again, as the family's authors do."""

Encode = Callable[[str], list[int]]


class Vocabulary:
    """What turns text and control tokens into ids."""

    def __init__(self, encode: Encode, controls: Mapping[Control, int]) -> None:
        self.encode = encode
        """Of a text; no control token can come out of it."""
        self.controls = controls
        """Those that the vocabulary has."""
        self._n_mark: int | None = None

    def encode_bare(self, text: str) -> list[int]:
        """Return the ids of a text without the space that SentencePiece puts before it."""
        if not text:
            return []
        if self._n_mark is None:
            self._n_mark = len(self.encode(_MARK))
        return self.encode(_MARK + text)[self._n_mark :]

    def ids(self, parts: Sequence[Part]) -> list[int]:
        """Return the prompt. Raises KeyError for a control token that the vocabulary does not have."""
        prompt: list[int] = []
        for part in parts:
            if isinstance(part, Control):
                prompt.append(self.controls[part])
            else:
                prompt += self.encode_bare(part.text) if isinstance(part, Bare) else self.encode(part)
        return prompt

    def knows(self, parts: Sequence[Part]) -> bool:
        """Tell whether every control token of the prompt is in the vocabulary."""
        return all(part in self.controls for part in parts if isinstance(part, Control))

    @property
    def infills(self) -> bool:
        return {Control.PREFIX, Control.SUFFIX, Control.MIDDLE, Control.EOT} <= self.controls.keys()


def vocabulary_from(tokenizer_json: str) -> Vocabulary:
    """Return the vocabulary of a tokenizer.json. Raises ValueError, KeyError and what tokenizers raises."""
    from tokenizers import Tokenizer

    told = json.loads(tokenizer_json)
    pieces: dict[str, int] = {token["content"]: token["id"] for token in told["added_tokens"]}
    vocabulary = told["model"].get("vocab")
    if isinstance(vocabulary, dict):
        pieces |= {name: vocabulary[name] for names in PIECES.values() for name in names if name in vocabulary}
    controls = {
        control: next(pieces[name] for name in names if name in pieces)
        for control, names in PIECES.items()
        if any(name in pieces for name in names)
    }
    plain = Tokenizer.from_str(json.dumps(without_controls(told)))

    def encode(text: str) -> list[int]:
        return list(plain.encode(text, add_special_tokens=False).ids)

    return Vocabulary(encode, controls)


def without_controls(told: dict[str, Any]) -> dict[str, Any]:
    """Return a tokenizer that can encode any text, but into ordinary pieces alone; `told` is changed."""
    added = {token["content"] for token in told["added_tokens"] if token["special"]}
    told["added_tokens"] = [token for token in told["added_tokens"] if not token["special"]]
    vocabulary = told["model"].get("vocab")
    if isinstance(vocabulary, dict) and "merges" in told["model"]:
        dropped = SENTINELS | (added - {told["model"].get("unk_token")})
        told["model"]["vocab"] = {piece: number for piece, number in vocabulary.items() if piece not in dropped}
        pairs = [merge.split(" ") if isinstance(merge, str) else merge for merge in told["model"]["merges"]]
        told["model"]["merges"] = [pair for pair in pairs if not dropped & {*pair, "".join(pair)}]
    return told


def vocabulary_of_server(tokenize: Callable[[str, bool], list[int]]) -> Vocabulary:
    """Return the vocabulary of a server that tells the ids of a text. Raises what `tokenize` raises.

    `tokenize(text, parses_controls)` asks it. Servers make control tokens of text even when told not to, so a text that
    would is encoded in pieces, cut within its control strings; if even that does not help, those are visibly broken.
    """

    def id_of(*names: str) -> int | None:
        """The id of the first of these texts that is one token to the server."""
        return next((ids[0] for name in names if len(ids := tokenize(name, True)) == 1), None)

    family = [control for control in PIECES if control is not Control.STEP]
    ids = tokenize("".join(PIECES[control][0] for control in family) + _UNKNOWN, True)
    told: dict[Control, int | None]
    if len(set(ids)) == len(ids) == len(family) + 1:  # one question instead of a dozen
        told = {**dict(zip(family, ids, strict=False)), Control.STEP: id_of(*PIECES[Control.STEP])}
        unknown: int | None = ids[-1]
    else:  # it has not all of them, or knows them by the text that becomes them only
        told = {control: id_of(*reversed(names)) for control, names in PIECES.items()}
        unknown = id_of(_UNKNOWN)
    controls = {control: number for control, number in told.items() if number is not None}
    known = frozenset({*controls.values(), unknown})

    def encode(text: str) -> list[int]:
        ids = tokenize(text, False)
        if known.isdisjoint(ids):
            return ids
        first, *others = cut(text)
        ids = tokenize(first, False) + [number for piece in others for number in bare(piece)]
        return ids if known.isdisjoint(ids) else tokenize(neutralise(text), False)

    @cache
    def n_mark() -> int:
        return len(tokenize(_MARK, False))

    def bare(text: str) -> list[int]:
        return tokenize(_MARK + text, False)[n_mark() :]

    return Vocabulary(encode, controls)


def vocabulary_at_hand(name: str, environ: Mapping[str, str] = os.environ) -> Vocabulary | None:
    """Return the vocabulary of a member of the family, where its tokenizer.json lies on this machine.

    Looked for at REPOAGENT_TOKENIZER, then in the hub's cache, where `repoagent models pull` puts it too. None for
    other models and where there is none. Raises ModelError when REPOAGENT_TOKENIZER is no tokenizer.
    """
    member = member_of(name)
    if member is None:
        return None
    given = environ.get("REPOAGENT_TOKENIZER")
    path = Path(given) if given else _cached(member, environ)
    if path is None:
        return None
    try:
        return vocabulary_from(path.read_text("utf-8"))
    except Exception as error:  # tokenizers raises bare Exception
        if not given:
            return None
        reason = " ".join(str(error).split())[:120]
        raise ModelError(f"{path} is no tokenizer.json ({reason}); give the file that comes with the model") from error


def _cached(member: Member, environ: Mapping[str, str]) -> Path | None:
    """Return the tokenizer.json of the member, else of one with the same vocabulary."""
    alike = [row for row in FAMILY if row.shape.vocabulary == member.shape.vocabulary and row.infills == member.infills]
    alike = [row for row in alike if (row.prompting == "steps") == (member.prompting == "steps")]
    hub = hub_cache(environ)
    for row in (member, *alike):
        found = sorted(hub.glob(f"models--{row.hub.replace('/', '--')}/snapshots/*/tokenizer.json"))
        if found:
            return found[-1]
    return None


def hub_cache(environ: Mapping[str, str]) -> Path:
    """Return where models of the hub are kept on this machine, by the hub's own rules."""
    if given := environ.get("HF_HUB_CACHE"):
        return Path(given).expanduser()
    home = environ.get("HF_HOME") or str(Path(environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface")
    return Path(home).expanduser() / "hub"
