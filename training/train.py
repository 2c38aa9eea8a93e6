#!/usr/bin/env python3
"""Mined records -> the table of the static encoder: a vector for each term of questions and for each term of code.

    train.py pairs MINED --out PAIRS       records -> pairs of terms and of counted terms, a file a repository
    train.py join PAIRS --out pairs.npz    the same as one file, over the terms that several repositories have
    train.py table pairs.npz --out static.bin [--dimensions 192] [--epochs 3] [--seed 1]
    train.py telling pairs.npz --out telling.bin    how often the code bears a term of its question

Two towers: a question is the sum of its terms' rows in one table, a chunk the sum of its terms' rows in another, each
at unit length. Both tables start as the letter hashes of `HashingEncoder`, scaled by rarity, so that a term that is
never trained stays where its letters put it. Then symmetric InfoNCE with in-batch negatives (van den Oord et al.,
Representation learning with contrastive predictive coding, 2018), where a batch holds runs of pairs of one repository:
there the wrong answers are as near to the right one as they are in use. Row-wise Adagrad.

Needs numpy and scipy. Every N-th repository (by the hash of its name) is held out and only measured.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import re
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from repoagent_indexers.words.terms import STOP, WORD, split

MAX_CODE_TERMS = 96
MAX_BODY = 2500
HOLD_OUT = 12
"""Every so-manieth repository is only measured."""
MIN_REPOSITORIES = 3
"""A term that fewer repositories have is known by its letters only."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n\s*\n|\n\s*[-*@:]")
_QUOTED = re.compile(r"`+([A-Za-z_]\w{3,})(?:\(\))?`+")
_STRING = re.compile(r"\"([^\"\n]{15,200})\"|'([^'\n]{15,200})'|`([^`\n]{15,200})`")
_PREFIX = re.compile(r"^(?:\[[^\]]*\]\s*)+|^\w+(?:\([^)]*\))?!?:\s+|\(?#\d+\)?|\b[0-9a-f]{7,40}\b")
_DULL = re.compile(
    r"installation|usage|licen[cs]e|contribut|changelog|table of contents|example|see also|bump|release|merge|"
    r"version \d|typo|todo|fixme|noqa|eslint|copyright|@ts-",
    re.I,
)

MEASURED = ("doc", "comment", "commit", "section", "case", "mention")
KINDS = (
    *("doc", "detail", "name", "comment", "string", "section", "sentence", "commit", "message", "report"),
    *("case", "file", "mention"),
)
TELLING = ("doc", "detail", "comment", "commit", "report", "section")
"""Kinds whose questions are sentences about the code."""
Side = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    pairs = verbs.add_parser("pairs")
    pairs.add_argument("mined", type=Path)
    pairs.add_argument("--out", type=Path, required=True)
    pairs.add_argument("--most", type=int, default=2500, help="pairs of one kind and repository")
    pairs.set_defaults(do=write_pairs)
    join = verbs.add_parser("join")
    join.add_argument("pairs", type=Path)
    join.add_argument("--out", type=Path, required=True)
    join.add_argument("--terms", type=int, default=36_000)
    join.set_defaults(do=write_joined)
    table = verbs.add_parser("table")
    table.add_argument("pairs", type=Path)
    table.add_argument("--out", type=Path, required=True)
    table.add_argument("--dimensions", type=int, default=192)
    table.add_argument("--epochs", type=float, default=3)
    table.add_argument("--batch", type=int, default=1024)
    table.add_argument("--run", type=int, default=64, help="pairs of one repository side by side in a batch")
    table.add_argument("--temperature", type=float, default=0.1)
    table.add_argument("--rate", type=float, default=0.02)
    table.add_argument("--words", type=float, default=0.0, help="weight of the words' own score in the loss")
    table.add_argument("--start", type=float, default=1e-6, help="what Adagrad's sums of squares begin with")
    table.add_argument("--hidden", type=float, default=0.3, help="share of pairs whose code loses the question's terms")
    table.add_argument("--kinds", default=",".join(KINDS))
    table.add_argument("--most", type=int, default=10**9, help="pairs, for a quick try")
    table.add_argument("--hold-out", type=int, default=HOLD_OUT)
    table.add_argument("--seed", type=int, default=1)
    table.set_defaults(do=write_table)
    telling = verbs.add_parser("telling")
    telling.add_argument("pairs", type=Path)
    telling.add_argument("--out", type=Path, required=True)
    telling.set_defaults(do=write_telling)
    options = parser.parse_args()
    options.do(options)


