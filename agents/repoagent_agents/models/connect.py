"""From a name and an address to a model that can be asked: looked up, its window known, its server understood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from repoagent_agents.models import openai_compatible
from repoagent_agents.models.base import Found, Model
from repoagent_agents.models.discover import OLLAMA_PORT, survey
from repoagent_agents.models.endpoint import Endpoint, Limits, endpoint_of, limits_from
from repoagent_agents.models.family import UNKNOWN_WINDOW, choose, concerns, trained_window
from repoagent_agents.models.http_client import get_json
from repoagent_agents.models.refusal import HttpError, Unreachable
from repoagent_agents.models.tokens import Counter, counter_from
from repoagent_indexers.discretion import is_loopback
from repoagent_indexers.errors import ModelError

SURVEY_S = 1.5
"""Seconds to find a model on this machine; waited out only when some port is open and silent."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for a connection, whatever the server."""

    api_key: str | None = field(repr=False)
    window: int | None
    """Overrides what the server says."""
    limits: Limits
    counter: Counter


def terms_from(environ: Mapping[str, str], *, api_key: str | None, window: int | None) -> Terms:
    """Return the terms; keys come from `api_key`, else REPOAGENT_API_KEY. Raises UsageError, ModelError."""
    return Terms(
        api_key or environ.get("REPOAGENT_API_KEY") or None, window, limits_from(environ), counter_from(environ)
    )


def terms_for(found: Found, environ: Mapping[str, str], *, window: int | None) -> Terms:
    """Return the terms for a server that nobody named: it gets no key, unless it is the one at OPENAI_BASE_URL."""
    is_openai = found.url == environ.get("OPENAI_BASE_URL", "").rstrip("/")
    terms = terms_from(environ, api_key=None, window=window)
    return replace(terms, api_key=environ.get("OPENAI_API_KEY") or None if is_openai else None)


def key_from_keyring(url: str, environ: Mapping[str, str]) -> str | None:
    """Return the key that the system's keyring holds for the host of a URL; None without one.

    Set it with: keyring set repoagent HOST. Asked only where the package `keyring` is installed and the host is not
    this machine; REPOAGENT_KEYRING=0 keeps from asking.
    """
    import importlib.util

    endpoint_of(url)  # what is no address has no key
    if is_loopback(url) or environ.get("REPOAGENT_KEYRING") == "0" or importlib.util.find_spec("keyring") is None:
        return None
    import keyring

    try:
        return keyring.get_password("repoagent", urlsplit(url).hostname or "") or None
    except Exception:  # noqa: BLE001  (each system's keyring has errors of its own; without a key the server says so)
        return None


def on_loopback(name: str, terms: Terms, environ: Mapping[str, str]) -> Model:
    """Return the model of that name, or the best, among what answers on this machine."""
    answers = survey(SURVEY_S, environ=environ)
    found = _matching(name, answers.found) if name else choose(answers.found)
    if found is not None:
        return of_found(found, terms_for(found, environ, window=terms.window))
    missing = f"no model called {name!r} answers on this machine" if name else "no model that can be asked answers here"
    locked = "".join(f"; {place} asks for an API key: name it by its URL" for place in answers.locked)
    if answers.found:
        raise ModelError(f"{missing}; there are: {_listed(answers.found)}{locked}; name one of them with --model")
    start = name.removeprefix("ollama:") or "codellama:7b-instruct"
    raise ModelError(
        f"{missing}{locked}; start one, for example: ollama run {start}, or give a URL: --model http://..."
    )


def at_url(url: str, name: str, terms: Terms) -> Model:
    """Return that server's model called `name`, or its best. A URL without a path may be Ollama's or any other's."""
    endpoint = endpoint_of(url, terms.api_key)
    if endpoint.base == endpoint.place or endpoint.base.endswith(f":{OLLAMA_PORT}/v1"):
        if _is_ollama(endpoint.root, terms):
            return at_ollama(endpoint.place, name, terms)
        if endpoint.base == endpoint.place:
            endpoint = Endpoint(f"{endpoint.base}/v1", endpoint.api_key)
    return at_openai(endpoint.base, name, terms)


