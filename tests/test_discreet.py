"""What is not sent to another machine, and who is asked before anything is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from repoagent.consent import ask_first
from repoagent_agents.models.base import Message, Model, Sampling
from repoagent_agents.models.discreet import discreet, held_back, is_elsewhere
from repoagent_indexers.discretion import overwritten, without_secrets
from repoagent_indexers.errors import Refused

KEY = "q7Zp" + "2LmX9vTn4RkB8sWd1HcY"
SECRETS = {
    "aws = AKIA" + "IOSFODNN7EXAMPLQ": "AWS key",
    "token: ghp_" + "a1B2" * 9: "GitHub token",
    "glpat-" + "x9" * 12: "GitLab token",
    "xoxb-" + "123456789012-abcdefABCDEF": "Slack token",
    "AIza" + "Sy0123456789abcdefghijklmnopqrstuvw": "Google key",
    "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc": "Stripe key",
    "sk-ant-" + "api03-abcdefghijklmnopqrstuvwxyz": "API key",
    "eyJhbGciOiJI" + ".eyJzdWIiOiIx" + ".SflKxwRJSMeKKF2QT4": "JSON web token",
    "postgres://app:" + "s3cr3tpw@db.example.org/x": "password in a URL",
    f'API_KEY = "{KEY}"': "password or token",
    f"export SECRET_TOKEN={KEY}": "password or token",
    f"  password: '{KEY}'": "password or token",
    f'"client_secret": "{KEY}"': "password or token",
}


@pytest.mark.parametrize(("line", "kind"), SECRETS.items())
def test_secrets_are_held_back(line: str, kind: str) -> None:
    text, found = without_secrets(f"before\n{line}\nafter\n")
    assert found == {kind: 1}
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert text.count("\n") == 3
    assert line.rsplit("=", maxsplit=1)[-1].strip(' "') not in text
    assert "-held-back>" in text


@pytest.mark.parametrize(("line", "kind"), SECRETS.items())
def test_secrets_are_overwritten_where_they_stand(line: str, kind: str) -> None:
    content = f"vörher\n{line}\nafter\n".encode() + b"\xff\n"
    clean, found = overwritten(content)
    assert found == {kind: 1}
    assert len(clean) == len(content)
    changed = [at for at, (old, new) in enumerate(zip(content, clean, strict=True)) if old != new]
    assert len(changed) >= 8
    assert content[: changed[0]] + b"*" * (changed[-1] + 1 - changed[0]) + content[changed[-1] + 1 :] == clean
    assert overwritten(clean)[0] == clean


def test_a_private_key_keeps_its_lines() -> None:
    body = "\n".join(["MIIEpAIBAAKCAQEA" + "x" * 40] * 5)
    key = f"a\n-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----\nb\n"
    text, found = without_secrets(key)
    assert found == {"private key": 1}
    assert "MIIE" not in text
    assert text.count("\n") == key.count("\n")
    assert text.splitlines()[-1] == "b"


@pytest.mark.parametrize(
    "line",
    [
        "password = get_password(user, settings.password_file2)",
        "token = self.tokens[position1]",
        "secret_key = os.environ['SECRET_KEY']",
        "def check_password(password: str, hashed: str) -> bool:",
        'password = "changeme123"',
        'api_key = "your-api-key-here1"',
        "access_token: string | undefined;",
        "tokenizer = load_tokenizer2(path_to_model)",
        "TOKEN_TYPES = {'identifier_1', 'number_2'}",
        "see https://example.org/a:b@c and user@host",
        "#define TOKEN_KIND_IDENTIFIER2 TOKEN_KIND_LAST",
    ],
)
def test_code_that_speaks_of_secrets_is_left_alone(line: str) -> None:
    assert without_secrets(line) == (line, {})


class Recorder:
    """A model that writes down what it is sent."""

    name, window = "codellama", 4096

    def __init__(self, place: str) -> None:
        self.place = place
        self.sent: list[Message] = []

    def count(self, text: str) -> int:
        return len(text)

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[str]:
        self.sent = list(messages)
        yield "fine"


def test_only_a_model_elsewhere_goes_without() -> None:
    line = f'API_KEY = "{KEY}"'
    for place, is_sent in (("http://127.0.0.1:8080", True), ("in process", True), ("https://gpu.example.org", False)):
        recorder = Recorder(place)
        model: Model = discreet(recorder)
        assert "".join(model.stream([Message("user", line)], Sampling())) == "fine"
        assert (line in recorder.sent[0].content) == is_sent
        assert sum(held_back(model).values()) == (0 if is_sent else 1)
        assert (model.name, model.place, model.window, model.count("abc")) == ("codellama", place, 4096, 3)


def test_nobody_to_ask_means_no(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REPOAGENT_ALLOW", raising=False)
    model = Recorder("https://gpu.example.org/v1")
    assert is_elsewhere(model)
    with pytest.raises(Refused, match=r"gpu\.example\.org is not this machine.*REPOAGENT_ALLOW=gpu\.example\.org"):
        ask_first(model, tmp_path)
    monkeypatch.setenv("REPOAGENT_ALLOW", "other.example.org, gpu.example.org")
    ask_first(model, tmp_path)


@pytest.mark.parametrize("says", [True, False])
def test_a_yes_is_remembered_for_the_repository_and_the_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: bool
) -> None:
    asked: list[str] = []
    monkeypatch.delenv("REPOAGENT_ALLOW", raising=False)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.confirm", lambda text, **_: asked.append(text) or says)
    model = Recorder("https://gpu.example.org/v1")
    for _ in range(2):
        if says:
            ask_first(model, tmp_path / "index")
        else:
            with pytest.raises(Refused, match="nothing was sent"):
                ask_first(model, tmp_path / "index")
    assert len(asked) == (1 if says else 2)
    assert "gpu.example.org" in asked[0]
