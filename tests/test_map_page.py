"""The map as a page: what stands in it, and what a person sees and does in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import PROGRAM, Browser

from repoagent.cli import main
from repoagent.map_page import map_page
from repoagent_indexers.git.repository import Repository
from repoagent_indexers.indexing.index import Index

MakeRepository = Callable[..., Path]
needs_a_browser = pytest.mark.skipif(PROGRAM is None, reason="no Chromium here; apt-get install chromium")

FILES = {
    "src/core/engine.py": "class Engine:\n    def start(self): pass\n\n\ndef ignite(): pass\n" + "# long\n" * 60,
    "src/core/wheel.py": "from src.core.engine import Engine, ignite\n\n\ndef turn(): return ignite(Engine())\n",
    "src/app.py": "from src.core.wheel import turn\nfrom src.core.engine import Engine\n\n\n"
    "def drive(): return turn(Engine)\n",
    "tests/test_app.py": "from src.app import drive\n\n\ndef test_drive(): drive()\n",
    "setup.cfg": "[metadata]\nname = car\n",
    "null.bin": b"\0",
}
HOSTILE = {
    "<img src=x onerror=alert(1)>.py": "def one(): pass\n",
    "</script><script>document.title='gone'</script>.py": "def two(): pass\n",
    "a\u202eb\x1b[31m\nc.py": "def three(): pass\n",
    "quote\"'`&amp;.py": "def four(): pass\n",
    "PAGE_DATA SCRIPT_HASH \\1 \\g<0>.py": "def five(): pass\n",
    "__proto__/constructor.py": "def toString(): pass\n\n\ndef __proto__(): return toString()\n",
}


def page_of(root: Path, roots: tuple[str, ...] = ()) -> str:
    with Repository.open(root) as repository, Index.open(repository) as index:
        return map_page(index, root.name, roots)


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_what_stands_in_it(make_repository: MakeRepository) -> None:
    data = data_of(page_of(make_repository(FILES)))
    names = data["names"]
    rows = {row[0]: row for row in data["files"]}
    assert list(rows) == ["setup.cfg", "src/app.py", "src/core/engine.py", "src/core/wheel.py", "tests/test_app.py"]
    assert data["left_out"] == 1
    engine = rows["src/core/engine.py"]
    assert engine[1] == len(FILES["src/core/engine.py"])
    assert (engine[2], engine[3]) == (7, 1)
    assert data["roles"][engine[4]] == "source"
    assert [[data["kinds"][kind], names[name], line, depth] for kind, name, line, depth in engine[6]] == [
        ["class", "Engine", 1, 0],
        ["method", "start", 2, 1],
        ["function", "ignite", 5, 0],
    ]
    paths = list(rows)
    assert [(paths[n], [names[name] for name in some]) for n, some in engine[7]] == [
        ("src/core/wheel.py", ["ignite", "Engine"]),
        ("src/app.py", ["Engine"]),
    ]
    assert [paths[n] for n, _ in rows["src/core/wheel.py"][8]] == ["src/core/engine.py"]


def test_below_a_folder_and_of_nothing(make_repository: MakeRepository) -> None:
    root = make_repository(FILES)
    assert [row[0] for row in data_of(page_of(root, ("src/core/",)))["files"]] == [
        "src/core/engine.py",
        "src/core/wheel.py",
    ]
    assert data_of(page_of(make_repository({}, "empty")))["files"] == []


def test_the_page_asks_for_nothing_and_holds_no_foreign_markup(make_repository: MakeRepository) -> None:
    page = page_of(make_repository(HOSTILE, "<b>& repo"))
    assert not re.search(r"https?://|@import|url\(", page)
    assert page.count("<script") == page.count("</script>") == 2
    assert "<img" not in page
    assert "<b>" not in page
    assert "\u202e" not in page
    assert "\x1b" not in page
    assert len(data_of(page)["files"]) == len(HOSTILE)


def test_the_command(make_repository: MakeRepository, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root, page = make_repository(FILES), tmp_path / "map.html"
    for _ in range(2):  # a map may be written over
        with pytest.raises(SystemExit, match="0"):
            main(["map", "--html", str(page), "-C", str(root)])
        assert capsys.readouterr().out == f"{page}: open it in a browser\n"
    assert page.read_text("utf-8").startswith("<!doctype html>")
    for place, code in ((root / "src/app.py", "4"), (root, "2"), (tmp_path / "no" / "map.html", "2")):
        with pytest.raises(SystemExit, match=code):
            main(["map", "--html", str(place), "-C", str(root)])
        assert capsys.readouterr().err.count("\n") == 1
    assert (root / "src/app.py").read_text() == FILES["src/app.py"]


# -- in a browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


def opened(browser: Browser, page: str, place: Path, anchor: str = "") -> None:
    place.write_text(page, "utf-8")
    browser.open(place, anchor)


def panel(browser: Browser) -> str:
    text = browser.say("document.getElementById('panel').innerText")
    assert isinstance(text, str)
    return text


def tile_at(browser: Browser) -> str | None:
    found = browser.say(
        "(document.getElementById(document.getElementById('map').getAttribute('aria-activedescendant')) || {}).title"
    )
    return None if found is None else str(found).split("\n", 1)[0]


@needs_a_browser
def test_a_click_shows_symbols_and_links(make_repository: MakeRepository, tmp_path: Path, browser: Browser) -> None:
    opened(browser, page_of(make_repository(FILES)), tmp_path / "map.html")
    assert browser.say("document.querySelectorAll('.tile').length") == 4  # configuration is there on demand
    assert "src/core/engine.py" in panel(browser)
    browser.click("[title^='src/core/engine.py']")
    said = panel(browser)
    assert said.startswith("src/core/engine.py")
    assert "src/core/wheel.py ignite, Engine" in " ".join(said.split())
    assert "method 2" in said
    assert browser.say("document.querySelectorAll('.tile.user').length") == 2
    assert browser.say("document.querySelector('.tile.self').title.split('\\n')[0]") == "src/core/engine.py"
    browser.click("#panel li button")
    assert panel(browser).startswith("src/core/wheel.py")
    assert browser.say("document.querySelectorAll('.tile.used').length") == 1
    browser.say(
        "[...document.querySelectorAll('#roles button')].find(b => b.textContent.startsWith('configuration')).click()"
    )
    assert browser.say("document.querySelectorAll('.tile').length") == 5
    browser.click(".folder[data-folder='src/']")
    assert browser.say("document.querySelectorAll('.tile').length") == 3
    assert browser.say("document.getElementById('trail').innerText").split("\n") == ["all files", "src"]
    assert not browser.problems()
    assert browser.requests() == [(tmp_path / "map.html").as_uri()]


@needs_a_browser
def test_keys_do_all_that_a_mouse_does(make_repository: MakeRepository, tmp_path: Path, browser: Browser) -> None:
    opened(browser, page_of(make_repository(FILES)), tmp_path / "map.html")
    browser.say("document.getElementById('map').focus()")
    seen = set()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft", "ArrowUp"):
        browser.press(key)
        seen.add(tile_at(browser))
    assert len(seen - {None}) >= 3
    browser.press("Enter", "\r")
    assert panel(browser).startswith(str(tile_at(browser)))
    browser.press("PageDown")
    assert browser.say("document.getElementById('trail').innerText") != "all files"
    browser.press("Backspace")
    assert browser.say("document.getElementById('trail').innerText") == "all files"
    browser.press("/", "/")
    for letter in "ignite":
        browser.press(letter, letter)
    assert "1 file" in panel(browser)
    assert browser.say("document.querySelectorAll('.tile.found').length") == 1
    browser.press("Enter", "\r")
    assert panel(browser).startswith("src/core/engine.py")
    browser.press("Escape")
    browser.press("Escape")
    assert browser.say("document.querySelectorAll('.chosen, .sought').length") == 0
    assert not browser.problems()


@needs_a_browser
def test_hostile_names_are_text(make_repository: MakeRepository, tmp_path: Path, browser: Browser) -> None:
    page = page_of(make_repository(HOSTILE, "<b>bold"))
    opened(browser, page, tmp_path / "map.html")
    assert browser.say("document.title") == "<b>bold - map"
    n = browser.say("document.querySelectorAll('.tile').length")
    assert n == len(data_of(page)["files"])
    names = [row[0] for row in data_of(page)["files"]]
    for number in range(n):
        browser.say(f"document.getElementById('f{number}').click()")
        assert browser.say("document.querySelector('#panel h2').textContent") == names[number]
    assert browser.say("document.querySelectorAll('img, b:not(.symbol b), script:not([id]) ~ script').length") == 0
    assert browser.say("document.title") == "<b>bold - map"
    assert not browser.problems()


@needs_a_browser
def test_a_link_to_a_file_and_both_themes(make_repository: MakeRepository, tmp_path: Path, browser: Browser) -> None:
    page = page_of(make_repository(FILES))
    colours = set()
    for scheme in ("light", "dark"):
        browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        opened(browser, page, tmp_path / "map.html", "#src%2Fapp.py")
        assert panel(browser).startswith("src/app.py")
        colours.add(browser.say("getComputedStyle(document.body).backgroundColor"))
        browser.click("#theme")
        colours.add(browser.say("getComputedStyle(document.body).backgroundColor"))
    assert len(colours) == 2
    browser.call("Emulation.setEmulatedMedia", features=[])


@needs_a_browser
def test_five_thousand_files(make_repository: MakeRepository, tmp_path: Path, browser: Browser) -> None:
    page = page_of(make_repository(FILES))
    data = data_of(page)
    one = next(row for row in data["files"] if row[0] == "src/core/engine.py")
    data["files"] = [
        [
            f"pkg{n % 97}/part{n % 11}/file{n}.py",
            100 + n * n % 90_000,
            n % 8,
            n + 1,
            *one[4:7],
            [[(n + 1) % 5000, [0]]] * 5,
            *one[8:],
        ]
        for n in range(5000)
    ]
    many = page.replace(page[page.index('id="data">') :].split("</script>")[0], 'id="data">' + json.dumps(data))
    opened(browser, many, tmp_path / "map.html")
    assert browser.say("document.querySelectorAll('.tile').length") == 5000
    overlap = """(() => { const boxes = [...document.querySelectorAll('.tile')].map(t => t.getBoundingClientRect());
      const map = document.getElementById('map').getBoundingClientRect();
      const outside = b => b.left < map.left - 1 || b.right > map.right + 1 || b.bottom > map.bottom + 1;
      return boxes.filter(outside).length; })()"""
    assert browser.say(overlap) == 0
    browser.say("document.getElementById('f4711').click()")
    assert panel(browser).startswith("pkg")
    browser.click(".folder")
    assert 0 < browser.say("document.querySelectorAll('.tile').length") < 5000
    assert not browser.problems()
