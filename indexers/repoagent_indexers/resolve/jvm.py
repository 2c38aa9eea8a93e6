"""What names mean in Java, Kotlin and Scala, which see each other's; Kotlin, where it differs from what `typed` knows.

Functions and properties of Kotlin extend types that they are no members of, a lambda may have an object that it stands
for and a parameter without a name, and a variable is what it was last asked to be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.resolve import kotlin
from repoagent_indexers.resolve.meaning import OUTSIDE, Meaning, Place
from repoagent_indexers.resolve.packages import Packages
from repoagent_indexers.resolve.tree_file import FUNCTIONS, TreeFile
from repoagent_indexers.resolve.typed.resolver import TypedResolver
from repoagent_indexers.resolve.typed.terms import FOREIGN, Code, Foreign, Many, Thing, Type, Types, elements, objects

if TYPE_CHECKING:
    from tree_sitter import Node

    from repoagent_indexers.index import Index

_SAME = frozenset({"also", "apply", "takeIf", "takeUnless", "onEach"})
"""Functions of the library that give what they are called on."""
_GIVING = frozenset({"let", "run", "with", "use", "runCatching", "synchronized", "withLock", "buildString"})
"""Those that give what their lambda gives."""
_AS_IT = frozenset({"let", "also", "takeIf", "takeUnless", "use"})
_AS_THIS = frozenset({"apply", "run"})
_MAKING_MANY = frozenset(
    "listOf mutableListOf setOf mutableSetOf arrayOf arrayListOf hashSetOf linkedSetOf sequenceOf listOfNotNull flowOf "
    "emptyList emptySet emptyArray".split()
)
_CHECKING = frozenset({"requireNotNull", "checkNotNull"})
_MAPPING = frozenset({"map", "mapNotNull", "mapIndexed"})
_KEEPING = frozenset(
    "filter filterNot filterNotNull filterIndexed sorted sortedBy sortedByDescending sortedWith reversed toList toSet distinct "
    "distinctBy drop dropLast dropWhile take takeLast takeWhile plus minus asSequence asReversed toMutableList shuffled "
    "orEmpty toMutableSet toTypedArray asIterable onEach".split()
)
_TAKING = frozenset(
    "first firstOrNull last lastOrNull single singleOrNull find findLast maxBy maxByOrNull minBy minByOrNull random get getOrNull "
    "elementAt removeAt removeFirst removeLast next pop peek poll removeLastOrNull removeFirstOrNull".split()
)
_OPAQUE = frozenset({"==", "!=", "===", "!==", "<", ">", "<=", ">=", "&&", "||", "in", "!in", ".."})
_MAX_EXTENSIONS = 30


_CLASSES = frozenset("class interface enum object annotation".split())
_WORD = re.compile(r"\w+")


class JvmResolver(TypedResolver):
    """See `meaning.Resolver`."""

    def __init__(self, index: Index, languages: frozenset[str]) -> None:
        super().__init__(index, languages)
        self.packages = Packages(self)
        self.outer = self.packages

    # -- names ----------------------------------------------------------------------------------------------------

    def _mean(self, file: TreeFile, node: Node) -> Meaning | None:
        parent = node.parent
        if file.language != "kotlin" or parent is None or node.start_byte in file.numbers:
            return super()._mean(file, node)
        name = file.text(node)
        if kotlin.is_interpolated(file.content, node) and (word := _WORD.match(name)) is not None:
            return self._bare(file, node, word[0])
        if (imported := self._imported(file, node)) is not None:
            return imported
        if parent.type == "value_argument" and (label := kotlin.argument_name(parent)) is not None and label == node:
            return self._argument(file, parent, name)
        if parent.type == "user_type" and node != parent.named_children[0]:
            return self._nested(file, parent, node, name)
        if (
            parent.type in {"callable_reference"}
            and len(parent.named_children) > 1
            and node == parent.named_children[-1]
        ):
            return self._member_meaning(file, node, parent.named_children[0], name)
        if parent.type == "infix_expression" and len(parent.named_children) == 3 and node == parent.named_children[1]:
            return self._member_meaning(file, node, parent.named_children[0], name)
        if parent.type == "package_header" or (parent.parent is not None and parent.parent.type == "package_header"):
            return OUTSIDE
        if parent.type == "labeled_expression" or (parent.type == "this_expression" and name != "this"):
            return self._label(file, node, name)
        if name == "it" and not file.seen(node.start_byte, name) and _lambda_with_it(node) is not None:
            return OUTSIDE
        return super()._mean(file, node)

    def _bare(self, file: TreeFile, node: Node, name: str) -> Meaning | None:
        seen = file.seen(node.start_byte, name) if file.language == "kotlin" else ()
        binder = seen[0].node.parent if seen and seen[0].number < 0 else None
        if binder is not None and binder.type == "class_parameter" and seen[0].start != node.start_byte:
            around = file.root.descendant_for_byte_range(seen[0].scope_start, seen[0].scope_end - 1)
            if around is not None and kotlin.is_in_function(node, around):  # what a class is given it need not keep
                for owner in self.types_around(file, node.start_byte):
                    if found := self.members(owner, name)[0]:
                        return Meaning(frozenset(found), "resolved")
                return self.outer.outer(file, node, name)
        return super()._bare(file, node, name)

    def _imported(self, file: TreeFile, node: Node) -> Meaning | None:
        """What a part of an import names; None for what stands in none."""
        path = node.parent
        statement = path.parent if path is not None and path.type == "qualified_identifier" else path
        if path is None or statement is None or statement.type != "import":
            return None
        whole = next(child for child in statement.named_children if child.type == "qualified_identifier")
        end = node.end_byte if path is not statement else whole.end_byte
        parts = tuple(file.text(each).strip("`") for each in whole.named_children if each.end_byte <= end)
        found = self.packages.at(file, parts) | frozenset(self._extending(parts))
        return Meaning(found, "resolved") if found else OUTSIDE

    def _extending(self, parts: tuple[str, ...]) -> Iterator[Place]:
        """The functions and properties of a package that extend types."""
        for path, number in self.symbols(parts[-1])[:_MAX_EXTENSIONS] if parts else ():
            where = self.file(path)
            if where is not None and where.scope_text(number) and self.packages.home(where) == parts[:-1]:
                yield Place(path, where.name_start(number))

    def _argument(self, file: TreeFile, argument: Node, name: str) -> Meaning | None:
        """What the name of an argument means: a parameter of what is called."""
        listed = argument.parent
        call = listed.parent if listed is not None else None
        if call is None:
            return None
        if call.type in {"constructor_invocation", "annotation"}:
            types = self.annotation(file, call.named_children[0], 1)
        else:
            callee, _, _ = kotlin.call_of(call)
            types = self.type_of(file, callee, 1)
        for each in types:
            where = self.file(each.path) if isinstance(each, Thing | Code) else None
            if where is None or not isinstance(each, Thing | Code):
                continue
            node = where.definition_node(each.number) if isinstance(each, Thing) else self.node_of(each)
            for label in kotlin.parameters_of(node) if node is not None else ():
                if where.text(label) == name:
                    return Meaning(frozenset({Place(where.path, label.start_byte)}), "resolved")
        return OUTSIDE if types else None

    def _nested(self, file: TreeFile, written: Node, node: Node, name: str) -> Meaning | None:
        """What a part of a type's qualified name means: a type in a type, or in a package."""
        names = [
            each for each in written.named_children if each.type == "identifier" and each.end_byte <= node.end_byte
        ]
        if found := self.packages.at(file, tuple(file.text(each) for each in names)):
            return Meaning(found, "resolved")
        around = self.mean(file, names[-2])
        types = self.types_of_places(around.places, 1) if around is not None else ()
        found_there, _ = self.members_of(types, name)
        return Meaning(frozenset(found_there), "resolved") if found_there else OUTSIDE

    def _label(self, file: TreeFile, node: Node, name: str) -> Meaning:
        """What `this@Name` means: a type around it, or a function that extends one."""
        for number in file.around(node.start_byte):
            if file.facts.symbol_name(number) == name:
                return Meaning(frozenset({Place(file.path, file.name_start(number))}), "resolved")
        return OUTSIDE

    def _member_meaning(self, file: TreeFile, node: Node, receiver: Node, name: str) -> Meaning | None:
        if (whole := self._qualified(file, receiver, name)) is not None:
            return whole
        if file.language != "kotlin":
            return super()._member_meaning(file, node, receiver, name)
        types = self.bounded(self.type_of(file, receiver))
        found, is_known = self.members_of(types, name)
        if found:
            return Meaning(frozenset(found), "resolved")
        if extending := self._extensions(file, node.start_byte, name, types):
            is_ours = any(isinstance(each, Thing) for each in types)
            return Meaning(frozenset(extending), "resolved" if is_ours else "probable")
        if types and is_known:
            return OUTSIDE
        return self.alone(file, name) if not types else None

    def _qualified(self, file: TreeFile, receiver: Node, name: str) -> Meaning | None:
        """What a name means behind the whole path of a package or of a type in one: `com.example.Type.name`."""
        words = (receiver.text or b"").decode("utf-8", "replace")
        parts = tuple(words.split("."))
        if not words[:1].islower() or not all(part.isidentifier() for part in parts):
            return None
        if file.seen(receiver.start_byte, parts[0]) or any(
            each.alias == parts[0] for each in self.packages.taken(file)
        ):
            return None
        if len(parts) == 1 and not self.packages.is_home((*parts, name)):
            return None
        found = self.packages.at(file, (*parts, name))
        return Meaning(found, "resolved") if found else None

    def _extensions(self, file: TreeFile, start: int, name: str, types: Types) -> set[Place]:
        """The functions and properties in sight that extend what a member is taken from."""
        written = self._names_of(types)
        found: set[Place] = set()
        for path, number in self.symbols(name)[:_MAX_EXTENSIONS]:
            where = self.file(path)
            scope = where.scope_text(number) if where is not None else ""
            if (
                where is None
                or where.language != "kotlin"
                or not scope
                or not self._is_in_sight(file, start, where, number)
            ):
                continue
            if (
                not types
                or not written
                or scope in written
                or scope == "Any"
                or self._extends_any(where, number, scope)
            ):
                found.add(Place(path, where.name_start(number)))
        return found

    def _names_of(self, types: Types) -> set[str]:
        """The names of types of the repository and of all that they are derived from; none where one is not known."""
        found: set[str] = set()
        for each in types:
            if isinstance(each, Foreign | Many | Code):
                return set()
            for of in [each, *self.lineage(each)] if isinstance(each, Thing) else ():
                where = self.file(of.path)
                found |= {where.facts.symbol_name(of.number)} if where is not None else set()
                if not self.knows_bases(of) or self.has_base_outside(of):
                    return set()
        return found

    def _extends_any(self, file: TreeFile, number: int, scope: str) -> bool:
        """Whether a function extends whatever its type parameter stands for."""
        node = file.definition_node(number)
        receiver = kotlin.receiver_of(node) if node is not None else None
        return receiver is not None and bool(file.seen(receiver.start_byte, scope))

    def _is_in_sight(self, file: TreeFile, start: int, where: TreeFile, number: int) -> bool:
        if (parent := where.facts.parent(number)) >= 0:
            owner = Thing(where.path, parent, is_static=False)
            return any(owner in {each, *self.lineage(each)} for each in self.types_around(file, start))
        if where.path == file.path:
            return True
        home = self.packages.home(where)
        name = where.facts.symbol_name(number)
        return home == self.packages.home(file) or any(
            each.parts == (home if each.is_all else (*home, name)) for each in self.packages.taken(file)
        )

    def own_members(self, of: Thing, name: str) -> set[Place]:
        found = super().own_members(of, name)
        where = self.file(of.path)
        if len(found) < 2 or where is None or where.language != "kotlin":
            return found
        inside = {place for place in found if not self._scope_at(place)}  # a member comes before what extends
        return inside or found

    def _scope_at(self, place: Place) -> str:
        file = self.file(place.path)
        number = file.numbers.get(place.start) if file is not None else None
        return file.scope_text(number) if file is not None and number is not None else ""

    def _of_its_kind(self, file: TreeFile, node: Node, found: Meaning | None) -> Meaning | None:
        found = super()._of_its_kind(file, node, found)
        if file.language != "kotlin" or found is None or len(found.places) < 2:
            return found
        call: Node | None = node
        while call is not None and call.type in {"identifier", "navigation_expression"}:
            call = call.parent
        if call is None or call.type != "call_expression" or kotlin.call_of(call)[0].end_byte != node.end_byte:
            return found
        while (
            call.parent is not None and call.parent.type == "call_expression" and call.parent.named_children[0] == call
        ):
            call = call.parent
        _, given, behind = kotlin.call_of(call)
        taking = {place for place in found.places if self._takes_so_many(place, len(given) + (behind is not None))}
        return Meaning(frozenset(taking), found.certainty) if taking else found

    def _takes_so_many(self, place: Place, given: int) -> bool:
        file = self.file(place.path)
        number = file.numbers.get(place.start) if file is not None else None
        if file is None or number is None or file.kind(number) not in FUNCTIONS or file.language != "kotlin":
            return True
        node = file.definition_node(number)
        names = kotlin.parameters_of(node) if node is not None else []
        most, least = len(names), 0
        for each in names:
            parameter = each.parent
            before = parameter.prev_named_sibling if parameter is not None else None
            is_open = before is not None and before.type == "parameter_modifiers" and b"vararg" in (before.text or b"")
            behind = parameter.next_sibling if parameter is not None else None
            most += 99 * is_open
            least += not is_open and (behind is None or behind.type != "=")
        return least <= given <= most

    # -- what stands around a place ---------------------------------------------------------------------------------

    def types_around(self, file: TreeFile, start: int) -> Iterator[Thing]:
        if file.language != "kotlin":
            yield from super().types_around(file, start)
            return
        outer = [(file.span(number)[0], number) for number in file.around(start) if file.kind(number) not in FUNCTIONS]
        node = file.node_at(start)
        at = node.parent if node is not None else None
        while at is not None:
            types: Types = ()
            if at.type == "lambda_literal":
                types = self._receiver_in(file, at, 1)
            elif at.type in {"function_declaration", "property_declaration"}:
                types = objects(self.annotation(file, kotlin.receiver_of(at), 1))
            elif at.type == "object_literal":
                types = tuple(t for each in kotlin.heritage(at) for t in objects(self.annotation(file, each, 1)))
            if types:
                while outer and outer[0][0] > at.start_byte:
                    yield from self._around(file, outer.pop(0)[1])
                yield from (each for each in types if isinstance(each, Thing))
            at = at.parent
        for _, number in outer:
            yield from self._around(file, number)

    def _around(self, file: TreeFile, number: int) -> Iterator[Thing]:
        if self.kind_of(each := Thing(file.path, number, is_static=False)) in _CLASSES:
            yield each

    def this_at(self, file: TreeFile, node: Node) -> Iterator[Type]:
        if file.language != "kotlin":
            yield from super().this_at(file, node)
            return
        label = node.named_children[0] if node.type == "this_expression" and node.named_children else None
        for each in self.types_around(file, node.start_byte):
            where = self.file(each.path)
            if label is None or (where is not None and where.facts.symbol_name(each.number) == file.text(label)):
                yield each
                return

    # -- types that are written -------------------------------------------------------------------------------------

    def _annotation(self, file: TreeFile, node: Node, depth: int) -> Types:
        if file.language != "kotlin":
            return super()._annotation(file, node, depth)
        kind = node.type
        if kind == "user_type":
            return self._user_type(file, node, depth)
        if kind in {"nullable_type", "parenthesized_type", "non_nullable_type", "type_projection"}:
            inner = next((child for child in reversed(node.named_children) if child.type in kotlin.TYPES), None)
            return self.annotation(file, inner, depth + 1)
        if kind == "function_type":
            given = self.bindings.seen(self.given, file.path, node.start_byte)
            return (Code(file.path, node.start_byte, node.end_byte, kind, given),)
        return super()._annotation(file, node, depth)

    def _user_type(self, file: TreeFile, node: Node, depth: int) -> Types:
        names = [each for each in node.named_children if each.type == "identifier"]
        arguments = next((each for each in node.named_children if each.type == "type_arguments"), None)
        inside = (
            [child for each in kotlin.parts(arguments) for child in each.named_children if child.type in kotlin.TYPES]
            if arguments is not None
            else []
        )
        found = self.annotation(file, names[-1], depth + 1) if names else ()
        if any(isinstance(each, Thing) for each in found):
            given = [self.annotation(file, each, depth + 1) for each in inside]
            return tuple(
                self.instantiated(each, given, depth) if given and isinstance(each, Thing) else each for each in found
            )
        if any(isinstance(each, Foreign) for each in found) and inside:
            return (Many(objects(self.annotation(file, inside[-1], depth + 1))),)
        return found

    def _header(self, file: TreeFile, number: int) -> Iterator[Node]:
        if file.language != "kotlin":
            yield from super()._header(file, number)
            return
        node = file.definition_node(number)
        if node is not None and node.type in kotlin.CLASSES:
            yield from kotlin.heritage(node)

    # -- types of expressions ----------------------------------------------------------------------------------------

    def _type_of(self, file: TreeFile, node: Node, depth: int) -> Types:
        if file.language != "kotlin":
            return super()._type_of(file, node, depth)
        kind = node.type
        if kind == "identifier" and file.text(node) == "null":
            return ()
        if kind == "super_expression":
            return self._super(file, node, depth)
        if kind in {"if_expression", "when_expression", "try_expression"}:
            return self._either(file, _branches(node), depth)
        if kind == "object_literal":
            return tuple(t for each in kotlin.heritage(node) for t in objects(self.annotation(file, each, depth)))
        if kind in {"lambda_literal", "anonymous_function"}:
            return (Code(file.path, node.start_byte, node.end_byte, kind, self.given),)
        if kind == "binary_expression":
            operator = next((child.type for child in node.children if not child.is_named), "")
            if operator == "?:":
                return self._either(file, node.named_children, depth)
            return FOREIGN if operator in _OPAQUE else self._operated(file, node, depth)
        if kind in {"is_expression", "range_expression", "in_expression"}:
            return FOREIGN
        if kind == "infix_expression":
            called = self.type_of_name(file, node.named_children[1], depth) if node.named_child_count == 3 else ()
            return self.results(file, node, called, 0, depth)
        if kind == "index_expression":
            base = self.type_of(file, node.named_children[0], depth)
            items = tuple(t for each in base if isinstance(each, Many) for t in each.items)
            return items or self.results(file, node, self.member_types(base, "get", depth), 0, depth)
        if kind == "as_expression":
            return objects(self.annotation(file, node.named_children[-1], depth))
        if kind == "callable_reference":
            return ()
        if kind == "navigation_expression" and (narrow := self.narrowed(file, node, depth)):
            return narrow
        return super()._type_of(file, node, depth)

    def _super(self, file: TreeFile, node: Node, depth: int) -> Types:
        written = next((child for child in node.named_children if child.type in kotlin.TYPES), None)
        if written is not None:  # `super<Base>`
            return objects(self.annotation(file, written, depth))
        at = node.parent
        while at is not None and at.type not in kotlin.CLASSES | {"object_literal"}:
            at = at.parent
        return (
            tuple(t for each in kotlin.heritage(at) for t in objects(self.annotation(file, each, depth)))
            if at is not None
            else ()
        )

    def _either(self, file: TreeFile, nodes: list[Node], depth: int) -> Types:
        """What one of several expressions gives, as far as that is known."""
        found = [t for each in nodes if each is not None for t in self.type_of(file, each, depth)]
        ours = [each for each in found if not isinstance(each, Foreign)]
        return tuple(dict.fromkeys(ours or found))

    def _operated(self, file: TreeFile, node: Node, depth: int) -> Types:
        left = self.type_of(file, node.named_children[0], depth)
        return left if left and all(isinstance(each, Foreign | Many) for each in left) else ()

    def type_of_name(self, file: TreeFile, node: Node, depth: int) -> Types:
        if file.language != "kotlin":
            return super().type_of_name(file, node, depth)
        if narrow := self.narrowed(file, node, depth):
            return narrow
        name = file.text(node)
        if name == "it" and not file.seen(node.start_byte, name) and (function := _lambda_with_it(node)) is not None:
            return self._given_to(file, function, 0, depth)
        return super().type_of_name(file, node, depth)

    def narrowed(self, file: TreeFile, name: Node, depth: int) -> Types:
        """What a variable is where its type was asked first."""
        if file.language != "kotlin":
            return super().narrowed(file, name, depth)
        if b" is " not in file.content and b"!is" not in file.content:
            return ()
        text = name.text
        for asked, kind in _asked_before(name):
            if asked.text == text:
                return objects(self.annotation(file, kind, depth))
        return ()

    def type_of_call(self, file: TreeFile, node: Node, depth: int) -> Types:
        if file.language != "kotlin":
            return super().type_of_call(file, node, depth)
        callee, given, behind = kotlin.call_of(node)
        name = callee.named_children[-1] if callee.type == "navigation_expression" else callee
        word = file.text(name)
        receiver = callee.named_children[0] if callee.type == "navigation_expression" else None
        meaning = self.mean(file, name) if name.type == "identifier" else None
        if meaning is not None and meaning.places:
            env = self.type_of(file, receiver, depth) if receiver is not None else ()
            rows = {slot: types for each in env for slot, types in self.bindings[self.environment(each)].items()}
            with self.under(self.bindings.joined(self.given, rows)):
                called = self.types_of_places(meaning.places, depth)
                return self._invoked(file, node, called, depth)
        if name.type != "identifier":
            return self.results(file, node, self.type_of(file, callee, depth), 0, depth)
        if receiver is None:
            return self._by_library(file, word, given, behind, depth)
        base = self.type_of(file, receiver, depth)
        if word in _SAME:
            return base
        if word in _GIVING and behind is not None:
            return self._last(file, behind, depth)
        many = tuple(each for each in base if isinstance(each, Many))
        if many and word in _KEEPING:
            return many
        if many and word in _TAKING:
            return tuple(t for each in many for t in each.items)
        if many and word in _MAPPING and behind is not None:
            return (Many(self._last(file, behind, depth)),)
        return ()

    def _invoked(self, file: TreeFile, call: Node, called: Types, depth: int) -> Types:
        """What calling gives: of an object that can be called, what its `invoke` gives."""
        found: list[Type] = []
        for each in called:
            if isinstance(each, Thing) and not each.is_static:
                each_called = self.member_types((each,), "invoke", depth)
                found += self.results(file, call, each_called, 0, depth)
            else:
                found += self.results(file, call, (each,), 0, depth)
        return tuple(found)

    def _by_library(self, file: TreeFile, name: str, given: list[Node], behind: Node | None, depth: int) -> Types:
        values = [value for each in given if (value := kotlin.value_in(each)) is not None]
        if name in _MAKING_MANY:
            return (Many(self._either(file, values, depth)),)
        if name in _CHECKING and values:
            return self.type_of(file, values[0], depth)
        if name in _GIVING and behind is not None:
            return self._last(file, behind, depth)
        return ()

    def _last(self, file: TreeFile, function: Node, depth: int) -> Types:
        last = kotlin.last_of(function)
        return self.type_of(file, last, depth) if last is not None else ()

    def _returned(self, code: Code, depth: int, place: int) -> Types:
        file = self.file(code.path)
        if file is None or file.language != "kotlin":
            return super()._returned(code, depth, place)
        node = file.root.descendant_for_byte_range(code.start, code.end)
        if node is None:
            return ()
        if node.type == "lambda_literal":
            return self._last(file, node, depth)
        if (written := kotlin.result_of(node)) is not None:
            return objects(self.annotation(file, written, depth + 1))
        body = next((child for child in node.named_children if child.type == "function_body"), None)
        if body is None or not body.named_children or body.named_children[-1].type == "block":
            return ()
        return self.type_of(file, body.named_children[-1], depth + 1)

    # -- lambdas -----------------------------------------------------------------------------------------------------

    def _function_type(self, file: TreeFile, function: Node, depth: int) -> Types:
        """The type of function that is expected where a lambda stands."""
        around = function.parent
        if around is None:
            return ()
        if around.type == "property_declaration":
            label = next((child for child in around.named_children if child.type == "variable_declaration"), None)
            return (
                self.annotation(file, kotlin.written_type(label.named_children[0]), depth) if label is not None else ()
            )
        call, place, label_text = _call_around(file, function)
        if call is None:
            return ()
        found: list[Type] = []
        called = self._called(file, call, depth)
        for each in called:
            where = self.file(each.path) if isinstance(each, Code | Thing) else None
            if where is None or not isinstance(each, Code | Thing):
                continue
            node = self.node_of(each) if isinstance(each, Code) else where.definition_node(each.number)
            names = kotlin.parameters_of(node) if node is not None else []
            named = [each for each in names if label_text and where.text(each) == label_text]
            chosen = named[0] if named else (names[place] if -len(names) <= place < len(names) else None)
            if chosen is not None:
                note = chosen if chosen.type in kotlin.TYPES else kotlin.written_type(chosen)
                found += self.annotation(where, note, depth + 1)
        return tuple(found)

    def _called(self, file: TreeFile, call: Node, depth: int) -> Types:
        if call.type == "constructor_invocation":
            return self.annotation(file, call.named_children[0], depth)
        return self.type_of(file, kotlin.call_of(call)[0], depth)

    def _given_to(self, file: TreeFile, function: Node, place: int, depth: int) -> Types:
        """What a lambda is given at a place."""
        for each in self._function_type(file, function, depth):
            where = self.file(each.path) if isinstance(each, Code) else None
            node = self.node_of(each) if isinstance(each, Code) else None
            if where is not None and isinstance(each, Code) and node is not None and node.type == "function_type":
                given = kotlin.parameters_of(node)
                with self.under(each.given):
                    return objects(self.annotation(where, given[place], depth)) if place < len(given) else ()
        call, _, _ = _call_around(file, function)
        callee = kotlin.call_of(call)[0] if call is not None and call.type == "call_expression" else None
        if callee is None or callee.type != "navigation_expression":
            return ()
        name, base = file.text(callee.named_children[-1]), self.type_of(file, callee.named_children[0], depth)
        if name in _AS_IT:
            return base if place == 0 else ()
        items = self.items(base, depth)
        is_second = name.endswith("Indexed") or name in {"fold", "foldRight", "reduce", "runningFold"}
        return items if place == int(is_second) else ()

    def _receiver_in(self, file: TreeFile, function: Node, depth: int) -> Types:
        """What `this` is in a lambda that has one of its own."""
        if b"." not in file.content[function.start_byte : function.end_byte] and depth > 30:
            return ()
        key = (file.path, function.start_byte, function.end_byte, "receiver")
        return self.remembered(key, self._find_receiver, file, function, depth)

    def _find_receiver(self, file: TreeFile, function: Node, depth: int) -> Types:
        for each in self._function_type(file, function, depth):
            where = self.file(each.path) if isinstance(each, Code) else None
            node = self.node_of(each) if isinstance(each, Code) else None
            if where is None or not isinstance(each, Code) or node is None or node.type != "function_type":
                continue
            if (receiver := kotlin.receiver_of(node) or _receiver_of_type(node)) is not None:
                with self.under(each.given):
                    return objects(self.annotation(where, receiver, depth))
            return ()
        call, _, _ = _call_around(file, function)
        if call is None or call.type != "call_expression":
            return ()
        callee, given, _ = kotlin.call_of(call)
        if callee.type == "navigation_expression" and file.text(callee.named_children[-1]) in _AS_THIS:
            return self.type_of(file, callee.named_children[0], depth)
        if file.text(callee) == "with" and given and (value := kotlin.value_in(given[0])) is not None:
            return self.type_of(file, value, depth)
        return ()

    # -- what is declared --------------------------------------------------------------------------------------------

    def _declared(self, file: TreeFile, name: Node, depth: int) -> Types:
        if file.language != "kotlin":
            return super()._declared(file, name, depth)
        binder = name.parent
        if binder is None:
            return ()
        if (written := kotlin.written_type(name)) is not None:
            found = objects(self.annotation(file, written, depth))
            before = binder.prev_named_sibling
            is_open = before is not None and before.type == "parameter_modifiers" and b"vararg" in (before.text or b"")
            return (Many(found),) if is_open else found
        around = binder.parent
        if binder.type == "parameter" or around is None:
            return ()
        if around.type == "multi_variable_declaration":
            return self._taken_apart(file, binder, around, depth)
        return self._given_by_binder(file, binder, around, depth)

    def _given_by_binder(self, file: TreeFile, binder: Node, around: Node, depth: int) -> Types:
        """What stands for a variable, or for a pattern of several, without a type."""
        if around.type == "lambda_parameters" and around.parent is not None:
            place = next(n for n, each in enumerate(kotlin.parts(around)) if each.id == binder.id)
            return self._given_to(file, around.parent, place, depth)
        if around.type == "for_statement":
            over = kotlin.parts(around)
            value = over[over.index(binder) + 1]
            return self.items(self.type_of(file, value, depth), depth)
        if around.type == "when_subject":
            return self.type_of(file, around.named_children[-1], depth)
        if around.type != "property_declaration":
            return ()
        if (value_node := kotlin.value_of(around)) is not None:
            return self.type_of(file, value_node, depth)
        for child in around.named_children:
            if child.type == "property_delegate":
                made = child.named_children[-1]
                callee, _, behind = kotlin.call_of(made)
                return self._last(file, behind, depth) if behind is not None and file.text(callee) == "lazy" else ()
            if child.type == "getter":
                return self.returned(Code(file.path, child.start_byte, child.end_byte, child.type), depth)
        return ()

    def _taken_apart(self, file: TreeFile, binder: Node, pattern: Node, depth: int) -> Types:
        """What a part of `val (a, b) = value` is: a property of the class of data that is taken apart."""
        if pattern.parent is None:
            return ()
        place = next(n for n, each in enumerate(pattern.named_children) if each.id == binder.id)
        found: list[Type] = []
        for each in self._given_by_binder(file, pattern, pattern.parent, depth):
            where = self.file(each.path) if isinstance(each, Thing) else None
            node = where.definition_node(each.number) if where is not None and isinstance(each, Thing) else None
            names = kotlin.parameters_of(node) if node is not None else []
            if where is not None and place < len(names):
                with self.under(self.environment(each)):
                    found += self.declared_type(where, names[place], depth)
            elif isinstance(each, Many):
                found += elements((each,), place)
        return tuple(found)


