"""What names mean in languages whose declarations say types: by block scopes, members of types, and outer names.

One analysis for all of them; what differs is in the tables of `shapes` and in an `Outer` for each family, which knows
where a name comes from that its own file does not declare. Nothing is run. A type that is not plain is unknown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from repoagent_indexers.resolve import shapes
from repoagent_indexers.resolve.meaning import OUTSIDE, Meaning, Place
from repoagent_indexers.resolve.tree_file import FUNCTIONS, NAMESPACES, TYPES, TreeFile, field_of
from repoagent_indexers.resolve.typed.annotations import Annotations
from repoagent_indexers.resolve.typed.bases import Bases
from repoagent_indexers.resolve.typed.calls import Calls
from repoagent_indexers.resolve.typed.comments import Comments
from repoagent_indexers.resolve.typed.declarations import Declarations
from repoagent_indexers.resolve.typed.expandos import Expandos
from repoagent_indexers.resolve.typed.expected import Expected
from repoagent_indexers.resolve.typed.expressions import Expressions
from repoagent_indexers.resolve.typed.generics import Generics
from repoagent_indexers.resolve.typed.inference import Inference
from repoagent_indexers.resolve.typed.likely import Likely
from repoagent_indexers.resolve.typed.members import Members
from repoagent_indexers.resolve.typed.narrowing import Narrowing
from repoagent_indexers.resolve.typed.nodes import (
    APART,
    ASSIGNING,
    MEMBER_SIGNATURES,
    first_field,
    is_in_header,
    is_tag,
)
from repoagent_indexers.resolve.typed.overloads import Overloads
from repoagent_indexers.resolve.typed.signatures import Signatures
from repoagent_indexers.resolve.typed.terms import Many, Thing, Types
from repoagent_indexers.resolve.typed.type_operators import TypeOperators

if TYPE_CHECKING:
    from tree_sitter import Node


_UNDECLARED = frozenset({"php", "javascript"})
"""Languages in which a type need not declare what those that are derived from it have."""
IMPLICIT_THIS = frozenset({"java", "kotlin", "scala", "cpp", "csharp", "swift"})
_AROUND_NAME = frozenset(
    "generic_type template_function template_method generic_name template_type generic_function dependent_name "
    "destructor_name member_binding_expression variable_name operator_name".split()
)


class TypedResolver(
    Likely,
    Members,
    Bases,
    Overloads,
    Expressions,
    Expandos,
    Narrowing,
    Declarations,
    Comments,
    Expected,
    Calls,
    Signatures,
    Inference,
    Generics,
    TypeOperators,
    Annotations,
):
    """See `meaning.Resolver`."""

    def meaning(self, place: Place) -> Meaning | None:
        file = self.file(place.path)
        node = file.node_at(place.start) if file is not None else None
        if file is None or node is None:
            return None
        return self.mean(file, node)

    def same(self, place: Place, name: str) -> frozenset[Place]:  # noqa: ARG002  other languages need the name
        file = self.file(place.path)
        number = file.numbers.get(place.start) if file is not None else None
        if file is None or number is None:
            return frozenset({place})
        return self.same_as(file, number)

    def together(self, place: Place, name: str) -> frozenset[Place] | None:  # noqa: ARG002
        return None

    def uses(self, targets: frozenset[Place], name: str, paths: Iterable[str]) -> Iterator[tuple[Place, Meaning]]:
        waiting = [(path, name) for path in paths]
        waiting += [each for each in self.outer.renamed(targets) if each not in waiting]
        seen: set[tuple[str, str]] = set()
        is_member = any(self.is_member(place) for place in targets)
        while waiting:
            path, wanted = waiting.pop(0)
            file = self.file(path) if (path, wanted) not in seen else None
            seen.add((path, wanted))
            for node in file.occurrences(wanted) if file is not None else ():
                assert file is not None
                place = Place(path, node.start_byte)
                if place in targets or node.start_byte in file.numbers:
                    continue
                found = self.mean(file, node)
                if found is None and is_member == (_member_of(node) is not None):
                    found = Meaning(targets, "by name only")
                if found is None or found.places.isdisjoint(targets):
                    continue
                parent = node.parent
                if parent is None or field_of(parent, node) != "alias":
                    yield place, found
                if alias := _alias_beside(file, node):
                    waiting.append((path, alias))
                    if _is_handed_out(node):
                        waiting += [(other, alias) for other in self.users(alias)]

    def users(self, name: str) -> Iterator[str]:
        """Files that use a name or import it, as the index knows them."""
        index = self.index
        for position, path in enumerate(index.catalogue.paths):
            facts = index.facts(position) if index.catalogue.languages[position] in self.languages else None
            if facts is not None and name in facts.strings:
                yield path

    def imported(self, path: str) -> frozenset[str]:
        file = self.file(path)
        return self.outer.imported(file) if file is not None else frozenset()

    def mean(self, file: TreeFile, node: Node) -> Meaning | None:
        """What a name means; None when that is not known."""
        key = (file.path, node.start_byte)
        if key in self._meanings:
            self._cuts += key in self._open
            return self._meanings[key]
        is_question = not self._questions
        if is_question:
            self._steps = 0
        self._questions += 1
        self._open.add(key)
        self._meanings[key] = found = None  # for what leads back here
        cuts = self._cuts
        try:
            with suppress(RecursionError), self.under(0):  # a chain that no person wrote
                found = self._of_its_kind(file, node, self._mean(file, node))
        finally:
            self._questions -= 1
            self._open.discard(key)
            if (found is not None and found.places) or is_question or cuts == self._cuts:
                self._meanings[key] = found
            else:
                del self._meanings[key]  # another question may find more
        return found

    def _of_its_kind(self, file: TreeFile, node: Node, found: Meaning | None) -> Meaning | None:
        """The same without what cannot be meant there: a function left of `::`, a field that is called."""
        if found is None or not found.places:
            return found
        rest = file.content[node.end_byte : node.end_byte + 3]
        if rest.startswith(b"::") and rest != b"::<":
            places = frozenset(place for place in found.places if self.kind_at(place) not in FUNCTIONS)
            return Meaning(places, found.certainty) if places else None
        found = self._called_or_not(file, node, found)
        return self.fitting(file, node, found) if file.language == "java" else found

    def _called_or_not(self, file: TreeFile, node: Node, found: Meaning) -> Meaning:
        """The same without fields where a method is called, and the other way round."""
        parent = node.parent
        if file.language not in APART or parent is None or len(found.places) == 1:
            return found
        is_called = shapes.CALL.get(parent.type) == "" and field_of(parent, node) == "name"
        is_bare = file.language == "java" and parent.type not in shapes.MEMBER
        if is_called or is_bare or (parent.type in shapes.MEMBER and parent.type != "method_reference"):
            places = frozenset(place for place in found.places if (self.kind_at(place) == "method") == is_called)
            return Meaning(places, found.certainty) if places else found
        return found

    def _mean(self, file: TreeFile, node: Node) -> Meaning | None:
        name = file.text(node)
        if (number := file.numbers.get(node.start_byte)) is not None:
            own, declared = self.same_as(file, number), self._declared_for(file, node, name)
            return Meaning(own | declared, "resolved")
        if (found := self.outer.special(file, node, name)) is not None:
            return found
        receiver = _member_of(node)
        if receiver is not None:
            if name == "constructor" and file.language in ASSIGNING:
                return OUTSIDE  # what objects of all types have
            return self._member_meaning(file, node, receiver, name)
        parent = node.parent
        if (
            parent is not None
            and parent.type == "switch_label"
            and (found := self._case(file, parent, name)) is not None
        ):
            return found
        if parent is not None and _is_key(parent, node):
            return self._key(file, parent, node, name)
        if parent is not None and parent.type == "shorthand_field_identifier":
            return OUTSIDE
        if parent is not None and parent.type in MEMBER_SIGNATURES and field_of(parent, node) == "name":
            return OUTSIDE  # of a type without a name, or else it were a symbol
        return self._bare(file, node, name)

    def _declared_for(self, file: TreeFile, node: Node, name: str) -> frozenset[Place]:
        """The members that a symbol fills in: a function in an object, or set on one, of a type that declares it."""
        pair = node.parent
        if file.language not in ASSIGNING or pair is None or pair.parent is None:
            return frozenset()
        types: Types = ()
        if pair.parent.type == "object":
            types = self.expected(file, pair)
        elif pair.type == "member_expression" and (owner := pair.child_by_field_name("object")) is not None:
            types = self.type_of(file, owner) if owner.type != "this" else ()
        return frozenset(self.members_of(types, name)[0])

    def _case(self, file: TreeFile, label: Node, name: str) -> Meaning | None:
        """What the name behind `case` means in Java, where it is a constant of what is switched on."""
        at: Node | None = label
        while at is not None and not at.type.startswith("switch_expression"):
            at = at.parent
        types = self.type_of(file, at.child_by_field_name("condition")) if at is not None else ()
        found, _ = self.members_of(types, name)
        return Meaning(frozenset(found), "resolved") if found else None

    def _bare(self, file: TreeFile, node: Node, name: str) -> Meaning | None:
        start = node.start_byte
        seen = file.seen(start, name)
        if file.language == "rust" and not file.content.startswith(b"::", node.end_byte):  # names no module
            seen = tuple(each for each in seen if each.number < 0 or file.kind(each.number) not in NAMESPACES)
        if is_tag(node):
            seen = tuple(each for each in seen if each.number >= 0 and file.kind(each.number) in TYPES)
        if file.language in {"go", "php"}:  # the name of a package says nothing inside of it
            seen = tuple(each for each in seen if each.number < 0 or file.kind(each.number) not in NAMESPACES)
        if file.language == "java" and node.parent is not None and node.parent.type == "method_invocation":
            seen = () if field_of(node.parent, node) == "name" else seen  # a variable of that name is not called
        if file.language == "php" and node.parent is not None and node.parent.type != "variable_name":
            seen = tuple(each for each in seen if each.number >= 0)  # a variable has its $
        if seen and file.language in ASSIGNING and (bound := self.outer.bound(file, seen[0], name)) is not None:
            return bound
        if seen and any(each.number < 0 for each in seen):
            if (bound := self.outer.bound(file, seen[0], name)) is not None:
                return bound
            places = frozenset(Place(file.path, each.start) for each in seen)
            return Meaning(places | self._called_by_alias(file, node, seen[0].node), "resolved")
        if file.language == "java" and (inner := self._in_body_without_name(file, node, name)) is not None:
            return inner
        if file.language in IMPLICIT_THIS:
            is_narrow = any(each.scope_end - each.scope_start < len(file.content) - 1 for each in seen)
            around = self.types_around(file, start) if not is_narrow else iter(())
            for owner in islice(around, file.language == "java" and is_in_header(node), None):
                where = self.file(owner.path)
                if where is not None and where.facts.symbol_name(owner.number) == name:
                    return Meaning(self.same_as(where, owner.number), "resolved")
                if file.language == "cpp" and (base := self._base_called(owner, name)):
                    return Meaning(base, "resolved")
                found, is_known = self.members(owner, name)
                if node.type == "type_identifier" and file.language == "java":  # no field is a type
                    found = {place for place in found if self.is_type(place)}
                if found:
                    return Meaning(frozenset(found), "resolved")
                if not is_known and not seen:
                    return self.outer.outer(file, node, name) or self.alone(file, name)
        if seen:
            places = frozenset(place for each in seen for place in self.same_as(file, each.number))
            return Meaning(places | self._called_by_alias(file, node, seen[0].node), "resolved")
        return self.outer.outer(file, node, name)

    def _base_called(self, of: Thing, name: str) -> frozenset[Place]:
        """A type that another is derived from, by its name, which C++ knows inside of the other as well."""
        for each in self.lineage(of):
            file = self.file(each.path)
            if file is not None and file.facts.symbol_name(each.number) == name:
                return self.same_as(file, each.number)
        return frozenset()

    def _in_body_without_name(self, file: TreeFile, node: Node, name: str) -> Meaning | None:
        """What a name means in the body of `new Base() { ... }` or of an enumerator: a member of it, or of its base."""
        child, at = node, node.parent
        while at is not None and at.type not in {"class_declaration", "enum_declaration", "interface_declaration"}:
            if child.type == "class_body" and at.type in {"object_creation_expression", "enum_constant"}:
                own = {
                    Place(file.path, start) for path, number in self.symbols(name) if path == file.path
                    and _body_around(file.node_at(start := file.name_start(number))) == child
                }  # fmt: skip
                base = at.child_by_field_name("type")
                places = own or self.members_of(self.annotation(file, base), name)[0]
                if node.type == "type_identifier":
                    places = {place for place in places if self.is_type(place)}
                if places:
                    return Meaning(frozenset(places), "resolved")
            child, at = at, at.parent
        return None

    def _called_by_alias(self, file: TreeFile, called: Node, declared: Node) -> frozenset[Place]:
        """The member that is called by a variable which holds it: `const run = tools.run`."""
        at, call = declared.parent, called.parent
        if file.language not in ASSIGNING or call is None or call.type != "call_expression" or at is None:
            return frozenset()
        value = at.child_by_field_name("value") if at.type == "variable_declarator" else None
        label = value.child_by_field_name("property") if value is not None else None
        if value is None or value.type != "member_expression" or label is None or field_of(call, called) != "function":
            return frozenset()
        found = self.mean(file, label)
        return found.places if found is not None and found.certainty == "resolved" else frozenset()

    def _member_meaning(self, file: TreeFile, node: Node, receiver: Node, name: str) -> Meaning | None:
        types = self.bounded(self.pointed(receiver, self.type_of(file, receiver)))
        found, is_known = self.members_of(types, name)
        near = self.outer.near(file, frozenset(found))
        if near:
            return Meaning(near, "resolved")
        if file.language == "cpp" and types and (beside := self.beside(file, node, types, name)) is not None:
            return beside
        if found:
            return Meaning(frozenset(found), "probable")
        if is_known:
            return self.derived(types, name) if file.language in _UNDECLARED else OUTSIDE
        return self.alone(file, name) if not types else None

    def _key(self, file: TreeFile, parent: Node, node: Node, name: str) -> Meaning | None:
        """What the key of an object, or the field in a constructor's braces, means: a member of the type expected."""
        types = self.expected(file, parent)
        found, _ = self.members_of(types, name)
        if node.type.startswith("shorthand_property_identifier") and not node.type.endswith("_pattern"):
            bare = self._bare(file, node, name)  # it means the variable and the member
            places = bare.places if bare is not None and found else frozenset()
            return Meaning(places | found, "resolved") if found else bare
        if found:
            return Meaning(frozenset(found), "resolved")
        if file.language == "go" and any(isinstance(each, Many) for each in types):
            return self._bare(file, node, name)  # the key of a map is an expression
        return OUTSIDE if types or file.language in {"javascript", "typescript", "tsx"} else None


