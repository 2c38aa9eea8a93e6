"""What a workspace of Rust holds, for rust-analyzer: its crates as the manifests say, with all their features.

Cargo is not asked, since it would want every package that a manifest names. What is not in the repository stays
unknown, and so do macros that a crate computes (`proc-macro`) and what a `build.rs` writes.
The form: https://rust-analyzer.github.io/book/non_cargo_based_projects.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import tomllib

_PLAIN = ["unix", "debug_assertions", "test", 'target_os="linux"', 'target_family="unix"', 'target_arch="x86_64"',
          'target_pointer_width="64"', 'target_endian="little"', 'panic="unwind"', 'target_env="gnu"']  # fmt: skip
_KINDS = {"bin": "src/bin", "test": "tests", "example": "examples", "bench": "benches"}


def rust_project(root: Path, manifests: Iterable[str], standard_library: Path) -> dict[str, Any]:
    """A `rust-project.json`: every library, program, test and example that `manifests`, paths below `root`, name."""
    known = {(root / path).parent: manifest for path in manifests if (manifest := _read(root / path)) is not None}
    workspaces = [(folder, manifest["workspace"]) for folder, manifest in known.items() if "workspace" in manifest]
    crates: list[dict[str, Any]] = []
    libraries: dict[Path, int] = {}
    wanted: list[tuple[int, Path, bool]] = []
    for folder, manifest in sorted(known.items()):
        if "package" not in manifest:
            continue
        around = max(
            ((each, said) for each, said in workspaces if folder.is_relative_to(each)),
            key=lambda pair: len(pair[0].parts), default=(folder, {}),
        )[1]  # fmt: skip
        for kind, name, source in targets(folder, manifest):
            if kind == "lib":
                libraries[folder] = len(crates)
            wanted.append((len(crates), folder, kind == "lib"))
            crates.append({
                "display_name": name, "root_module": str(source), "edition": edition(manifest, around), "deps": [],
                "cfg": [*_PLAIN, *(f'feature="{each}"' for each in features(manifest))], "is_workspace_member": True,
                "is_proc_macro": False, "env": {"CARGO_PKG_VERSION": "0", "CARGO_MANIFEST_DIR": str(folder)},
            })  # fmt: skip
    for number, folder, is_library in wanted:
        needs = dict(needed(folder, known[folder], workspaces))
        if not is_library and folder in libraries:
            needs[crates[libraries[folder]]["display_name"]] = folder
        crates[number]["deps"] = [
            {"crate": libraries[at], "name": name}
            for name, at in sorted(needs.items())
            if at in libraries and libraries[at] != number
        ]
    return {"sysroot_src": str(standard_library), "crates": crates}


def _read(path: Path) -> dict[str, Any] | None:
    """A manifest; None for a file of that name that is none, as tests of highlighters have."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError:
        return None


def targets(folder: Path, manifest: dict[str, Any]) -> Iterator[tuple[str, str, Path]]:
    """(kind, name, file) of all that a package is compiled to."""
    package = manifest["package"]["name"].replace("-", "_")
    library = manifest.get("lib", {})
    source = folder / library.get("path", "src/lib.rs")
    if source.is_file():
        yield "lib", library.get("name", package).replace("-", "_"), source
    said = set()
    for kind, home in _KINDS.items():
        for each in manifest.get(kind, ()):
            source = folder / each.get("path", f"{home}/{each['name']}.rs")
            if source.is_file() and source not in said:
                said.add(source)
                yield kind, each["name"].replace("-", "_"), source
        found = [*folder.glob(f"{home}/*.rs"), *folder.glob(f"{home}/*/main.rs")]
        found += [folder / "src/main.rs", folder / "build.rs"] if kind == "bin" else []
        for source in sorted(found):
            if source.is_file() and source not in said:
                said.add(source)
                yield kind, package if source.stem == "main" else source.stem.replace("-", "_"), source


def edition(manifest: dict[str, Any], workspace: dict[str, Any]) -> str:
    said = manifest["package"].get("edition", "2015")
    return said if isinstance(said, str) else workspace.get("package", {}).get("edition", "2021")


def features(manifest: dict[str, Any]) -> list[str]:
    """All that a package can be compiled with."""
    optional = [name for name, said in manifest.get("dependencies", {}).items()
                if isinstance(said, dict) and said.get("optional")]  # fmt: skip
    return sorted({*manifest.get("features", {}), *optional})


def needed(
    folder: Path, manifest: dict[str, Any], workspaces: list[tuple[Path, dict[str, Any]]]
) -> Iterator[tuple[str, Path]]:
    """(name, folder) of the packages beside it that a package depends on."""
    tables = [manifest, *manifest.get("target", {}).values()]
    for table in tables:
        for key in ("dependencies", "dev-dependencies", "build-dependencies"):
            for name, said in table.get(key, {}).items():
                where = folder
                if isinstance(said, dict) and said.get("workspace"):
                    for home, workspace in workspaces:
                        if name in workspace.get("dependencies", {}) and folder.is_relative_to(home):
                            where, said = home, workspace["dependencies"][name]  # noqa: PLW2901
                if isinstance(said, dict) and "path" in said:
                    yield name.replace("-", "_"), (where / said["path"]).resolve()
