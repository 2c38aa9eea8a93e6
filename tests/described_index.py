"""What an index says, by path and by word, free of the numbers that another index would have given otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np

from repoagent_indexers.indexing.index import Index


def described(index: Index) -> dict[str, Any]:
    """Everything that a look-up could find; two indexes of one work tree are right when these are equal."""
    catalogue = index.catalogue
    live = index.live_chunks
    columns = index.chunk_columns()
    place = {number: (blob, position) for number, blob, position, _ in columns.tolist() if live[number]}
    holders: dict[int, list[str]] = {}
    for path, blob in zip(catalogue.paths, catalogue.blobs.tolist(), strict=True):
        holders.setdefault(blob, []).append(path)
    files = {}
    for position, path in enumerate(catalogue.paths):
        facts = index.facts(position)
        files[path] = (
            catalogue.oids[position],
            catalogue.languages[position],
            catalogue.charsets[position],
            catalogue.notes[position],
            int(catalogue.sizes[position]),
            int(catalogue.n_symbols[position]),
            int(catalogue.roles[position]),
            facts.to_bytes() if facts else None,
        )
    words = {
        key: found
        for key, pairs in index.items("t")
        if (
            found := sorted(
                (path, place[chunk][1], count)
                for chunk, count in pairs.tolist()
                if chunk in place
                for path in holders[place[chunk][0]]
            )
        )
    }
    names = {
        key: found
        for prefix in "dr"
        for key, pairs in index.items(prefix)
        if (found := sorted((path, value) for blob, value in pairs.tolist() for path in holders.get(blob, ())))
    }
    codes = np.concatenate([*index.codes(), np.zeros((0, index.encoder.dimensions), np.int8)])
    vectors = {
        (path, place[number][1]): codes[row].tobytes()
        for row, number in enumerate(columns[:, 0].tolist())
        if number in place
        for path in holders[place[number][0]]
    }
    lengths = sorted(
        (path, position, length)
        for number, blob, position, length in columns.tolist()
        if live[number]
        for path in holders[blob]
    )
    return {
        "files": files,
        "words": words,
        "names": names,
        "vectors": vectors,
        "lengths": lengths,
        "left out": dict(catalogue.left_out),
        "history": index.history.to_bytes(),
    }


def difference(found: dict[str, Any], wanted: dict[str, Any]) -> str:
    """Where two descriptions differ first, "" where they do not."""
    for part, its in wanted.items():
        if found[part] != its:
            if isinstance(its, dict):
                keys = [key for key in {**its, **found[part]} if its.get(key) != found[part].get(key)]
                return f"{part}: {keys[:5]}: {found[part].get(keys[0])!r} instead of {its.get(keys[0])!r}"
            return f"{part}: {found[part]!r} instead of {its!r}"
    return ""
