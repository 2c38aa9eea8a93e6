"""The JSON that repoagent documents for scripts (repoagent/as_json.py), and what of an object departs from it.

A shape is a type, a tuple of alternatives, a list of one shape, a dict of fields (a name that ends in "?" may be
missing; others may be added), `Each` for a dict with keys of its own, or a constant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Each:
    """A dict with any keys, whose values all have one shape."""

    shape: Any


NULL = type(None)
NUMBER = (int, float)
SPAN = {"path": str, "start_line": int, "end_line": int}
SYMBOL = {**SPAN, "symbol": str, "kind": str}
HIT = {**SPAN, "symbol": (str, NULL), "kind": (str, NULL), "score": NUMBER, "copies": [SPAN]}
COMMIT = {"id": str, "author": str, "time": int, "subject": str}
USE = {"path": str, "line": int, "column": int, "kind": str, "text": str}
DEFINED = {**SYMBOL, "line": int, "column": int}
CERTAINTY = ("resolved", "probable", "by name only")
RELATED = {**SYMBOL, "certainty": CERTAINTY}

SEARCH = {"version": 1, "hits": [{**HIT, "parts?": Each(NUMBER)}], "partial": bool}
BRIEF = {
    "version": 1,
    "model": None,
    "answer": str,
    "sources": [
        {
            **HIT,
            "signature": str,
            "doc": str,
            "lines": [{"line": int, "text": str}],
            "used_by": [RELATED],
            "uses": [RELATED],
        }
    ],
    "commits": [COMMIT],
    "partial": bool,
}  # fmt: skip
PACK = {
    "version": 1,
    "budget": int,
    "tokens": int,
    "pieces": [{**SPAN, "level": ("full", "part", "signature", "outline"), "tokens": int, "reason": str}],
    "text": str,
    "left_out": [SPAN],
}
MAP = {
    "version": 1,
    "budget": int,
    "tokens": int,
    "files": [
        {"path": str, "importance": NUMBER, "symbols": [{"line": int, "kind": str, "symbol": str, "signature": str}]}
    ],
    "left_out": int,
    "text": str,
}
PAGE = {"version": 1, "html": str}
SYMBOLS = {"version": 1, "symbols": [{**SYMBOL, "signature": str, "doc": str}]}
REFERENCES = {
    "version": 1,
    "symbol": DEFINED,
    "references": [{**USE, "certainty": CERTAINTY, "inside": (str, NULL)}],
}
HISTORY = {
    "version": 1,
    "path": str,
    "lines": ([int], NULL),
    "symbol": (str, NULL),
    "commits": [COMMIT],
    "more": bool,
    "changed": bool,
    "together": [{"path": str, "together": int, "commits": int}],
    "note": str,
}
STATUS = {
    "version": 1,
    "path": str,
    "bytes": int,
    "files": int,
    "source_bytes": int,
    "symbols": int,
    "chunks": int,
    "languages": Each(int),
    "skipped": Each(int),
    "demoted": Each(int),
    "charsets": Each(int),
    "encoder": str,
    "commits": int,
    "ms": NUMBER,
}
REVIEW = {
    "version": 1,
    "findings": [
        {
            **SPAN,
            "severity": ("error", "warning", "info"),
            "rule": str,
            "message": str,
            "evidence": [{**SPAN, "code": str, "why": str}],
            "more": int,
        }
    ],
    "files": [str],
    "notes": [str],
}
CHANGE = {
    "version": 1,
    "diff": str,
    "files": [str],
    "notes": [str],
    "skipped": [str],
    "needs": Each([str]),
    "applied": bool,
}
DEBUG = {**CHANGE, "model": (str, NULL), "said": str, "passes": (bool, NULL), "output": str}
DOCTOR = {
    "version": 1,
    "checks": [{"name": str, "state": ("good", "missing", "broken"), "what": str, "remedy": str}],
}
MODELS = {
    "version": 1,
    "models": [
        {
            "name": str,
            "place": str,
            "backend": str,
            "window": (int, NULL),
            "chat": bool,
            "family": (str, NULL),
            "infills": bool,
        }
    ],
    "machine": {"memory": int, "accelerators": [{"name": str, "memory": int}]},
    "family": [{"name": str, "hub": str, "parameters": int, "longest": int, "memory": Each(Each((int, str)))}],
}


def calls(direction: str) -> dict[str, Any]:
    """The shape of `callers` and of `callees`, down to the fourth level of calls."""
    branch: list[Any] = []
    for _ in range(4):
        branch = [
            {
                "path": str,
                "line": int,
                "symbol": (str, NULL),
                "kind": (str, NULL),
                "certainty": CERTAINTY,
                "calls": [USE],
                "repeated": bool,
                direction: branch,
            }
        ]
    return {"version": 1, "symbol": DEFINED, direction: branch, "cut": bool}


def batch(shape: dict[str, Any]) -> dict[str, Any]:
    """The shape of one line that `--batch` prints."""
    return {**shape, "question": str, "ms": NUMBER}


def departures(value: Any, shape: Any, where: str = "") -> list[str]:
    """What of a value is not as its shape says, each with where it stands."""
    match shape:
        case tuple():
            if any(not departures(value, one, where) for one in shape):
                return []
            return [f"{where or 'it'} is {_shown(value)}, none of {', '.join(map(_named, shape))}"]
        case list():
            if not isinstance(value, list):
                return [f"{where or 'it'} is {_shown(value)}, no list"]
            below = enumerate(value) if shape else ()
            return [fault for n, one in below for fault in departures(one, shape[0], f"{where}[{n}]")]
        case dict():
            if not isinstance(value, dict):
                return [f"{where or 'it'} is {_shown(value)}, no object"]
            faults = [f"{where}.{name} is missing" for name in shape if not name.endswith("?") and name not in value]
            named = {name.removesuffix("?"): below for name, below in shape.items()}
            return faults + [
                fault
                for name, below in named.items()
                if name in value
                for fault in departures(value[name], below, f"{where}.{name}")
            ]
        case Each():
            if not isinstance(value, dict):
                return [f"{where or 'it'} is {_shown(value)}, no object"]
            return [fault for key in value for fault in departures(value[key], shape.shape, f"{where}.{key}")]
        case type():
            is_it = isinstance(value, shape) and not (shape is not bool and isinstance(value, bool))
            return [] if is_it else [f"{where or 'it'} is {_shown(value)}, no {shape.__name__}"]
        case _:
            return [] if value == shape else [f"{where or 'it'} is {_shown(value)}, not {shape!r}"]


def _named(shape: Any) -> str:
    return shape.__name__ if isinstance(shape, type) else repr(shape)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
