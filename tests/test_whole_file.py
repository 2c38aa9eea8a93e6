"""A file is written whole or not at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from repoagent.own_file import write_own
from repoagent_indexers.whole_file import write_whole

posix = pytest.mark.skipif(sys.platform == "win32", reason="limits and permission bits of POSIX")

SMALL_DISK = """
import resource, sys
from pathlib import Path
from repoagent_indexers.whole_file import write_whole
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_whole(Path(sys.argv[1]), b"x" * 2000)
except OSError as error:
    print(type(error).__name__)
"""


@posix
def test_the_old_content_gives_way_to_the_new(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    write_whole(path, b"one", 0o600)
    assert path.stat().st_mode & 0o777 == 0o600
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


@posix
def test_a_full_disk_leaves_the_old_content_and_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    write_whole(path, b"old")
    said = subprocess.run(
        [sys.executable, "-c", SMALL_DISK, str(path)], capture_output=True, text=True, check=True
    ).stdout
    assert said == "OSError\n"
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@posix
def test_a_page_behind_a_link_is_written_where_the_link_leads(tmp_path: Path) -> None:
    page, link = tmp_path / "page.html", tmp_path / "link.html"
    link.symlink_to(page)
    write_own(link, "page", "map", "page", lambda text: text == "page")
    assert link.is_symlink()
    assert page.read_text() == "page"