def _branches(node: Node) -> list[Node]:
    """The expressions of which `if`, `when` or `try` gives one."""
    children = kotlin.parts(node)
    if node.type == "if_expression":
        condition = node.child_by_field_name("condition")
        found = [child for child in children if condition is None or child.id != condition.id]
    elif node.type == "when_expression":
        found = [kotlin.parts(child)[-1] for child in children if child.type == "when_entry" and kotlin.parts(child)]
    else:
        found = [child for child in children if child.type == "block"]
        found += [kotlin.parts(child)[-1] for child in children if child.type == "catch_block"]
    return [last for each in found if (last := kotlin.last_of(each)) is not None]


def _lambda_with_it(node: Node) -> Node | None:
    """The lambda whose only parameter `it` is."""
    at = node.parent
    while at is not None:
        if at.type == "lambda_literal" and kotlin.lambda_parameters(at) is None:
            return at
        if at.type in {"class_body", "function_declaration"}:
            return None
        at = at.parent
    return None


def _call_around(file: TreeFile, function: Node) -> tuple[Node | None, int, str]:
    """The call that a lambda is given to, at which place (-1 for behind the brackets), for a parameter of which name."""
    around = function.parent
    if around is None:
        return None, 0, ""
    if around.type == "annotated_lambda":
        return around.parent, -1, ""
    if around.type == "value_argument" and around.parent is not None:
        label = kotlin.argument_name(around)
        place = [each.id for each in around.parent.named_children].index(around.id)
        return around.parent.parent, place, file.text(label) if label is not None else ""
    return None, 0, ""


