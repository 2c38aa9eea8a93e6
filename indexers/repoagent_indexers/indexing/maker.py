"""Which version of us has made an index: a digest of all that decides what is stored."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator

from repoagent_indexers.encoders import Encoder


def maker(encoder: Encoder) -> str:
    """A digest of all that decides what is stored about a given source: code, queries, grammars, encoder."""
    digest = hashlib.blake2b(encoder.name.encode(), digest_size=16)
    here = os.path.dirname(os.path.dirname(__file__))  # noqa: PTH120  this runs before every answer; pathlib takes time
    modules = (f"{here}/{name}.py" for name in _MAKERS)
    for path in (*modules, *(path for room in _MAKING_ROOMS for path in _files(f"{here}/{room}"))):
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123
            size = os.fstat(file.fileno()).st_size
            digest.update(b"%d " % size + file.read(_LOOK))
            if size > _LOOK:  # an encoder's table: its beginning and its end will do
                file.seek(max(_LOOK, size - _LOOK))
                digest.update(file.read(_LOOK))
    for name in sorted({name for entry in sys.path for name in _grammars(entry)}):
        digest.update(os.fsencode(name) + b"\0")
    return digest.hexdigest()


_LOOK = 1 << 16
"""Bytes."""
_MAKING_ROOMS = ("encoders", "indexing", "languages", "reading")
_MAKERS = "columns discretion roles git/commits git/rules words/lexicon words/terms words/vocabulary".split()


def _files(folder: str) -> list[str]:
    return sorted(entry.path for entry in os.scandir(folder) if entry.is_file())


def _grammars(folder: str) -> Iterator[str]:
    """Names of what pip notes of the grammars in a folder, versions included."""
    try:
        names = os.listdir(folder)  # noqa: PTH208
    except OSError:
        return
    for name in names:
        if name.startswith("tree_sitter") and name.endswith(".dist-info"):
            yield name
