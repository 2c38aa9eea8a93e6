"""A model in this process on a long pack: the second question beside the first, and the memory it takes.

A small random model of Code Llama's architecture, built here (tests/tiny_model.py), reads a pack of a real repository,
filled to the wanted length. Then a second question is asked on the same pack. Baseline beside it: the same second
question to the same model that has forgotten what it read. Each length runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
QUESTIONS = ("how is a request answered?", "and which of these may fail?")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path, help="a git work tree to make packs of")
    parser.add_argument("--tokens", type=int, nargs="+", default=[32_000], help="lengths of the pack")
    parser.add_argument("--hidden", type=int, default=128, help="width of the model")
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--baseline-only", action="store_true", help="leave the reuse out")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measured(given)))
        return
    print(
        "| pack, tokens | model | first question, s to first token | second, anew | second, reused | ratio | peak MB |"
    )
    print("|---:|---|---:|---:|---:|---:|---:|")
    for tokens in given.tokens:
        arguments = [str(given.checkout), "--tokens", str(tokens), "--hidden", str(given.hidden)]
        arguments += ["--layers", str(given.layers), "--one", *(["--baseline-only"] if given.baseline_only else [])]
        done = subprocess.run([sys.executable, __file__, *arguments], stdout=subprocess.PIPE, text=True, check=True)
        row = json.loads(done.stdout)
        ratio = f"{row['anew_s'] / row['reused_s']:.0f}x" if row["reused_s"] else "-"
        reused = f"{row['reused_s']:.3f}" if row["reused_s"] else "-"
        print(
            f"| {row['tokens']:,} | {row['model']} | {row['first_s']:.2f} | {row['anew_s']:.2f} | {reused} | {ratio} "
            f"| {row['peak_mb']} |",
            flush=True,
        )
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


def measured(given: argparse.Namespace) -> dict[str, object]:
    """The figures of one length."""
    import tiny_model
    import torch

    from repoagent_agents.models import Message, Sampling, load_model
    from repoagent_agents.models.base import timed

    torch.set_num_threads(1)
    (tokens,) = given.tokens
    with tempfile.TemporaryDirectory() as folder:
        path = tiny_model.build(Path(folder) / "tiny", hidden=given.hidden, layers=given.layers)
        model = load_model(f"local:{path}", window=tokens + 2048, environ={})
        head = Message("user", f"{packed(given.checkout, model.count, tokens)}\n{QUESTIONS[0]}")
        dialogs = [[head], [head, Message("assistant", tiny_model.REPLY), Message("user", QUESTIONS[1])]]

        def first_token(dialog: list[Message]) -> tuple[float, int]:
            stream = timed(model.stream(dialog, Sampling(max_tokens=4)))
            while True:
                try:
                    next(stream)
                except StopIteration as end:
                    return end.value.first_s, end.value.usage.prompt_tokens

        first_s, n_prompt = first_token(dialogs[0])
        reused_s = 0.0 if given.baseline_only else first_token(dialogs[1])[0]
        model.continuation._forget()
        anew_s, _ = first_token(dialogs[1])
    weights = sum(parameter.numel() for parameter in model.model.parameters()) / 1e6
    return {
        "tokens": n_prompt,
        "model": f"{given.layers} layers x {given.hidden}, {weights:.1f} M",
        "first_s": first_s,
        "anew_s": anew_s,
        "reused_s": reused_s,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
    }


def packed(checkout: Path, count: object, tokens: int) -> str:
    """A pack of the repository of that many tokens, as the model counts them; files follow where it is too small."""
    import repoagent

    os.environ.setdefault("REPOAGENT_HOME", "/tmp/repoagent-benchmarks")
    with repoagent.open(str(checkout)) as repo:
        text = repo.pack(QUESTIONS[0], tokens, count=count).text  # type: ignore[arg-type]
        for path in repo.index.catalogue.paths:
            n = count(text)  # type: ignore[operator]
            if n >= tokens - 100:
                break
            source = repo.index.source(path)
            more = source.content.decode("utf-8", "replace") if source else ""
            text += more[: int((tokens - n) * len(text) / n)]
    return text


if __name__ == "__main__":
    main()
