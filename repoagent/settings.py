"""What a person has chosen: flags first, then the environment, then the user's settings file, then the defaults.

Nothing is read from the repository that is looked at: it is not to decide which model sees it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from repoagent_indexers.encoders import DEFAULT
from repoagent_indexers.errors import UsageError


@dataclass(frozen=True, slots=True)
class Settings:
    """Each is also an environment variable, REPOAGENT_ and the name in capitals, and a key of the settings file."""

    model: str = ""
    """Model to ask: a name, a server's URL, local:FOLDER, ollama:NAME, langchain:MODULE:FACTORY."""
    url: str = ""
    """Server to look for the model at, when the name does not say."""
    guard: str = ""
    """Llama Guard model that sees every question and answer first, for example ollama:llama-guard3; none by default."""
    encoder: str = DEFAULT
    """Encoder of the index: static, hashing, sentence-transformers:MODEL or openai:MODEL."""
    rerank: str = ""
    """Model that reorders the first hundred hits: sentence-transformers:MODEL, cross-encoder:MODEL or openai:MODEL."""
    window: int = 0
    """Tokens that the model can take, when its server does not say it right; 0 asks the server."""
    patience: int = 120
    """Seconds that a commit waits for a model's remarks on it; 0 waits for all of them."""
    wait: int = 0
    """1 to read all of a large repository before the first answer, rather than what competes for the question."""


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings before any flag. Raises UsageError for a file or a value that cannot be used."""
    settings = _with(Settings(), _from_file(settings_path(environ)), "settings file")
    named = {field.name: environ.get(f"REPOAGENT_{field.name.upper()}") for field in fields(Settings)}
    return _with(settings, {name: value for name, value in named.items() if value}, "environment")


def settings_path(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the user's settings file may lie: $REPOAGENT_SETTINGS, else the system's configuration folder."""
    if given := environ.get("REPOAGENT_SETTINGS"):
        return Path(given)
    from platformdirs import user_config_path

    return Path(user_config_path("repoagent", appauthor=False)) / "settings.toml"


def _from_file(path: Path) -> dict[str, Any]:
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:  # as with most people, who need not wait for a parser
        return {}
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or " ".join(str(error).split())
        raise UsageError(f"{path}: the settings cannot be read: {why}") from error
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        values: dict[str, Any] = tomllib.loads(text)
        return values
    except ValueError as error:
        raise UsageError(f"{path}: the settings cannot be read: {' '.join(str(error).split())}") from error


def _with(settings: Settings, values: Mapping[str, Any], origin: str) -> Settings:
    changes: dict[str, Any] = {}
    for name, value in values.items():
        default = getattr(Settings(), name, None)
        if default is None:
            raise UsageError(f"{origin}: there is no setting {name!r}; see repoagent --help")
        try:
            changes[name] = type(default)(value)
            if isinstance(default, int) and changes[name] < 0:
                raise ValueError
        except (TypeError, ValueError):
            raise UsageError(f"{origin}: {name} cannot be {value!r}") from None
    return replace(settings, **changes)
