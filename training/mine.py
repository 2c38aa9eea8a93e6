#!/usr/bin/env python3
"""Public repositories -> what pairs words with code: documentation, commit messages, headings, comments.

    mine.py --mirrors DIR --list                      which of repositories.json are there, and under which licence
    mine.py --mirrors DIR --out MINED [--repo OWNER/NAME ...] [--never FILE] [--copies-of CHECKOUT ...]

A mirror is a git repository at DIR/OWNER+NAME/repo. Of each, a bounded sample of the files at the recorded commit is
parsed by repoagent's own parser, and MINED/OWNER+NAME.jsonl.gz gets a line for each symbol, file, test case, section
and commit. A repository is left out when --never names it or when its licence file is not one of PERMISSIVE; a file is
left out when it is vendored, generated, or also stands in one of the checkouts given by --copies-of. Nothing of a
repository is run.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from repoagent_indexers.languages import LANGUAGES, language_of
from repoagent_indexers.reading.facts import SYMBOL_KINDS, SYMBOL_WIDTH, Facts
from repoagent_indexers.reading.workers import Job, read_all
from repoagent_indexers.roles import CONFIGURATION, GENERATED, TEST, VENDORED, role_of

HERE = Path(__file__).resolve().parent
MAX_FILE = 150_000
MAX_CODE = 3_000_000
"""Bytes of source taken of one repository: many repositories are better than much of one."""
MAX_TEXT = 400_000
"""Bytes of Markdown and the like taken of one repository."""
MAX_COMMITS = 400
MAX_BODY = 4000
PERMISSIVE = {
    "Apache-2.0": r"Apache License,?\s+Version 2\.0",
    "MIT": r"Permission is hereby granted, free of charge, to any person",
    "BSD": r"Redistribution and use in source and binary forms",
    "ISC": r"Permission to use, copy, modify, and(?:/or)? distribute this software",
    "Zlib": r"This software is provided '?as-is'?,? without any express or implied",
    "BSL-1.0": r"Boost Software License",
    "Unlicense": r"This is free and unencumbered software",
}
COPYLEFT = re.compile(r"GNU (?:LESSER |AFFERO )?GENERAL PUBLIC|Mozilla Public License|Eclipse Public License", re.I)
EITHER = {"facebook/zstd", "facebook/rocksdb", "Mbed-TLS/mbedtls"}
"""Offered under a permissive licence or the GPL, at the taker's choice."""
_LICENCE_FILE = re.compile(r"(?:MIT-)?(?:LICEN[CS]E|COPYING|UNLICENSE)[^/]*", re.I)
_KEPT = {SYMBOL_KINDS.index(kind) for kind in SYMBOL_KINDS if kind not in {"variable", "field", "member", "constant"}}
_SENTENCES = re.compile(r"^(#{1,6}) +(.+)$", re.M)
_LINE_COMMENT = re.compile(r"^[ \t]*(?://+|#+(?!\w)|--)[ \t]*(.*)$")
_DOCSTRING = re.compile(r"[rRuUbB]{0,2}(\"\"\"|''').*?\1", re.S)
_HEADER = re.compile(r"\s*(?:/\*.*?\*/|\(\*.*?\*\)|\{-.*?-\}|\"\"\".*?\"\"\"|(?:[ \t]*(?://|#|--)[^\n]*\n)+)", re.S)
_MARKS = re.compile(r"^[ \t]*(?:/\*+|\*+/?|//[/!]?|#+!?|--+|\{-+\|?|\"\"\")[ \t]?|(?:\*/|-\}|\"\"\")[ \t]*$", re.M)
_LEGAL = re.compile(r"copyright|licen[cs]e|SPDX|all rights reserved|#!/", re.I)
_CASE = re.compile(
    r"(?:\b(?:it|test|specify|scenario|should|example|TEST_CASE|SECTION|t\.Run|testset)\b(?:\.\w+)*[ \t]*\(?[ \t]*"
    r"|@test[ \t]+)"
    r"(?:\"([^\"\n]{15,160})\"|'([^'\n]{15,160})'|`([^`\n]{15,160})`)|\bfun `([^`\n]{15,160})`"
)
"""What a test says that it tests: it("..."), test "..." do, @test "...", TEST_CASE("..."), fun `...`."""
MAX_CASE = 1500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mirrors", type=Path, required=True)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--repo", action="append")
    parser.add_argument("--never", type=Path)
    parser.add_argument("--copies-of", type=Path, action="append", default=[])
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    if not (options.list or options.out):
        parser.error("--out, or --list")
    never = set(options.never.read_text("utf-8").lower().split("\n")) if options.never else set()
    copied: set[str] = set()
    for checkout in options.copies_of:
        copied |= {blob for blob, _, _ in _tree(checkout, "HEAD")}
    for row in json.loads((HERE / "repositories.json").read_text("utf-8")):
        name = row["repo"]
        if options.repo and name not in options.repo:
            continue
        mirror = options.mirrors / name.replace("/", "+") / "repo"
        if name.lower() in never or not mirror.is_dir():
            print(f"{'never' if mirror.is_dir() else 'missing'}\t{name}")
            continue
        licence = licence_of(mirror, row["commit"], name)
        if not licence or options.list:
            print(f"{licence or 'refused'}\t{name}", flush=True)
            continue
        out = options.out / f"{name.replace('/', '+')}.jsonl.gz"
        if out.exists():
            continue
        out.parent.mkdir(parents=True, exist_ok=True)
        part = out.with_suffix(".part")
        n = 0
        with gzip.open(part, "wt", encoding="utf-8", compresslevel=3) as file:
            for record in mined(mirror, row["commit"], copied, options.workers):
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
                n += 1
        part.rename(out)
        print(f"{n}\t{licence}\t{name}", flush=True)


