"""A command in bubblewrap: no network, no home folder, no secrets of the environment, nothing to write but its tree.

The usual recipe leaks (the caller's environment through bwrap's own /proc/1, kernel settings when root calls, sockets
in /run, memory in tmpfs), so each mount and limit here has its reason beside it. Where a real trial of the sandbox
does not work, nothing is run: `NoSandbox`.
"""

from __future__ import annotations

import itertools
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from repoagent import seccomp
from repoagent_agents.command import Limits, Ran, run
from repoagent_indexers.errors import EnvironmentFault, NoSandbox, UsageError
from repoagent_indexers.git.git_environment import shown

__all__ = ["Limits", "Ran", "run_sandboxed", "why_no_sandbox"]

_HIDDEN = ("/tmp", "/var/tmp", "/run", "/root", "/home")  # noqa: S108
_OBJECTS = "/run/repoagent/objects"
_NOBODIES = itertools.cycle(range(61184, 65520))
"""Users without rights, whom systemd lends to services that come and go. Each command of root runs as another one:
the kernel counts processes by user, and a fork bomb must not take those of the command beside it."""
_PASSED_ON = (
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "VIRTUAL_ENV",
    "JAVA_HOME",
    "GOROOT",
    "CONDA_PREFIX",
    "RUSTUP_TOOLCHAIN",
)
"""Variables that a tool chain may need and that hold no secret."""
_CACHES = {
    "CARGO_HOME": (".cargo", ("bin", "registry", "git")),
    "RUSTUP_HOME": (".rustup", ("",)),
    "GOPATH": ("go", ("bin", "pkg/mod")),
    "MAVEN": (".m2", ("repository",)),
    "NVM_DIR": (".nvm", ("",)),
    "PYENV_ROOT": (".pyenv", ("",)),
    "RBENV_ROOT": (".rbenv", ("",)),
}
"""Variable that names it -> folder in the home folder, and what in there a build may read (never its credentials)."""
_DEPENDENCIES = ("node_modules", ".venv", "venv", ".tox", "vendor")
"""Folders at the top of a work tree that git ignores and tests need; shown to them, read only."""


def run_sandboxed(
    command: Sequence[str],
    cwd: Path,
    *,
    at: Path | None = None,
    objects: Path | None = None,
    limits: Limits | None = None,
    unsafe_no_sandbox: bool = False,
) -> Ran:
    """Return how `command` went with `cwd` as the only folder in which it can leave anything.

    With `at` the command sees `cwd` under that path, so that an editable install or an absolute path which leads into
    a work tree leads into its copy; what stands there is hidden but for its ignored dependencies. `objects` is git's
    object store that the copy borrows from. Raises NoSandbox where no sandbox works, unless `unsafe_no_sandbox`: then
    the command runs as it is, in `cwd`, with this process's rights and environment.
    """
    limits = limits or Limits()
    if unsafe_no_sandbox:
        return run(command, cwd, limits, also=_disk_guard(cwd, limits.disk))
    if reason := why_no_sandbox():
        raise NoSandbox(
            f"{reason}; nothing was run: install bubblewrap, or run it without protection with --unsafe-no-sandbox"
        )
    return _run(command, _View(cwd, at or cwd, objects), limits)


@cache
def why_no_sandbox() -> str:
    """Return why no command can be run safely here, "" when one can; found out by running one."""
    if not sys.platform.startswith("linux"):
        return f"there is no sandbox for {sys.platform}"
    if not shutil.which("bwrap"):
        return "bubblewrap (bwrap) is not installed"
    if os.geteuid() == 0 and not shutil.which("setpriv"):
        return "setpriv, which root needs to give up its rights, is not installed"
    if platform.machine() not in seccomp.ARCHITECTURES:
        return f"there is no system call filter for {platform.machine()}"
    with tempfile.TemporaryDirectory(prefix="repoagent-probe-") as place:
        try:
            ran = _run(
                ["sh", "-c", _PROBE], _View(Path(place).resolve(), Path(place).resolve(), None), Limits(seconds=20)
            )
        except (EnvironmentFault, UsageError, OSError) as error:
            return f"bubblewrap cannot be started ({error})"
    if ran.exit_code == 0 and ran.output.strip().endswith("inside"):
        return ""
    said = next((line for line in reversed(ran.output.splitlines()) if line.strip()), "no reason given")
    return f"bubblewrap does not work on this machine ({shown(said.strip())[:120]})"


_PROBE = "touch probe && ! touch /usr/probe 2>/dev/null && echo inside"


@dataclass(frozen=True, slots=True)
class _View:
    """What a command sees of the machine."""

    tree: Path
    at: Path
    objects: Path | None


