"""What people ask in."""

from __future__ import annotations

import re


def language_of(question: str) -> str:
    """The language of a question, as far as it matters: "ja" where there are kana, which Chinese has not; else ""."""
    return "ja" if re.search(r"[\u3041-\u30ff\uff66-\uff9f]", question) else ""
