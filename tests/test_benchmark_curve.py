"""The curves of the benchmarks: exponents, the drawing, and the clone that costs are measured in."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import chart
import curve
import pytest
import workplace

BENCHMARKS = str(Path(__file__).parents[1] / "benchmarks")


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0])
def test_a_growth_exponent_is_the_slope_of_the_logarithms(power: float) -> None:
    xs = [10, 200, 3_000, 50_000]
    assert curve._exponent(xs, [7 * x**power for x in xs]) == pytest.approx(power)


def test_what_a_later_run_did_not_measure_stays() -> None:
    before = {"name": "a", "bytes": 2, "floor_cpu": 1.5, "index_bytes": 9, "text_bytes": 8, "rows": {"x": 1, "y": 1}}
    later = {"name": "a", "bytes": 2, "floor_cpu": 0.0, "index_bytes": 0, "text_bytes": 0, "rows": {"x": 2}}
    other = {"name": "b", "bytes": 1, "floor_cpu": 1.0, "index_bytes": 1, "text_bytes": 1, "rows": {}}
    assert curve._added([before], [later, other]) == [other, {**before, "rows": {"x": 2, "y": 1}}]


def test_a_drawing_is_well_formed_and_its_labels_do_not_lie_on_each_other() -> None:
    points = {f"curve <{n}>": [(10.0, 1.0), (1000.0, 50.0 + n)] for n in range(5)}
    root = ET.fromstring(chart.svg([chart.Panel("a & b", "lines", points)]))
    labels = [each for each in root.iter("{http://www.w3.org/2000/svg}text") if (each.text or "").startswith("curve")]
    heights = sorted(float(each.attrib["y"]) for each in labels)
    assert len(heights) == len(points)
    assert all(below - above > 12 for above, below in pairwise(heights))


def test_what_a_command_leaves_behind_is_counted_and_ended(tmp_path: Path) -> None:
    """In a process of its own: measuring makes a process the one that orphans come to."""
    program = """
import sys, pathlib, measure
sleeper = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])"
cost = measure.measure([sys.executable, "-c", sleeper], pathlib.Path.cwd(), {})
print(cost.code, cost.left_running, cost.own_cpu <= cost.cpu, measure.end_children())
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": BENCHMARKS}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "0 1 True (0, 0.0)"


def test_checkouts_are_put_side_by_side(make_repository: Callable[..., Path], tmp_path: Path) -> None:
    one = make_repository({"a.py": "def f():\n    return 1\n", "notes.txt": "words\n"})
    with workplace.Workplace([one], tmp_path / "scratch") as place:
        assert (place.n_files, place.n_lines) == (1, 2)
        place.change("once")
        assert place.changing.read_text("utf-8") != "def f():\n    return 1\n"
        place.restore()
        assert place.changing.read_text("utf-8") == "def f():\n    return 1\n"
    assert not (tmp_path / "scratch" / one.name).exists()
    two = tmp_path / "two"
    subprocess.run(["git", "clone", "-q", str(one), str(two)], check=True)
    with workplace.Workplace([one, two], tmp_path / "scratch") as place:
        assert (place.n_files, place.n_lines) == (2, 4)
        assert place.name == f"{one.name}+two"
