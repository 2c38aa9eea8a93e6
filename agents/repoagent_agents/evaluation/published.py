"""Figures that were published for the Code Llama family, in percent, each with its source.

Roziere et al., "Code Llama: Open Foundation Models for Code", arXiv:2308.12950v3 (31 January 2024). pass@1 greedy;
pass@10 and pass@100 with temperature 0.8 and top_p 0.95; HumanEval and MultiPL-E zero-shot, MBPP 3-shot.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PAPER = "arXiv:2308.12950v3"
HUMANEVAL, MBPP, MULTIPL_E = "humaneval", "mbpp", "multipl-e"
SIZES = ("7B", "13B", "34B", "70B")
BASE, PYTHON, INSTRUCT = "Code Llama", "Code Llama - Python", "Code Llama - Instruct"
LANGUAGES = ("cpp", "java", "php", "ts", "cs", "sh")
"""Of table 4, in its order."""


@dataclass(frozen=True, slots=True)
class Published:
    """What was published for one model on one benchmark."""

    model: str
    """Variant and size: `Code Llama - Python 7B`."""
    figures: dict[str, float]
    """`pass@1` or, for MultiPL-E, the language -> percent."""
    source: str


_TABLE_2 = {  # size by size: HumanEval pass@1, @10, @100, MBPP pass@1, @10, @100
    BASE: (
        (33.5, 59.6, 85.9, 41.4, 66.7, 82.5),
        (36.0, 69.4, 89.8, 47.0, 71.7, 87.1),
        (48.8, 76.8, 93.0, 55.0, 76.2, 86.6),
        (53.0, 84.6, 96.2, 62.4, 81.1, 91.9),
    ),
    INSTRUCT: (
        (34.8, 64.3, 88.1, 44.4, 65.4, 76.8),
        (42.7, 71.6, 91.6, 49.4, 71.2, 84.1),
        (41.5, 77.2, 93.5, 57.0, 74.6, 85.4),
        (67.8, 90.3, 97.3, 62.2, 79.6, 89.2),
    ),
    PYTHON: (
        (38.4, 70.3, 90.6, 47.6, 70.3, 84.8),
        (43.3, 77.4, 94.1, 49.0, 74.0, 87.6),
        (53.7, 82.8, 94.7, 56.2, 76.4, 88.2),
        (57.3, 89.3, 98.4, 65.6, 81.5, 91.9),
    ),
}
_TABLE_4 = {  # size by size: C++, Java, PHP, TypeScript, C#, Bash, and the average as it is printed there
    BASE: (
        (28.6, 34.2, 24.2, 33.3, 25.3, 12.0, 26.3),
        (39.1, 38.0, 34.2, 29.6, 27.3, 15.2, 30.6),
        (47.8, 45.6, 44.1, 33.3, 30.4, 17.1, 36.4),
        (52.8, 51.9, 50.9, 49.1, 38.0, 29.1, 45.3),
    ),
    INSTRUCT: (
        (31.1, 30.4, 28.6, 32.7, 21.6, 10.1, 25.8),
        (42.2, 40.5, 32.3, 39.0, 24.0, 13.9, 32.0),
        (45.3, 43.7, 36.6, 40.3, 31.0, 19.6, 36.1),
        (53.4, 58.2, 58.4, 39.0, 36.7, 29.7, 45.9),
    ),
    PYTHON: (
        (32.3, 35.4, 32.3, 23.9, 24.7, 16.5, 27.5),
        (39.1, 37.3, 33.5, 35.2, 29.8, 13.9, 31.5),
        (42.2, 44.9, 42.9, 34.3, 31.7, 14.6, 35.1),
        (54.7, 57.6, 53.4, 44.0, 34.8, 25.3, 45.0),
    ),
}
_TABLE_8 = {"7B": 37.4, "13B": 40.2}
"""MBPP zero-shot between [PYTHON] tags, Instruct, greedy."""


def published(benchmark: str, style: str) -> tuple[Published, ...]:
    """What was published for the family on a benchmark asked in a style; empty where nothing was."""
    if style == "instruct":
        if benchmark != MBPP:
            return ()
        return tuple(Published(f"{INSTRUCT} {s}", {"pass@1": v}, f"{PAPER}, table 8") for s, v in _TABLE_8.items())
    rows = []
    for variant in (BASE, PYTHON, INSTRUCT):
        for at, size in enumerate(SIZES):
            if benchmark == MULTIPL_E:
                figures, table = dict(zip((*LANGUAGES, "average"), _TABLE_4[variant][at], strict=True)), 4
            else:
                first = 0 if benchmark == HUMANEVAL else 3
                shares = _TABLE_2[variant][at][first : first + 3]
                figures, table = dict(zip(("pass@1", "pass@10", "pass@100"), shares, strict=True)), 2
            rows.append(Published(f"{variant} {size}", figures, f"{PAPER}, table {table}"))
    return tuple(rows)


def member(name: str) -> str:
    """The published model that a served one's name speaks of, `Code Llama - Python 7B`; "" for none.

    Example: member("codellama/CodeLlama-7b-Python-hf") and member("codellama:7b-python") are the same model. Ollama's
    tag without a variant, `codellama:7b`, is the Instruct one; `-code` is the base.
    """
    plain = name.lower()
    bare = re.sub(r"[-_ ]", "", plain)
    size = re.search(r"(?<!\d)(7|13|34|70)b", bare)
    if "codellama" not in bare or "elyza" in bare or not size:
        return ""
    if "instruct" in bare:
        variant = INSTRUCT
    elif "python" in bare:
        variant = PYTHON
    else:
        variant = INSTRUCT if re.search(r"(?:^|/)codellama:", plain) and "code" not in plain.partition(":")[2] else BASE
    return f"{variant} {size[1]}B"
