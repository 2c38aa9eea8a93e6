"""The programs in examples/, run as a reader would run them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import git
from test_cli import QUESTION, SHOP

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


@pytest.fixture
def shop(make_repository: Callable[..., Path]) -> Path:
    return make_repository(SHOP)


def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, EXAMPLES / name, *arguments], capture_output=True, text=True, timeout=120)


def test_rename_everywhere(shop: Path) -> None:
    planned = run("rename_everywhere.py", str(shop), "Cart.add", "put")
    assert planned.returncode == 0, planned.stderr
    assert "-    def add(self, article, quantity=1):\n+    def put(self, article, quantity=1):\n" in planned.stdout
    assert git(shop, "status", "--porcelain") == ""
    applied = run("rename_everywhere.py", str(shop), "Cart.add", "put", "--apply")
    assert applied.returncode == 0, applied.stderr
    assert git(shop, "status", "--porcelain") == " M shop/cart.py\n"
    assert applied.stdout.count("# commit ") == 0
    (shop / "unsaved.txt").write_text("not to be committed\n")
    git(shop, "add", "unsaved.txt")
    (shop / ".git/hooks/pre-commit").write_text("#!/bin/sh\ntouch ran\n")
    (shop / ".git/hooks/pre-commit").chmod(0o755)
    kept = run("rename_everywhere.py", str(shop), "Cart.put", "place", "--apply", "--commit", "Say place")
    assert kept.returncode == 0, kept.stderr
    assert git(shop, "log", "-1", "--format=%s", "--name-only").split() == ["Say", "place", "shop/cart.py"]
    assert f"# commit {git(shop, 'rev-parse', 'HEAD')[:10]}\n" in kept.stdout
    assert git(shop, "status", "--porcelain") == "A  unsaved.txt\n"
    wrong = run("rename_everywhere.py", str(shop), "Cart.vanish", "put")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "Traceback" not in wrong.stderr


def test_add_parameter(shop: Path) -> None:
    planned = run("add_parameter.py", str(shop), "Cart.add", "gift=False", "gift=True")
    assert planned.returncode == 0, planned.stderr
    assert "+    def add(self, article, quantity=1, gift=False):\n" in planned.stdout
    assert git(shop, "status", "--porcelain") == ""
    (shop / "use.py").write_text("from shop.cart import Cart\n\nCart().add('x')\nother.add(1)\nput = Cart().add\n")
    applied = run("add_parameter.py", str(shop), "Cart.add", "gift=False", "gift=True", "--apply")
    assert applied.returncode == 0, applied.stderr
    assert "Cart().add('x', gift=True)\nother.add(1)\n" in (shop / "use.py").read_text()
    assert "# look at use.py:5: not called here: put = Cart().add\n" in applied.stdout
    wrong = run("add_parameter.py", str(shop), "Cart.add", "gift=", "gift=True")
    assert wrong.returncode == 4
    assert "nothing is changed" in wrong.stderr
    assert "Traceback" not in wrong.stderr


def test_search_and_pack(shop: Path) -> None:
    done = run("search_and_pack.py", str(shop), QUESTION, "600")
    assert done.returncode == 0, done.stderr
    assert "shop/cart.py:18-20  Cart.total" in done.stderr
    assert "def total(self, discount):" in done.stdout


def test_every_example_is_tried() -> None:
    tested = Path(__file__).read_text("utf-8")
    assert all(f'"{path.name}"' in tested for path in EXAMPLES.glob("*.py"))


def test_move_function(make_repository: Callable[..., Path]) -> None:
    root = make_repository({
        "p/__init__.py": "",
        "p/a.py": '"""Old."""\nimport os\nfrom math import (\n    ceil,\n    floor as low,\n)\n\nSIZE = 2\n\n\n'
                  "def keep(x):\n    return move(x)\n\n\n@staticmethod\ndef move(x):\n    return low(x) + SIZE  # so\n",
        "b.py": "import p.a\nfrom p.a import keep, move as go, \\\n    SIZE\n\n"
                "assert go(3.5) == p.a.move(3.5) == keep(3.5) == 5\n",
        "c.py": "def f():\n    from p.a import move\n    return move(1)\n",
    })  # fmt: skip
    words = ["move_function.py", str(root), "p.a.move", "p/new.py", "p.new"]
    planned = run(*words, "--", "python3", "b.py")
    assert planned.returncode in {0, 7}, planned.stderr  # where there is no sandbox nothing is run
    applied = run(*words, "--apply")
    assert applied.returncode == 0, applied.stderr
    assert "# it still needs SIZE of p.a" in applied.stdout
    assert (root / "p/new.py").read_text() == (
        "from math import floor as low\nfrom p.a import SIZE\n\n\n"
        "@staticmethod\ndef move(x):\n    return low(x) + SIZE  # so\n"
    )
    assert "from p.new import move as go\nfrom p.a import keep, SIZE\n" in (root / "b.py").read_text()
    assert (root / "c.py").read_text() == "def f():\n    from p.new import move\n    return move(1)\n"
    done = subprocess.run([sys.executable, "b.py"], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
