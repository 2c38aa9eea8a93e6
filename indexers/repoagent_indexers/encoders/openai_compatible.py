"""A server that speaks OpenAI's /v1/embeddings, as an encoder. One that is not on this machine is sent no secrets."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from urllib.parse import urlsplit

import numpy as np

from repoagent_indexers.discretion import is_loopback, overwritten, without_secrets
from repoagent_indexers.encoders import Rows
from repoagent_indexers.errors import ModelError

DEFAULT_SERVER = "http://127.0.0.1:8000/v1"
_BATCH = 64
_SECONDS = 120


def server() -> str:
    """The address that is asked: $OPENAI_BASE_URL, else a server on this machine. Raises ModelError for no address."""
    url = os.environ.get("OPENAI_BASE_URL", DEFAULT_SERVER).rstrip("/")
    try:
        is_address = urlsplit(url).scheme in {"http", "https"}
    except ValueError:
        is_address = False
    if not is_address:
        raise ModelError(f"{url}: not an http address; set OPENAI_BASE_URL")
    return url


class OpenAICompatibleEncoder:
    """`openai:MODEL`: the server is $OPENAI_BASE_URL, http://127.0.0.1:8000/v1 unless set. Raises ModelError."""

    def __init__(self, model: str) -> None:
        self.name = f"openai:{model}"
        self._model = model
        self._url = server()
        self._is_here = is_loopback(self._url)
        self._open = urllib.request.build_opener(*[urllib.request.ProxyHandler({})] * self._is_here).open
        self.held_back: Counter[str] = Counter()
        """Kind of secret -> how many stood in the files that were read, and were not sent."""

    @cached_property
    def dimensions(self) -> int:
        """Length of a row, asked of the server once."""
        return len(self._request(["dimensions"])[0])

    def clean(self, content: bytes) -> bytes:
        """The content of a file as it may be sent, each byte where it was.

        Whole files, since a passage may begin in the middle of a key, where nothing tells what it is.
        """
        if self._is_here:
            return content
        content, found = overwritten(content)
        self.held_back += found
        return content

    def encode(self, texts: Sequence[str]) -> Rows:
        """Rows for passages, sixty-four a request."""
        if not self._is_here:
            texts = [without_secrets(text)[0] for text in texts]
        rows: list[list[float]] = []
        for start in range(0, len(texts), _BATCH):
            rows += self._request([text or " " for text in texts[start : start + _BATCH]])
        found = np.array(rows, np.float32).reshape(-1, self.dimensions)
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        unit: Rows = found / np.where(lengths == 0, np.float32(1), lengths)
        return unit

    def encode_query(self, text: str) -> Rows:
        """One row for a question."""
        return self.encode([text])

    def _request(self, texts: list[str]) -> list[list[float]]:
        headers = {"Content-Type": "application/json"}
        if key := os.environ.get("OPENAI_API_KEY"):
            headers["Authorization"] = f"Bearer {key}"
        body = json.dumps({"model": self._model, "input": texts}).encode()
        request = urllib.request.Request(f"{self._url}/embeddings", body, headers)  # noqa: S310  checked above
        try:
            with self._open(request, timeout=_SECONDS) as reply:
                data = json.load(reply)["data"]
            ordered = sorted(data, key=lambda item: item["index"])
            rows = [item["embedding"] for item in ordered]
        except (OSError, ValueError, KeyError, TypeError, urllib.error.URLError) as error:
            raise ModelError(f"{self._url}: no embeddings from {self._model}; is the server running?") from error
        if len(rows) != len(texts):
            raise ModelError(f"{self._url}: {len(rows)} embeddings came for {len(texts)} texts")
        return rows
