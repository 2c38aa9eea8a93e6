"""The house rules that a reader relies on: light imports, one direction of flow, a complete public face."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

import repoagent
from repoagent.commands.program import cli

ROOT = Path(__file__).resolve().parents[1]
FLOORS = {
    "repoagent_indexers": ROOT / "indexers" / "repoagent_indexers",
    "repoagent_agents": ROOT / "agents" / "repoagent_agents",
    "repoagent": ROOT / "repoagent",
}
ABOVE = {
    "repoagent_indexers": {"repoagent", "repoagent_agents"},
    "repoagent_agents": {"repoagent"},
    "repoagent": set[str](),
}
COMMANDS = FLOORS["repoagent"] / "commands"
HEAVY = {"torch", "transformers", "langchain", "langchain_core", "langgraph", "openai"} | {
    *("git", "faiss", "httpx", "rich", "chardet"),
}
DOORS = {
    "chardet": {"charsets.py"},
    "git": {"repository.py"},
    "faiss": {"vectors.py", "doctor.py"},
    "rich": {"render.py"},
    "torch": {"transformers_local.py", "local_attention.py", "local_generation.py"},
    "transformers": {
        *("transformers_local.py", "local_attention.py", "local_generation.py"),
        *("sentence_transformers.py", "cross_encoder.py"),
    },
    "langchain": {"langchain_tools.py"},
    "sentence_transformers": {"sentence_transformers.py", "cross_encoder.py"},
}
MODULES = sorted((floor, path) for floor, folder in FLOORS.items() for path in folder.rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Names of all modules that a file imports anywhere, as written."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names.add(node.module or "")
    return names


@pytest.mark.parametrize(("floor", "path"), MODULES, ids=[f"{path.relative_to(ROOT)}" for _, path in MODULES])
def test_imports_go_downwards(floor: str, path: Path) -> None:
    tops = {name.partition(".")[0] for name in imported(path)}
    assert not tops & ABOVE[floor]
    for package, doors in DOORS.items():
        assert package not in tops or path.name in doors, f"{package} has its door in {doors}"


def module_of(floor: str, path: Path) -> str:
    parts = path.relative_to(FLOORS[floor]).with_suffix("").parts
    return ".".join([floor, *(part for part in parts if part != "__init__")])


def without_cycles(graph: dict[str, set[str]]) -> None:
    done: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> None:
        assert name not in above, " -> ".join((*above, name))
        if name not in done and name in graph:
            for other in sorted(graph[name]):
                visit(other, (*above, name))
            done.add(name)

    for name in sorted(graph):
        visit(name, ())


def test_no_import_cycles() -> None:
    graph: dict[str, set[str]] = {}
    for floor, path in MODULES:
        tree = ast.parse(path.read_text("utf-8"))
        typing_only = {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
            for inner in ast.walk(node)
        }
        graph[module_of(floor, path)] = {
            node.module or ""
            for node in tree.body
            if isinstance(node, ast.ImportFrom) and id(node) not in typing_only
        }  # fmt: skip
    without_cycles(graph)


@pytest.mark.parametrize("floor", sorted(FLOORS))
def test_no_two_rooms_import_each_other(floor: str) -> None:
    """For types or when called upon neither; a room is a folder of a floor."""

    def room_of(module: str) -> str:
        return ".".join(module.split(".")[:2])

    graph: dict[str, set[str]] = {}
    for path in FLOORS[floor].glob("*/**/*.py"):
        room = room_of(module_of(floor, path))
        graph.setdefault(room, set()).update({room_of(name) for name in imported(path)} - {room})
    without_cycles(graph)


def loaded_by(statement: str) -> set[str]:
    """Heavy packages that a fresh interpreter has loaded after a statement."""
    program = f"import sys; {statement}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split()) & (HEAVY | {"numpy", "tree_sitter", "sqlite3"})


def test_light_imports() -> None:
    assert loaded_by("import repoagent") == set()
    assert loaded_by("import repoagent.cli") == set()
    assert loaded_by("import repoagent; repoagent.Span, repoagent.RepoAgentError") == set()
    assert not loaded_by("import repoagent; repoagent.Repo") & HEAVY


def test_searching_a_small_repository_loads_nothing_heavy(make_repository) -> None:  # type: ignore[no-untyped-def]
    root = make_repository({"a.py": "def zebra():\n    pass\n"})
    statement = f"import repoagent; repo = repoagent.open({str(root)!r}); repo.brief('zebra'); repo.close()"
    assert not loaded_by(statement) & HEAVY


def test_every_command_is_imported_by_its_name() -> None:
    context = click.Context(cli)
    listed = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    assert all(command is not None and command.name == name for name, command in listed.items())
    modules = [importlib.import_module(f"repoagent.commands.{path.stem}") for path in COMMANDS.glob("[a-z]*.py")]
    made = {id(each): each for module in modules for each in vars(module).values() if isinstance(each, click.Command)}
    inner = {id(each) for group in made.values() if isinstance(group, click.Group) for each in group.commands.values()}
    assert {each.name for number, each in made.items() if number not in inner} == {cli.name, *listed}


def test_public_face_is_complete_and_sorted() -> None:
    assert repoagent.__all__ == sorted(repoagent.__all__, key=lambda name: (name == "open", name))
    for name in repoagent.__all__:
        assert getattr(repoagent, name).__doc__, name
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = repoagent.no_such_name


def test_version_is_the_packages() -> None:
    from importlib.metadata import version

    assert repoagent.__version__ == version("repoagent")


def test_readme_commands_stand_where_they_can_be_run_from() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    commands = dict(re.findall(r"<!-- command: (\w+) -->\n```sh\n(.+)\n```\n", readme))
    assert set(commands) == {"ask", "test"}
    assert "torch" not in " ".join(commands.values())
    assert "command: test" in (ROOT / ".ci" / "run").read_text("utf-8")
