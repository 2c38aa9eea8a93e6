"""Where a model server listens, how long to wait for it, and the key it asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from repoagent_indexers.errors import UsageError


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait for a server. Every time is one without progress, never one for the whole reply."""

    connect_s: float = 3.0
    lookup_s: float = 10.0
    """For a server that was named to say what it holds."""
    first_token_s: float = 600.0
    """Long, since a prompt of 100,000 tokens takes minutes to read."""
    between_tokens_s: float = 60.0
    n_retries: int = 3
    """For 429 and 5xx, before the first token only."""
    backoff_s: float = 0.5
    """Before the first retry; doubled for each further one."""
    longest_backoff_s: float = 30.0
    """A `Retry-After` beyond it is not waited for."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server's address and key."""

    base: str
    """With the path that all routes share, no slash at its end: `http://127.0.0.1:8000/v1`."""
    api_key: str | None = field(default=None, repr=False)

    @property
    def place(self) -> str:
        """The address for a person, without the path."""
        url = urlsplit(self.base)
        return f"{url.scheme}://{url.netloc}"

    @property
    def root(self) -> Endpoint:
        """The same server without the path."""
        return Endpoint(self.place, self.api_key)

    def redacted(self, text: str) -> str:
        """Return `text` without the key, which servers like to repeat in their complaints."""
        return text.replace(self.api_key, "[key]") if self.api_key else text


def endpoint_of(url: str, api_key: str | None = None) -> Endpoint:
    """Return the endpoint of a URL. Raises UsageError for anything but http or https, a host, a port and a path."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[\s\x00-\x1f\x7f]", url):
        raise UsageError("a model's URL looks like http://host:port/v1#NAME; correct the one you gave")
    if parts.username or parts.password or parts.query:
        raise UsageError("a model's URL must hold neither key nor query; put the key into REPOAGENT_API_KEY")
    if api_key and not re.fullmatch(r"[\x21-\x7e]+", api_key):
        raise UsageError("the API key holds a space or a character that no header can carry; set it anew")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return Endpoint(f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path.rstrip('/')}", api_key)


def ollama_url(environ: Mapping[str, str]) -> str:
    """Return where OLLAMA_HOST says that Ollama is: `:11500`, `host`, `host:port` or a URL; its usual place else.

    Raises UsageError.
    """
    host = environ.get("OLLAMA_HOST", "").strip().rstrip("/") or "127.0.0.1"
    is_url = "://" in host
    try:
        parts = urlsplit(host if is_url else f"http://{host}")
        port = parts.port or {"": 11434, "http": 80, "https": 443}[parts.scheme if is_url else ""]
    except (ValueError, KeyError):
        raise UsageError("OLLAMA_HOST is no address; set it like 127.0.0.1:11434") from None
    name = parts.hostname or "127.0.0.1"
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(name, name)  # noqa: S104  (a server listens on all, we ask one)
    return f"{parts.scheme}://{f'[{name}]' if ':' in name else name}:{port}"


def limits_from(environ: Mapping[str, str]) -> Limits:
    """Return the limits; REPOAGENT_CONNECT_S, _LOOKUP_S, _FIRST_TOKEN_S and _BETWEEN_TOKENS_S set them."""
    default = Limits()

    def seconds(name: str, otherwise: float) -> float:
        try:
            value = float(environ.get(name) or otherwise)
        except ValueError:
            value = -1.0
        if not 0 < value < 1e7:
            raise UsageError(f"{name} must be a number of seconds above 0; correct it")
        return value

    return Limits(
        connect_s=seconds("REPOAGENT_CONNECT_S", default.connect_s),
        lookup_s=seconds("REPOAGENT_LOOKUP_S", default.lookup_s),
        first_token_s=seconds("REPOAGENT_FIRST_TOKEN_S", default.first_token_s),
        between_tokens_s=seconds("REPOAGENT_BETWEEN_TOKENS_S", default.between_tokens_s),
    )
