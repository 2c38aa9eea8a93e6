"""Weights from the Hugging Face hub into its own cache on this machine, where transformers finds them.

The hub's library is not used: it begins a broken download anew (its version 2 does) and takes a file by its length
alone. Here a file that broke off goes on from where it was, and none is taken that has not the digest the hub gives.
Only safetensors, configuration and tokenizers are fetched: no pickles, no code.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from repoagent_agents.models.family import Member, member_of
from repoagent_agents.models.vocabulary import hub_cache
from repoagent_indexers.errors import EnvironmentFault, ModelError, UsageError
from repoagent_indexers.whole_file import write_whole

HUB = "https://huggingface.co"
TIMEOUT_S = 30.0
"""Without a byte."""
N_RETRIES = 5
"""In a row, without a byte between them."""
_BLOCK = 1 << 20
_WANTED = re.compile(
    r"(?!consolidated)[\w.-]+\.safetensors|(?:config|generation_config|model\.safetensors\.index|tokenizer"
    r"|tokenizer_config|special_tokens_map|added_tokens|vocab|preprocessor_config)\.json|tokenizer\.model"
    r"|merges\.txt|chat_template\.(?:jinja|json)|(?:LICENSE|USE_POLICY|NOTICE)[\w.-]*",
    re.IGNORECASE,
)

Progress = Callable[[int, int], None]
"""Called with the bytes that are here and the bytes in all."""


@dataclass(frozen=True, slots=True)
class File:
    """One file to fetch."""

    name: str
    size: int
    digest: str
    """SHA-256 of the content for large files, SHA-1 of the git blob for small ones: what the hub calls its ETag."""

    def hasher(self) -> Any:
        """A hash to be fed the content, whose digest should then be `digest`."""
        if len(self.digest) == 64:
            return hashlib.sha256()
        return hashlib.sha1(b"blob %d\0" % self.size, usedforsecurity=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a pull would fetch."""

    name: str
    """At the hub."""
    commit: str
    files: tuple[File, ...]
    member: Member | None
    licence: str

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class Hub:
    """Where to fetch from and where to keep it."""

    endpoint: str
    token: str | None
    cache: Path


def this_hub(environ: Mapping[str, str] = os.environ) -> Hub:
    """The hub by its own variables: HF_ENDPOINT, HF_TOKEN or the token its login keeps, HF_HOME, HF_HUB_CACHE."""
    cache = hub_cache(environ)
    token = environ.get("HF_TOKEN")
    if not token:
        with contextlib.suppress(OSError):
            token = Path(environ.get("HF_TOKEN_PATH") or cache.parent / "token").read_text("utf-8").strip()
    endpoint = (environ.get("HF_ENDPOINT") or HUB).rstrip("/")
    if not re.match(r"https?://[^\s\[\]]+$|https?://\[[0-9a-f:]+\]", endpoint):
        raise UsageError("HF_ENDPOINT is no address; set it like https://huggingface.co")
    return Hub(endpoint, token or None, cache)


def plan_pull(hub: Hub, name: str) -> Plan:
    """What there is to fetch of a model; a member of the family may go by any of its names.

    Raises UsageError, and ModelError where the hub does not give it or has no safetensors of it.
    """
    member = member_of(name)
    wanted = member.hub if member is not None and "/" not in name else name
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", wanted) or ".." in wanted:
        raise UsageError(f"{name!r} is no model of the hub; write OWNER/NAME, or a name such as codellama:7b-instruct")
    with _opened(hub, f"/api/models/{wanted}/revision/main?blobs=true", wanted) as response:
        try:
            told = json.loads(response.read(16 << 20))
            commit = str(told["sha"])
            files = tuple(_file(sibling) for sibling in told["siblings"] if _WANTED.fullmatch(sibling["rfilename"]))
        except (ValueError, KeyError, TypeError):
            raise ModelError(f"{hub.endpoint} does not describe {wanted} as the hub does; check HF_ENDPOINT") from None
    if not re.fullmatch(r"[0-9a-f]{40}", commit):
        raise ModelError(f"{hub.endpoint} names no commit of {wanted}; check HF_ENDPOINT")
    if not any(file.name.endswith(".safetensors") for file in files):
        raise ModelError(f"{wanted} has no safetensors, and nothing else is loaded here; choose a model that has")
    card = told.get("cardData")
    told_licence = card.get("license") if isinstance(card, dict) else None
    licence = member.licence if member is not None else str(told_licence or "a licence that its page names")
    return Plan(wanted, commit, tuple(sorted(files, key=lambda file: (file.size, file.name))), member, licence)


def pull(hub: Hub, plan: Plan, progress: Progress) -> Path:
    """The folder with the model, all of it here and as the hub has it. What is here already is not fetched again.

    Raises ModelError when a file cannot be fetched or is not what the hub says, EnvironmentFault for want of room.
    """
    home = hub.cache / f"models--{plan.name.replace('/', '--')}"
    blobs, snapshot = home / "blobs", home / "snapshots" / plan.commit
    try:
        for folder in (blobs, snapshot, home / "refs"):
            folder.mkdir(parents=True, exist_ok=True)
        _check_room(blobs, plan)
        done = 0
        for file in plan.files:
            blob = blobs / file.digest
            if not blob.exists():
                _fetch(hub, plan, file, blob, lambda n, done=done: progress(done + n, plan.size))  # type: ignore[misc]
            done += file.size
            progress(done, plan.size)
            _link(snapshot / file.name, blob)
        write_whole(home / "refs" / "main", plan.commit.encode())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise EnvironmentFault(f"{home}: {reason}; free the disk there, or set HF_HOME to another folder") from None
    return snapshot


