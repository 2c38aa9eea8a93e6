"""What Swift's compiler says each name means: it writes an index store, which its libIndexStore reads.

Each module is compiled by itself, those that it imports first, as far as it goes: what a module lacks that is not in
the repository is unknown. Modules are the folders that Package.swift gives a path to, else those in Sources and Tests.
The store's form: https://github.com/swiftlang/llvm-project (clang/include/indexstore/indexstore.h)
"""

from __future__ import annotations

import ctypes
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

_TARGET = re.compile(r'[tT]arget\s*\(\s*name:\s*"([^"]+)"((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)')
_PATH = re.compile(r'\bpath:\s*"([^"]+)"')
_IMPORT = re.compile(r"^[ \t]*(?:@\w+(?:\([^)]*\))?[ \t]+|\w+[ \t]+)*import[ \t]+(?:\w+[ \t]+)?(\w+)", re.M)
_DECLARATION, _DEFINITION, _REFERENCE, _IMPLICIT = 1, 2, 4, 256
_LOCAL = 1 << 7
_GENERIC_PARAMETER = 1013
_PARAMETER = 25
_ACCESSORS = frozenset({3, 4, *range(1000, 1004), 1014, 1015})


@dataclass(frozen=True)
class Occurrence:
    """A name that stands for a symbol."""

    path: str
    line: int
    column: int
    """1-based, in bytes."""
    usr: str
    name: str
    """As the compiler has it: `insert(_:at:)`."""
    is_definition: bool
    is_local: bool
    """A variable of a function, a parameter, a type parameter."""


def occurrences(root: Path, paths: Iterable[str], tools: Path, flags: list[str], scratch: Path) -> Iterator[Occurrence]:
    """Every name of the files that the compiler has an opinion about. `tools` has bin/swift-frontend."""
    modules = _modules(root, list(paths))
    imports = {name: _imported(root, files) & modules.keys() for name, files in modules.items()}
    try:
        order = [*TopologicalSorter(imports).static_order()]
    except CycleError:
        order = sorted(modules)
    for name in order:
        files = [str(root / path) for path in modules[name]]
        said = [str(tools / "bin/swift-frontend"), "-module-name", name, "-enable-testing", "-parse-as-library",
                "-package-name", "judged", "-DSWIFT_PACKAGE", "-I", str(scratch), *flags]  # fmt: skip
        if any(name in each for each in imports.values()):
            product = ["-emit-module", "-experimental-allow-module-with-compiler-errors", *files]
            _run([*said, *product, "-o", str(scratch / f"{name}.swiftmodule")])
        each = [part for n, file in enumerate(files) for part in ("-primary-file", file, "-o", f"{scratch}/{name}{n}")]
        store = ["-index-store-path", str(scratch / "store"), "-index-ignore-clang-modules", "-index-include-locals"]
        wrong = re.findall(r"error: .*", _run([*said, "-typecheck", *store, *each]))
        if wrong:
            print(f"{name}: {len(wrong)} errors, {wrong[0][:150]}", file=sys.stderr)
    yield from _read(root, scratch / "store", tools / "lib/libIndexStore.so")