def licence_of(mirror: Path, commit: str, name: str) -> str:
    """The permissive licence that the files at the root state, "" when there is none or a copyleft one beside it."""
    found, copyleft = [], False
    for blob, _, path in _tree(mirror, commit, top=True):
        if _LICENCE_FILE.fullmatch(path):
            text = _git(mirror, "cat-file", "blob", blob).decode("utf-8", "replace")
            found += [key for key, words in PERMISSIVE.items() if re.search(words, re.sub(r"\s+", " ", text))]
            head = text[:3000]
            copyleft = copyleft or bool(COPYLEFT.search(head))
    return found[0] if found and (not copyleft or name in EITHER) else ""


def mined(mirror: Path, commit: str, copied: set[str], workers: int) -> Iterator[dict[str, Any]]:
    """Records: {"k": "symbol" | "file" | "case" | "section" | "commit", ...}; see README.md for their fields."""
    seen: set[str] = set()
    for job, facts in _read(mirror, commit, copied, workers):
        for record in _code(job, facts) if LANGUAGES[job.language].is_code else _sections(job):
            key = hashlib.sha1(re.sub(r"\s+", "", record["b"]).encode()).hexdigest()
            if key not in seen:
                seen.add(key)
                yield record
    yield from _commits(mirror, commit)


def _read(mirror: Path, commit: str, copied: set[str], workers: int) -> Iterator[tuple[Job, Facts]]:
    left = {True: MAX_CODE, False: MAX_TEXT}
    chosen: list[tuple[str, str, str]] = []
    entries = [(hashlib.sha1(path.encode()).digest(), *rest, path) for *rest, path in _tree(mirror, commit)]
    for _, blob, size, path in sorted(entries):
        language = language_of(path, b"")
        is_code = LANGUAGES[language].is_code
        if role_of(path) in {GENERATED, VENDORED} or (not is_code and language not in {"markdown", "rst"}):
            continue
        if role_of(path) == CONFIGURATION or blob in copied or not 200 < size < MAX_FILE or left[is_code] < size:
            continue
        left[is_code] -= size
        chosen.append((blob, language, path))
    contents = _blobs(mirror, [blob for blob, _, _ in chosen])
    jobs = [
        Job(number, path, language, content)
        for number, ((_, language, path), content) in enumerate(zip(chosen, contents, strict=True))
        if content.count(b"\n") > len(content) / 400
    ]
    for read in read_all(jobs, workers):
        yield read.job, Facts.from_bytes(read.facts)


def _code(job: Job, facts: Facts) -> Iterator[dict[str, Any]]:
    yield from _symbols(job, facts)
    text = job.content.decode("utf-8", "replace")
    if role_of(job.path) == TEST:
        yield from _cases(job, text) if job.language != "python" else ()
    else:
        yield from _file(job, text, facts)


def _cases(job: Job, text: str) -> Iterator[dict[str, Any]]:
    """{"l": language, "p": path, "t": what a test says, "b": its code, up to the next test}"""
    heads = list(_CASE.finditer(text))
    for head, after in zip(heads, [*heads[1:], None], strict=False):
        said = next(group for group in head.groups() if group)
        body = text[head.end() : min(after.start() if after else len(text), head.end() + MAX_CASE)]
        if said.count(" ") > 2 and len(body) > 60:
            yield {"k": "case", "l": job.language, "p": job.path, "t": said, "b": body}


def _file(job: Job, text: str, facts: Facts) -> Iterator[dict[str, Any]]:
    """{"l": language, "p": path, "d": what the head of a file says of it, "b": the names in it}"""
    at, said = 0, ""
    while (match := _HEADER.match(text, at)) and match.end() > at and at < 4000:
        at = match.end()
        if not _LEGAL.search(match.group()) and len(match.group()) > 60:
            said = _MARKS.sub("", match.group().strip())
            break
    rows, strings = facts.symbols, facts.strings
    starts = range(0, facts.n_symbols * SYMBOL_WIDTH, SYMBOL_WIDTH)
    names = list(dict.fromkeys(strings[rows[at + 1]] for at in starts if rows[at] in _KEPT))
    first = min((rows[at + 6] for at in starts), default=0)
    if said and len(names) > 3 and at <= first + len(said):
        yield {"k": "file", "l": job.language, "p": job.path, "d": said[:1200], "b": " ".join(names[:80])}


