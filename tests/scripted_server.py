"""A model server that does what it is told, over real HTTP: OpenAI's protocol and Ollama's on one free port.

    with scripted_server([says("Look at app.py"), refuses(429, retry_after=0), hangs()]) as server:
        ...  # server.url, server.requests

Each question (a POST to a chat or completion route) is answered by the next behaviour; when none is left, the last is
repeated. Lists of models, tokenless routes and `GET /health` are answered from `models`.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behaviour = Callable[["Answering"], None]


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: Any
    """Parsed; None without a body."""


@dataclass
class Server:
    """What a test sees of the server."""

    url: str
    """`http://127.0.0.1:PORT`, without /v1."""
    requests: list[Asked] = field(default_factory=list)
    """Every request, also those for lists of models."""
    hung_up: threading.Event = field(default_factory=threading.Event)
    """Set when a client closed its connection before the server had said everything."""
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def questions(self) -> list[Asked]:
        """The requests that ask the model."""
        return [asked for asked in self.requests if asked.path in QUESTIONS]


QUESTIONS = ("/v1/chat/completions", "/v1/completions", "/api/chat", "/api/generate")


class Answering:
    """One question under way: what a behaviour may do to it."""

    def __init__(self, handler: BaseHTTPRequestHandler, asked: Asked, server: Server) -> None:
        self.handler = handler
        self.asked = asked
        self.server = server
        self.is_ollama = asked.path.startswith("/api/")
        self.chunked = True

    def begin(self, content_type: str | None = None, *, chunked: bool = True) -> None:
        """Send a status of 200 and the headers of a stream; its end is the connection's if it is not chunked."""
        self.chunked = chunked
        default = "application/x-ndjson" if self.is_ollama else "text/event-stream"
        self.handler.send_response(200)
        self.handler.send_header("Content-Type", content_type or default)
        self.handler.send_header(*(("Transfer-Encoding", "chunked") if chunked else ("Connection", "close")))
        self.handler.end_headers()

    def send(self, data: bytes) -> None:
        """Send one chunk. Notes it when nobody listens any more."""
        try:
            self.handler.wfile.write(b"%x\r\n%b\r\n" % (len(data), data) if self.chunked else data)
            self.handler.wfile.flush()
        except OSError:
            self.server.hung_up.set()
            raise

    def event(self, said: dict[str, Any] | str) -> bytes:
        """Return an event in the asked protocol's frame."""
        text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
        return f"{text}\n".encode() if self.is_ollama else f"data: {text}\n\n".encode()

    def piece(self, text: str) -> bytes:
        """Return an event that holds a piece of the reply."""
        if self.asked.path == "/api/generate":
            return self.event({"response": text, "done": False})
        if self.is_ollama:
            return self.event({"message": {"role": "assistant", "content": text}, "done": False})
        if self.asked.path.endswith("/chat/completions"):
            return self.event({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]})
        return self.event({"choices": [{"index": 0, "text": text, "finish_reason": None}]})

    def ending(self, prompt_tokens: int, reply_tokens: int) -> bytes:
        """Return the events that end a reply."""
        if self.is_ollama:
            counts = {"prompt_eval_count": prompt_tokens, "eval_count": reply_tokens}
            empty = {"response": ""} if self.asked.path == "/api/generate" else {"message": {"content": ""}}
            return self.event({**empty, "done": True, "done_reason": "stop", **counts})
        usage = {"prompt_tokens": prompt_tokens, "completion_tokens": reply_tokens}
        finish = self.event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        return finish + self.event({"choices": [], "usage": usage}) + self.event("[DONE]")

    def end(self) -> None:
        """End the body as it should be."""
        self.handler.wfile.write(b"0\r\n\r\n" if self.chunked else b"")
        self.handler.wfile.flush()

    def wait_for_hang_up(self) -> None:
        """Send nothing until the client closes the connection or the server stops; and note the first."""
        connection = self.handler.connection
        connection.settimeout(0.05)
        while not self.server.stopping.is_set():
            try:
                if connection.recv(1) == b"":
                    self.server.hung_up.set()
                    return
            except TimeoutError:
                continue
            except OSError:
                self.server.hung_up.set()
                return

    def break_off(self) -> None:
        """Close the connection with a reset, in mid-stream."""
        self.handler.close_connection = True
        self.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.handler.connection.close()