def _file(sibling: dict[str, Any]) -> File:
    large = sibling.get("lfs")
    digest = large["sha256"] if large else sibling["blobId"]
    if not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", digest):
        raise ValueError(digest)
    return File(sibling["rfilename"], int(sibling["size"]), digest)


def _check_room(blobs: Path, plan: Plan) -> None:
    here = sum(_size(blobs / file.digest) or _size(_part(blobs / file.digest)) for file in plan.files)
    missing, free = plan.size - here, shutil.disk_usage(blobs).free
    if missing > free:
        raise EnvironmentFault(
            f"{plan.name} needs {missing / 1e9:.1f} GB more, and {blobs} has {free / 1e9:.1f} GB free; "
            "free the disk there, or set HF_HOME to another folder"
        )


def _part(blob: Path) -> Path:
    return blob.with_name(f"{blob.name}.part")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _fetch(hub: Hub, plan: Plan, file: File, blob: Path, progress: Callable[[int], None]) -> None:
    """Bring one file, from where it broke off, and take it only if its digest is the hub's."""
    part = _part(blob)
    with part.open("a+b") as target, _alone(target, part):
        target.seek(0)
        hasher = file.hasher()
        while block := target.read(_BLOCK):
            hasher.update(block)
        n_failures = 0
        while target.tell() < file.size:
            before = target.tell()
            try:
                hasher = _continue(hub, plan, file, target, hasher, progress)
            except (urllib.error.URLError, OSError) as error:
                n_failures = 0 if target.tell() > before else n_failures + 1
                if n_failures >= N_RETRIES or _is_disk(error):
                    if _is_disk(error):
                        raise
                    reason = getattr(error, "reason", None) or error
                    raise ModelError(
                        f"{file.name} of {plan.name} broke off ({' '.join(str(reason).split())[:100]}); pull it again: "
                        "it goes on from where it was"
                    ) from None
                time.sleep(min(0.2 * 2**n_failures, 5.0))
        target.flush()
        os.fsync(target.fileno())
    if hasher.hexdigest() != file.digest:
        part.unlink()
        raise ModelError(f"{file.name} of {plan.name} is not what the hub says it is (wrong digest); pull it again")
    part.replace(blob)


def _continue(hub: Hub, plan: Plan, file: File, target: IO[bytes], hasher: Any, progress: Callable[[int], None]) -> Any:
    """Append what the server sends, and return the hash of all that is here."""
    start = target.tell()
    route = f"/{plan.name}/resolve/{plan.commit}/{quote(file.name)}"
    with _opened(hub, route, plan.name, start) as response:
        if start and response.status != 206:  # it sends the file from its beginning
            target.truncate(0)
            target.seek(0)
            start, hasher = 0, file.hasher()
        left = file.size - start
        while left and (block := response.read1(min(_BLOCK, left))):
            target.write(block)
            hasher.update(block)
            left -= len(block)
            progress(target.tell())
        if left:
            raise ConnectionResetError("the connection was closed")
    return hasher


@contextlib.contextmanager
def _alone(target: IO[bytes], part: Path) -> Iterator[None]:
    """Hold the file against another pull of the same model."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    try:
        fcntl.flock(target, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise EnvironmentFault(f"{part}: another pull is fetching it; wait for that one") from None
    yield


def _link(link: Path, blob: Path) -> None:
    """Make the snapshot's file: a link, or a copy where the file system has none."""
    with contextlib.suppress(FileNotFoundError):
        link.unlink()
    try:
        link.symlink_to(Path("../../blobs") / blob.name)
    except OSError:
        shutil.copyfile(blob, link)


@contextlib.contextmanager
def _opened(hub: Hub, route: str, name: str, start: int = 0) -> Iterator[Any]:
    """The answer to one GET, from a byte on. Raises ModelError for a refusal, URLError and OSError for the network."""
    headers = {"User-Agent": "repoagent", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    request = urllib.request.Request(hub.endpoint + route, headers=headers)  # noqa: S310  (checked in this_hub)
    if hub.token:
        # Not sent on to where the hub redirects: that is another host, whose address is the permission.
        request.add_unredirected_header("Authorization", f"Bearer {hub.token}")
    is_lookup = route.startswith("/api/")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:  # noqa: S310
            yield response
    except urllib.error.HTTPError as error:
        error.close()
        if not is_lookup and error.code in (408, 416, 429, 500, 502, 503, 504):
            raise
        raise ModelError(_refusal(hub, name, error.code)) from None
    except urllib.error.URLError as error:
        if not is_lookup:
            raise
        reason = " ".join(str(error.reason).split())[:100]
        raise ModelError(f"{hub.endpoint} cannot be reached ({reason}); check the network or HF_ENDPOINT") from None
    except OSError as error:
        if not is_lookup:
            raise
        raise ModelError(f"{hub.endpoint} did not answer in full ({error}); check HF_ENDPOINT") from None


def _refusal(hub: Hub, name: str, code: int) -> str:
    page = f"{hub.endpoint}/{name}"
    if code in (401, 403):
        mend = "accept its licence there, and set HF_TOKEN" if not hub.token else "accept its licence there first"
        return f"the hub gives {name} only to those it knows (HTTP {code}), or it does not exist: see {page}; {mend}"
    if code == 404:
        return f"the hub has no model {name}; look for its name at {hub.endpoint}/models"
    return f"{hub.endpoint} refused {name} (HTTP {code}); try again later"


def _is_disk(error: BaseException) -> bool:
    import errno

    return getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)