def _run(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


def _modules(root: Path, paths: list[str]) -> dict[str, list[str]]:
    """Module -> its files."""
    folders: dict[str, str] = {}
    for manifest in sorted(root.glob("Package*.swift"), reverse=True):
        for target in _TARGET.finditer(manifest.read_text("utf-8")):
            if (said := _PATH.search(target[2])) is not None:
                folders.setdefault(said[1].strip("/") + "/", target[1])
    for path in paths:
        top, _, rest = path.partition("/")
        name, slash, _ = rest.partition("/")
        if top in {"Sources", "Tests"} and slash and not any(path.startswith(each) for each in folders):
            folders[f"{top}/{name}/"] = name
    found: dict[str, list[str]] = {}
    for path in paths:
        around = max((each for each in folders if path.startswith(each)), key=len, default=None)
        if around is not None:
            found.setdefault(re.sub(r"\W", "_", folders[around]), []).append(path)
    return found


def _imported(root: Path, files: list[str]) -> set[str]:
    return {name for path in files for name in _IMPORT.findall((root / path).read_text("utf-8", "replace"))}


class _Text(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("length", ctypes.c_size_t)]

    def __str__(self) -> str:
        return ctypes.string_at(self.data, self.length).decode("utf-8", "replace") if self.length else ""


_EACH_TEXT = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, _Text)
_EACH = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_void_p)
_FUNCTIONS = {  # name -> what it gives and takes
    "store_create": (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p),
    "store_units_apply_f": (ctypes.c_bool, ctypes.c_void_p, ctypes.c_uint, ctypes.c_void_p, _EACH_TEXT),
    "unit_reader_create": (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p),
    "unit_reader_dependencies_apply_f": (ctypes.c_bool, ctypes.c_void_p, ctypes.c_void_p, _EACH),
    "unit_dependency_get_kind": (ctypes.c_int, ctypes.c_void_p),
    "unit_dependency_get_name": (_Text, ctypes.c_void_p),
    "unit_dependency_get_filepath": (_Text, ctypes.c_void_p),
    "record_reader_create": (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p),
    "record_reader_occurrences_apply_f": (ctypes.c_bool, ctypes.c_void_p, ctypes.c_void_p, _EACH),
    "occurrence_get_symbol": (ctypes.c_void_p, ctypes.c_void_p),
    "occurrence_get_roles": (ctypes.c_uint64, ctypes.c_void_p),
    "occurrence_get_line_col": (
        None, ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint), ctypes.POINTER(ctypes.c_uint)
    ),
    "symbol_get_usr": (_Text, ctypes.c_void_p),
    "symbol_get_name": (_Text, ctypes.c_void_p),
    "symbol_get_subkind": (ctypes.c_int, ctypes.c_void_p),
    "symbol_get_kind": (ctypes.c_int, ctypes.c_void_p),
    "symbol_get_properties": (ctypes.c_uint64, ctypes.c_void_p),
}  # fmt: skip
_RECORD = 2


class _Store:
    """What a store holds, by libIndexStore's functions without `indexstore_`."""

    def __init__(self, folder: Path, library: Path) -> None:
        loaded = ctypes.CDLL(str(library))
        self._f = {}
        for name, (result, *arguments) in _FUNCTIONS.items():
            self._f[name] = getattr(loaded, f"indexstore_{name}")
            self._f[name].restype, self._f[name].argtypes = result, arguments
        self._store = self._f["store_create"](str(folder).encode(), None)

    def records(self) -> dict[str, str]:
        """Name of a record -> the file that it is about."""
        f, units, found = self._f, [], {}
        f["store_units_apply_f"](self._store, 0, None, _EACH_TEXT(lambda _, name: units.append(str(name)) or True))

        def note(_: object, dependency: int) -> bool:
            if f["unit_dependency_get_kind"](dependency) == _RECORD:
                name, path = (f[f"unit_dependency_get_{part}"](dependency) for part in ("name", "filepath"))
                found[str(name)] = str(path)
            return True

        for unit in units:
            if reader := f["unit_reader_create"](self._store, unit.encode(), None):
                f["unit_reader_dependencies_apply_f"](reader, None, _EACH(note))
        return found

    def occurrences(self, record: str, path: str) -> list[Occurrence]:
        f, found = self._f, []

        def note(_: object, occurrence: int) -> bool:
            line, column = ctypes.c_uint(), ctypes.c_uint()
            symbol, roles = f["occurrence_get_symbol"](occurrence), f["occurrence_get_roles"](occurrence)
            f["occurrence_get_line_col"](occurrence, ctypes.byref(line), ctypes.byref(column))
            subkind = f["symbol_get_subkind"](symbol)
            is_name = roles & (_DECLARATION | _DEFINITION | _REFERENCE) and not roles & _IMPLICIT
            if is_name and subkind not in _ACCESSORS and line.value:
                is_local = bool(f["symbol_get_properties"](symbol) & _LOCAL)
                is_local |= subkind == _GENERIC_PARAMETER or f["symbol_get_kind"](symbol) == _PARAMETER
                usr, name = (str(f[f"symbol_get_{part}"](symbol)) for part in ("usr", "name"))
                is_definition = bool(roles & (_DECLARATION | _DEFINITION))
                found.append(Occurrence(path, line.value, column.value, usr, name, is_definition, is_local))
            return True

        if reader := f["record_reader_create"](self._store, record.encode(), None):
            f["record_reader_occurrences_apply_f"](reader, None, _EACH(note))
        return found


def _read(root: Path, folder: Path, library: Path) -> Iterator[Occurrence]:
    store = _Store(folder, library)
    for record, file in sorted(store.records().items()):
        if Path(file).is_relative_to(root):
            yield from store.occurrences(record, Path(file).relative_to(root).as_posix())