# -- records -> pairs -----------------------------------------------------------------------------------------------


def count(text: str) -> Counter[str]:
    """As `terms.count`, four times faster."""
    return Counter(chain.from_iterable(map(split, WORD.findall(text))))


def pairs_of(
    record: dict[str, Any], named: dict[str, dict[str, Any]], chance: np.random.Generator
) -> Iterator[tuple[str, Counter[str], Side]]:
    """(kind, question, code): what asks, and what should be found, with counts weighed as an index weighs them.

    `named` has the symbols of the repository that alone bear their name.
    """
    if record["k"] == "case":
        yield "case", count(record["t"]), weighed(count(record["b"]))
        return
    if record["k"] == "file":
        sentences = [s for s in _SENTENCE.split(record["d"]) if len(s.split()) > 3]
        if sentences:
            yield "file", count(" ".join(sentences[:2])), weighed(count(""), name=record["b"])
        return
    if record["k"] == "section":
        for sentence in _SENTENCE.split(record["b"]):
            names = [name for name in _QUOTED.findall(sentence) if name in named]
            if len(names) == 1 and len(sentence.split()) > 6:
                symbol = named[names[0]]
                asked = count(sentence)
                for term in count(names[0]):
                    asked.pop(term, None)
                yield "mention", asked, weighed(count(symbol["b"][:MAX_BODY]), name=symbol["n"], doc=symbol["d"])
        title, text = record["t"], record["b"]
        sentences = [s for s in _SENTENCE.split(text) if len(s.split()) > 5][:6]
        if len(title.split()) > 1 and not _DULL.search(title):
            yield "section", count(title), weighed(count(text))
        if len(sentences) > 2:
            at = int(chance.integers(len(sentences)))
            rest = " ".join(sentences[:at] + sentences[at + 1 :])
            yield "sentence", count(sentences[at]), weighed(count(rest), name=title)
        return
    if record["k"] == "commit":
        subject = _PREFIX.sub("", _PREFIX.sub("", record["t"]))
        if _DULL.search(subject) or len(subject.split()) < 3:
            return
        code = weighed(count(record["b"][:MAX_BODY]), name=record["n"])
        yield "commit", count(subject), code
        message = record["m"].split("Signed-off")[0].split("Co-authored")[0]
        if len(message.split()) > 12:
            yield "message", count(subject), weighed(count(message))
            yield "report", count(message[:600]), code
        return
    name, doc, comments = record["n"], record["d"], record["c"]
    body = count(record["b"][:MAX_BODY])
    sentences = [s for s in _SENTENCE.split(doc) if len(s.split()) > 3]
    if sentences:
        first, rest = sentences[0], " ".join(sentences[1:])
        yield "doc", count(first), weighed(body, name=name, doc=rest if chance.random() < 0.5 else "")
        if len(sentences) > 1:
            at = int(chance.integers(1, len(sentences)))
            yield "detail", count(sentences[at]), weighed(body, name=name, doc=first)
    else:
        asked = count(name)
        left = weighed(body, doc=comments)
        for term in asked:
            left.pop(term, None)
        if len(asked) > 2 and len(left) > 5:
            yield "name", asked, left
    if len(comments.split()) > 4 and not _DULL.search(comments):
        yield "comment", count(comments[:300]), weighed(body, name=name, doc=doc)
    strings = [s for found in _STRING.findall(record["b"][:MAX_BODY]) for s in found if s.count(" ") > 2]
    if strings:
        said = count(" ".join(strings[:3]))
        yield "string", said, weighed(body - count(" ".join(strings)), name=name, doc=doc)


def weighed(body: Counter[str], name: str = "", doc: str = "") -> Side:
    """Terms with the weights that `StaticEncoder` gives them."""
    side: Side = {term: math.log1p(n) for term, n in body.items()}
    for term in count(doc):
        side[term] = side.get(term, 0.0) + 2
    for term in count(name):
        side[term] = side.get(term, 0.0) + 3
    return side


def write_pairs(options: argparse.Namespace) -> None:
    """A file of pairs for each file of records; what is there already is kept."""
    options.out.mkdir(parents=True, exist_ok=True)
    for file in sorted(options.mined.glob("*.jsonl.gz")):
        out = options.out / f"{file.name.removesuffix('.jsonl.gz')}.npz"
        if not out.exists():
            n = _write_pairs_of(file, out, options.most)
            print(n, file.name, flush=True)