def at_openai(url: str, name: str, terms: Terms) -> Model:
    """Return a model of a server that speaks OpenAI's protocol; `url` ends where `/chat/completions` follows."""
    endpoint = endpoint_of(url, terms.api_key)
    try:
        offered = openai_compatible.served(endpoint, timeout_s=terms.limits.lookup_s)
    except Unreachable:
        raise
    except ModelError as error:
        if not name or (isinstance(error, HttpError) and error.status in (401, 403)):
            raise
        offered = ()
    if not name:
        return of_found(_best(offered, endpoint), terms)
    found = _matching(name, offered)
    if found is None:
        if offered:
            raise ModelError(_not_there(name, endpoint, offered))
        found = Found(name, endpoint.place, "openai", None, chat=True, url=endpoint.base)  # it keeps no list
    return of_found(found, terms)


def at_ollama(url: str, name: str, terms: Terms) -> Model:
    """Return the model called `name` at an Ollama, or its best."""
    from repoagent_agents.models import ollama

    endpoint = endpoint_of(url, terms.api_key).root
    offered = ollama.served(endpoint, timeout_s=terms.limits.lookup_s)
    found = _matching(name, offered) if name else _best(offered, endpoint)
    if found is None:
        raise ModelError(f"{_not_there(name, endpoint, offered)}, or fetch it: ollama pull {name}")
    return of_found(found, terms)


def of_found(found: Found, terms: Terms) -> Model:
    """Return the model behind a `Found`; its window is the first known of: the terms', the server's, the name's."""
    endpoint = Endpoint(found.url, terms.api_key)
    if found.backend == "ollama":
        from repoagent_agents.models import ollama

        about = ollama.about(endpoint, found.name, timeout_s=terms.limits.lookup_s)
        window = terms.window or about.window or trained_window(found.name) or UNKNOWN_WINDOW
        notes = concerns(found.name, window=window, rope_theta=about.rope_theta)
        return ollama.Ollama(found.name, endpoint.root, window, terms.counter, terms.limits, about, notes)
    window = terms.window or found.window or trained_window(found.name) or UNKNOWN_WINDOW
    return openai_compatible.OpenAICompatible(
        found.name,
        endpoint,
        window,
        terms.counter,
        terms.limits,
        found.backend,
        openai_compatible.find_vocabulary(found, endpoint, timeout_s=terms.limits.lookup_s),
        concerns(found.name, window=terms.window or found.window),
        found.identity,
    )


def _is_ollama(endpoint: Endpoint, terms: Terms) -> bool:
    try:
        return "version" in get_json(endpoint, "/api/version", timeout_s=terms.limits.lookup_s)
    except Unreachable:
        raise
    except (ModelError, TypeError):
        return False


def _matching(name: str, offered: Sequence[Found]) -> Found | None:
    """Return the model of that name: as it is, else in other case or as Ollama's latest, else as a path's last part."""
    wanted = name.lower()
    exact = [found for found in offered if found.name == name]
    close = [found for found in offered if found.name.lower() in (wanted, f"{wanted}:latest")]
    ends = [found for found in offered if found.name.lower().rpartition("/")[2].removesuffix(".gguf") == wanted]
    return next(iter(exact + close + ends), None)


def _best(offered: Sequence[Found], endpoint: Endpoint) -> Found:
    best = choose(offered) or next(iter(offered), None)
    if best is None:
        raise ModelError(f"{endpoint.place} does not say what models it has; name one: --model {endpoint.base}#NAME")
    return best


def _not_there(name: str, endpoint: Endpoint, offered: Sequence[Found]) -> str:
    there = f"it has: {_listed(offered, with_place=False)}; name one of them" if offered else "it has none"
    return f"{endpoint.place} has no model called {name!r}; {there}"


def _listed(offered: Sequence[Found], *, with_place: bool = True) -> str:
    names = [f"{found.name} ({found.place})" if with_place else found.name for found in offered[:8]]
    return ", ".join(names) + (f" and {len(offered) - 8} more" if len(offered) > 8 else "")
