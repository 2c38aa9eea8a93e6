"""Whatever answers on loopback: `survey` knocks at the usual ports and asks the servers there for their models.

A refused connection costs a tenth of a millisecond; the HTTP client is imported only when some port is open. No key
is sent to a port that nobody named, since any user of the machine may listen there.
"""

from __future__ import annotations

import os
import select
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass

from repoagent_agents.models.base import Found
from repoagent_indexers.errors import ModelError, UsageError

OLLAMA_PORT = 11434
PORTS = (OLLAMA_PORT, 8080, 8000, 1234, 3000)
"""Ollama; llama-server and TGI's images; vLLM, transformers serve, llama-cpp-python; LM Studio; TGI."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What answers on this machine."""

    found: tuple[Found, ...] = ()
    locked: tuple[str, ...] = ()
    """Addresses of servers that ask for an API key before they say what they hold."""


def discover(timeout_s: float = 0.3, *, environ: Mapping[str, str] = os.environ) -> list[Found]:
    """Return the models that answer on loopback within `timeout_s` in all; order: port, then the server's own."""
    return list(survey(timeout_s, environ=environ).found)


def survey(timeout_s: float = 0.3, *, environ: Mapping[str, str] = os.environ) -> Survey:
    """Return what answers on loopback within `timeout_s` in all.

    Besides `PORTS`, OLLAMA_HOST and OPENAI_BASE_URL are asked where they point to this machine, the latter with
    OPENAI_API_KEY. REPOAGENT_DISCOVER gives other ports, separated by commas; 0 keeps from asking anything.
    """
    if environ.get("REPOAGENT_DISCOVER") == "0":
        return Survey()
    until = time.monotonic() + timeout_s
    places = _open_places(_places(environ), until)
    if not places:
        return Survey()
    return _asked(places, until, environ)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where to knock. `url` is given when a variable of the environment names it."""

    host: str
    port: int
    url: str = ""
    is_ollama: bool = False


def _places(environ: Mapping[str, str]) -> list[_Place]:
    places: list[_Place] = []
    if environ.get("OLLAMA_HOST") or environ.get("OPENAI_BASE_URL"):
        places += _named_places(environ)
    known = {place.port for place in places}
    for port in _ports(environ):
        if port not in known:
            places += [_Place(host, port, is_ollama=port == OLLAMA_PORT) for host in ("127.0.0.1", "::1")]
    return places


def _ports(environ: Mapping[str, str]) -> tuple[int, ...]:
    listed = environ.get("REPOAGENT_DISCOVER")
    if not listed:
        return PORTS
    numbers = listed.replace(",", " ").split()
    if not all(number.isdecimal() and 0 < int(number) < 65536 for number in numbers):
        raise UsageError("REPOAGENT_DISCOVER must be 0 or port numbers separated by commas; correct it")
    return tuple(int(number) for number in numbers)


def _named_places(environ: Mapping[str, str]) -> list[_Place]:
    from urllib.parse import urlsplit

    from repoagent_agents.models.endpoint import ollama_url
    from repoagent_indexers.discretion import is_loopback

    places = []
    for url, is_ollama in ((ollama_url(environ), True), (environ.get("OPENAI_BASE_URL", ""), False)):
        try:
            parts = urlsplit(url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError:
            raise UsageError("OPENAI_BASE_URL is no address; set it like http://127.0.0.1:8000/v1") from None
        if is_loopback(url):
            host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
            places.append(_Place(host, port, url.rstrip("/"), is_ollama))
    return places


def _open_places(places: list[_Place], until: float) -> list[_Place]:
    """Return the places that accept a connection, one for each port, all tried at the same time."""
    waiting: dict[socket.socket, _Place] = {}
    accepted: list[_Place] = []
    for place in places:
        try:
            knock = socket.socket(socket.AF_INET6 if ":" in place.host else socket.AF_INET)
        except OSError:  # no IPv6 here
            continue
        knock.setblocking(False)
        code = knock.connect_ex((place.host, place.port))
        if code in _UNDER_WAY:
            waiting[knock] = place
            continue
        if code == 0:
            accepted.append(place)
        knock.close()
    while waiting and (left := until - time.monotonic()) > 0:
        _, writable, failed = select.select([], waiting, waiting, left)
        for knock in {*writable, *failed}:
            place = waiting.pop(knock)
            if knock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                accepted.append(place)
            knock.close()
    for knock in waiting:
        knock.close()
    by_port: dict[int, _Place] = {}
    for place in sorted(accepted, key=places.index):  # 127.0.0.1 before ::1
        by_port.setdefault(place.port, place)
    return list(by_port.values())


def _asked(places: list[_Place], until: float, environ: Mapping[str, str]) -> Survey:
    """Ask each place in a thread of its own; who has not answered in time is left out."""
    import threading

    answers: dict[_Place, tuple[Found, ...] | str] = {}

    def ask(place: _Place) -> None:
        answer = _models_at(place, max(0.05, until - time.monotonic()), environ)
        if answer is not None:
            answers[place] = answer

    threads = [threading.Thread(target=ask, args=(place,), daemon=True) for place in places]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    told = [answers.copy().get(place) for place in places]
    found = [model for answer in told if isinstance(answer, tuple) for model in answer]
    return Survey(tuple(found), tuple(answer for answer in told if isinstance(answer, str)))


def _models_at(place: _Place, timeout_s: float, environ: Mapping[str, str]) -> tuple[Found, ...] | str | None:
    """Return the models of one server, its address when it asks for a key, None when it is no model server."""
    from repoagent_agents.models import ollama, openai_compatible
    from repoagent_agents.models.endpoint import Endpoint
    from repoagent_agents.models.refusal import HttpError

    root = f"http://{f'[{place.host}]' if ':' in place.host else place.host}:{place.port}"
    try:
        if place.is_ollama:
            return ollama.served(Endpoint(root), timeout_s=timeout_s)
        api_key = environ.get("OPENAI_API_KEY") or None if place.url else None
        return openai_compatible.served(Endpoint(place.url or f"{root}/v1", api_key), timeout_s=timeout_s)
    except HttpError as error:
        return root if error.status in (401, 403) else None
    except ModelError:
        return None


_UNDER_WAY = {115, 36, 10035}  # EINPROGRESS on Linux and macOS, WSAEWOULDBLOCK