def _write_pairs_of(file: Path, out: Path, most: int) -> int:
    chance = np.random.default_rng(zlib.crc32(file.name.encode()))
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    numbers: dict[str, int] = {}
    q: list[int] = []
    c: list[int] = []
    w: list[float] = []
    heads: list[tuple[int, int, int]] = []
    taken: Counter[str] = Counter()
    seen: set[tuple[tuple[str, ...], int]] = set()
    named: dict[str, dict[str, Any]] = {}
    for record in records:
        if record["k"] == "symbol" and record["b"]:
            name = record["n"].split(" ", 1)[0]
            named[name] = {} if name in named else record
    named = {name: record for name, record in named.items() if record}
    for at in chance.permutation(len(records)).tolist():
        record = records[at]
        plain = record["k"] == "symbol" and not record["d"] and not record["c"]
        if plain and (taken["name"] >= most or len(record["b"]) < 120):
            continue
        for kind, asked, code in pairs_of(record, named, chance):
            if taken[kind] >= most or len(asked) < 2 or len(code) < 4:
                continue
            terms = sorted(code, key=lambda term: -code[term])[: 2 * MAX_CODE_TERMS]
            key = (tuple(asked), hash(tuple(terms)))
            if key in seen:
                continue
            seen.add(key)
            taken[kind] += 1
            q += [numbers.setdefault(term, len(numbers)) for term in asked]
            c += [numbers.setdefault(term, len(numbers)) for term in terms]
            w += [code[term] for term in terms]
            heads.append((KINDS.index(kind), len(asked), len(terms)))
    words = "\n".join(numbers).encode("utf-8", "replace")
    columns = {"q": np.array(q, np.uint32), "c": np.array(c, np.uint32), "w": np.array(w, np.float16)}
    np.savez(out, **columns, heads=np.array(heads, np.int32).reshape(-1, 3), words=np.frombuffer(words, np.uint8))
    return len(heads)


# -- pairs -> one file ----------------------------------------------------------------------------------------------


def write_joined(options: argparse.Namespace) -> None:
    """One file of all pairs: q and c as positions in `words`, which are ordered by the repositories that have them."""
    files = sorted(options.pairs.glob("*.npz"))
    numbers: dict[str, int] = {}
    spread = np.zeros(0, np.int32)
    parts = []
    for file in files:
        data = np.load(file)
        here = data["words"].tobytes().decode().split("\n")
        known = np.array([numbers.setdefault(term, len(numbers)) for term in here], np.int32)
        spread = np.concatenate([spread, np.zeros(len(numbers) - len(spread), np.int32)])
        spread[known] += 1
        parts.append((known[data["q"]], known[data["c"]], data["w"], data["heads"]))
    words = list(numbers)
    found = np.bincount(np.concatenate([c for _, c, _, _ in parts]), minlength=len(words))
    asked = np.bincount(np.concatenate([q for q, _, _, _ in parts]), minlength=len(words))
    kept = [t for t in np.flatnonzero(spread >= MIN_REPOSITORIES).tolist() if words[t] not in STOP]
    kept = sorted(kept, key=lambda t: (-spread[t], -found[t], words[t]))[: options.terms]
    place = np.full(len(words), -1, np.int32)
    place[kept] = np.arange(len(kept))
    columns: dict[str, list[Any]] = {name: [] for name in ("q", "c", "w", "q_len", "c_len", "kind", "repository")}
    for number, (q_all, c_all, w_all, heads) in enumerate(parts):
        q, c = place[q_all], place[c_all]
        owners_q = np.repeat(np.arange(len(heads)), heads[:, 1])[q >= 0]
        owners_c = np.repeat(np.arange(len(heads)), heads[:, 2])
        first = np.concatenate([[0], np.cumsum(heads[:, 2])])[:-1]
        ok = (c >= 0) & (np.arange(len(c)) - first[owners_c] < 2 * MAX_CODE_TERMS)
        q, c, w, owners_c = q[q >= 0], c[ok], w_all[ok], owners_c[ok]
        q_len = np.bincount(owners_q, minlength=len(heads))
        c_len = np.bincount(owners_c, minlength=len(heads))
        first = np.concatenate([[0], np.cumsum(c_len)])[:-1]
        good = (q_len >= 2) & (c_len >= 4)
        ok = good[owners_c] & (np.arange(len(c)) - first[owners_c] < MAX_CODE_TERMS)
        columns["q"].append(q[good[owners_q]])
        columns["c"].append(c[ok])
        columns["w"].append(w[ok])
        columns["q_len"].append(q_len[good])
        columns["c_len"].append(np.minimum(c_len, MAX_CODE_TERMS)[good])
        columns["kind"].append(heads[good, 0])
        columns["repository"].append(np.full(int(good.sum()), number))
    joined = {name: np.concatenate(some) for name, some in columns.items()}
    n = len(joined["kind"])
    np.savez(
        options.out,
        **{name: column.astype(np.float16 if name == "w" else np.int32) for name, column in joined.items()},
        files=np.array([file.name.removesuffix(".npz") for file in files]),
        words=np.array([words[t] for t in kept]),
        found=found[kept] / n,
        asked=asked[kept] / n,
    )
    print(n, "pairs", len(kept), "of", len(words), "terms")
    print({kind: int((joined["kind"] == number).sum()) for number, kind in enumerate(KINDS)})