def _receiver_of_type(function: Node) -> Node | None:
    """The type whose object a function's type has: `Type.(Int) -> Unit`."""
    for child in function.children:
        if child.type == "function_type_parameters":
            return None
        if child.type in kotlin.TYPES and child.next_sibling is not None and child.next_sibling.type == ".":
            return child
    return None


def _asked_before(name: Node) -> Iterator[tuple[Node, Node]]:
    """The types that names were asked for on the way to a place, nearest first."""
    child, at = name, name.parent
    while at is not None and at.type not in {"class_body", "source_file"}:
        if at.type == "binary_expression" and at.named_children and at.named_children[-1].id == child.id:
            joint = next((each.type for each in at.children if not each.is_named), "")
            if joint in {"&&", "||"}:
                yield from kotlin.asked(at.named_children[0], holds=joint == "&&")
        elif at.type == "if_expression":
            condition = at.child_by_field_name("condition")
            if condition is not None and child.id != condition.id:
                branches = [each for each in kotlin.parts(at) if each.id != condition.id]
                yield from kotlin.asked(condition, holds=bool(branches) and branches[0].id == child.id)
        elif at.type == "when_entry" and at.parent is not None and at.named_children[-1].id == child.id:
            yield from _asked_by_entry(at, at.parent)
        elif at.type in {"block", "lambda_literal"}:
            before = child.prev_named_sibling
            while before is not None:
                if before.type == "if_expression":
                    condition = before.child_by_field_name("condition")
                    inside = [each for each in kotlin.parts(before) if condition is None or each.id != condition.id]
                    last = kotlin.last_of(inside[0]) if len(inside) == 1 else None
                    if (
                        condition is not None
                        and last is not None
                        and last.type in {"return_expression", "throw_expression", "labeled_expression"}
                    ):
                        yield from kotlin.asked(condition, holds=False)
                before = before.prev_named_sibling
        child, at = at, at.parent


def _asked_by_entry(entry: Node, when: Node) -> Iterator[tuple[Node, Node]]:
    conditions = entry.children_by_field_name("condition")
    subject = next((child for child in when.named_children if child.type == "when_subject"), None)
    if len(conditions) != 1:
        return
    condition = conditions[0]
    if subject is None:
        yield from kotlin.asked(condition)
    elif condition.type == "type_test" and condition.children[0].type == "is" and subject.named_children:
        first = subject.named_children[0]
        yield (first.named_children[0] if first.type == "variable_declaration" else first), condition.named_children[-1]
