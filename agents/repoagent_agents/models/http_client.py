"""One small HTTP client for every model server: streams that must make progress, and errors in one line.

Standard library: `import http.client` costs 27 ms of CPU here, `import httpx` 104. What a server may do wrong ends in
a ModelError:

    refuses the connection      at once             hangs before the first token    after `Limits.first_token_s`
    429 or 5xx                  retried, bounded    hangs in mid-reply              after `Limits.between_tokens_s`
    any other status            at once             closes before the end           at once, with what had arrived
"""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit

from repoagent_agents.models.base import Reply, Usage
from repoagent_agents.models.endpoint import Endpoint, Limits
from repoagent_agents.models.refusal import HttpError, http_error, unreachable
from repoagent_indexers.discretion import is_loopback
from repoagent_indexers.errors import ModelError, UsageError

MAX_BODY = 16 * 1024 * 1024
"""Bytes of one answer or one line of a stream; a server that sends more is not believed."""

PASSING = frozenset({429, 500, 502, 503, 504, 529})
"""Statuses of a server that may do better a moment later."""

AFTER_END_S = 2.0
"""How long a server that has finished its reply may still take for its counts."""


@dataclass(frozen=True, slots=True)
class Delta:
    """What one event of a stream says."""

    text: str = ""
    finished: bool = False
    """The reply is whole; only counts may follow."""
    closed: bool = False
    """Nothing follows."""
    usage: Usage | None = None
    thinking: bool = False
    """The model wrote something that is not part of the reply."""


class Garbled(ModelError):
    """What came is not what the protocol promises; the text is a predicate, to stand after the server's address."""


def stream(
    endpoint: Endpoint,
    route: str,
    body: dict[str, Any],
    *,
    framing: Literal["sse", "ndjson"],
    decode: Callable[[str], Delta],
    limits: Limits,
) -> Reply:
    """Yield the text of a streamed reply as it arrives, and return its usage.

    `decode` reads one event and may raise ModelError. Closing the generator closes the connection, by which the
    server learns that nobody listens any more. Raises ModelError with `partial`, HttpError for a status but 200.
    """
    arrived: list[str] = []
    usage: Usage | None = None
    finished = False
    exchange = _open_stream(endpoint, route, body, limits)
    wait = _Wait(exchange, limits)
    try:
        for event in _events(exchange, framing, wait):
            delta = decode(event)
            usage = delta.usage or usage
            finished = finished or delta.finished or delta.closed
            if delta.text:
                arrived.append(delta.text)
                yield delta.text
            if delta.text or delta.thinking:
                wait.restart(limits.between_tokens_s)  # only now: what the reader took is not the server's time
            if delta.closed:
                break
            if delta.finished:
                wait.restart(min(AFTER_END_S, limits.between_tokens_s))
        if not finished:
            raise ModelError(f"{endpoint.place} ended the stream before the reply was whole; ask again")
    except ModelError as error:
        message = f"{endpoint.place} {error}" if isinstance(error, Garbled) else str(error)
        raise ModelError(endpoint.redacted(message), "".join(arrived)) from error
    except (OSError, http.client.HTTPException) as error:
        if not finished:
            raise ModelError(_dropped(error, endpoint, limits, begun=bool(arrived)), "".join(arrived)) from error
    finally:
        exchange.close()
    return usage


def get_json(endpoint: Endpoint, route: str, *, timeout_s: float) -> Any:
    """Return the parsed answer to one GET. Raises ModelError, HttpError for a status but 200."""
    return _whole_json(endpoint, "GET", route, None, timeout_s)


def post_json(endpoint: Endpoint, route: str, body: dict[str, Any], *, timeout_s: float) -> Any:
    """Return the parsed answer to one POST. Raises ModelError, HttpError for a status but 200."""
    return _whole_json(endpoint, "POST", route, body, timeout_s)


