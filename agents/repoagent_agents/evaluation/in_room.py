"""Runs one Python program inside the sandbox and says how it went; started as a file, never imported.

    python -I in_room.py NONCE SECONDS        in a folder that holds program.py

Says `NONCE started` and then `NONCE passed`, `NONCE timed out` or `NONCE failed: why` on what was standard output; the
program itself has its own streams. The conditions are those of openai/human-eval's execution.py, so that a verdict is
the same: an empty namespace, no input, an exception when the time is over, and the same functions taken away. It is the
sandbox around this process that holds a bad program, not these.
"""

import contextlib
import faulthandler
import importlib
import io
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

TAKEN = {
    "builtins": "exit quit help",
    "os": "kill system putenv remove removedirs rmdir fchdir setuid fork forkpty killpg rename renames truncate replace"
    " unlink fchmod fchown chmod chown chroot lchflags lchmod lchown getcwd chdir",
    "shutil": "rmtree move chown",
    "subprocess": "Popen",
}
NOT_THERE = ("ipdb", "joblib", "resource", "psutil", "tkinter")


class TimeIsOver(Exception):  # an Exception, as there: a program may catch it, once
    pass


class NoInput(io.StringIO):
    """Takes what is written; whoever reads gets an error."""

    def read(self, *_: object) -> Any:
        raise OSError

    readline = readlines = read

    def readable(self) -> bool:
        return False


def main() -> None:
    nonce, seconds = sys.argv[1], float(sys.argv[2])
    with open("program.py", encoding="utf-8", newline="") as file:  # noqa: PTH123  pathlib takes a while to import
        text = file.read()
    for name in ("program.py", __file__):
        with contextlib.suppress(OSError):
            os.unlink(name)  # noqa: PTH108
    said = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.write(said, f"{nonce} started\n".encode())
    if "numpy" in text:  # the harness has imported it before it takes functions away, without which it cannot be
        with contextlib.suppress(Exception):
            importlib.import_module("numpy")
    take_away()
    verdict = outcome(text, seconds, lambda: (os.write(said, f"{nonce} timed out\n".encode()), os._exit(0)))
    os.write(said, f"{nonce} {verdict}\n".encode("utf-8", "replace"))
    os._exit(0)


def take_away() -> None:
    faulthandler.disable()
    os.environ["OMP_NUM_THREADS"] = "1"
    for module, names in TAKEN.items():
        found = importlib.import_module(module)
        for name in names.split():
            setattr(found, name, None)
    for name in NOT_THERE:
        sys.modules[name] = None  # type: ignore[assignment]


def outcome(text: str, seconds: float, give_up: Callable[[], object]) -> str:
    """`give_up` is called when a program has caught the exception and a second later still runs."""
    alarms: list[int] = []

    def over(*_: object) -> None:
        alarms.append(1)
        if len(alarms) > 1:
            give_up()
        raise TimeIsOver

    stream = NoInput()
    sys.argv = ["program.py"]
    sys.stdin = stream
    try:
        with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
            signal.signal(signal.SIGALRM, over)
            signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
            try:
                exec(text, {})  # noqa: S102  what this file is for
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
    except TimeIsOver:
        return "timed out"
    except BaseException as error:  # noqa: BLE001  SystemExit too: a program that leaves has not passed
        try:
            why = " ".join(f"{type(error).__name__}: {error}".split())
        except Exception:  # noqa: BLE001
            why = "an error that cannot be shown"
        return f"failed: {why[:300]}"
    return "passed"


if __name__ == "__main__":
    main()
