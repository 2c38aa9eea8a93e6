"""A client of a language server on standard input and output, for benchmarks that ask it where names are defined."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, unquote, urlsplit

Position = tuple[str, int, int]
"""Path below the root, or absolute outside of it; 0-based line; 0-based column in UTF-16 units."""


@dataclass(frozen=True)
class Token:
    """A name in a file."""

    line: int
    """0-based."""
    column: int
    """0-based, in UTF-16 units."""
    length: int
    """In UTF-16 units."""
    kind: str
    modifiers: frozenset[str]


class LanguageServer:
    """A server that has read the whole of a folder. Raises RuntimeError when it ends before it answers."""

    def __init__(
        self,
        command: Sequence[str],
        root: Path,
        options: dict[str, Any] | None = None,
        *,
        is_ready: Callable[[dict[str, Any]], bool] | None = None,
    ) -> None:
        """`is_ready` knows the message by which the server says that it has read all: else the first end of work."""
        self.root = root
        self._ids = itertools.count(1)
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        folder = {"uri": self._uri(""), "name": root.name}
        told = self._ask("initialize", {
            "processId": os.getpid(), "rootUri": folder["uri"], "workspaceFolders": [folder],
            "initializationOptions": options or {},
            "capabilities": {
                "textDocument": {
                    "definition": {"linkSupport": True},
                    "semanticTokens": {
                        "requests": {"full": True}, "formats": ["relative"], "tokenTypes": [], "tokenModifiers": [],
                    },
                },
                "window": {"workDoneProgress": True},
                "experimental": {"serverStatusNotification": True},
            },
        })  # fmt: skip
        self._send({"method": "initialized", "params": {}})
        self._legend = told["capabilities"].get("semanticTokensProvider", {}).get("legend", {})
        is_ready = is_ready or _is_end_of_work
        while not is_ready(self._receive()):
            pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()

    def open(self, path: str, language: str) -> None:
        text = (self.root / path).read_text("utf-8", "replace")
        document = {"uri": self._uri(path), "languageId": language, "version": 1, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})

    def close(self, path: str) -> None:
        self._send({"method": "textDocument/didClose", "params": {"textDocument": {"uri": self._uri(path)}}})

    def definitions(self, path: str, line: int, column: int) -> list[Position]:
        """Where the names stand that a name may mean."""
        place = {"textDocument": {"uri": self._uri(path)}, "position": {"line": line, "character": column}}
        found = self._ask("textDocument/definition", place) or []
        found = found if isinstance(found, list) else [found]
        return [self._position(each) for each in found]

    def tokens(self, path: str) -> Iterator[Token]:
        """The names of an open file, from its top, as the server classes them."""
        found = self._ask("textDocument/semanticTokens/full", {"textDocument": {"uri": self._uri(path)}}) or {}
        numbers = iter(found.get("data", ()))
        kinds, modifiers = self._legend["tokenTypes"], self._legend["tokenModifiers"]
        line = column = 0
        for down, right, length, kind, bits in zip(*[numbers] * 5, strict=True):
            line, column = line + down, right if down else column + right
            said = frozenset(each for n, each in enumerate(modifiers) if bits >> n & 1)
            yield Token(line, column, length, kinds[kind], said)

    def _position(self, link: dict[str, Any]) -> Position:
        start = (link.get("targetSelectionRange") or link["range"])["start"]
        path = Path(unquote(urlsplit(link.get("targetUri") or link["uri"]).path))
        inside = path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)
        return inside, start["line"], start["character"]

    def _uri(self, path: str) -> str:
        return f"file://{quote(str(self.root / path))}"

    def _ask(self, method: str, params: dict[str, Any]) -> Any:
        number = next(self._ids)
        self._send({"id": number, "method": method, "params": params})
        while (said := self._receive()).get("id") != number or "method" in said:
            pass
        return said.get("result")

    def _receive(self) -> dict[str, Any]:
        """The next message; what the server asks for itself is answered with nothing."""
        stream = self._process.stdout
        assert stream is not None
        n = 0
        while (line := stream.readline()).strip():
            if line.lower().startswith(b"content-length:"):
                n = int(line.partition(b":")[2])
        if not n:
            raise RuntimeError("the language server has ended")
        said: dict[str, Any] = json.loads(stream.read(n))
        if "id" in said and "method" in said:
            n_items = len(said.get("params", {}).get("items", ()))
            self._send({"id": said["id"], "result": [None] * n_items if n_items else None})
        return said

    def _send(self, message: dict[str, Any]) -> None:
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        stream = self._process.stdin
        assert stream is not None
        stream.write(b"Content-Length: %d\r\n\r\n" % len(content) + content)
        stream.flush()


def _is_end_of_work(message: dict[str, Any]) -> bool:
    value = message.get("params", {}).get("value", {})
    return isinstance(value, dict) and value.get("kind") == "end"
