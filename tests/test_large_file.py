"""A large file of C or C++ is parsed in sections: a name means there what it means in the whole."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from test_resolve_damaged import damaged

import repoagent
from repoagent_indexers.resolve.large_file import LARGE, LargeFile
from repoagent_indexers.resolve.meaning import Place
from repoagent_indexers.resolve.references import Resolution
from repoagent_indexers.resolve.typed import program

MakeRepository = Callable[..., Path]
N_SHAPES = 150

_HEAD = """#ifndef SHAPES_H
#define SHAPES_H
#define SHAPES_API
#define SHAPES_MAX 64
#if defined(SHAPES_MAX)
namespace shapes {
namespace detail {
using size = unsigned long;
struct Base { virtual int area() const; int width; };
inline int doubled(int width) { return 2 * width; }
}
"""
_SHAPE = """
/* Shape{n} is one of many: doubled, area and width are words of this comment. */
struct Shape{n} : detail::Base {{
  using size = detail::size;
  SHAPES_API int area() const override;
  int twice(int width) const {{ const int height = area(); return detail::doubled(width) + height + this->width; }}
  size length = SHAPES_MAX;
}};
SHAPES_API inline int Shape{n}::area() const {{ int total = width; while (total < 9) total++; return total; }}
inline int width(const Shape{n}& one) {{ return one.width + one.twice(one.width); }}
"""
_METHOD = """
  int step{n}(int width) {{ count += width; SHAPES_API int again = step{before}(width); return again + count; }}
"""
_TAIL = """
#endif
}
#endif
"""


def header() -> str:
    shapes = "".join(_SHAPE.format(n=n) for n in range(N_SHAPES))
    steps = "".join(_METHOD.format(n=n, before=max(0, n - 1)) for n in range(2 * N_SHAPES))
    return f"{_HEAD}{shapes}template <class T>\nclass Walker {{\n  int count;\n public:{steps}  T kept;\n}};\n{_TAIL}"


def answers(root: Path, path: str, places: list[int]) -> list[object]:
    """What the name at each place means, and how sure that is."""
    with repoagent.open(root) as repo:
        resolution = Resolution(repo.index)
        return [
            (found.certainty, found.places) if (found := resolution.places(Place(path, at))) else None for at in places
        ]


def test_names_mean_the_same(make_repository: MakeRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    text = header()
    assert len(text) > LARGE
    root = make_repository({"shapes.hpp": text})
    places = [found.start() for found in re.finditer(r"[A-Za-z_]\w*", text)]
    places = random.Random(1).sample(places, 700)
    in_sections = answers(root, "shapes.hpp", places)
    monkeypatch.setattr(program, "LARGE", len(text) + 1)
    whole = answers(root, "shapes.hpp", places)
    different = [
        (text[at : at + 20], one, two) for at, one, two in zip(places, in_sections, whole, strict=True) if one != two
    ]
    assert not different
    assert sum(answer is not None and answer[1] != frozenset() for answer in whole) > 300  # type: ignore[index]


def test_little_is_parsed(make_repository: MakeRepository) -> None:
    text = header()
    root = make_repository({"shapes.hpp": text})
    with repoagent.open(root) as repo:
        resolution = Resolution(repo.index)
        assert resolution.places(Place("shapes.hpp", text.index("height + this"))) is not None
        file = resolution.resolver("shapes.hpp").file("shapes.hpp")  # type: ignore[union-attr]
        assert isinstance(file, LargeFile)
        assert "root" not in vars(file)
        sections = file._sections
        assert [section.start for section in sections][1:] == [section.end for section in sections][:-1]
        assert (sections[0].start, sections[-1].end) == (0, len(text))
        assert len(file._roots) < len(sections) / 2


@pytest.mark.parametrize("seed", range(12))
def test_damage_is_no_mistake(seed: int, make_repository: MakeRepository) -> None:
    rng = random.Random(seed)
    text = damaged(damaged(header(), rng), rng).ljust(LARGE)
    root = make_repository({"shapes.hpp": text})
    places = [len(text[: found.start()].encode()) for found in re.finditer(r"[A-Za-z_]\w*", text)]
    answers(root, "shapes.hpp", rng.sample(places, min(60, len(places))))