def _symbols(job: Job, facts: Facts) -> Iterator[dict[str, Any]]:
    """{"l": language, "p": path, "f": kind, "n": names, "d": documentation, "b": body without it, "c": comments}"""
    rows = facts.symbols
    for index in range(facts.n_symbols):
        at = index * SYMBOL_WIDTH
        if rows[at] not in _KEPT:
            continue
        body = job.content[rows[at + 6] : rows[at + 7]].decode("utf-8", "replace")[:MAX_BODY]
        doc = facts.strings[rows[at + 4]]
        if doc and job.language == "python":
            body = _DOCSTRING.sub("", body, count=1)
        if len(body) < 40 or "opyright" in doc:
            doc = "" if "opyright" in doc else doc
            if not doc:
                continue
        parent = rows[at + 5]
        names = [facts.strings[rows[at + 1]], facts.strings[rows[at + 2]]]
        if parent >= 0:
            names.append(facts.strings[rows[parent * SYMBOL_WIDTH + 1]])
        comments, code = [], []
        for line in body.split("\n"):
            if match := _LINE_COMMENT.match(line):
                comments.append(match.group(1))
            else:
                code.append(line)
        yield {
            "k": "symbol",
            "l": job.language,
            "p": job.path,
            "f": SYMBOL_KINDS[rows[at]],
            "n": " ".join(name for name in names if name),
            "d": doc,
            "b": "\n".join(code),
            "c": " ".join(comments)[:600],
        }


def _sections(job: Job) -> Iterator[dict[str, Any]]:
    """{"p": path, "t": heading, "b": text below it, up to the next}"""
    text = job.content.decode("utf-8", "replace")
    text = re.sub(r"^([^\n]{3,80})\n(?:={3,}|-{3,}|~{3,})[ \t]*$", r"# \1", text, flags=re.M)
    heads = list(_SENTENCES.finditer(text))
    for head, after in zip(heads, [*heads[1:], None], strict=False):
        body = text[head.end() : after.start() if after else len(text)].strip()
        if len(body) > 80:
            yield {"k": "section", "p": job.path, "t": head.group(2), "b": body[:2500]}


def _commits(mirror: Path, commit: str) -> Iterator[dict[str, Any]]:
    """{"t": subject, "m": the rest of the message, "n": functions of the hunks, "b": changed lines}"""
    line = ("log", "--no-merges", f"-n{MAX_COMMITS}", "--no-color", "--no-ext-diff", "--no-textconv", "-p", "-U1")
    form = "--format=%x00%s%x01%b%x01"
    try:
        text = _git(mirror, *line, form, commit, seconds=90).decode("utf-8", "replace")
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        return
    for entry in text.split("\0")[1:]:
        subject, message, diff = (*entry.split("\1", 2), "", "")[:3]
        names, changed, size, is_code = [], [], 0, False
        for row in diff.split("\n"):
            if row.startswith("+++ "):
                path = row[6:]
                is_code = LANGUAGES[language_of(path, b"")].is_code and role_of(path) not in {GENERATED, VENDORED}
            elif row.startswith("@@") and is_code:
                names.append(row.rpartition("@@")[2].strip()[:120])
            elif row[:1] in {"+", "-"} and is_code and not row.startswith("---"):
                changed.append(row[1:])
                size += len(row)
                if size > 12_000:
                    break
        if 40 < size <= 12_000 and len(subject.split()) > 2:
            body = "\n".join(changed)[:MAX_BODY]
            yield {"k": "commit", "t": subject, "m": message[:1500], "n": " ".join(names[:20]), "b": body}


def _tree(mirror: Path, commit: str, top: bool = False) -> list[tuple[str, int, str]]:
    """(blob, size, path) of the files of a commit."""
    listed = _git(mirror, "ls-tree", "-z", "-l", *(() if top else ("-r",)), commit).decode("utf-8", "replace")
    rows = []
    for entry in listed.split("\0")[:-1]:
        head, path = entry.split("\t", 1)
        mode, kind, blob, size = head.split()
        if kind == "blob" and mode != "120000" and size.isdigit():
            rows.append((blob, int(size), path))
    return rows


def _blobs(mirror: Path, blobs: list[str]) -> list[bytes]:
    """The contents of blobs; b"" for one that the mirror lacks."""
    line = ["git", "--git-dir", str(mirror), "cat-file", "--batch"]
    out = subprocess.run(line, input="\n".join(blobs).encode(), capture_output=True, check=True).stdout
    contents, at = [], 0
    for _ in blobs:
        end = out.index(b"\n", at)
        head = out[at:end].split()
        if head[-1] == b"missing":
            contents.append(b"")
            at = end + 1
            continue
        size = int(head[2])
        contents.append(out[end + 1 : end + 1 + size])
        at = end + size + 2
    return contents


def _git(mirror: Path, *arguments: str, seconds: float = 120) -> bytes:
    where = ("-C", str(mirror)) if (mirror / ".git").exists() else ("--git-dir", str(mirror))
    line = ["git", *where, *arguments]
    return subprocess.run(line, capture_output=True, check=True, timeout=seconds).stdout


if __name__ == "__main__":
    sys.exit(main())
