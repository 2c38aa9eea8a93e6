"""The nouns of Ruby's analysis: what objects are, who defines a method, where one is looked for."""

from __future__ import annotations

from typing import NamedTuple

from repoagent_indexers.resolve.meaning import Place
from repoagent_indexers.resolve.ruby.file import Member, RubyFile, Scope


class Type(NamedTuple):
    """What an object is."""

    name: str
    """The full name of its class; `#path:start` for the objects of a block that has methods of its own."""
    is_static: bool = False
    """It is that class, or module, itself."""


OBJECT = Type("Object")


class Definer(NamedTuple):
    """A method or accessor, and whose it is."""

    file: RubyFile
    scope: Scope
    member: Member

    @property
    def place(self) -> Place:
        return Place(self.file.path, self.member.start)


class Lineage(NamedTuple):
    """Where methods of an object are looked for."""

    links: tuple[Type, ...]
    """In that order."""
    is_open: bool
    """Whether some of it is not in the repository."""