def says(
    text: str,
    *,
    pieces: Sequence[str] | None = None,
    pause_s: float = 0.0,
    chunked: bool = True,
    prompt_tokens: int = 100,
    reply_tokens: int = 10,
) -> Behaviour:
    """A good reply, streamed word by word or in the given pieces."""

    def behave(answering: Answering) -> None:
        answering.begin(chunked=chunked)
        for piece in pieces or re.findall(r"\s*\S+", text):
            answering.send(answering.piece(piece))
            time.sleep(pause_s)
        answering.send(answering.ending(prompt_tokens, reply_tokens))
        answering.end()

    return behave


def says_when(go_on: threading.Event, first: str, rest: str) -> Behaviour:
    """A good reply whose second half is sent when somebody says so."""

    def behave(answering: Answering) -> None:
        answering.begin()
        answering.send(answering.piece(first))
        answering.send(answering.piece(rest if go_on.wait(20) else "(nobody said so)"))
        answering.send(answering.ending(1, 1))
        answering.end()

    return behave


def says_all(*texts: str) -> Behaviour:
    """As many candidates as are asked for with `n`, at most these, each in two pieces and all at the same time."""

    def behave(answering: Answering) -> None:
        answering.begin()
        drawn = list(enumerate(texts))[: answering.asked.body.get("n", 1)]
        for half in (0, 1):
            for index, text in drawn:
                piece = text[: len(text) // 2] if half == 0 else text[len(text) // 2 :]
                shape = {"delta": {"content": piece}} if "messages" in answering.asked.body else {"text": piece}
                answering.send(answering.event({"choices": [{"index": index, **shape}]}))
        for index, _ in drawn:
            answering.send(answering.event({"choices": [{"index": index, "finish_reason": "stop"}]}))
        answering.send(answering.ending(100, 10 * len(drawn)))
        answering.end()

    return behave


def refuses(status: int, said: str = "no", *, retry_after: float | None = None, body: Any = None) -> Behaviour:
    """An error status with the words in OpenAI's shape (Ollama's for its routes), or with `body` as it is."""

    def behave(answering: Answering) -> None:
        shaped = {"error": said} if answering.is_ollama else {"error": {"message": said, "code": status}}
        headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
        _send_json(answering.handler, shaped if body is None else body, status, headers)

    return behave


def exceeds_context(n_prompt_tokens: int = 6008, n_ctx: int = 4096) -> Behaviour:
    """llama-server's refusal of a prompt that does not fit."""
    message = f"request ({n_prompt_tokens} tokens) exceeds the available context size ({n_ctx} tokens)"
    error = {"code": 400, "message": message, "type": "exceed_context_size_error"}
    return refuses(400, body={"error": error | {"n_prompt_tokens": n_prompt_tokens, "n_ctx": n_ctx}})


def hangs() -> Behaviour:
    """Takes the question and never says a word."""

    def behave(answering: Answering) -> None:
        answering.wait_for_hang_up()

    return behave


def hangs_after(text: str, *, keep_alive: bool = False, chunked: bool = True) -> Behaviour:
    """Says `text` and then nothing more; with `keep_alive` it sends comments meanwhile, which are no progress."""

    def behave(answering: Answering) -> None:
        answering.begin(chunked=chunked)
        answering.send(answering.piece(text))
        while keep_alive and not answering.server.stopping.wait(0.02):
            answering.send(b": still here\n\n")
        answering.wait_for_hang_up()

    return behave


def drops_after(text: str, *, politely: bool = False) -> Behaviour:
    """Says `text` and breaks the connection off; `politely` ends the body as if all had been said."""

    def behave(answering: Answering) -> None:
        answering.begin()
        answering.send(answering.piece(text))
        if politely:
            answering.end()
        else:
            time.sleep(0.05)  # a reset overtakes what is still under way
            answering.break_off()

    return behave


def sends(*blocks: bytes, content_type: str | None = None) -> Behaviour:
    """Sends these bytes, each block in a chunk of its own, and ends the body properly."""

    def behave(answering: Answering) -> None:
        answering.begin(content_type)
        for block in blocks:
            answering.send(block)
            time.sleep(0.01)  # so that each arrives alone
        answering.end()

    return behave


def says_in_single_bytes(text: str) -> Behaviour:
    """A good reply of which every byte comes alone, so that each character of several bytes is split."""

    def behave(answering: Answering) -> None:
        answering.begin()
        for byte in answering.piece(text) + answering.ending(1, 1):
            answering.send(bytes([byte]))
        answering.end()

    return behave


def says_forever(word: str = "on ") -> Behaviour:
    """A reply without end, until the client hangs up."""

    def behave(answering: Answering) -> None:
        answering.begin()
        while not answering.server.stopping.wait(0.005):
            answering.send(answering.piece(word))

    return behave


@contextmanager
def scripted_server(
    behaviours: Sequence[Behaviour] = (),
    *,
    models: Sequence[str | dict[str, Any]] = ("codellama-7b-instruct",),
    ollama: bool = False,
    api_key: str | None = None,
    routes: dict[str, Any] | None = None,
    listed: bool = True,
) -> Iterator[Server]:
    """Serve on a free port of 127.0.0.1 until the block ends.

    `models` are names, or entries of /v1/models such as {"id": "x", "max_model_len": 4096}; with `ollama` they are
    held as Ollama does (an entry may give "context_length"), and /v1 is not there. With `api_key`, everything but
    /health asks for it. `routes` adds routes: {"/props": {...}}, or functions of the parsed body. Not `listed`: there
    is no /v1/models.
    """
    entries = [{"id": model} if isinstance(model, str) else model for model in models]
    script = list(behaviours) or [says("Look at app.py:1-2")]
    lock = threading.Lock()
    server = Server("")

    def next_behaviour() -> Behaviour:
        with lock:
            return script.pop(0) if len(script) > 1 else script[0]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            self._answer(json.loads(self.rfile.read(length)))

        def _answer(self, body: Any) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, body)
            with lock:
                server.requests.append(asked)
            if api_key and self.path != "/health" and headers.get("authorization") != f"Bearer {api_key}":
                _send_json(self, {"error": {"message": f"wrong key: {headers.get('authorization')}"}}, 401)
                return
            served = self.path.startswith("/api/") if ollama else self.path.startswith("/v1/")
            if self.path in QUESTIONS and served and self.path not in (routes or {}):
                try:
                    next_behaviour()(Answering(self, asked, server))
                except OSError:
                    self.close_connection = True
                return
            known = _ollama_routes(entries, body) if ollama else _openai_routes(entries) if listed else {}
            known |= routes or {}
            if self.path in known:
                said = known[self.path]
                _send_json(self, said(body) if callable(said) else said)
            else:
                _send_json(self, {"error": {"message": f"no route {self.path}"}}, 404)

        def log_message(self, *args: Any) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args: Any) -> None:
            pass  # a client that hangs up is part of the play

    with Quiet(("127.0.0.1", 0), Handler) as http_server:
        server.url = f"http://127.0.0.1:{http_server.server_address[1]}"
        thread = threading.Thread(target=http_server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.stopping.set()
            http_server.shutdown()
            thread.join()


def free_port() -> int:
    """Return a port of 127.0.0.1 at which nothing listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


def _openai_routes(entries: list[dict[str, Any]]) -> dict[str, Any]:
    listed = [{"object": "model", "owned_by": "test", **entry} for entry in entries]
    return {"/health": {"status": "ok"}, "/v1/models": {"object": "list", "data": listed}}


def _ollama_routes(entries: list[dict[str, Any]], body: Any) -> dict[str, Any]:
    wanted = body.get("model") if isinstance(body, dict) else None
    facts = next((entry for entry in entries if entry["id"] == wanted), {})
    return {
        "/api/version": {"version": "0.34.0"},
        "/api/tags": {"models": [{"name": entry["id"]} for entry in entries]},
        "/api/show": {
            "model_info": {
                "llama.context_length": facts.get("context_length", 16384),
                "llama.rope.freq_base": facts.get("rope_theta", 1000000),
            },
            "template": facts.get("template", "{{ .Prompt }}"),
            "capabilities": facts.get("capabilities", ["completion"]),
        },
    }


def _send_json(
    handler: BaseHTTPRequestHandler, said: Any, status: int = 200, headers: dict[str, str] | None = None
) -> None:
    data = said if isinstance(said, bytes) else json.dumps(said).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(data)))
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(data)