def _body_around(node: Node | None) -> Node | None:
    """The body of a class in which a member is declared."""
    while node is not None and node.type != "class_body":
        node = node.parent
    return node


def _member_of(node: Node) -> Node | None:
    """What a name is taken from as a member; None for a name that is not."""
    child, parent = node, node.parent
    while parent is not None and parent.type in _AROUND_NAME and parent.named_children[:1] == [child]:
        child, parent = parent, parent.parent
    if parent is None or parent.type not in shapes.MEMBER:
        return None
    receiver, label = (first_field(parent, each) for each in shapes.MEMBER[parent.type])
    if label is None or receiver is None or label.id != child.id or receiver.id == child.id:
        return None
    return receiver


def _is_key(parent: Node, node: Node) -> bool:
    """Whether a name is the key of a pair, a field in braces, or a pattern's."""
    if node.type in {"shorthand_property_identifier", "shorthand_property_identifier_pattern"}:
        return True
    if parent.type in {"pair", "pair_pattern"}:
        return field_of(parent, node) == "key"
    if parent.type in {"field_initializer", "field_pattern"}:
        return field_of(parent, node) in {"field", "name"}
    if parent.type == "field_designator":
        return True
    if parent.type == "literal_element" and parent.parent is not None and parent.parent.type == "keyed_element":
        return parent.parent.named_children[0].id == parent.id
    return False


def _is_handed_out(node: Node) -> bool:
    """Whether the other name that is given to a name is seen in other files."""
    at: Node | None = node.parent
    while at is not None and at.type == "nested_identifier":
        at = at.parent
    if at is None or at.type != "import_alias":
        return at is not None and at.type == "export_specifier"
    return at.parent is not None and at.parent.type == "export_statement"


def _alias_beside(file: TreeFile, node: Node) -> str:
    """The other name that an import gives to a name."""
    parent = node.parent
    if parent is not None and parent.type in {"qualified_name", "nested_identifier"}:
        parent = parent.parent
    if parent is not None and parent.type == "import_alias" and parent.named_children[0].id != node.id:
        return file.text(parent.named_children[0])
    if file.language == "kotlin" and parent is not None and parent.type == "qualified_identifier":
        behind = parent.next_named_sibling  # `import a.b.Name as Other`
        is_last = parent.named_children[-1].id == node.id and behind is not None and behind.type == "identifier"
        return file.text(behind) if is_last and behind is not None else ""
    if parent is None or not any(word in parent.type for word in ("import", "use", "export_specifier")):
        return ""
    alias = parent.child_by_field_name("alias")
    return file.text(alias) if alias is not None and alias.id != node.id else ""
