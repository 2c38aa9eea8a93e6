"""Which files matter: shares, and what is kept of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import write

import repoagent
from repoagent_indexers.git.repository import Repository
from repoagent_indexers.ranking.first_map import FirstMap
from repoagent_indexers.ranking.importance import importance

FILES = {
    "core.py": "def heart():\n    pass\n\n\ndef lung():\n    pass\n",
    **{
        f"limb{n}.py": f"from core import heart, lung\n\n\ndef limb_{n}():\n    heart()\n    lung()\n" for n in range(4)
    },
    "alone.py": "def nobody_calls():\n    pass\n",
    "tests/test_core.py": "from core import heart\n\n\ndef test_heart():\n    heart()\n",
}


def shares(repo: repoagent.Repo) -> dict[str, float]:
    return dict(zip(repo.index.catalogue.paths, importance(repo.index).tolist(), strict=True))


def test_what_others_use_ranks_first(make_repository: Callable[..., Path]) -> None:
    with repoagent.open(make_repository(FILES)) as repo:
        found = shares(repo)
    assert sum(found.values()) == pytest.approx(1)
    assert max(found, key=lambda path: found[path]) == "core.py"
    assert found["tests/test_core.py"] < found["alone.py"]


def test_a_name_means_nothing_in_another_language(make_repository: Callable[..., Path]) -> None:
    """Ruby's `raise` is not the function of a script that lies beside it."""
    ruby = {f"lib/part{n}.rb": f"class Part{n}\n  def go\n    raise_alarm Base\n  end\nend\n" for n in range(6)}
    others = {"base.rb": "class Base\nend\n", "page.js": "export function raise_alarm(name) { return name; }\n"}
    root = make_repository({**ruby, **others, "use.ts": "import { raise_alarm } from './page';\nraise_alarm(1);\n"})
    with repoagent.open(root) as repo:
        found = shares(repo)
        assert max(found, key=lambda path: found[path]) == "base.rb"
        assert found["page.js"] > found["use.ts"]
    with Repository.open(root) as repository:
        look = FirstMap(repository, 1)
        look.choose(sorted(found), np.full(len(found), 50))
        assert look.unread.importance["base.rb"] > look.unread.importance["page.js"] > look.unread.importance["use.ts"]


def test_shares_are_kept_until_the_tree_changes(make_repository: Callable[..., Path]) -> None:
    root = make_repository(FILES)
    with repoagent.open(root) as repo:
        first = importance(repo.index)
        (kept,) = repo.index.folder.glob("importance-*.bin")
    before = kept.read_bytes()
    with repoagent.open(root) as repo:
        assert np.array_equal(importance(repo.index), first)
    assert kept.read_bytes() == before
    write(root, {"limb9.py": "from alone import nobody_calls\n\n\ndef limb_9():\n    nobody_calls()\n"})
    with repoagent.open(root) as repo:
        assert shares(repo)["alone.py"] > dict(zip(FILES, first, strict=False))["alone.py"] / 2
        assert len(importance(repo.index)) == len(FILES) + 1
    assert kept.read_bytes() != before


@pytest.mark.parametrize("damage", [b"", b"short", None])
def test_damaged_shares_are_computed_again(make_repository: Callable[..., Path], damage: bytes | None) -> None:
    root = make_repository(FILES)
    with repoagent.open(root) as repo:
        first = importance(repo.index)
        (kept,) = repo.index.folder.glob("importance-*.bin")
    data = bytearray(kept.read_bytes())
    data[3] ^= 64
    kept.write_bytes(bytes(data) if damage is None else damage)
    with repoagent.open(root) as repo:
        assert np.array_equal(importance(repo.index), first)


def test_empty_repository(make_repository: Callable[..., Path]) -> None:
    with repoagent.open(make_repository({})) as repo:
        assert importance(repo.index).shape == (0,)
