"""What the parts of the analysis ask of each other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.meaning import Meaning, Place
from repoagent_indexers.resolve.tree_file import TreeFile
from repoagent_indexers.resolve.typed.program import Program
from repoagent_indexers.resolve.typed.terms import Code, Thing, Type, Types

if TYPE_CHECKING:
    from tree_sitter import Node


class Analysis(Program, ABC):
    """A program with all that its parts ask of each other; each is written in the file of its name."""

    @abstractmethod
    def mean(self, file: TreeFile, node: Node) -> Meaning | None:
        """What a name means; None when that is not known."""

    @abstractmethod
    def beside(self, file: TreeFile, node: Node, types: Types, name: str) -> Meaning | None:
        """What a member may mean that macros hide: they open a namespace, or break the body of a class."""

    @abstractmethod
    def alone(self, file: TreeFile, name: str) -> Meaning | None:
        """The one member of that name in sight of a file, with those that override it; None where there are others."""

    @abstractmethod
    def members_of(self, types: Types, name: str) -> tuple[set[Place], bool]: ...

    @abstractmethod
    def members(self, of: Type, name: str) -> tuple[set[Place], bool]:
        """The places of a member, in the first type of the lineage that has it; and whether all of it was seen."""

    @abstractmethod
    def held(self, types: Types, depth: int) -> Types:
        """What any key of an object gives: `{ [key: string]: Item }`."""

    @abstractmethod
    def lineage(self, of: Thing) -> list[Thing]:
        """What a type is derived from, nearest first."""

    @abstractmethod
    def bases(self, of: Thing) -> list[Thing]:
        """The types of the repository that a type names in its header, in all its parts."""

    @abstractmethod
    def knows_bases(self, of: Thing) -> bool:
        """Whether every type in a header is known, be it from outside."""

    @abstractmethod
    def type_of(self, file: TreeFile, node: Node | None, depth: int = 0) -> Types:
        """What an expression may be."""

    @abstractmethod
    def this_at(self, file: TreeFile, node: Node) -> Iterator[Thing]:
        """The type whose `this` or `self` a place sees."""

    @abstractmethod
    def type_of_name(self, file: TreeFile, node: Node, depth: int) -> Types: ...

    @abstractmethod
    def types_of_places(self, places: Iterable[Place], depth: int) -> Types: ...

    @abstractmethod
    def type_of_member(self, file: TreeFile, receiver: Node | None, name: str, depth: int) -> Types: ...

    @abstractmethod
    def narrowed(self, file: TreeFile, name: Node, depth: int) -> Types:
        """What a variable is where `instanceof` was asked first: behind `&&`, in a branch, after one that leaves."""

    @abstractmethod
    def type_of_declared(self, file: TreeFile, number: int, depth: int) -> Types: ...

    @abstractmethod
    def declared_type(self, file: TreeFile, name: Node, depth: int) -> Types:
        """What a variable, parameter or field is, by its declaration."""

    @abstractmethod
    def taken_apart(self, file: TreeFile, pattern: Node, depth: int) -> Types:
        """What is taken apart by a pattern."""

    @abstractmethod
    def documented(self, file: TreeFile, name: Node, number: int, depth: int) -> Types:
        """What a comment says that a parameter, a property or a variable is."""

    @abstractmethod
    def assigned(self, file: TreeFile, number: int) -> Iterator[Node]:
        """What a class of PHP sets one of its properties to."""

    @abstractmethod
    def said_to_return(self, file: TreeFile, function: Node, depth: int) -> Types: ...

    @abstractmethod
    def expected(self, file: TreeFile, pair: Node) -> Types:
        """The type of the object, literal or pattern, in which a pair stands."""

    @abstractmethod
    def contextual(self, file: TreeFile, function: Node, name: Node, depth: int) -> Types | None:
        """What a parameter of a function is that is given to a call: what the called function says it gives."""

    @abstractmethod
    def type_of_call(self, file: TreeFile, node: Node, depth: int) -> Types: ...

    @abstractmethod
    def results(self, file: TreeFile, call: Node, called: Types, place: int, depth: int) -> Types:
        """What a call gives of what is called; of several results the one at a place."""

    @abstractmethod
    def returned(self, code: Code, depth: int, place: int = 0) -> Types:
        """What calling a function gives, by its annotation, else by what it returns; in Go one of several results."""

    @abstractmethod
    def annotation(self, file: TreeFile, node: Node | None, depth: int = 0) -> Types:
        """The type that is written, as itself: `_objects` makes objects of it."""

    @abstractmethod
    def as_types(self, meaning: Meaning, depth: int) -> Types: ...
