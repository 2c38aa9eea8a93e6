"""The words of every prompt, one text file a task."""

from __future__ import annotations

from pathlib import Path


def prompt(name: str) -> str:
    """The text of `NAME.txt` beside this file."""
    return (Path(__file__).parent / f"{name}.txt").read_text("utf-8").strip()
