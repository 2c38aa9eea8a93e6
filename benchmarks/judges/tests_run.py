"""A repository's tests, run in a copy, for judges that watch what runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_NO_ONE = ["unshare", "--net", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def run_tests(root: Path, folder: Path, tests: str, wanted: str, said: dict[str, str]) -> None:
    """Run a copy's tests, as nobody and without a network where this process may do that; keep what was `wanted`.

    The environment has what is `said`, and the copy's and the results' place. `at` holds the copy's place afterwards.
    """
    if not tests:
        sys.exit("--tests: name the command that runs the repository's tests")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        copy, home, out = (Path(scratch) / name for name in ("copy", "home", "out"))
        shutil.copytree(root, copy, symlinks=True)
        home.mkdir()
        out.mkdir()
        may_give_up = os.geteuid() == 0
        if may_give_up:
            subprocess.run(["chown", "-R", "65534:65534", scratch], check=True)
        said = {**said, "REFERENCES_ROOT": str(copy), "REFERENCES_OUT": str(out)}
        subprocess.run(
            [*(_NO_ONE if may_give_up else []), "bash", "-c", tests], check=False, cwd=copy, stdout=sys.stderr,
            env={"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "TMPDIR": str(home), **said},
        )  # fmt: skip
        for file in out.glob(wanted):
            shutil.copy(file, folder)
        (folder / "at").write_text(os.path.realpath(copy))