def parsed(text: str | bytes) -> Any:
    """Return what a JSON text says. Raises Garbled."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        excerpt = text[:80].decode("utf-8", "replace") if isinstance(text, bytes) else text[:80]
        raise Garbled(f"sent something that is no JSON: {excerpt!r}; is it a model server?") from None


@dataclass(slots=True)
class _Exchange:
    """One request and its answer. The socket is kept apart: http.client forgets it when the answer ends with it."""

    connection: http.client.HTTPConnection
    socket: socket.socket
    response: http.client.HTTPResponse

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.response.close()
        self.connection.close()
        self.socket.close()


class _Wait:
    """The time until which the next token must be there."""

    def __init__(self, exchange: _Exchange, limits: Limits) -> None:
        self.exchange = exchange
        self.restart(limits.first_token_s)

    def restart(self, seconds: float) -> None:
        self.until = time.monotonic() + seconds


def _open_stream(endpoint: Endpoint, route: str, body: dict[str, Any], limits: Limits) -> _Exchange:
    """Return an exchange with status 200; `PASSING` ones are tried again, each time later."""
    backoff_s = limits.backoff_s
    for n_left in range(limits.n_retries, -1, -1):
        exchange = _request(endpoint, "POST", route, body, connect_s=limits.connect_s, answer_s=limits.first_token_s)
        if exchange.response.status == 200:
            return exchange
        error = _error_of(exchange, endpoint, route)
        asked_s = _retry_after_s(exchange.response)
        pause_s = (
            backoff_s * random.uniform(0.75, 1.25) if asked_s is None else asked_s
        )  # clients must not march in step
        if error.status not in PASSING or not n_left or pause_s > limits.longest_backoff_s:
            raise error
        time.sleep(pause_s)
        backoff_s *= 2
    raise AssertionError("the last try returns or raises")


def _whole_json(endpoint: Endpoint, method: str, route: str, body: dict[str, Any] | None, timeout_s: float) -> Any:
    until = time.monotonic() + timeout_s
    exchange = _request(endpoint, method, route, body, connect_s=timeout_s, answer_s=timeout_s)
    try:
        if exchange.response.status != 200:
            raise _error_of(exchange, endpoint, route)
        return parsed(_body(exchange, until))
    except Garbled as error:
        raise ModelError(endpoint.redacted(f"{endpoint.place} {error}")) from error
    except (OSError, http.client.HTTPException) as error:
        raise ModelError(f"{endpoint.place} did not answer {route} in full; is it a model server?") from error
    finally:
        exchange.close()


def _request(
    endpoint: Endpoint, method: str, route: str, body: dict[str, Any] | None, *, connect_s: float, answer_s: float
) -> _Exchange:
    """Return the exchange once its status and headers are there. Raises ModelError."""
    headers = {"Accept": "text/event-stream, application/x-ndjson, application/json", "User-Agent": "repoagent"}
    if endpoint.api_key:
        headers["Authorization"] = f"Bearer {endpoint.api_key}"
    data = None
    if body is not None:
        data = json.dumps(body).encode("ascii")
        headers["Content-Type"] = "application/json"
    connection, target = _connection(endpoint, route, connect_s)
    try:
        connection.connect()
        connected = connection.sock
        connected.settimeout(answer_s)
        # A server that refuses a long body early answers and closes: its answer is worth more than our broken pipe.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.request(method, target, data, headers)
        return _Exchange(connection, connected, connection.getresponse())
    except (OSError, http.client.HTTPException, ValueError) as error:
        connection.close()
        raise unreachable(error, endpoint, connect_s, answer_s) from error
    except BaseException:
        connection.close()
        raise


def _connection(endpoint: Endpoint, route: str, connect_s: float) -> tuple[http.client.HTTPConnection, str]:
    """Return an unopened connection and what to ask it for."""
    url = urlsplit(endpoint.base)
    secure = url.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    proxy = None if is_loopback(endpoint.base) else _proxy_for(url)
    if proxy is None or not proxy.hostname:
        return kind(url.hostname or "", url.port, timeout=connect_s), url.path + route
    connection = kind(proxy.hostname, proxy.port, timeout=connect_s)
    if secure:
        connection.set_tunnel(url.hostname or "", url.port)
        return connection, url.path + route
    return connection, f"http://{url.netloc}{url.path}{route}"


def _proxy_for(url: SplitResult) -> SplitResult | None:
    """Return the proxy that the environment names for a host that is not this machine. Raises UsageError."""
    from urllib.request import getproxies, proxy_bypass

    named = getproxies().get(url.scheme)
    if not named or proxy_bypass(url.hostname or ""):
        return None
    try:
        proxy = urlsplit(named if "://" in named else f"http://{named}")
        _ = proxy.port
    except ValueError:
        raise UsageError(f"{url.scheme}_proxy is no address; set it like http://host:port") from None
    return proxy


def _error_of(exchange: _Exchange, endpoint: Endpoint, route: str) -> HttpError:
    """Return what a status but 200 means, and close the exchange."""
    try:
        said = _body(exchange, time.monotonic() + 5.0)
    except (OSError, http.client.HTTPException, ModelError):
        said = b""
    finally:
        exchange.close()
    return http_error(endpoint, route, exchange.response.status, said.decode("utf-8", "replace"))


def _retry_after_s(response: http.client.HTTPResponse) -> float | None:
    """Return the seconds that the server asks for; a date is not read."""
    try:
        return max(0.0, float(response.getheader("Retry-After", "")))
    except ValueError:
        return None


def _block(exchange: _Exchange, until: float) -> bytes:
    """What the server sends next, nothing at its end. Raises TimeoutError when it has not come by then."""
    if exchange.response.isclosed():  # with its last byte, and in Python 3.13 the socket with it
        return b""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    exchange.socket.settimeout(left)
    return exchange.response.read1(65536)


def _body(exchange: _Exchange, until: float) -> bytes:
    body = bytearray()
    while True:
        block = _block(exchange, until)
        body += block
        if len(body) > MAX_BODY:
            raise Garbled(f"sent more than {MAX_BODY >> 20} MiB where an answer was due; is it a model server?")
        if not block:
            return bytes(body)


def _events(exchange: _Exchange, framing: Literal["sse", "ndjson"], wait: _Wait) -> Iterator[str]:
    """Yield the payload of each event. A server that answers in one piece, unasked, is understood too."""
    content_type = exchange.response.getheader("Content-Type", "")
    if content_type.startswith("text/html"):
        raise Garbled("answered with a web page; check the URL, most end in /v1")
    if framing == "sse" and content_type.startswith("application/json"):
        yield _body(exchange, wait.until).decode("utf-8", "replace")
        return
    for line in _lines(exchange, wait):
        if framing == "sse" and not line.startswith("{"):
            field, _, value = line.partition(":")
            if field == "data" and value.strip():
                yield value.strip()
            elif field not in ("", "data", "event", "id", "retry"):
                raise Garbled(f"sent something that is no event stream: {line[:80]!r}; is it a model server?")
        elif line:
            yield line


def _lines(exchange: _Exchange, wait: _Wait) -> Iterator[str]:
    """Yield lines as they arrive; characters split over two packets come out whole."""
    rest = b""
    while True:
        block = _block(exchange, wait.until)  # keep-alive lines do not put the time off: they are no progress
        if not block:
            break
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            yield line.decode("utf-8", "replace").strip()
        if len(rest) > MAX_BODY:
            raise Garbled(f"sent a line of more than {MAX_BODY >> 20} MiB; is it a model server?")
    if rest.rstrip().endswith((b"}", b"[DONE]")):  # else it was cut off in mid-line
        yield rest.decode("utf-8", "replace").strip()


def _dropped(error: Exception, endpoint: Endpoint, limits: Limits, *, begun: bool) -> str:
    if not isinstance(error, TimeoutError):
        return f"{endpoint.place} dropped the connection before the reply was whole; ask again"
    if begun:
        return f"{endpoint.place} stopped in mid-reply and sent nothing for {limits.between_tokens_s:g} s; ask again"
    return (
        f"{endpoint.place} sent no token for {limits.first_token_s:g} s; "
        "give it longer with REPOAGENT_FIRST_TOKEN_S, or ask with a smaller --budget"
    )
