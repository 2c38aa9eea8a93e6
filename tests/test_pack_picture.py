"""What fills a window, as rows and as a picture; the clipboard."""

from __future__ import annotations

import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

from repoagent.clipboard import copy
from repoagent.pack_picture import rows, svg, write_svg
from repoagent_agents.packing.pack import Pack, Piece
from repoagent_indexers.errors import EnvironmentFault, Refused, UsageError
from repoagent_indexers.source import Span


def piece(path: str, level: str, tokens: int) -> Piece:
    return Piece(Span(path, 0, 1, 1, 2), level, tokens, "because")


PACK = Pack(
    1000, 600,
    (
        piece("x.py", "outline", 100), piece("a<b>.py", "full", 200), piece("c.py", "part", 50),
        piece("a<b>.py", "full", 250),
    ),
    "text", (),
)  # fmt: skip


def test_pieces_of_one_file_and_level_are_one_row() -> None:
    assert [(row.path, row.level, row.tokens, row.n_pieces) for row in rows(PACK)] == [
        ("outline of other files", "outline", 100, 1), ("a<b>.py", "full", 450, 2), ("c.py", "part", 50, 1),
    ]  # fmt: skip


def test_picture_is_well_formed_and_its_bar_is_as_full_as_the_window() -> None:
    drawn = ElementTree.fromstring(svg(PACK))
    bars = [one for one in drawn.iter("{http://www.w3.org/2000/svg}rect") if len(one)]
    assert sum(float(bar.attrib["width"]) for bar in bars) == pytest.approx(960 * 0.6, abs=1)
    assert any("a<b>.py" in (text.text or "") for text in drawn.iter("{http://www.w3.org/2000/svg}text"))


def test_picture_replaces_pictures_only(tmp_path: Path) -> None:
    file = tmp_path / "window.svg"
    write_svg(file, PACK)
    write_svg(file, PACK)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(Refused, match=r"notes\.txt: a file is there"):
        write_svg(tmp_path / "notes.txt", PACK)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    with pytest.raises(UsageError, match="no such file"):
        write_svg(tmp_path / "no" / "window.svg", PACK)


def test_copy_takes_the_program_of_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "xclip"
    program.write_text(f"#!/bin/sh\n/bin/cat > {tmp_path / 'clip'}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DISPLAY", ":9")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert copy("what was packed: ü") == "copied by xclip"
    assert (tmp_path / "clip").read_text("utf-8") == "what was packed: ü"


def test_nothing_to_copy_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with open(os.devnull, "w") as pipe:  # noqa: PTH123
        monkeypatch.setattr("sys.stderr", pipe)
        with pytest.raises(EnvironmentFault, match="install wl-copy"):
            copy("text")
