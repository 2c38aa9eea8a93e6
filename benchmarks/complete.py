"""What repoagent itself costs a completion: the time beside the model's, as a command and as a server for editors.

The model is a server on loopback that answers at once, so that all that is left is ours; its own time is taken off.
Baseline beside it: the same prompt sent to the same server by a bare HTTP client.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import product

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from scripted_server import Server, says, scripted_server


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path, help="a git work tree")
    parser.add_argument("--n", type=int, default=30, help="places to complete")
    parser.add_argument("--suffix", default=".py", help="of the files in which places are drawn")
    parser.add_argument("--home", type=Path, default=Path("/tmp/repoagent-benchmarks"))
    parser.add_argument("--baseline-only", action="store_true", help="leave repoagent out")
    given = parser.parse_args()
    places = drawn(given.checkout, given.suffix, given.n)
    with scripted_server([says("x = 1")], models=["CodeLlama-7b-hf"]) as server:
        rows = {"bare HTTP request": [bare(server) for _ in places]}
        if not given.baseline_only:
            rows["complete --serve"] = served(server, given.checkout, places, given.home)
            rows["complete, a process each"] = commands(server, given.checkout, places, given.home)
    print("| | n | p50 ms | p95 ms |\n|---|---:|---:|---:|")
    for name, times in rows.items():
        p95 = sorted(times)[int(0.95 * (len(times) - 1))]
        print(f"| {name} | {len(times)} | {statistics.median(times):.1f} | {p95:.1f} |")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"CPU of all child processes: {used.ru_utime + used.ru_stime:.1f} s; load {os.getloadavg()[0]:.1f}")


def drawn(checkout: Path, suffix: str, n: int) -> list[tuple[str, int]]:
    """Places at ends of lines, drawn with a fixed seed."""
    listed = subprocess.run(["git", "ls-files", f"*{suffix}"], cwd=checkout, capture_output=True, text=True, check=True)
    paths = [path for path in listed.stdout.splitlines() if (checkout / path).stat().st_size > 2000]
    draw = random.Random(1)
    places = []
    for path in draw.choices(paths, k=n):
        places.append((path, draw.randrange(1, (checkout / path).read_bytes().count(b"\n") + 1)))
    return places


def bare(server: Server) -> float:
    """Milliseconds of one request of the size of a completion's."""
    body = {"model": "CodeLlama-7b-hf", "prompt": "x = 1\n" * 2000, "stream": True, "max_tokens": 256}
    began = time.perf_counter()
    request = urllib.request.Request(f"{server.url}/v1/completions", json.dumps(body).encode())
    with urllib.request.urlopen(request) as response:
        response.read()
    return 1000 * (time.perf_counter() - began)


def arguments(server: Server) -> list[str]:
    return ["--model", f"{server.url}/v1#CodeLlama-7b-hf"]


def served(server: Server, checkout: Path, places: list[tuple[str, int]], home: Path) -> list[float]:
    """Milliseconds of each answer as an editor sees it, less the model's."""
    command = [*product.command(), "complete", "--serve", *arguments(server)]
    times = []
    with subprocess.Popen(
        command, cwd=checkout, env=product.environment(home), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as editor:
        assert editor.stdin is not None
        assert editor.stdout is not None
        for path, line in [places[0], *places]:  # the first waits for the start
            text = (checkout / path).read_text("utf-8", "replace")
            began = time.perf_counter()
            editor.stdin.write(json.dumps({"path": path, "line": line, "text": text}) + "\n")
            editor.stdin.flush()
            answer = json.loads(editor.stdout.readline())
            times.append(1000 * (time.perf_counter() - began) - answer["ms"]["model"])
        editor.stdin.close()
    return times[1:]


def commands(server: Server, checkout: Path, places: list[tuple[str, int]], home: Path) -> list[float]:
    """Milliseconds of a whole process for each place, less the model's."""
    times = []
    for path, line in places:
        command = [*product.command(), "complete", "--json", f"{path}:{line}", *arguments(server)]
        began = time.perf_counter()
        done = subprocess.run(
            command, cwd=checkout, env=product.environment(home), capture_output=True, text=True, check=False
        )
        took = 1000 * (time.perf_counter() - began)
        if done.returncode not in product.DONE:
            sys.exit(done.stderr)
        times.append(took - json.loads(done.stdout)["ms"]["model"])
    return times


if __name__ == "__main__":
    main()