def _run(command: Sequence[str], view: _View, limits: Limits) -> Ran:
    executable = shutil.which("bwrap")
    assert executable is not None
    as_root = os.geteuid() == 0
    nobody = next(_NOBODIES)
    if as_root:
        _give_away(view.tree, nobody)
    path = _search_path(command)
    with _filter() as calls:
        arguments = [executable, "--seccomp", str(calls), *_namespaces(as_root), *_mounts(view, command, path)]
        arguments += _variables(path)
        arguments += ["--chdir", str(view.at), "--"]
        if as_root:
            arguments += [shutil.which("setpriv") or "setpriv", f"--reuid={nobody}", f"--regid={nobody}"]
            arguments += ["--clear-groups", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--"]
        shim = [sys.executable, "-I", "-S", "-c", _LIMITED, *map(str, _rlimits(limits, as_root))]
        return run(
            [*shim, *arguments, *command],
            Path("/"),
            limits,
            environment={"PATH": "/usr/bin:/bin"},  # bwrap's own environment can be read inside, in /proc/1
            pass_fds=[calls],
            also=_disk_guard(view.tree, limits.disk),
        )


@contextmanager
def _filter() -> Iterator[int]:
    """Give a descriptor from which bwrap can read the filter of system calls."""
    with tempfile.TemporaryFile() as file:
        file.write(seccomp.program(platform.machine()))
        file.seek(0)
        yield file.fileno()


_LIMITED = """
import os, resource, sys
cpu, data, files, processes = map(int, sys.argv[1:5])
for what, limit in ((resource.RLIMIT_CPU, cpu), (resource.RLIMIT_DATA, data), (resource.RLIMIT_FSIZE, files),
                    (resource.RLIMIT_NPROC, processes), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 1024)):
    hard = resource.getrlimit(what)[1]
    limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(what, (limit, limit))
os.execv(sys.argv[5], sys.argv[5:])
"""
"""Sets limits, then becomes the rest of its arguments. RLIMIT_DATA and not RLIMIT_AS, with which Node cannot start."""


def _rlimits(limits: Limits, as_root: bool) -> tuple[int, int, int, int]:
    """Return seconds of one process, bytes of data, bytes of a file, and processes of the user in all."""
    mine = 0
    for entry in Path("/proc").iterdir() if not as_root else ():  # older kernels count those outside as well
        with suppress(OSError):
            mine += entry.name.isdigit() and entry.stat().st_uid == os.getuid()
    return int(limits.seconds * 64) + 1, limits.memory, limits.file, limits.processes + mine


def _namespaces(as_root: bool) -> list[str]:
    options = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    options += ["--hostname", "sandbox", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    if as_root:  # setpriv becomes nobody with these, and drops them; a user namespace would know no nobody
        return [*options, "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"]
    options += ["--unshare-user", "--uid", "1000", "--gid", "1000"]
    return [*options, "--disable-userns"] if "--disable-userns" in _bwrap_help() else options


@cache
def _bwrap_help() -> str:
    return run(["bwrap", "--help"], Path("/"), Limits(seconds=20)).output


def _mounts(view: _View, command: Sequence[str], path: Sequence[str]) -> list[str]:
    home = Path.home().resolve()
    hidden = [*_HIDDEN, *([str(home)] if home != Path("/") and not _is_below(home, _HIDDEN) else [])]
    arguments = ["--ro-bind", "/", "/"]
    for place in hidden:
        if Path(place).is_dir() and not Path(place).is_symlink():
            size, mode = (256 << 20, "1777") if place.endswith("tmp") else (16 << 20, "0755")
            arguments += ["--size", str(size), "--perms", mode, "--tmpfs", place]
    shown_again = _tool_folders(command, path, home)
    dependencies = [name for name in _DEPENDENCIES if view.at != view.tree and _is_dependency(view, name)]
    outer = [*shown_again, view.at, *([Path(_OBJECTS)] if view.objects else [])]
    for folder in dict.fromkeys(parent for place in outer for parent in reversed(place.parents)):
        if _is_below(folder, hidden) and str(folder) not in hidden:
            arguments += ["--perms", "0755", "--dir", str(folder)]
    for folder in shown_again:
        arguments += ["--ro-bind", str(folder), str(folder)]
    arguments += ["--dev", "/dev", "--size", str(64 << 20), "--perms", "1777", "--tmpfs", "/dev/shm"]  # noqa: S108
    arguments += ["--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys"]  # for root, core_pattern is a way out
    arguments += ["--bind", str(view.tree), str(view.at)]
    for name in dependencies:
        (view.tree / name).mkdir(exist_ok=True)
        arguments += ["--ro-bind", str(view.at / name), str(view.at / name)]
    git = view.tree / ".git"
    for protected in ("hooks", "config"):
        if (git / protected).exists():
            arguments += ["--ro-bind", str(git / protected), str(view.at / ".git" / protected)]
    if view.objects and (git / "objects" / "info").is_dir():
        arguments += _borrowed(git, view.objects)
    return [*arguments, "--remount-ro", "/"]


def _is_dependency(view: _View, name: str) -> bool:
    """Whether a folder of the work tree is not in its copy, so that git ignores it."""
    place = view.at / name
    copy = view.tree / name
    missing = not copy.exists() or (copy.is_dir() and not copy.is_symlink() and not any(copy.iterdir()))
    return missing and place.is_dir() and not place.is_symlink()


def _borrowed(git: Path, objects: Path) -> list[str]:
    """Show the object store that the copy borrows from where no mount covers it, and tell the copy's git."""
    stores = [objects]
    for store in stores:
        with suppress(OSError, ValueError):
            for line in (store / "info" / "alternates").read_text("utf-8").splitlines():
                place = (store / line.strip('"')).resolve()
                if place.is_dir() and place not in stores and len(stores) < 8:
                    stores.append(place)
    arguments: list[str] = []
    for number, store in enumerate(stores):
        arguments += ["--ro-bind", str(store), f"{_OBJECTS}{number or ''}"]
    lines = "".join(f"{_OBJECTS}{number or ''}\n" for number in range(len(stores)))
    (git / "objects" / "info" / "alternates").write_text(lines, "utf-8")
    return arguments


def _tool_folders(command: Sequence[str], path: Sequence[str], home: Path) -> list[Path]:
    """Return what has to be read below hidden places for the tools in PATH to run; no folder that holds credentials."""
    found: dict[Path, None] = {}
    entries = [Path(entry) for entry in path]
    if Path(command[0]).is_absolute():
        entries.append(Path(command[0]).parent)
    for entry in entries:
        found |= dict.fromkeys(_environment_of(entry))
    for variable, (folder, inside) in _CACHES.items():
        place = Path(os.environ.get(variable) or home / folder)
        found |= dict.fromkeys(place / part if part else place for part in inside)
    places = sorted({place.resolve() for place in found if _is_folder(place)})
    hidden = [*_HIDDEN, str(home)]
    wanted = [place for place in places if _is_below(place, hidden) and place not in {home, *map(Path, _HIDDEN)}]
    return [place for place in wanted if not any(other in place.parents for other in wanted)]


def _environment_of(folder: Path) -> Iterator[Path]:
    """Yield what a folder of PATH needs beside it: all of a virtual environment and the Python that it comes from."""
    root = folder.parent
    settings = root / "pyvenv.cfg"
    if os.access(settings, os.R_OK):
        yield root
        with suppress(OSError, ValueError):
            for line in settings.read_text("utf-8").splitlines():
                key, _, value = line.partition("=")
                if key.strip() == "home" and value.strip():
                    yield Path(value.strip()).resolve().parent
        for name in ("python", "python3"):
            if (folder / name).exists():
                yield (folder / name).resolve().parent.parent
    elif _is_folder(root / "conda-meta") or folder.name == ".bin":  # of node_modules, whose programs are links into it
        yield root
    else:
        yield folder
        yield root / "lib"


def _search_path(command: Sequence[str]) -> list[str]:
    """Return the absolute folders of PATH, the command's own environment first when it is named by its path."""
    folders = [folder for folder in os.environ.get("PATH", "").split(os.pathsep) if folder.startswith("/")]
    own = [str(Path(command[0]).parent)] if Path(command[0]).is_absolute() else []
    return list(dict.fromkeys([*own, *folders, "/usr/local/bin", "/usr/bin", "/bin"]))


def _variables(path: Sequence[str]) -> list[str]:
    values = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    values |= {name: os.environ[name] for name in _CACHES if name in os.environ}
    home = Path.home()
    for name, (folder, _) in _CACHES.items():
        if name.isupper() and name not in values and name != "MAVEN" and _is_folder(home / folder):
            values[name] = str(home / folder)
    values |= {"PATH": os.pathsep.join(path), "HOME": "/tmp", "TMPDIR": "/tmp", "REPOAGENT_SANDBOX": "1"}  # noqa: S108
    values.setdefault("LANG", "C.UTF-8")
    return ["--clearenv", *(word for name, value in values.items() for word in ("--setenv", name, value))]


def _is_folder(place: Path) -> bool:
    try:
        return place.is_dir()
    except OSError:  # nobody may look
        return False


def _is_below(place: Path, hidden: Iterable[str]) -> bool:
    return any(place.is_relative_to(folder) for folder in hidden)


def _give_away(tree: Path, nobody: int) -> None:
    """Make a nobody the owner of a tree: root's rights are given up before the command runs."""
    os.lchown(tree, nobody, nobody)
    tree.chmod(0o755)  # bwrap, without root's usual rights by then, must be able to enter it
    for folder, folders, files in os.walk(tree):
        for name in (*folders, *files):
            os.lchown(os.path.join(folder, name), nobody, nobody)  # noqa: PTH118


def _disk_guard(tree: Path, limit: int) -> Callable[[], str]:
    """Return what looks now and then whether a tree has grown by more; takes a twentieth of the time at most."""
    first = _size(tree)
    due = time.monotonic() + 0.5

    def look() -> str:
        nonlocal due
        start = time.monotonic()
        if start < due:
            return ""
        too_much = _size(tree) - first > limit
        due = time.monotonic() + max(0.5, 20 * (time.monotonic() - start))
        return "disk" if too_much else ""

    return look


def _size(tree: Path) -> int:
    total = 0
    for folder, _, files in os.walk(tree):
        for name in files:
            with suppress(OSError):
                total += os.lstat(os.path.join(folder, name)).st_blocks * 512  # noqa: PTH118
    return total
