"""What works on this machine and in this repository, and the remedy for what does not."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from repoagent_agents.models.base import Found
from repoagent_indexers.counted import counted
from repoagent_indexers.errors import ModelError, RepoAgentError


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    state: str
    """good, missing (it works without), or broken."""
    what: str
    remedy: str = ""


def examine(path: str) -> list[Check]:
    """Every check, in order; a broken one does not stop the next."""
    used: set[str] = set()
    repository = list(_repository(path, used))
    return [_git(), *repository, _parsers(used), _vectors(), _models(), _sandbox()]


def _git() -> Check:
    program = shutil.which("git")
    if program is None:
        return Check("git", "broken", "not on PATH", "install git 2.31 or later")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    digits = [int(part) for part in said.split()[-1].split(".")[:2] if part.isdigit()] if said else []
    if digits < [2, 31]:
        return Check("git", "broken", said or "does not say its version", "install git 2.31 or later")
    return Check("git", "good", said)


def _repository(path: str, languages: set[str]) -> Iterator[Check]:
    """The repository and its index; adds the languages that are in it to `languages`."""
    from repoagent.render import megabytes
    from repoagent_indexers.git.repository import Repository
    from repoagent_indexers.indexing.index import Index

    name = "repository"
    try:
        with Repository.open(path) as repository:
            yield Check(name, "good", str(repository.root))
            name = "index"
            with Index.open(repository) as index:
                status = index.status()
                languages.update(status.languages)
                held = f"{counted(status.n_files, 'file')}, {counted(status.n_symbols, 'symbol')}"
                what = f"{held}, {megabytes(status.size)} at {status.path}"
                yield Check(name, "good", what)
    except RepoAgentError as error:
        what, _, remedy = str(error).rpartition("; ")
        yield Check(name, "broken", what or remedy, remedy if what else "")


def _parsers(used: Collection[str]) -> Check:
    """Every grammar is loaded, and the queries of those in use are held against theirs: of all that takes a second."""
    from repoagent_indexers.languages import LANGUAGES, grammar, tags

    broken: list[str] = []
    languages = [name for name, language in LANGUAGES.items() if language.is_code]
    for name in languages:
        try:
            grammar(name)
            if not used or name in used:
                tags(name).compile()
        except Exception:  # noqa: BLE001  whatever a grammar's wheel does when it does not fit
            broken.append(name)
    if broken:
        remedy = "reinstall repoagent: pip install --force-reinstall repoagent"
        return Check("parsers", "broken", f"cannot load {', '.join(broken)}", remedy)
    return Check("parsers", "good", f"{len(languages)} languages")


def _vectors() -> Check:
    try:
        import faiss
    except ImportError:
        return Check("vectors", "broken", "FAISS cannot be imported", "pip install --force-reinstall faiss-cpu")
    return Check("vectors", "good", f"FAISS {faiss.__version__}")


def _models() -> Check:
    from repoagent_agents.models import survey

    try:
        answers = survey(2.0)
    except ModelError as error:
        return Check("models", "broken", str(error))
    if answers.found:
        named = ", ".join(f"{one.name} ({one.place}, {one.window or 'unknown'} tokens)" for one in answers.found[:5])
        return Check("models", "good", named, "; ".join(_about_windows(answers.found)))
    remedy = "start one, for example: ollama run codellama:7b-instruct; until then ask shows a brief"
    return Check("models", "missing", "none answers on this machine", remedy)


def _about_windows(found: Sequence[Found]) -> Iterator[str]:
    """What to expect of each family member's window, what is wrong with it, and how it could be longer."""
    from repoagent_agents.models.family import concerns, expectation, member_of

    for one in found[:5]:
        member = member_of(one.name)
        if member is None:
            continue
        yield from concerns(one.name, window=one.window)
        if said := expectation(member, one.window or member.trained):
            yield f"{one.name} {said}"
        more = _LONGER.get(one.backend)
        if more and one.window and one.window <= member.trained < member.longest:
            yield f"up to {member.longest:,} tokens with {more}"


_LONGER = {
    "vllm": "vllm serve --max-model-len 102400 --hf-overrides '{\"max_position_embeddings\": 102400}'",
    "llama-server": "llama-server -c 102400 --override-kv llama.context_length=int:102400",
    "ollama": "a GGUF whose llama.context_length was set to 102400: Ollama goes no further than that says",
}
"""Server -> how it serves Code Llama beyond the 16,384 tokens that every server takes for its limit."""


def _sandbox() -> Check:
    """Whether a command can be run in it: one is."""
    from repoagent.sandbox import why_no_sandbox

    if why := why_no_sandbox():
        return Check("sandbox", "missing", f"{why}: debug, verify and eval run nothing", "install bubblewrap")
    return Check("sandbox", "good", "bubblewrap")
