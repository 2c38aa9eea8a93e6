"""Where names come from in JavaScript and TypeScript: modules, their exports, barrels, `require`, workspaces."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from repoagent_indexers.errors import RepoAgentError
from repoagent_indexers.resolve.meaning import OUTSIDE, Meaning, Place
from repoagent_indexers.resolve.tree_file import NAMESPACES, Declared, TreeFile, field_of
from repoagent_indexers.resolve.typed.expandos import is_void
from repoagent_indexers.resolve.typed.outer import Outer
from repoagent_indexers.resolve.typed.resolver import TypedResolver
from repoagent_indexers.resolve.typed.terms import FOREIGN, Module, Thing, Types

if TYPE_CHECKING:
    from tree_sitter import Node

_JSX_TAGS = frozenset({"jsx_opening_element", "jsx_closing_element", "jsx_self_closing_element"})
LANGUAGES = frozenset({"javascript", "typescript", "tsx"})
_ENDINGS = (".ts", ".tsx", ".d.ts", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
_WRITTEN = {".js": (".ts", ".tsx", ".d.ts"), ".mjs": (".mts",), ".cjs": (".cts",), ".jsx": (".tsx",)}
"""An ending as written in an import -> those of the files that it may mean."""
_MAX_JSON = 1 << 20
_OWN_EXPORTS = frozenset({"exports", "module.exports"})
"""What a module of CommonJS calls what it hands out."""
_MAX_SIGHT = 400


@dataclass(slots=True)
class Exports:
    """What one module takes in and hands out."""

    imports: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Name here -> module as written, name there: "default", "*" for the module itself."""
    names: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Name outside -> module as written, "" for this one; name there."""
    stars: list[str] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    """All modules named."""
    objects: list[int] = field(default_factory=list)
    """Where objects begin whose members are what it hands out."""
    handed_on: int = -1
    """Where `exports` stands that is another module as a whole."""
    owners: set[str] = field(default_factory=set)
    """What CommonJS calls what it hands out: `exports`, and names that are given to that."""


class EcmaScript(Outer):
    """See `Outer`."""

    def __init__(self, resolver: TypedResolver) -> None:
        super().__init__(resolver)
        self.paths = frozenset(resolver.index.catalogue.paths)
        self._exports: dict[str, Exports] = {}
        self._packages: dict[str, str] | None = None
        self._ambients: dict[tuple[str, str], frozenset[Place]] = {}
        self._sights: dict[str, frozenset[str]] = {}
        self._configs: dict[str, dict[str, list[str]]] = {}
        self._named: dict[str, tuple[str, ...]] = {}
        self._said: dict[str, dict[str, Any]] = {}
        self._modules: dict[tuple[str, str], str | None] = {}
        """The folder of a file and what it calls a module -> the file that this means."""

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
            return self._meaning(self._from(file, _unquoted(file, source), wanted))
        if parent.type in {"import_clause", "namespace_import", "namespace_export"}:
            source = _source_above(parent)
            if source is not None:
                wanted = "default" if parent.type == "import_clause" else "*"
                return self._meaning(self._from(file, _unquoted(file, source), wanted))
        if parent.type == "jsx_attribute":
            return self._attribute(file, parent, name)
        if parent.type in _JSX_TAGS and name[:1].islower():
            return self._element(name)
        return OUTSIDE if node.type == "statement_identifier" else None

    def _element(self, name: str) -> Meaning:
        """What an element of JSX means that is no component: a member of `JSX.IntrinsicElements`."""
        found = {place for each in self._elements for place in self.resolver.members(each, name)[0]}
        return Meaning(frozenset(found), "resolved" if len(self._elements) < 2 else "probable")

    @cached_property
    def _elements(self) -> list[Thing]:
        return [
            Thing(path, number, is_static=False)
            for path, number in self.resolver.symbols("IntrinsicElements")
            if (file := self.resolver.file(path)) is not None and file.facts.parent(number) >= 0
        ]

    def _attribute(self, file: TreeFile, attribute: Node, name: str) -> Meaning:
        """What an attribute of JSX means: a member of what its component is given."""
        tag = attribute.parent.child_by_field_name("name") if attribute.parent is not None else None
        if tag is None:
            return OUTSIDE
        resolver = self.resolver
        if tag.type == "identifier" and file.text(tag)[:1].islower():
            given = tuple(t for each in self._elements for t in resolver.member_types((each,), file.text(tag), 1))
        else:
            component = resolver.bounded(resolver.type_of(file, tag, 1))
            given = tuple(t for each in resolver.signatures(component)[:1] for t in resolver.parameter_at(each, 0, 2))
        found, _ = resolver.members_of(given, name)
        return Meaning(frozenset(found), "resolved")

    def outer(self, file: TreeFile, node: Node, name: str) -> Meaning | None:
        del node
        imported = self.exports(file).imports.get(name)
        if imported is not None:
            return self._meaning(self._from(file, *imported))
        found = frozenset(self._global(name))
        return Meaning(found, "probable") if found else OUTSIDE

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
        own = self.exports(file)
        return bool(own.imports or own.names or own.stars or own.modules) or not file.path.endswith(".d.ts")

    def in_module(self, path: str, name: str) -> frozenset[Place] | None:
        return self._exported(path, name, frozenset())

    def module_named(self, file: TreeFile, node: Node, name: str) -> Types:
        if name in _OWN_EXPORTS and not file.seen(node.start_byte, name.partition(".")[0]):
            return self._module(file.path)
        imported = self.exports(file).imports.get(name)
        if imported is None or imported[1] not in {"*", "default"}:
            return ()
        module, wanted = imported
        path = self.module(file.path, module)
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
        if value is None or value.type != "call_expression" or (module := self._required(file, value)) is None:
            return None
        is_known = self.module(file.path, module) or self._ambient(module, wanted)
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
        module = self._required(file, call)
        path = self.module(file.path, module) if module is not None else None
        if path is None and module is not None and (declared := self._ambient(module, "*")):
            return self.resolver.types_of_places(declared, 1)
        return self._module(path) if path is not None else ()

    def _required(self, file: TreeFile, call: Node) -> str | None:
        """The module that a call imports, as it is written; None for any other call."""
        callee, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
        if callee is None or arguments is None or arguments.named_child_count != 1:
            return None
        if callee.type != "import" and file.text(callee) != "require":
            return None
        return _unquoted(file, arguments.named_children[0])

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
        return (self.module(file.path, module), True) if is_text else (None, False)

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
            places = (self.module(path, each) for each in modules)
            self._named[path] = tuple(dict.fromkeys(place for place in places if place is not None))
        return self._named[path]

    def imported(self, file: TreeFile) -> frozenset[str]:
        found = {self.module(file.path, module) for module in self.exports(file).modules}
        return frozenset(path for path in found if path is not None)

    def renamed(self, targets: frozenset[Place]) -> Iterator[tuple[str, str]]:
        """Default imports bear any name."""
        homes = {place.path for place in targets}
        if not any(self._exported(path, "default", frozenset()) or () for path in homes):
            return
        for path, module, name in self._imported_wholes:
            place = self.module(path, module)
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
        path = self.module(file.path, module)
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
            if file is None or file.kind(number) not in NAMESPACES or not path.endswith(".d.ts"):
                continue
            definition = file.definition_node(number)
            body = definition.child_by_field_name("body") if definition is not None else None
            label = definition.child_by_field_name("name") if definition is not None else None
            if body is None or label is None or label.type != "string":
                continue
            handed = next((each for each in body.named_children if _is_whole(each)), None)
            whole = handed.named_children[-1] if handed is not None and handed.named_children else None
            meaning = self.resolver.mean(file, whole) if whole is not None and whole.type == "identifier" else None
            if name in {"*", "default"} and meaning is not None:
                yield from meaning.places
            elif name == "*":
                yield Place(path, file.name_start(number))
            elif meaning is not None:
                for each in self.resolver.types_of_places(meaning.places, 1):
                    yield from self.resolver.members(each, name)[0]
            else:
                inside = (n for n in file.children(number) if file.facts.symbol_name(n) == name)
                yield from (Place(path, file.name_start(n)) for n in inside)

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
                place = self.module(path, module)
                if place is None:
                    return None if module.startswith(".") else frozenset()
                if original == "export=":
                    whole = self._exported(place, original, seen) or frozenset({Place(place, -1)})
                    return whole | {Place(path, own.handed_on)}
                return frozenset({Place(place, -1)}) if original == "*" else self._exported(place, original, seen)
            return self._local(file, original, seen)
        for module in own.stars:
            place = self.module(path, module)
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
        imported = self.exports(file).imports.get(name)
        if imported is None:
            return None
        module, original = imported
        place = self.module(file.path, module)
        if place is None:
            return None if module.startswith(".") else frozenset()
        return frozenset({Place(place, -1)}) if original == "*" else self._exported(place, original, seen)

    def exports(self, file: TreeFile) -> Exports:
        """What a module takes in and hands out."""
        if file.path not in self._exports:
            found = self._exports[file.path] = Exports()
            for node in file.root.named_children:
                if node.type == "import_statement":
                    self._add_import(file, node, found)
                elif node.type == "export_statement":
                    self._add_export(file, node, found)
            self._add_required(file, found)
        return self._exports[file.path]

    def _add_import(self, file: TreeFile, node: Node, found: Exports) -> None:
        source = node.child_by_field_name("source")
        required = next((child for child in node.named_children if child.type == "import_require_clause"), None)
        if required is not None:
            inner = required.child_by_field_name("source")
            if inner is not None:
                found.modules.append(_unquoted(file, inner))
                found.imports[file.text(required.named_children[0])] = (_unquoted(file, inner), "*")
            return
        if source is None:
            return
        module = _unquoted(file, source)
        found.modules.append(module)
        clause = next((child for child in node.named_children if child.type == "import_clause"), None)
        for child in clause.named_children if clause is not None else ():
            if child.type == "identifier":
                found.imports[file.text(child)] = (module, "default")
            elif child.type == "namespace_import":
                found.imports[file.text(child.named_children[0])] = (module, "*")
            elif child.type == "named_imports":
                for each in child.named_children:
                    name, alias = each.child_by_field_name("name"), each.child_by_field_name("alias")
                    if name is not None:
                        found.imports[file.text(alias or name)] = (module, file.text(name))

    def _add_export(self, file: TreeFile, node: Node, found: Exports) -> None:
        source = node.child_by_field_name("source")
        module = _unquoted(file, source) if source is not None else ""
        if module:
            found.modules.append(module)
        clause = next((child for child in node.named_children if child.type == "export_clause"), None)
        space = next((child for child in node.named_children if child.type == "namespace_export"), None)
        declaration, value = node.child_by_field_name("declaration"), node.child_by_field_name("value")
        is_default = any(child.type == "default" for child in node.children)
        if clause is not None:
            for each in clause.named_children:
                name, alias = each.child_by_field_name("name"), each.child_by_field_name("alias")
                if name is not None:
                    found.names[file.text(alias or name)] = (module, file.text(name))
        elif space is not None:
            found.names[file.text(space.named_children[0])] = (module, "*")
        elif module:
            found.stars.append(module)
        elif is_default or any(child.type == "=" for child in node.children):
            key = "default" if is_default else "export="
            target = declaration or value or (node.named_children[-1] if node.named_children else None)
            label = target if target is not None and target.type == "identifier" else None
            label = label or (target.child_by_field_name("name") if target is not None else None)
            if label is not None:
                found.names[key] = ("", file.text(label))
            else:
                word = next((child for child in node.children if child.type == "default"), node)
                place = word if word.start_byte in file.numbers else target
                found.names[key] = ("", str((place or node).start_byte))
        elif declaration is not None:
            for label in _declared_names(declaration):
                found.names[file.text(label)] = ("", file.text(label))

    def _add_required(self, file: TreeFile, found: Exports) -> None:
        """CommonJS: `const a = require("m")`, `module.exports = ...`, `exports.a = ...`."""
        facts = file.facts
        if b"require(" in file.content:
            for at in range(0, len(facts.imports), 4):
                module, name, alias = (facts.strings[n] for n in facts.imports[at : at + 3])
                found.modules.append(module)
                if alias and alias.isidentifier():
                    found.imports.setdefault(alias, (module, name or "*"))
        if b"exports" not in file.content:
            return
        if file.language == "javascript":
            found.owners |= _OWN_EXPORTS
        for node in file.root.named_children:
            inner = node.named_children[0] if node.type == "expression_statement" and node.named_children else None
            if node.type in {"lexical_declaration", "variable_declaration"} and node.named_child_count == 1:
                inner = node.named_children[0].child_by_field_name("value")
                if inner is not None and file.text(inner) in _OWN_EXPORTS:
                    found.owners.add(file.text(node.named_children[0].named_children[0]))
            while inner is not None and inner.type == "assignment_expression" and not is_void(inner):
                left, right = inner.child_by_field_name("left"), inner.child_by_field_name("right")
                if left is not None and right is not None:
                    self._add_assigned(file, left, right, found)
                inner = right

    def _add_assigned(self, file: TreeFile, left: Node, right: Node, found: Exports) -> None:
        written = file.text(left)
        value = right
        while value.type == "assignment_expression" and value.child_by_field_name("right") is not None:
            value = value.child_by_field_name("right") or value
        if written == "module.exports":
            if value.type == "identifier":
                found.names["export="] = ("", file.text(value))
            elif value.type == "call_expression" and (module := self._required(file, value)) is not None:
                found.names["export="] = (module, "export=")
                found.handed_on = left.named_children[-1].start_byte
                found.stars.append(module)
            elif value.type == "object":
                found.objects.append(value.start_byte)
                for each in value.named_children:
                    label = each if each.type == "shorthand_property_identifier" else each.child_by_field_name("key")
                    label = label or each.child_by_field_name("name")
                    inner = each.child_by_field_name("value")
                    if label is not None:
                        own = inner is not None and inner.type == "identifier"
                        target = file.text(inner) if inner is not None and own else str(label.start_byte)
                        found.names[file.text(label)] = ("", file.text(label) if label is each else target)
            elif (label := value.child_by_field_name("name")) is not None:
                found.names["export="] = ("", str(label.start_byte))
            else:
                found.names["export="] = ("", str(left.named_children[-1].start_byte))
        elif match := re.fullmatch(r"(?:module\.)?exports\.([\w$]+)", written):
            is_name = value.type == "identifier" and bool(file.declared(file.text(value)))
            target = file.text(value) if is_name else str(left.named_children[-1].start_byte)
            found.names.setdefault(match[1], ("", target))

    # -- modules --------------------------------------------------------------------------------------------------

    def module(self, importer: str, written: str) -> str | None:
        """The file that a module's name means in a file; None for none in the repository."""
        key = (posixpath.dirname(importer), written)
        if key not in self._modules:
            self._modules[key] = self._look_up(importer, written)
        return self._modules[key]

    def _look_up(self, importer: str, written: str) -> str | None:
        written = written.partition("?")[0]
        if written.startswith("."):
            return self._file(posixpath.normpath(posixpath.join(posixpath.dirname(importer), written)))
        for pattern, places in self._paths_for(importer).items():
            before, star, after = pattern.partition("*")
            if star and written.startswith(before) and written.endswith(after):
                rest = written[len(before) : len(written) - len(after) or None]
            elif not star and written == pattern:
                rest = ""
            else:
                continue
            for place in places:
                if found := self._file(posixpath.normpath(place.replace("*", rest))):
                    return found
        return self._in_package(written)

    def _file(self, place: str, *, is_main: bool = False) -> str | None:
        if place.startswith(".."):
            return None
        stem, ending = posixpath.splitext(place)
        for other in _WRITTEN.get(ending, ()):
            if stem + other in self.paths:
                return stem + other
        if place in self.paths and place.endswith(_ENDINGS):
            return place
        for ending in _ENDINGS:
            if place + ending in self.paths:
                return place + ending
        for main in self._mains(place) if not is_main else ():
            if (found := self._file(main, is_main=True)) is not None:
                return found
        for ending in _ENDINGS:
            index = posixpath.normpath(posixpath.join(place, f"index{ending}"))
            if index in self.paths:
                return index
        return None

    def _mains(self, folder: str) -> Iterator[str]:
        """The files that the manifest in a folder names for the folder as a whole."""
        path = posixpath.normpath(posixpath.join(folder, "package.json"))
        manifest = self._json(path) if path in self.paths else {}
        for key in ("types", "typings", "main"):
            if isinstance(main := manifest.get(key), str):
                yield posixpath.normpath(posixpath.join(folder, main))

    def _in_package(self, written: str) -> str | None:
        """A file of a workspace's package, by the package's name: its sources, not what is built from them."""
        parts = written.split("/")
        n = 2 if written.startswith("@") else 1
        folder = self._workspaces.get("/".join(parts[:n]))
        if folder is None:
            return None
        below = "/".join(parts[n:])
        manifest = self._json(posixpath.join(folder, "package.json"))
        tries = [posixpath.join(folder, "src", below), posixpath.join(folder, below)]
        if not below:
            named = [manifest.get(key) for key in ("source", "types", "typings", "module", "main")]
            tries += [posixpath.join(folder, each) for each in named if isinstance(each, str)]
        for place in _exported_places(manifest, below):
            tries += [
                posixpath.join(folder, place),
                posixpath.join(folder, re.sub(r"^(\./)?(dist|lib|build)/", "src/", place)),
            ]
        for each in tries:
            if found := self._file(posixpath.normpath(each)):
                return found
            if found := self._file(posixpath.normpath(re.sub(r"(\.d)?\.[cm]?[jt]sx?$", "", each))):
                return found
        return None

    @property
    def _workspaces(self) -> dict[str, str]:
        """Name of every package in the repository -> its folder."""
        if self._packages is None:
            self._packages = {}
            for path in self.paths:
                if path.rpartition("/")[2] == "package.json" and "node_modules/" not in path:
                    name = self._json(path).get("name")
                    if isinstance(name, str):
                        self._packages[name] = path.rpartition("/")[0]
        return self._packages

    def _paths_for(self, importer: str) -> dict[str, list[str]]:
        """`paths` and `baseUrl` of the nearest tsconfig.json, relative to the repository's root."""
        folder = posixpath.dirname(importer)
        if folder not in self._configs:
            config = posixpath.join(folder, "tsconfig.json")
            other = posixpath.join(folder, "jsconfig.json")
            found = next((each for each in (config, other) if each in self.paths), None)
            if found is not None:
                self._configs[folder] = self._configured(found, 0)
            elif folder:
                self._configs[folder] = self._paths_for(folder)
            else:
                self._configs[folder] = {}
        return self._configs[folder]

    def _configured(self, path: str, depth: int) -> dict[str, list[str]]:
        config = self._json(path)
        folder = posixpath.dirname(path)
        found: dict[str, list[str]] = {}
        bases = config.get("extends")
        for base in [bases] if isinstance(bases, str) else bases if isinstance(bases, list) else []:
            if isinstance(base, str) and base.startswith(".") and depth < 5:
                place = posixpath.normpath(posixpath.join(folder, base))
                place = place if place.endswith(".json") else f"{place}.json"
                found |= self._configured(place, depth + 1) if place in self.paths else {}
        options = config.get("compilerOptions")
        if isinstance(options, dict):
            base_url = options.get("baseUrl")
            root = posixpath.join(folder, base_url) if isinstance(base_url, str) else folder
            paths = options.get("paths")
            for pattern, places in paths.items() if isinstance(paths, dict) else ():
                if isinstance(places, list):
                    found[pattern] = [posixpath.join(root, each) for each in places if isinstance(each, str)]
            if isinstance(base_url, str):
                found.setdefault("*", []).append(posixpath.join(root, "*"))
        return found

    def _json(self, path: str) -> dict[str, Any]:
        """What a configuration says, comments and last commas forgiven; {} for one that cannot be read."""
        if path not in self._said:
            self._said[path] = self._read_json(path)
        return self._said[path]

    def _read_json(self, path: str) -> dict[str, Any]:
        try:
            text = self.resolver.index.repository.read(path, _MAX_JSON).decode("utf-8", "replace")
        except (OSError, RepoAgentError):
            return {}
        plain = re.sub(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', lambda found: found[1] or "", text, flags=re.S)
        try:
            found = json.loads(re.sub(r",(\s*[}\]])", r"\1", plain))
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


def _exported_places(manifest: dict[str, Any], below: str) -> Iterator[str]:
    """The files that a package's `exports` names for a path below it."""
    exports = manifest.get("exports")
    entry = exports.get(f"./{below}" if below else ".", None) if isinstance(exports, dict) else exports
    waiting = [entry]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            waiting += each.values()


_IMPORTED_TYPE = re.compile(r"""import\(["']([^"']+)["']\)\.(\w+)""")
_TYPEDEF = re.compile(rb"@typedef\s*\{\s*(import\([^()]+\)\.\w+)\s*\}\s*(\w+)")
"""A type of another module, and how a comment gives it a name."""


def _declared_names(declaration: Node) -> Iterator[Node]:
    """The names that an exported declaration binds."""
    if declaration.type == "ambient_declaration":
        for child in declaration.named_children:
            yield from _declared_names(child)
        return
    label = declaration.child_by_field_name("name")
    if label is not None:
        yield label
        return
    for child in declaration.named_children:
        name = child.child_by_field_name("name") if child.type == "variable_declarator" else None
        waiting = [name] if name is not None else []
        while waiting:
            node = waiting.pop()
            if node.type in {"identifier", "shorthand_property_identifier_pattern"}:
                yield node
            else:
                waiting += [each for each in node.named_children if field_of(node, each) not in {"key", "right"}]


def _source_above(node: Node) -> Node | None:
    at: Node | None = node
    while at is not None and at.type not in {"import_statement", "export_statement"}:
        at = at.parent
    return at.child_by_field_name("source") if at is not None else None


def _is_whole(statement: Node) -> bool:
    """Whether a statement says what a module is as a whole, or by default."""
    is_export = statement.type == "export_statement"
    return is_export and any(child.type in {"=", "default"} for child in statement.children)


def _unquoted(file: TreeFile, node: Node) -> str:
    return file.text(node).strip("\"'`")
