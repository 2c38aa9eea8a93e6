"""The one place where errors become words and an exit code; console scripts are a `program`."""

from __future__ import annotations

import atexit
import errno
import gc
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TextIO, cast

from repoagent_indexers.errors import ModelError, RepoAgentError
from repoagent_indexers.forked import Forked

INTERRUPTED = 130
BUG = 3
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


def program(work: Callable[[], int]) -> NoReturn:
    """Run a console script to its end, in a process that is short-lived and all its own."""
    # numpy's arithmetic is too short here to be worth waking other cores, which then spin: 0.1 s of a warm search
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # what is imported stays: looking for garbage among it takes 8 ms of a start, and 20 ms at the end
    gc.set_threshold(20_000)
    atexit.register(gc.freeze)
    Forked.is_allowed = True
    sys.exit(guarded(work))


def guarded(work: Callable[[], int]) -> int:
    """The exit code of `work`; an error is one line on standard error, an unexpected one also a log that it names."""
    from repoagent.visible import visible

    _let_streams_take_all()
    try:
        code = work()
        sys.stdout.flush()
    except RepoAgentError as error:
        kept = " (what had arrived is above)" if isinstance(error, ModelError) and error.partial else ""
        _say(visible(" ".join(str(error).split())) + kept)
        return error.exit_code
    except (KeyboardInterrupt, EOFError):
        _say("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        _silence()
        return 0
    except MemoryError:
        _say("out of memory; free some, or look at a part of the repository with --root")
        return 3
    except Exception as error:  # noqa: BLE001  this is the last stop
        from click import Abort

        if isinstance(error, Abort):  # Ctrl-C or Ctrl-D where a yes was asked for
            _say("interrupted")
            return INTERRUPTED
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            _silence()
            _say(f"{(error.strerror or 'the disk is full').lower()}; free some of the disk and try again")
            return 3
        _say(f"unexpected {type(error).__name__}; please report it with {_log(error)}")
        return BUG
    return code


def _let_streams_take_all() -> None:
    """Names of files that are not UTF-8 go out as they are; what a terminal's encoding lacks, as `\\u65e5`. A stream
    that was closed before we began takes all, too."""
    sys.stdin = sys.stdin or _nowhere("r")
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        is_utf8 = (stream.encoding or "").lower().replace("-", "") == "utf8"
        stream.reconfigure(errors="surrogateescape" if is_utf8 else "backslashreplace")  # type: ignore[union-attr]


def _say(line: str) -> None:
    try:
        sys.stderr.write(f"repoagent: {line}\n")
    except OSError:
        _silence()


def _silence() -> None:
    """Nobody reads any more: keep Python from complaining about it at the end."""
    sys.stdout = _nowhere()


def _nowhere(mode: str = "w") -> TextIO:
    return cast("TextIO", open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123


def _log(error: Exception) -> Path | str:
    import traceback

    from repoagent_indexers.indexing.index import index_home

    try:
        folder = index_home() / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        log = folder / f"error-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
        log.write_text("".join(traceback.format_exception(error)), "utf-8", "replace")
    except OSError:
        return f"this: {' '.join(str(error).split())}"
    return log
