"""Data -> the JSON that scripts may rely on. Every shape bears `"version": 1`; lines are 1-based and inclusive.

A field may be added under the same version; one that is there is neither removed nor changed in meaning.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from repoagent.change import Change
    from repoagent_agents.ask import Answer
    from repoagent_agents.brief import Brief
    from repoagent_agents.complete import Filling
    from repoagent_agents.models.base import Found, Spent
    from repoagent_agents.models.family import Member
    from repoagent_agents.models.machine import Machine
    from repoagent_agents.packing.outline import Outline
    from repoagent_agents.packing.pack import Pack
    from repoagent_agents.related import Related
    from repoagent_agents.review.review import Review
    from repoagent_indexers.git.commits import Logged
    from repoagent_indexers.indexing.index import Status
    from repoagent_indexers.past import Past
    from repoagent_indexers.resolve.graph import Call, CallTree, References
    from repoagent_indexers.resolve.references import Definition, Use
    from repoagent_indexers.source import Hit, Span, Symbol

VERSION = 1


def dump(shape: dict[str, Any]) -> str:
    """One line of JSON; what is not UTF-8 in a path or text is replaced."""
    text = json.dumps({"version": VERSION, **shape}, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode("utf-8")


def hits(found: Iterable[Hit], explain: bool = False) -> dict[str, Any]:
    """search"""
    return {"hits": [{**_hit(hit), **({"parts": hit.parts} if explain else {})} for hit in found]}


def _hit(hit: Hit) -> dict[str, Any]:
    symbol = hit.symbol
    return {
        **_span(hit.span),
        "symbol": symbol.qualified_name if symbol else None,
        "kind": symbol.kind if symbol else None,
        "score": round(hit.score, 6),
        "copies": [_span(span) for span in hit.copies],
    }


def _span(span: Span) -> dict[str, Any]:
    return {"path": span.path, "start_line": span.start_line, "end_line": span.end_line}


def pack(packed: Pack) -> dict[str, Any]:
    """pack"""
    return {
        "budget": packed.budget,
        "tokens": packed.tokens,
        "pieces": [
            {**_span(piece.span), "level": piece.level, "tokens": piece.tokens, "reason": piece.reason}
            for piece in packed.pieces
        ],
        "text": packed.text,
        "left_out": [_span(span) for span in packed.left_out],
    }


def answer(answered: Answer) -> dict[str, Any]:
    """ask, when a model answered"""
    return {
        "model": answered.model,
        "answer": answered.text,
        "sources": [
            {**_span(source.span), "symbol": source.symbol or None, "cited": source.cited}
            for source in answered.sources
        ],
        "false_citations": answered.n_false_citations,
        "tokens": answered.pack.tokens,
        "spent": spent(answered.spent),
    }


def filling(found: Filling, ms: float) -> dict[str, Any]:
    """complete: `completions` are to be inserted before `column` of `line`; `ms`: of all, and of it the model"""
    return {
        "model": found.model,
        "path": found.path,
        "line": found.line,
        "column": found.column,
        "completions": list(found.texts),
        "context": [_span(span) for span in found.context],
        "tokens": found.tokens,
        "spent": spent(found.spent),
        "ms": {"total": round(ms, 1), "model": round(1000 * found.spent.total_s, 1)},
    }


def spent(took: Spent) -> dict[str, Any]:
    """What an answer took: tokens as its server counts them (null where it does not), and seconds"""
    usage = took.usage
    return {
        "prompt_tokens": usage.prompt_tokens if usage else None,
        "reply_tokens": usage.reply_tokens if usage else None,
        "reused_tokens": usage.reused_tokens if usage else None,
        "first_s": round(took.first_s, 4),
        "total_s": round(took.total_s, 4),
        "from_cache": took.from_cache,
    }


def brief(found: Brief, text: str) -> dict[str, Any]:
    """ask, when no model was asked: `model` is null and `answer` says so in its first line"""
    return {
        "model": None,
        "answer": text,
        "sources": [
            {
                **_hit(place.hit),
                "signature": place.signature,
                "doc": place.doc,
                "lines": [{"line": line.number, "text": line.text} for line in place.lines],
                "used_by": [_related(each) for each in place.users],
                "uses": [_related(each) for each in place.uses],
            }
            for place in found.places
        ],
        "commits": [_commit(one) for one in found.commits],
    }


def _related(each: Related) -> dict[str, Any]:
    return {**symbol_at(each.symbol), "certainty": each.certainty}


def _commit(one: Logged) -> dict[str, Any]:
    return {"id": one.id, "author": one.author, "time": one.time, "subject": one.subject}


def symbol_at(symbol: Symbol) -> dict[str, Any]:
    """A symbol by its place."""
    return {**_span(symbol.span), "symbol": symbol.qualified_name, "kind": symbol.kind}


def symbols(found: Iterable[Symbol]) -> dict[str, Any]:
    """symbols"""
    return {"symbols": [{**symbol_at(symbol), "signature": symbol.signature, "doc": symbol.doc} for symbol in found]}


def references(found: References) -> dict[str, Any]:
    """refs"""
    return {
        "symbol": _defined(found),
        "references": [
            {**_use(use), "certainty": use.certainty, "inside": use.inside.qualified_name if use.inside else None}
            for use in found.uses
        ],
    }


def calls(tree: CallTree, direction: str) -> dict[str, Any]:
    """callers, callees: under that word a list of branches, each with its own"""
    return {
        "symbol": _defined(tree),
        direction: [_call(call, direction) for call in tree.calls],
        "cut": tree.is_cut,
    }


def _call(call: Call, direction: str) -> dict[str, Any]:
    return {
        "path": call.path,
        "line": call.line,
        "symbol": call.symbol.qualified_name if call.symbol else None,
        "kind": call.symbol.kind if call.symbol else None,
        "certainty": call.certainty,
        "calls": [_use(use) for use in call.uses],
        "repeated": call.is_repeated,
        direction: [_call(below, direction) for below in call.calls],
    }


def _defined(found: References | CallTree) -> dict[str, Any]:
    return {
        **_definition(found.definition),
        "also": [{"path": path, "line": line} for path, line in found.also],
        "overrides": [_definition(above) for above in found.overrides],
    }


def _definition(definition: Definition) -> dict[str, Any]:
    return {**symbol_at(definition.symbol), "line": definition.line, "column": definition.column}


def _use(use: Use) -> dict[str, Any]:
    return {"path": use.path, "line": use.line, "column": use.column, "kind": use.kind, "text": use.text}


def history(found: Past) -> dict[str, Any]:
    """history; `time` in seconds since 1970, `lines` null for a whole file or folder"""
    return {
        "path": found.path,
        "lines": list(found.lines) if found.lines else None,
        "symbol": found.symbol.qualified_name if found.symbol else None,
        "commits": [_commit(one) for one in found.commits],
        "more": found.has_more,
        "changed": found.is_changed,
        "together": [
            {"path": one.path, "together": one.n_together, "commits": one.n_commits} for one in found.companions
        ],
        "note": found.note,
    }


def outline(found: Outline) -> dict[str, Any]:
    """map"""
    return {
        "budget": found.budget,
        "tokens": found.tokens,
        "files": [
            {
                "path": file.path,
                "importance": round(file.importance, 6),
                "symbols": [
                    {"line": symbol.line, "kind": symbol.kind, "symbol": symbol.name, "signature": symbol.signature}
                    for symbol in file.symbols
                ],
            }
            for file in found.files
        ],
        "left_out": found.n_left_out,
        "text": found.text,
    }


def status(found: Status) -> dict[str, Any]:
    """index --status"""
    return {
        "path": str(found.path),
        "bytes": found.size,
        "files": found.n_files,
        "source_bytes": found.n_source_bytes,
        "symbols": found.n_symbols,
        "chunks": found.n_chunks,
        "languages": found.languages,
        "skipped": found.skipped,
        "demoted": found.demoted,
        "charsets": found.charsets,
        "encoder": found.encoder,
        "commits": found.n_commits,
    }


def review(found: Review) -> dict[str, Any]:
    """review"""
    return {
        "findings": [
            {
                **_span(finding.span),
                "severity": finding.severity,
                "rule": finding.rule,
                "message": finding.message,
                "evidence": [{**_span(one), "code": one.code, "why": one.why} for one in finding.evidence],
                "more": finding.n_more,
            }
            for finding in found.findings
        ],
        "files": list(found.files),
        "notes": list(found.notes),
    }


def change(planned: Change) -> dict[str, Any]:
    """generate, debug, rename"""
    return {
        "diff": planned.diff(),
        "files": list(planned.files),
        "notes": list(planned.notes),
        "skipped": list(planned.skipped),
        "needs": {word: list(paths) for word, paths in planned.needs.items()},
        "applied": planned.is_applied,
    }


def models(found: Sequence[Found], machine: Machine) -> dict[str, Any]:
    """models

    `models` are those that answer; `family` of one is the name of its row in `family`, null for other models.
    Each row of `family` says in `memory` what each precision takes in bytes, `weights` alone and `full` with the keys
    and values of `longest` tokens, and where that would fit here: "gpu", "cpu" or "no".
    """
    from repoagent_agents.models.family import FAMILY, member_of

    return {
        "models": [
            {
                "name": one.name,
                "place": one.place,
                "backend": one.backend,
                "window": one.window,
                "chat": one.chat,
                "family": member.name if (member := member_of(one.name)) else None,
                "infills": bool(member and member.infills),
            }
            for one in found
        ],
        "machine": {
            "memory": machine.memory_bytes,
            "accelerators": [{"name": one.name, "memory": one.memory_bytes} for one in machine.accelerators],
        },
        "family": [_member(row, machine) for row in FAMILY],
    }


def _member(row: Member, machine: Machine) -> dict[str, Any]:
    from repoagent_agents.models.family import BITS

    return {
        "name": row.name,
        "hub": row.hub,
        "ollama": row.ollama or None,
        "parameters": row.shape.n_parameters,
        "prompting": row.prompting,
        "infills": row.infills,
        "trained": row.trained,
        "longest": row.longest,
        "rope_theta": row.rope_theta,
        "licence": row.licence,
        "cache_per_token": row.shape.cache_bytes_per_token,
        "memory": {
            precision: {
                "weights": row.shape.weight_bytes(precision),
                "weights_fit": machine.fit(row, precision, 0),
                "full": row.shape.memory_bytes(precision, row.longest),
                "full_fit": machine.fit(row, precision, row.longest),
            }
            for precision in BITS
        },
    }
