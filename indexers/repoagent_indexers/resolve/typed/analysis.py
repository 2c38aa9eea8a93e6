"""What the parts of the analysis ask of each other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.meaning import Meaning, Place
from repoagent_indexers.resolve.tree_file import TreeFile
from repoagent_indexers.resolve.typed.bindings import Slot
from repoagent_indexers.resolve.typed.program import Program
from repoagent_indexers.resolve.typed.terms import Code, Parameter, Thing, Type, Types

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
    def derived(self, types: Types, name: str) -> Meaning | None:
        """The members of that name in what is derived from types that have none; None where they are many."""

    @abstractmethod
    def members_of(self, types: Types, name: str) -> tuple[set[Place], bool]: ...

    @abstractmethod
    def members(self, of: Type, name: str) -> tuple[set[Place], bool]:
        """The places of a member, in the first type of the lineage that has it; and whether all of it was seen."""

    @abstractmethod
    def own_members(self, of: Thing, name: str) -> set[Place]:
        """The places of a member in a type itself."""

    @abstractmethod
    def pointed(self, receiver: Node | None, types: Types) -> Types:
        """What `->` of C follows: an array is a pointer to what it holds."""

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
    def written_bases(self, of: Thing) -> list[Code]:
        """What a type is derived from that is written out, by an alias."""

    @abstractmethod
    def bodies(self, of: Thing) -> Iterator[tuple[str, Node]]:
        """The bodies of a type and of what it is derived from, in all their parts, each with the path of its file."""

    @abstractmethod
    def items(self, types: Types, depth: int) -> Types:
        """What collections hold, types of the repository that are derived from one among them."""

    @abstractmethod
    def knows_bases(self, of: Thing) -> bool:
        """Whether every type in a header is known, be it from outside."""

    @abstractmethod
    def type_of(self, file: TreeFile, node: Node | None, depth: int = 0) -> Types:
        """What an expression may be."""

    @abstractmethod
    def this_at(self, file: TreeFile, node: Node) -> Iterator[Type]:
        """The type whose `this` or `self` a place sees."""

    @abstractmethod
    def this_in_script(self, file: TreeFile, node: Node) -> Types:
        """What `this` is at a place of JavaScript or TypeScript, by the function or class around it."""

    @abstractmethod
    def type_with_body(self, file: TreeFile, body: Node) -> Types:
        """The class or interface that has a body; () for one that has no name."""

    @abstractmethod
    def made_by(self, maker: Type) -> Type:
        """What `new` makes: of a class an object, of a function what has that which the function sets on `this`."""

    @abstractmethod
    def added(self, of: Thing | Code, name: str) -> set[Place]:
        """Where a member is set on an object, a function or a class, or on its prototype, outside of it."""

    @abstractmethod
    def assigned_to(self, file: TreeFile, owners: Iterable[str], start: int, name: str) -> Iterator[Place]:
        """Where a file sets a member of what bears one of several names at a place."""

    @abstractmethod
    def in_prototype(self, of: Thing, name: str) -> set[Place]:
        """The member of an object that a function has as its prototype: `Queue.prototype = { push() {} }`."""

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

    @abstractmethod
    def member_types(self, types: Types, name: str, depth: int) -> Types:
        """What the members of a name hold, with what type parameters stand for in each type."""

    @abstractmethod
    def types_of_constructors(self, places: Iterable[Place]) -> Types:
        """Constructors as functions: as the members that they are, they mean the type."""

    @abstractmethod
    def mapped(self, of: Type, name: str, depth: int) -> Types | None:
        """What a mapped type holds at a key; None for any other type."""

    @abstractmethod
    def node_of(self, code: Code) -> Node | None:
        """The node of a function or of an object's type; of a variable that holds a function, the function."""

    @abstractmethod
    def signatures(self, types: Types, kind: str = "call_signature") -> list[Code]:
        """All that can be called of what something may be, without implementations that have signatures beside them;
        of types that are written out, what they say of a `kind`.
        """

    @abstractmethod
    def chosen(self, call: Node, called: Types, depth: int) -> list[Code]:
        """The signatures that a call means: of each thing that has several, the first that it fits."""

    @abstractmethod
    def parameter_at(self, signature: Code, place: int, depth: int) -> Types:
        """Objects of the type of what a function is given at a place."""

    @abstractmethod
    def expected_at(self, file: TreeFile, call: Node, called: Types, place: int, depth: int) -> Types:
        """What a call is expected to be given at a place."""

    @abstractmethod
    def infer(self, meant: Types, given: Types, wanted: dict[Slot, dict[Type, None]], depth: int) -> None:
        """Lays what is expected beside what is given, and notes what stands where a wanted type parameter does."""

    @abstractmethod
    def called_with(self, path: str, call: Node, signature: Code, skip: int, depth: int) -> Code:
        """A signature with what a call says of its type parameters; the argument at `skip` says nothing."""

    @abstractmethod
    def bound_by_call(
        self, path: str, call: Node, signature: Code, generic: Node | None, skip: int, depth: int
    ) -> Code:
        """A signature with what a call says of the type parameters of a declaration: its own, or its class's."""

    @abstractmethod
    def bound_to(
        self, file: TreeFile, generic: Node | None, arguments: Sequence[Types | None], depth: int
    ) -> dict[Slot, Types]:
        """What the type parameters of a declaration stand for, by their arguments, else by what they are by default."""

    @abstractmethod
    def instantiated(self, of: Thing, arguments: Sequence[Types | None], depth: int) -> Thing:
        """A type, in all its parts, given its arguments."""

    @abstractmethod
    def environment(self, of: Type) -> int:
        """What type parameters stand for in the members of a type, those of what it is derived from too."""

    @abstractmethod
    def bounded(self, types: Types, depth: int = 0) -> Types:
        """The same, with what a type parameter is at least in place of one that nothing is known to stand for."""

    @abstractmethod
    def least(self, of: Parameter, depth: int) -> Types:
        """What a type parameter is at least: its constraint, else its default."""

    @abstractmethod
    def expanded(self, file: TreeFile, name: Node, arguments: Sequence[Node], depth: int) -> Types:
        """What an alias with type parameters stands for, given its arguments; () for what is none."""

    @abstractmethod
    def conditional(self, file: TreeFile, node: Node, depth: int) -> Types:
        """What `A extends B ? C : D` may be: one of the two where that is plain, else both."""

    @abstractmethod
    def looked_up(self, file: TreeFile, node: Node, depth: int) -> Types:
        """What `Type[number]` or `Type["key"]` is."""

    @abstractmethod
    def tuple_of(self, file: TreeFile, node: Node, depth: int) -> Types:
        """A tuple's type, what it spreads in its place."""

    @abstractmethod
    def utility(self, file: TreeFile, name: str, inside: Sequence[Node], depth: int) -> Types | None:
        """What the types of TypeScript's own library give that ask for more than to be seen through."""

    @abstractmethod
    def expected_of(self, file: TreeFile, value: Node, depth: int) -> Types:
        """What is expected where an expression stands: by what it is given to, assigned to, or returned from."""