def write_telling(options: argparse.Namespace) -> None:
    """The share of a term's questions whose code has it, drawn to the mean of all terms as if by six questions more."""
    from repoagent_indexers.words.telling import write

    data = dict(np.load(options.pairs))
    words, n = data["words"].tolist(), len(data["kind"])
    width = len(words)
    counted = np.isin(data["kind"], [KINDS.index(kind) for kind in TELLING])
    asked = np.repeat(np.arange(n), data["q_len"]) * width + data["q"]
    written = np.repeat(np.arange(n), data["c_len"]) * width + data["c"]
    met = np.isin(asked, written, kind="sort")
    kept = counted[asked // width]
    n_asked = np.bincount(data["q"][kept], minlength=width)
    n_met = np.bincount(data["q"][kept], weights=met[kept], minlength=width)
    chances = (n_met + 6 * n_met.sum() / n_asked.sum()) / (n_asked + 6)
    known = n_asked >= 4
    write(options.out, [word for word, is_known in zip(words, known.tolist(), strict=True) if is_known], chances[known])
    print(f"{int(known.sum())} terms of {width}, {n_met.sum() / n_asked.sum():.3f} of all places met")


# -- pairs -> table -------------------------------------------------------------------------------------------------


class Pairs:
    """The joined file, with sparse matrices of questions and of code over the same terms."""

    def __init__(self, file: Path) -> None:
        from scipy.sparse import csr_matrix

        data = dict(np.load(file))
        self.words = data["words"].tolist()
        self.kind, self.repository, self.files = data["kind"], data["repository"], data["files"].tolist()
        self.found, self.asked = data["found"], data["asked"]
        n, width = len(self.kind), len(self.words)
        q_ends, c_ends = (np.concatenate([[0], np.cumsum(data[name])]) for name in ("q_len", "c_len"))
        self.q = csr_matrix((np.ones(len(data["q"]), np.float32), data["q"], q_ends), (n, width))
        self.c = csr_matrix((data["w"].astype(np.float32), data["c"], c_ends), (n, width))
        self.rarity = -np.log(self.found.clip(1e-6)).astype(np.float32)
        asked = np.repeat(np.arange(n), data["q_len"]) * width + data["q"]
        written = np.repeat(np.arange(n), data["c_len"]) * width + data["c"]
        self.shared = np.isin(written, asked, kind="sort")
        """Whether an entry of `c` is a term of its question."""
        marks = np.random.default_rng(0).integers(1, 1 << 62, width)
        self.q_mark = np.add.reduceat(marks[data["q"]], q_ends[:-1])
        self.c_mark = np.add.reduceat(marks[data["c"]], c_ends[:-1])


def write_table(options: argparse.Namespace) -> None:
    from repoagent_indexers.encoders.static import write

    pairs = Pairs(options.pairs)
    chance = np.random.default_rng(options.seed)
    held = held_out(pairs, options.hold_out)
    wanted = np.isin(pairs.kind, [KINDS.index(kind) for kind in options.kinds.split(",")])
    training = np.flatnonzero(wanted & ~held[pairs.repository])
    training = np.sort(chance.permutation(training)[: options.most])
    tests = tests_of(pairs, held)
    print(f"{len(training)} pairs of {int((~held).sum())} repositories, {int(held.sum())} held out", flush=True)
    tables = letters(pairs, options.dimensions)
    print("letters only:", shown(measure(pairs, tests, *tables)), flush=True)
    sums = [np.full(len(pairs.words), options.start, np.float32) for _ in tables]
    begun, done, n_steps = time.process_time(), 0, int(options.epochs * len(training) / options.batch)
    while done < n_steps:
        for some in _batches(training, pairs.repository, options, chance):
            rate = options.rate * (1 - done / n_steps)
            loss = _step(pairs, some, tables, sums, rate, options, chance)
            done += 1
            if done % max(1, n_steps // 3) == 0:
                took = time.process_time() - begun
                line = f"{done}/{n_steps} loss {loss:.3f} {took:.0f} CPU s"
                print(line, shown(measure(pairs, tests, *tables)), flush=True)
            if done >= n_steps:
                break
    np.savez(options.out.with_suffix(".float.npz"), q=tables[0].astype(np.float16), c=tables[1].astype(np.float16))
    write(options.out, pairs.words, *tables)


def letters(pairs: Pairs, dimensions: int) -> list[np.ndarray]:
    """What both tables start as: each term's letters, scaled by how rare it is on that side."""
    from repoagent_indexers.encoders.static import letter_rows

    rows = letter_rows(pairs.words, dimensions)
    tables = []
    for share in (pairs.asked, pairs.found):
        rarity = -np.log(share.clip(1e-6) + 1e-4)
        tables.append(rows * (rarity / rarity.mean()).astype(np.float32)[:, None])
    return tables


def _batches(
    training: np.ndarray, repository: np.ndarray, options: argparse.Namespace, chance: np.random.Generator
) -> Iterator[np.ndarray]:
    """Positions of pairs: runs of one repository, shuffled."""
    shuffled = chance.permutation(training)
    shuffled = shuffled[np.argsort(repository[shuffled], kind="stable")]
    runs = np.split(shuffled, np.arange(options.run, len(shuffled), options.run))
    order = chance.permutation(len(runs))
    n = options.batch // options.run
    for at in range(0, len(order) - n + 1, n):
        yield np.concatenate([runs[i] for i in order[at : at + n]])


def _step(
    pairs: Pairs,
    some: np.ndarray,
    tables: list[np.ndarray],
    sums: list[np.ndarray],
    rate: float,
    options: argparse.Namespace,
    chance: np.random.Generator,
) -> float:
    """One batch: both tables moved against the gradient; the loss."""
    code = pairs.c[some]
    if options.hidden:
        code = _without_shared(pairs, code, some, options.hidden, chance)
    words = words_scores(pairs.q[some], code, pairs.rarity) * np.float32(options.words) if options.words else 0
    sides, units, lengths, used = [], [], [], []
    for side, table in zip((pairs.q[some], code), tables, strict=True):
        columns, places = np.unique(side.indices, return_inverse=True)
        side.indices = places.astype(np.int32)
        side._shape = (len(some), len(columns))  # the same rows over the columns in use
        rows = side @ table[columns]
        length = np.linalg.norm(rows, axis=1, keepdims=True).clip(1e-6)
        sides.append(side)
        used.append(columns)
        lengths.append(length)
        units.append(rows / length)
    scores = (units[0] @ units[1].T + words) / np.float32(options.temperature)
    same = pairs.q_mark[some][:, None] == pairs.q_mark[some]
    same |= pairs.c_mark[some][:, None] == pairs.c_mark[some]
    np.fill_diagonal(same, val=False)
    scores[same] = -1e4
    scores -= scores.max()
    across = np.exp(scores - scores.max(axis=1, keepdims=True))
    across /= across.sum(axis=1, keepdims=True)
    down = np.exp(scores - scores.max(axis=0, keepdims=True))
    down /= down.sum(axis=0, keepdims=True)
    loss = -float(np.log(across.diagonal().clip(1e-9)).mean() + np.log(down.diagonal().clip(1e-9)).mean()) / 2
    slope = across + down
    slope[np.diag_indices(len(some))] -= 2
    slope *= np.float32(1 / (2 * options.temperature * len(some)))
    for at, pull in enumerate((slope @ units[1], slope.T @ units[0])):
        back = (pull - units[at] * (pull * units[at]).sum(axis=1, keepdims=True)) / lengths[at]
        gradient = sides[at].T @ back
        columns = used[at]
        sums[at][columns] += (gradient**2).mean(axis=1)
        tables[at][columns] -= rate * gradient / np.sqrt(sums[at][columns])[:, None]
    return loss


def words_scores(questions: Any, code: Any, rarity: np.ndarray) -> np.ndarray:
    """What words alone make of every pair of question and code, 1 for each question's best: BM25 without lengths."""
    code = code.copy()
    code.data /= code.data + np.float32(1.2)
    scores = (questions.multiply(rarity.astype(np.float32)).tocsr() @ code.T.tocsr()).toarray()
    return scores / scores.max(axis=1, keepdims=True).clip(1e-6)


def _without_shared(pairs: Pairs, side: Any, some: np.ndarray, share: float, chance: np.random.Generator) -> Any:
    """Code of which, in a share of the pairs, the terms of the question are taken away: words are BM25's to find."""
    chosen = np.repeat(chance.random(len(some)) < share, np.diff(side.indptr))
    starts, ends = pairs.c.indptr[some], pairs.c.indptr[some + 1]
    entries = np.concatenate([np.arange(start, end) for start, end in zip(starts, ends, strict=True)])
    side.data = np.where(chosen & pairs.shared[entries], np.float32(0), side.data)
    return side


def held_out(pairs: Pairs, every: int = HOLD_OUT) -> np.ndarray:
    """Whether each repository is kept out of training, by the hash of its name."""
    return np.array([zlib.crc32(name.encode()) % every == 0 for name in pairs.files])


def tests_of(pairs: Pairs, held: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """For each held-out repository and kind up to 500 pairs; the right answer is to be found among their code."""
    tests = []
    for repository in np.flatnonzero(held):
        for kind in MEASURED:
            some = np.flatnonzero((pairs.repository == repository) & (pairs.kind == KINDS.index(kind)))[:500]
            if len(some) >= 40:
                tests.append((kind, some))
    return tests


WAYS = ("words", "0.3", "0.6", "1.0", "vectors", "unshared")


def measure(
    pairs: Pairs, tests: list[tuple[str, np.ndarray]], asked: np.ndarray, code: np.ndarray
) -> dict[str, np.ndarray]:
    """Mean reciprocal ranks by kind, one for each of WAYS, each question among the code of its own repository.

    Words alone (saturated counts, rarities of that repository), words and 0.3, 0.6 and 1.0 of the vectors, each signal
    divided by its best score as `retrieve` does, vectors alone, and vectors without the terms that both have.
    """
    found: dict[str, list[list[float]]] = {}
    for kind, some in tests:
        questions, side = pairs.q[some], pairs.c[some]
        q, c = questions @ asked, side @ code
        c /= np.linalg.norm(c, axis=1, keepdims=True).clip(1e-6)
        near = (q @ c.T).clip(0)
        near /= near.max(axis=1, keepdims=True).clip(1e-6)
        has = np.bincount(side.indices, minlength=side.shape[1])
        rarity = np.log1p((len(some) - has + 0.5) / (has + 0.5))
        words = words_scores(questions, side, rarity)
        mixed = (
            words,
            words + 0.3 * near,
            words + 0.6 * near,
            words + near,
            near,
            _unshared(questions, side, asked, code),
        )
        found.setdefault(kind, []).append([_reciprocal_rank(scores) for scores in mixed])
    return {kind: np.mean(rows, axis=0) for kind, rows in found.items()}


def _unshared(questions: Any, side: Any, asked: np.ndarray, code: np.ndarray) -> np.ndarray:
    """Scores by vectors from which all that question and code share is taken: what is left is what training taught."""
    q, c = questions @ asked, side @ code
    scores = q @ c.T
    columns = side.tocsc()
    for at in range(questions.shape[0]):
        for term in questions.indices[questions.indptr[at] : questions.indptr[at + 1]].tolist():
            here = slice(columns.indptr[term], columns.indptr[term + 1])
            scores[at, columns.indices[here]] -= columns.data[here] * float(code[term] @ q[at])
    return scores / np.linalg.norm(c, axis=1).clip(1e-6)


def _reciprocal_rank(scores: np.ndarray) -> float:
    """The mean over rows, where the diagonal is right; ties share their places."""
    right = scores.diagonal()[:, None]
    rank = (scores > right).sum(axis=1) + 0.5 * ((scores == right).sum(axis=1) - 1) + 1
    return float((1 / rank).mean())


def shown(measured: dict[str, np.ndarray]) -> str:
    """One line of what `measure` found."""
    return "  ".join(f"{kind} " + " ".join(f"{x:.3f}" for x in row) for kind, row in measured.items())


if __name__ == "__main__":
    sys.exit(main())
