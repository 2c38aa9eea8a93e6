"""Weights from a hub: a server on loopback that speaks the hub's API, and all that may go wrong on the way."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import tiny_model
from click.testing import CliRunner, Result
from tiny_model import needs_torch

from repoagent import pull as pulling
from repoagent.commands.program import cli
from repoagent_agents.models import Message, Sampling, complete, load_model
from repoagent_agents.models.vocabulary import vocabulary_at_hand
from repoagent_indexers.errors import EnvironmentFault, ModelError, UsageError

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NAME = "codellama/CodeLlama-7b-Instruct-hf"
WEIGHTS = bytes(range(256)) * 4000
FILES = {
    "config.json": b"{}",
    "model.safetensors": WEIGHTS,
    "tokenizer.json": b'{"a": 1}',
    "pytorch_model.bin": b"a pickle",
    "modeling_llama.py": b"import os",
    "original/consolidated.00.pth": b"another",
    "LICENSE.txt": b"words",
}


@dataclass
class LoopbackHub:
    """What a test sees of the hub, and may do to it."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=lambda: dict(FILES))
    token: str | None = None
    drop_after: list[int] = field(default_factory=list)
    """Bytes after which the next answers with weights break off."""
    ignores_ranges: bool = False
    lies: dict[str, bytes] = field(default_factory=dict)
    """What is sent in place of a file."""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Path and headers, names in lower case."""

    def ranges(self) -> list[str]:
        return [headers.get("range", "") for path, headers in self.asked if path.startswith("/cdn/model.safetensors")]


@contextmanager
def loopback_hub() -> Iterator[LoopbackHub]:
    hub = LoopbackHub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            hub.asked.append((self.path, headers))
            path = self.path.partition("?")[0]
            if not path.startswith("/cdn/") and hub.token and headers.get("authorization") != f"Bearer {hub.token}":
                self.reply(401, b"{}")
            elif path == f"/api/models/{NAME}/revision/main":
                self.reply(200, json.dumps(self.described()).encode())
            elif path.startswith(f"/{NAME}/resolve/{COMMIT}/"):
                name = path.rpartition("/")[2]
                if name.endswith(".safetensors"):  # as the hub does: to a host of its own, without the token
                    self.send_response(302)
                    self.send_header("Location", f"{hub.url.replace('127.0.0.1', 'localhost')}/cdn/{name}")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                else:
                    self.reply(200, hub.lies.get(name, hub.files[name]))
            elif path.startswith("/cdn/"):
                self.large(hub.lies.get(path[5:], hub.files[path[5:]]), headers.get("range"))
            else:
                self.reply(404, b"{}")

        def described(self) -> dict[str, Any]:
            siblings: list[dict[str, Any]] = []
            for name, data in hub.files.items():
                entry: dict[str, Any] = {"rfilename": name, "size": len(data)}
                entry["blobId"] = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
                if name.endswith(("safetensors", "bin", "pth")):
                    entry["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
                siblings.append(entry)
            return {"id": NAME, "sha": COMMIT, "siblings": siblings, "cardData": {"license": "llama2"}}

        def large(self, data: bytes, asked: str | None) -> None:
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and not hub.ignores_ranges else 0
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(data) - start))
            self.end_headers()
            end = start + hub.drop_after.pop(0) if hub.drop_after else len(data)
            self.wfile.write(data[start:end])
            self.close_connection = True

        def reply(self, status: int, data: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hub.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[LoopbackHub]:
    with loopback_hub() as hub:
        for name in [name for name in os.environ if name.startswith("HF_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
        yield hub


def invoke(*words: str) -> Result:
    return CliRunner().invoke(cli, ["models", "pull", *words], standalone_mode=False)


def test_a_model_is_fetched_into_the_hub_s_own_cache(hub: LoopbackHub, tmp_path: Path) -> None:
    done = invoke("codellama:7b-instruct")
    home = tmp_path / "hf" / "hub" / "models--codellama--CodeLlama-7b-Instruct-hf"
    snapshot = home / "snapshots" / COMMIT
    assert done.stdout.splitlines() == [str(snapshot), f"ask it: repoagent ask --model local:{NAME} QUESTION"]
    assert f"{NAME}: 0.00 GB in 4 files, under the Llama 2 Community License; see {hub.url}/{NAME}" in done.stderr
    assert {path.name for path in snapshot.iterdir()} == {
        *("config.json", "model.safetensors", "tokenizer.json", "LICENSE.txt"),
    }
    assert (snapshot / "model.safetensors").read_bytes() == WEIGHTS
    assert (home / "refs" / "main").read_text() == COMMIT
    assert not list(home.rglob("*.part"))
    n_asked = len(hub.asked)
    again = json.loads(invoke(NAME, "--json").stdout)
    assert again["folder"] == str(snapshot)
    assert again["bytes"] == sum(len(FILES[path.name]) for path in snapshot.iterdir())
    assert len(hub.asked) == n_asked + 1  # only what there is; nothing is fetched twice


def test_progress_is_told_in_bytes(hub: LoopbackHub) -> None:
    told: list[tuple[int, int]] = []
    here = pulling.this_hub()
    plan = pulling.plan_pull(here, NAME)
    pulling.pull(here, plan, lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1] == (plan.size, plan.size)
    assert len(told) > len(plan.files)


def test_a_connection_that_breaks_is_taken_up_again(hub: LoopbackHub) -> None:
    hub.drop_after = [1000, 50_000]
    assert invoke(NAME).exception is None
    assert hub.ranges() == ["", "bytes=1000-", "bytes=51000-"]


def test_a_pull_that_was_ended_goes_on(hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling, "N_RETRIES", 1)
    hub.drop_after = [70_000, 0]
    failed = invoke(NAME).exception
    assert isinstance(failed, ModelError)
    assert "model.safetensors of codellama/CodeLlama-7b-Instruct-hf broke off" in str(failed)
    assert "\n" not in str(failed)
    assert invoke(NAME).exception is None
    assert hub.ranges()[-1] == "bytes=70000-"


def test_a_server_that_knows_no_ranges_begins_anew(hub: LoopbackHub) -> None:
    hub.drop_after, hub.ignores_ranges = [1000], True
    done = invoke(NAME)
    assert done.exception is None
    assert Path(done.stdout.splitlines()[0], "model.safetensors").read_bytes() == WEIGHTS


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_what_has_another_digest_is_not_taken(hub: LoopbackHub, tmp_path: Path, name: str) -> None:
    hub.lies = {name: bytes(len(FILES[name]))}
    failed = invoke(NAME).exception
    assert isinstance(failed, ModelError)
    assert f"{name} of {NAME} is not what the hub says it is (wrong digest); pull it again" in str(failed)
    assert not [path for path in (tmp_path / "hf").rglob("*") if path.name == name or path.suffix == ".part"]
    hub.lies = {}
    assert invoke(NAME).exception is None


def test_a_token_is_sent_to_the_hub_and_nowhere_else(hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.token = "hf_secret"
    refused = invoke(NAME).exception
    assert isinstance(refused, ModelError)
    assert f"see {hub.url}/{NAME}; accept its licence there, and set HF_TOKEN" in str(refused)
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    done = invoke(NAME)
    assert done.exception is None
    assert "hf_secret" not in done.output
    assert not [path for path, headers in hub.asked if path.startswith("/cdn/") and "authorization" in headers]


def test_what_cannot_be_had(hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = invoke("nobody/nothing").exception
    assert isinstance(missing, ModelError)
    assert str(missing).startswith("the hub has no model nobody/nothing")
    for name in ("qwen", "a/b/c", "../x", "a b/c"):
        assert isinstance(invoke(name).exception, UsageError)
    del hub.files["model.safetensors"]
    unsafe = invoke(NAME).exception
    assert isinstance(unsafe, ModelError)
    assert "has no safetensors, and nothing else is loaded here" in str(unsafe)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    away = invoke(NAME).exception
    assert isinstance(away, ModelError)
    assert "cannot be reached" in str(away)


def test_want_of_room_is_said_before_anything_is_fetched(hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        free = 1000

    monkeypatch.setattr(pulling.shutil, "disk_usage", lambda _: Usage)
    full = invoke(NAME).exception
    assert isinstance(full, EnvironmentFault)
    assert "free the disk there, or set HF_HOME" in str(full)
    assert len(hub.asked) == 1


def test_two_pulls_do_not_write_one_file(hub: LoopbackHub, tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    blobs = tmp_path / "hf" / "hub" / f"models--{NAME.replace('/', '--')}" / "blobs"
    blobs.mkdir(parents=True)
    with (blobs / f"{hashlib.sha256(WEIGHTS).hexdigest()}.part").open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        busy = invoke(NAME).exception
    assert isinstance(busy, EnvironmentFault)
    assert "another pull is fetching it" in str(busy)


@needs_torch
def test_what_was_pulled_is_asked(hub: LoopbackHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = tiny_model.build(tmp_path / "built")
    hub.files = {path.name: path.read_bytes() for path in built.iterdir()}
    folder = invoke("codellama:7b-instruct").stdout.splitlines()[0]
    model = load_model(f"local:{folder}", environ={})
    assert complete(model, [Message("user", "Where?")], Sampling()).text == tiny_model.REPLY
    assert vocabulary_at_hand("codellama:7b") is not None
