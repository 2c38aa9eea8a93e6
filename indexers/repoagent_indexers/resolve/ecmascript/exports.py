"""What a module of JavaScript or TypeScript takes in and hands out, as its file says it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from repoagent_indexers.resolve.tree_file import TreeFile, field_of
from repoagent_indexers.resolve.typed.expandos import is_void

if TYPE_CHECKING:
    from tree_sitter import Node

OWN_EXPORTS = frozenset({"exports", "module.exports"})
"""What a module of CommonJS calls what it hands out."""


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


def exports_of(file: TreeFile) -> Exports:
    """What the module that a file is takes in and hands out."""
    found = Exports()
    for node in file.root.named_children:
        if node.type == "import_statement":
            _add_import(file, node, found)
        elif node.type == "export_statement":
            _add_export(file, node, found)
    _add_required(file, found)
    return found


def required(file: TreeFile, call: Node) -> str | None:
    """The module that a call imports, as it is written; None for any other call."""
    callee, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
    if callee is None or arguments is None or arguments.named_child_count != 1:
        return None
    if callee.type != "import" and file.text(callee) != "require":
        return None
    return unquoted(file, arguments.named_children[0])


def alias_target(alias: Node, name: Node) -> Node | None:
    """Where that is named which a name stands for by `import name = a.b`; None where `name` is no such alias."""
    if alias.type != "import_alias" or alias.named_children[0].id != name.id:
        return None
    target = alias.named_children[-1]
    while target.named_children:
        target = target.named_children[-1]
    return target


def unquoted(file: TreeFile, node: Node) -> str:
    return file.text(node).strip("\"'`")


def _add_import(file: TreeFile, node: Node, found: Exports) -> None:
    source = node.child_by_field_name("source")
    required = next((child for child in node.named_children if child.type == "import_require_clause"), None)
    if required is not None:
        inner = required.child_by_field_name("source")
        if inner is not None:
            found.modules.append(unquoted(file, inner))
            found.imports[file.text(required.named_children[0])] = (unquoted(file, inner), "*")
        return
    if source is None:
        return
    module = unquoted(file, source)
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


def _add_export(file: TreeFile, node: Node, found: Exports) -> None:
    source = node.child_by_field_name("source")
    module = unquoted(file, source) if source is not None else ""
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


def _add_required(file: TreeFile, found: Exports) -> None:
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
    if file.is_javascript:
        found.owners |= OWN_EXPORTS
    for node in file.root.named_children:
        inner = node.named_children[0] if node.type == "expression_statement" and node.named_children else None
        if node.type in {"lexical_declaration", "variable_declaration"} and node.named_child_count == 1:
            inner = node.named_children[0].child_by_field_name("value")
            if inner is not None and file.text(inner) in OWN_EXPORTS:
                found.owners.add(file.text(node.named_children[0].named_children[0]))
        if inner is not None and inner.type == "call_expression":
            _add_defined(file, inner, found)
        while inner is not None and inner.type == "assignment_expression" and not is_void(inner):
            left, right = inner.child_by_field_name("left"), inner.child_by_field_name("right")
            if left is not None and right is not None:
                _add_assigned(file, left, right, found)
            inner = right


def _add_assigned(file: TreeFile, left: Node, right: Node, found: Exports) -> None:
    written = file.text(left)
    value = right
    while value.type == "assignment_expression" and value.child_by_field_name("right") is not None:
        value = value.child_by_field_name("right") or value
    if written == "module.exports":
        if value.type == "identifier":
            found.names["export="] = ("", file.text(value))
        elif value.type == "call_expression" and (module := required(file, value)) is not None:
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


def _add_defined(file: TreeFile, call: Node, found: Exports) -> None:
    """`Object.defineProperty(exports, "name", { get: () => value })`, as compilers write what a module hands on."""
    callee, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
    given = arguments.named_children if arguments is not None else []
    if callee is None or file.text(callee) != "Object.defineProperty" or len(given) != 3:
        return
    if file.text(given[0]) not in found.owners or given[1].type != "string" or given[2].type != "object":
        return
    name = unquoted(file, given[1])
    for each in given[2].named_children:
        label = each.child_by_field_name("key") or each.child_by_field_name("name")
        value = each.child_by_field_name("value")
        if label is not None and file.text(label) == "get":
            value = _gotten(value or each)
        elif label is None or file.text(label) != "value":
            continue
        owner = value.child_by_field_name("object") if value is not None else None
        member = value.child_by_field_name("property") if value is not None else None
        taken = found.imports.get(file.text(owner)) if owner is not None else None
        if value is not None and value.type == "identifier":
            found.names.setdefault(name, ("", file.text(value)))
        elif taken is not None and taken[1] == "*" and member is not None:
            found.names.setdefault(name, (taken[0], file.text(member)))


def _gotten(getter: Node) -> Node | None:
    """What a function of one statement returns."""
    body = getter.child_by_field_name("body")
    if body is not None and body.type == "statement_block" and body.named_child_count == 1:
        body = body.named_children[0]
        return body.named_children[0] if body.type == "return_statement" and body.named_children else None
    return body


def _declared_names(declaration: Node) -> Iterator[Node]:
    """The names that an exported declaration binds."""
    if declaration.type == "import_alias":
        yield declaration.named_children[0]
        return
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
