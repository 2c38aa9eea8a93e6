"""Where names come from in JavaScript and TypeScript: modules, their exports, barrels, `require`, workspaces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.ecmascript.exports import (
    OWN_EXPORTS,
    Exports,
    alias_target,
    exports_of,
    required,
    unquoted,
)
from repoagent_indexers.resolve.ecmascript.jsx import TAGS, Jsx
from repoagent_indexers.resolve.ecmascript.modules import Modules
from repoagent_indexers.resolve.meaning import OUTSIDE, Meaning, Place
from repoagent_indexers.resolve.tree_file import NAMESPACES, Declared, TreeFile
from repoagent_indexers.resolve.typed.outer import Outer
from repoagent_indexers.resolve.typed.resolver import TypedResolver
from repoagent_indexers.resolve.typed.terms import FOREIGN, Module, Types, objects

if TYPE_CHECKING:
    from tree_sitter import Node

LANGUAGES = frozenset({"javascript", "typescript", "tsx"})
_MAX_SIGHT = 400
_OBJECTS_OF_BROWSERS = {"window": "Window", "self": "Window", "globalThis": "Window", "document": "Document"}
"""Variables -> their types, to which a repository may add: `declare global { interface Window { ... } }`."""


class EcmaScript(Outer):
    """See `Outer`."""

    def __init__(self, resolver: TypedResolver) -> None:
        super().__init__(resolver)
        self.modules = Modules(resolver.index)
        self._jsx = Jsx(resolver)
        self._exports: dict[str, Exports] = {}
        self._ambients: dict[tuple[str, str], frozenset[Place]] = {}
        self._sights: dict[str, frozenset[str]] = {}
        self._named: dict[str, tuple[str, ...]] = {}

    def special(self, file: TreeFile, node: Node, name: str) -> Meaning | None:
        parent = node.parent
        if parent is None:
            return None
        if parent.type in {"import_specifier", "export_specifier"}:
            around = parent.parent.parent if parent.parent is not None else None
            while around is not None and around.type not in {"import_statement", "export_statement"}:
                around = around.parent
            source = around.child_by_field_name("source") if around is not None else None
            original = parent.child_by_field_name("name")
            wanted = file.text(original) if original is not None else name
            if source is None:
                if original is None or original.id == node.id:
                    return None
                return self.resolver.mean(file, original)
            return self._meaning(self._from(file, unquoted(file, source), wanted))
        if parent.type in {"import_clause", "namespace_import", "namespace_export"}:
            source = _source_above(parent)
            if source is not None:
                wanted = "default" if parent.type == "import_clause" else "*"
                return self._meaning(self._from(file, unquoted(file, source), wanted))
        if parent.type == "import_alias" and (target := alias_target(parent, node)) is not None:
            return self.resolver.mean(file, target)
        if parent.type == "jsx_attribute":
            return self._jsx.attribute(file, parent, name)
        if parent.type in TAGS and name[:1].islower():
            return self._jsx.element(name)
        return OUTSIDE if node.type == "statement_identifier" else None

    def outer(self, file: TreeFile, node: Node, name: str) -> Meaning | None:
        if (target := self._aliased(file, node.start_byte, name)) is not None:
            return self.resolver.mean(file, target)
        imported = self.exports(file).imports.get(name)
        if imported is not None:
            return self._meaning(self._from(file, *imported))
        found = frozenset(self._global(name))
        return Meaning(found, "probable") if found else OUTSIDE

    def _aliased(self, file: TreeFile, start: int, name: str) -> Node | None:
        """What a name stands for at a place by `import name = a.b`: where that one is named."""
        if b"import " not in file.content or file.is_javascript:
            return None
        found: list[tuple[int, Node]] = []
        for node in file.occurrences(name):
            alias = node.parent
            target = alias_target(alias, node) if alias is not None else None
            around = alias.parent if target is not None and alias is not None else None
            if around is not None and around.type == "export_statement":
                around = around.parent
            if around is not None and target is not None and around.start_byte <= start < around.end_byte:
                found.append((around.end_byte - around.start_byte, target))
        return min(found, key=lambda each: each[0])[1] if found else None

    def within(self, file: TreeFile, number: int, name: str) -> frozenset[Place]:
        node = file.definition_node(number)
        body = node.child_by_field_name("body") if node is not None else None
        target = self._aliased(file, body.start_byte + 1, name) if body is not None else None
        meaning = self.resolver.mean(file, target) if target is not None else None
        return meaning.places if meaning is not None else frozenset()

    def _global(self, name: str) -> Iterator[Place]:
        """What scripts without imports and exports, and declaration files, define for all."""
        for path, number in self.resolver.symbols(name):
            file = self.resolver.file(path)
            if file is None or file.is_member(number):
                continue
            parent = file.facts.parent(number)
            is_open = parent >= 0 and file.facts.symbol_name(parent) == "global"
            if (parent < 0 and not self._is_module(file)) or is_open:
                yield Place(path, file.name_start(number))

    def _is_module(self, file: TreeFile) -> bool:
        if not file.is_declaring or file.is_flow:
            return not file.is_declaring
        own = self.exports(file)
        return bool(own.imports or own.names or own.stars or own.modules)

    def in_module(self, path: str, name: str) -> frozenset[Place] | None:
        return self._exported(path, name, frozenset())

    def module_named(self, file: TreeFile, node: Node, name: str) -> Types:
        if name in OWN_EXPORTS and not file.seen(node.start_byte, name.partition(".")[0]):
            return self._module(file.path)
        imported = self.exports(file).imports.get(name)
        if imported is None and name in _OBJECTS_OF_BROWSERS and not file.is_javascript:
            places = self._global(_OBJECTS_OF_BROWSERS[name]) if not file.seen(node.start_byte, name) else ()
            return objects(self.resolver.types_of_places(places, 1))
        if imported is None or imported[1] not in {"*", "default"}:
            return ()
        module, wanted = imported
        path = self.modules.file(file.path, module)
        if path is None:
            return () if module.startswith(".") or self._ambient(module, wanted) else FOREIGN
        return self._module(path) if wanted == "*" else ()

    def bound(self, file: TreeFile, declared: Declared, name: str) -> Meaning | None:
        del name
        pattern, wanted = declared.node, "*"
        if pattern.type == "shorthand_property_identifier_pattern":
            wanted = file.text(pattern)
        elif pattern.parent is not None and pattern.parent.type == "pair_pattern":
            pattern = pattern.parent
            label = pattern.child_by_field_name("key")
            wanted = file.text(label) if label is not None else "*"
        if wanted != "*" and pattern.parent is not None and pattern.parent.type == "object_pattern":
            pattern = pattern.parent
        at = pattern.parent
        value = at.child_by_field_name("value") if at is not None and at.type == "variable_declarator" else None
        if value is not None and value.type == "member_expression" and wanted == "*":
            label, value = value.child_by_field_name("property"), value.child_by_field_name("object")
            wanted = file.text(label) if label is not None else "*"
        if value is None or value.type != "call_expression" or (module := required(file, value)) is None:
            return None
        is_known = self.modules.file(file.path, module) or self._ambient(module, wanted)
        return self._meaning(self._from(file, module, wanted)) if is_known else None

    def written(self, file: TreeFile, name: str) -> Meaning | None:
        named = _IMPORTED_TYPE.fullmatch(name)
        if named is None and (found := self._local(file, name, frozenset())) is not None:
            return Meaning(found, "resolved")
        for typedef in _TYPEDEF.finditer(file.content) if named is None else ():
            if typedef[2].decode("utf-8", "replace") == name:
                named = _IMPORTED_TYPE.fullmatch(typedef[1].decode("utf-8", "replace"))
        return self._meaning(self._from(file, named[1], named[2])) if named is not None else None

    def called(self, file: TreeFile, call: Node) -> Types:
        module = required(file, call)
        path = self.modules.file(file.path, module) if module is not None else None
        if path is None and module is not None and (declared := self._ambient(module, "*")):
            return self.resolver.types_of_places(declared, 1)
        return self._module(path) if path is not None else ()

    def _module(self, path: str) -> Types:
        """A module as an object: what it exports as a whole, else all that it exports."""
        found = self._exported(path, "export=", frozenset())
        whole = self.resolver.types_of_places(found, 1) if found else ()
        file = self.resolver.file(path)
        has_more = file is not None and (len(self.exports(file).names) > 1 or b"exports." in file.content)
        return (*whole, Module(path)) if has_more or not whole else whole

    def also(self, file: TreeFile, number: int) -> Iterable[Place]:
        """Where other files add to an interface: `declare module "./this" { interface Same { ... } }`."""
        name = file.facts.symbol_name(number)
        if file.kind(number) not in {"interface", "class"} or len(self.resolver.symbols(name)) < 2:
            return
        home, is_added = self._home(file, number)
        for path, other in self.resolver.symbols(name):
            where = self.resolver.file(path)
            if where is None or (path, other) == (file.path, number) or where.kind(other) not in {"interface", "class"}:
                continue
            theirs, is_also_added = self._home(where, other)
            if home is not None and theirs == home and (is_added or is_also_added):
                yield Place(path, where.name_start(other))

    def _home(self, file: TreeFile, number: int) -> tuple[str | None, bool]:
        """The module that a type belongs to, "" for all of them, and whether it is one that another file adds to."""
        parent = file.facts.parent(number)
        if parent < 0:
            return file.path, False
        if file.kind(parent) not in NAMESPACES or file.facts.parent(parent) >= 0:
            return None, False
        module, at = file.facts.symbol_name(parent), file.name_start(parent)
        if module == "global":
            return "", True
        is_text = file.content[at - 1 : at + 1].strip(b"( \t\n")[:1] in {b'"', b"'"}
        return (self.modules.file(file.path, module), True) if is_text else (None, False)

    def sight(self, file: TreeFile) -> frozenset[str]:
        if file.path not in self._sights:
            found = {file.path}
            waiting = [file.path]
            while waiting and len(found) < _MAX_SIGHT:
                path = waiting.pop(0)
                for place in self._named_by(path):
                    if place not in found:
                        found.add(place)
                        waiting.append(place)
            self._sights[file.path] = frozenset(found)
        return self._sights[file.path]

    def _named_by(self, path: str) -> tuple[str, ...]:
        """The files that a file imports, as the index knows them: nothing is parsed."""
        if path not in self._named:
            facts = self.resolver.index.facts_of(path)
            modules = dict.fromkeys(facts.strings[n] for n in facts.imports[0::4]) if facts is not None else {}
            places = (self.modules.file(path, each) for each in modules)
            self._named[path] = tuple(dict.fromkeys(place for place in places if place is not None))
        return self._named[path]

    def imported(self, file: TreeFile) -> frozenset[str]:
        found = {self.modules.file(file.path, module) for module in self.exports(file).modules}
        return frozenset(path for path in found if path is not None)

    def renamed(self, targets: frozenset[Place]) -> Iterator[tuple[str, str]]:
        """Default imports bear any name."""
        homes = {place.path for place in targets}
        if not any(self._exported(path, "default", frozenset()) or () for path in homes):
            return
        for path, module, name in self._imported_wholes:
            place = self.modules.file(path, module)
            found = self._exported(place, "default", frozenset()) if place is not None else None
            if found and not found.isdisjoint(targets):
                yield path, name

    @cached_property
    def _imported_wholes(self) -> list[tuple[str, str, str]]:
        """Of every import of what a module exports by default, or as a whole: file, module, and the name there."""
        index = self.resolver.index
        found: list[tuple[str, str, str]] = []
        for position, path in enumerate(index.catalogue.paths):
            facts = index.facts(position) if index.catalogue.languages[position] in LANGUAGES else None
            if facts is None:
                continue
            text, rows = facts.strings, facts.imports
            for at in range(0, len(rows), 4):
                if text[rows[at + 1]] in {"default", ""}:
                    found.append((path, text[rows[at]], text[rows[at + 2]]))
        return found

    # -- exports --------------------------------------------------------------------------------------------------

    def _meaning(self, places: frozenset[Place] | None) -> Meaning | None:
        return Meaning(places, "resolved") if places is not None else None

    def _from(self, file: TreeFile, module: str, name: str) -> frozenset[Place] | None:
        """What a name of a module means, as written in a file; none for one from outside."""
        path = self.modules.file(file.path, module)
        if path is None:
            return None if module.startswith((".", "/")) else self._ambient(module, name)
        if name == "*":
            return self._exported(path, "export=", frozenset()) or frozenset({Place(path, -1)})
        return self._exported(path, name, frozenset())

    def _ambient(self, module: str, name: str) -> frozenset[Place]:
        """What a name of a package from outside is, as a file here declares: `declare module "name" { ... }`."""
        key = (module, name)
        if key not in self._ambients:
            self._ambients[key] = frozenset()  # for what leads back here
            self._ambients[key] = frozenset(self._declared_of(module, name))
        return self._ambients[key]

    def _declared_of(self, module: str, name: str) -> Iterator[Place]:
        for path, number in self.resolver.symbols(module):
            file = self.resolver.file(path)
            if file is None or file.kind(number) not in NAMESPACES or not file.is_declaring:
                continue
            definition = file.definition_node(number)
            body = definition.child_by_field_name("body") if definition is not None else None
            label = definition.child_by_field_name("name") if definition is not None else None
            if body is None or label is None or label.type != "string":
                continue
            handed = next((each for each in body.named_children if _is_whole(each)), None)
            whole = handed.named_children[-1] if handed is not None and handed.named_children else None
            if whole is None and file.is_flow:  # `declare module.exports: Type`
                whole = next((file.node_at(file.name_start(n)) for n in _of_name(file, number, "exports")), None)
            meaning = self.resolver.mean(file, whole) if whole is not None and whole.type == "identifier" else None
            if name in {"*", "default"} and meaning is not None:
                yield from meaning.places
                if file.is_flow:
                    yield Place(path, file.name_start(number))
            elif name == "*" or (name == "default" and file.is_flow and not any(_of_name(file, number, name))):
                yield Place(path, file.name_start(number))
            elif meaning is not None:
                for each in self.resolver.types_of_places(meaning.places, 1):
                    yield from self.resolver.members(each, name)[0]
            else:
                yield from (Place(path, file.name_start(n)) for n in _of_name(file, number, name))

    def _exported(self, path: str, name: str, seen: frozenset[tuple[str, str]]) -> frozenset[Place] | None:
        """What a module hands out under a name; None when it is not known to."""
        file = self.resolver.file(path)
        if file is None or (path, name) in seen:
            return None
        seen |= {(path, name)}
        own = self.exports(file)
        handed = own.names.get(name)
        if handed is None and name == "default" and "export=" in own.names:
            handed = own.names["export="]
        if handed is not None:
            module, original = handed
            if module:
                place = self.modules.file(path, module)
                if place is None:
                    return None if module.startswith(".") else frozenset()
                if original == "export=":
                    whole = self._exported(place, original, seen) or frozenset({Place(place, -1)})
                    return whole | {Place(path, own.handed_on)}
                return frozenset({Place(place, -1)}) if original == "*" else self._exported(place, original, seen)
            return self._local(file, original, seen)
        for module in own.stars:
            place = self.modules.file(path, module)
            found = self._exported(place, name, seen) if place is not None and name != "default" else None
            if found:
                return found
        if name in {"export=", "*"}:
            return None
        for start in own.objects:
            for each in self.resolver.types_of_places([Place(path, start)], 1):
                if places := self.resolver.members(each, name)[0]:
                    return frozenset(places)
        if own.owners and (set_there := frozenset(self.resolver.assigned_to(file, own.owners, 0, name))):
            return set_there
        if name == "default" and own.owners:
            return frozenset({Place(path, -1)})
        if "export=" in own.names and not own.names["export="][0]:
            _, original = own.names["export="]
            for found_type in self.resolver.types_of_places(self._local(file, original, seen) or (), 1):
                places, _ = self.resolver.members(found_type, name)
                if places:
                    return frozenset(places)
        return None

    def _local(self, file: TreeFile, name: str, seen: frozenset[tuple[str, str]]) -> frozenset[Place] | None:
        """What a name means at the top of a module; a number of digits is the place itself."""
        if name.isdigit():
            return frozenset({Place(file.path, int(name))})
        declared = [
            each
            for each in file.declared(name)
            if each.scope_start == file.root.start_byte and each.scope_end == file.root.end_byte
        ]
        if declared:
            taken = self.bound(file, declared[0], name) if len(declared) == 1 else None
            return taken.places if taken is not None else frozenset(Place(file.path, each.start) for each in declared)
        if (target := self._aliased(file, file.root.start_byte, name)) is not None:
            meaning = self.resolver.mean(file, target)
            return meaning.places if meaning is not None else None
        imported = self.exports(file).imports.get(name)
        if imported is None:
            return None
        module, original = imported
        place = self.modules.file(file.path, module)
        if place is None:
            return None if module.startswith(".") else frozenset()
        return frozenset({Place(place, -1)}) if original == "*" else self._exported(place, original, seen)

    def exports(self, file: TreeFile) -> Exports:
        """What a module takes in and hands out."""
        if file.path not in self._exports:
            self._exports[file.path] = exports_of(file)
        return self._exports[file.path]


_IMPORTED_TYPE = re.compile(r"""import\(["']([^"']+)["']\)\.(\w+)""")
_TYPEDEF = re.compile(rb"@typedef\s*\{\s*(import\([^()]+\)\.\w+)\s*\}\s*(\w+)")
"""A type of another module, and how a comment gives it a name."""


def _of_name(file: TreeFile, number: int, name: str) -> Iterator[int]:
    """The symbols of a name directly in one."""
    return (n for n in file.children(number) if file.facts.symbol_name(n) == name)


def _source_above(node: Node) -> Node | None:
    at: Node | None = node
    while at is not None and at.type not in {"import_statement", "export_statement"}:
        at = at.parent
    return at.child_by_field_name("source") if at is not None else None


def _is_whole(statement: Node) -> bool:
    """Whether a statement says what a module is as a whole, or by default."""
    is_export = statement.type == "export_statement"
    return is_export and any(child.type in {"=", "default"} for child in statement.children)
