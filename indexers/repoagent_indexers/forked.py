"""A child that begins as a copy of this process: what is imported here need not be imported there again.

Only where this process is a program of our own, which says so (`Forked.is_allowed = True`): others' threads and what a
library holds are no safe thing to copy.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO


class Forked:
    """A copy of this process that does nothing but `work(standard input, standard output)`; as `subprocess.Popen`.

    Of the files that are open here it keeps its own three; when `work` fails, its standard error says why. Raises
    OSError when there is no room for another process.
    """

    is_allowed = False

    @classmethod
    def is_possible(cls) -> bool:
        """Whether a copy is allowed, safe (Linux's libraries allow it) and small (no model in it)."""
        return cls.is_allowed and Path("/proc/self/statm").exists() and "torch" not in sys.modules

    def __init__(self, work: Callable[[IO[bytes], IO[bytes]], None]) -> None:
        pipes = [os.pipe() for _ in range(3)]
        (theirs_in, ours_in), (ours_out, theirs_out), (ours_err, theirs_err) = pipes
        try:
            self.pid = os.fork()
        except OSError:
            for end in (end for pipe in pipes for end in pipe):
                os.close(end)
            raise
        if self.pid == 0:
            _be(work, theirs_in, theirs_out, theirs_err)
        for end in (theirs_in, theirs_out, theirs_err):
            os.close(end)
        self.stdin: IO[bytes] = os.fdopen(ours_in, "wb")
        self.stdout: IO[bytes] = os.fdopen(ours_out, "rb")
        self.stderr: IO[bytes] = os.fdopen(ours_err, "rb")

    def kill(self) -> None:
        """End it now. Not after `wait`: another process may have its number then."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Its exit code, or the signal that ended it, as a negative number."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def _be(work: Callable[[IO[bytes], IO[bytes]], None], *streams: int) -> None:
    """In the child: live and end as one."""
    code = 1
    try:
        for told in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(told, signal.SIG_DFL)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        with open(0, "rb", closefd=False) as stdin, open(1, "wb", closefd=False) as stdout:
            work(stdin, stdout)
        code = 0
    except BaseException as error:  # noqa: BLE001  nothing above this is the child's
        os.write(2, f"{type(error).__name__}: {error}\n".encode("utf-8", "backslashreplace"))
    finally:
        os._exit(code)  # and none of what the parent does at its end
