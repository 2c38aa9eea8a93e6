"""What a server's refusal means, in one line that says what to do."""

from __future__ import annotations

import json
import re
import socket
from typing import Any

from repoagent_agents.models.endpoint import Endpoint
from repoagent_indexers.errors import ModelError


class Unreachable(ModelError):
    """No server could be spoken to."""


class HttpError(ModelError):
    """The server answered with a status other than 200."""

    def __init__(self, message: str, status: int, said: str) -> None:
        super().__init__(message)
        self.status = status
        self.said = said
        """The server's own words on one line, without the key."""


class PromptTooLong(HttpError):
    """The prompt does not fit the model's window."""


def http_error(endpoint: Endpoint, route: str, status: int, body: str) -> HttpError:
    """Return the error for a status; its message quotes the server briefly and never holds the key."""
    said = endpoint.redacted(spoken(body))
    place = endpoint.place
    quoted = f": {said[:200]}" if said else ""
    if status in (400, 413, 422) and _TOO_LONG.search(f"{said} {body[:2000]}"):
        message = f"the prompt is too long for the model at {place}{_numbers(body) or quoted}; use a smaller --budget"
        return PromptTooLong(message, status, said)
    if status in (401, 403):
        key = "does not accept the API key" if endpoint.api_key else "asks for an API key"
        mend = "set the right one in REPOAGENT_API_KEY"
    elif status == 404:
        key, mend = f"does not know the model, or has no route {route}", "see what it offers with: repoagent models"
    elif status in (429, 503):
        key, mend = "is overloaded", "wait a little and ask again"
    elif 300 <= status < 400:
        key, mend = "has moved", "give the URL it moved to"
    elif status >= 500:
        key, mend = "failed", "see the server's own log"
    else:
        key, mend = "refused the request", "see the server's own log"
    return HttpError(f"{place} {key} (HTTP {status}{quoted}); {mend}", status, said)


def unreachable(error: Exception, endpoint: Endpoint, connect_s: float, answer_s: float) -> Unreachable:
    """Return the error for a server that could not be spoken to."""
    place = endpoint.place
    if isinstance(error, ConnectionRefusedError):
        return Unreachable(f"nothing listens at {place}; start the server, or see what is there with: repoagent models")
    if isinstance(error, socket.gaierror):
        return Unreachable(f"the host of {place} is not known; check its name")
    if isinstance(error, TimeoutError):
        limit = f"{connect_s:g}" if connect_s == answer_s else f"{connect_s:g} s to connect and {answer_s:g}"
        return Unreachable(f"{place} did not answer in time ({limit} s); is it a model server, and is it up?")
    if isinstance(error, OSError) and type(error).__name__.startswith("SSL"):
        reason = getattr(error, "verify_message", "") or getattr(error, "reason", "") or "TLS failed"
        mend = "name a file with its certificate in SSL_CERT_FILE"
        return Unreachable(f"no trusted connection to {place} ({reason}); {mend}")
    reason = getattr(error, "strerror", None) or type(error).__name__
    return Unreachable(f"{place} did not answer as a model server does ({reason}); is it one, and is it up?")


def spoken(body: str) -> str:
    """Return a server's words out of its error body, on one line: any shape that is in use, or plain text."""
    try:
        said: Any = json.loads(body)
    except (ValueError, RecursionError):
        said = "" if body.lstrip().startswith("<") else body
    for _ in range(4):
        if isinstance(said, list) and said:
            said = said[0]
        if isinstance(said, dict):
            said = next((said[key] for key in ("error", "message", "detail", "msg") if said.get(key)), "")
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", said if isinstance(said, str) else "").split())


def _numbers(body: str) -> str:
    """Return ": it has 6008 tokens, the window 4096" where the server gives both numbers."""
    named = re.search(r'"n_prompt_tokens":\s*(\d+).*?"n_ctx":\s*(\d+)', body, re.DOTALL)
    if named:  # llama-server
        return f": it has {named[1]} tokens, the window {named[2]}"
    window = re.search(r"(?:maximum (?:context|model) length (?:is|of)|must be <=|context window of) (\d+)", body)
    if window is None:
        return ""
    for pattern in (r"(\d+) (?:in the messages|input tokens)", r"(?:Given: |prompt \(length |requested )(\d+)"):
        prompt = re.search(pattern, body)
        if prompt:  # vLLM, llama-cpp-python; TGI
            return f": it has {prompt[1]} tokens, the window {window[1]}"
    return f": the window has {window[1]} tokens"


_TOO_LONG = re.compile(
    r"context.?(?:length|size|window)|maximum (?:model|context) length|exceed_context|`?max_new_tokens`? must be"
    r"|input (?:length|validation)[^.]*(?:exceeds|must)|prompt is too long|too many tokens",
    re.IGNORECASE,
)
