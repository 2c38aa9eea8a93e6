"""What an attribute of Ruby is made of: `attr_reader :name` gives back the instance variable `@name`."""

from __future__ import annotations

from typing import NamedTuple

from repoagent_indexers.resolve.meaning import Place
from repoagent_indexers.resolve.ruby.expressions import Expressions
from repoagent_indexers.resolve.ruby.file import RubyFile, Scope
from repoagent_indexers.resolve.ruby.terms import OBJECT, Definer, Type

ACCESSORS = frozenset({"attr", "attr_reader", "attr_writer", "attr_accessor"})
"""They keep what they say in an instance variable of the same name."""
_MAX_FILES = 2000
"""Files that mention a module, when it is asked what derives from it."""


class Attribute(NamedTuple):
    """The variable behind accessors, in all classes whose objects share it."""

    variables: frozenset[Place]
    """Where its name stands, behind the `@`."""
    accessors: frozenset[Place]
    """Where lists of accessors name it."""


def attribute(expressions: Expressions, place: Place, name: str, variable: str = "") -> Attribute | None:
    """The variable of an attribute that `attr_*` defines at a place; None for a definition of another kind.

    `variable` asks for one of another name in the same classes.
    """
    program = expressions.program
    file = program.file(place.path)
    scope = _scope_of(file, place.start, {name, f"{name}="}) if file is not None else None
    if file is None or scope is None or listed_by(file, place.start) not in ACCESSORS:
        return None
    owner = program.full(file, scope)
    is_static = scope.kind == "singleton"
    said = variable or name
    found, known, waiting = {}, {owner}, [owner]
    while waiting:
        of = waiting.pop()
        for where, node in expressions.assigned(Type(of, is_static), f"@{said}"):
            found[where.path, node.start_byte + 1] = where
            inner, _ = where.scope_at(node)
            waiting += _new(known, {program.full(where, inner)})
        waiting += _new(known, program.descendants(of, _MAX_FILES))
    accessors = {
        each.place for listed in (said, f"{said}=") for of, definers in program.definers(listed).items()
        for each in definers if of.name in known and of != OBJECT and _is_accessor(each)
    }  # fmt: skip
    return Attribute(frozenset(Place(*each) for each in found), frozenset(accessors))


def listed_by(file: RubyFile, start: int) -> str:
    """The method that is given the symbol whose name begins at a place: `attr_reader`; "" for none."""
    node = file.leaf(start)
    call = node.parent.parent if node is not None and node.type == "simple_symbol" and node.parent is not None else None
    return file.text(call.child_by_field_name("method")) if call is not None and call.type == "call" else ""


def _scope_of(file: RubyFile, start: int, names: set[str]) -> Scope | None:
    """What a definition stands in."""
    for scope in file.scopes:
        if any(member.start == start for name in names for member in scope.members.get(name, ())):
            return scope
    return None


def _is_accessor(definer: Definer) -> bool:
    return definer.member.node is None and listed_by(definer.file, definer.member.start) in ACCESSORS


def _new(known: set[str], names: set[str] | frozenset[str]) -> list[str]:
    """Those that are not known yet, which they are from now on."""
    fresh = sorted(name for name in names if name not in known and name != OBJECT.name)
    known.update(fresh)
    return fresh
