"""A definition -> the statements that import it by name, so that a script can send them elsewhere. Python's alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repoagent_agents.editing.edits import Edit
from repoagent_agents.editing.site import Site
from repoagent_indexers.errors import UsageError
from repoagent_indexers.resolve.graph import find
from repoagent_indexers.resolve.references import Resolution, Use
from repoagent_indexers.resolve.syntax import tree_of

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(frozen=True, slots=True)
class ImportSite(Site):
    """One `from module import name` of a definition."""

    module: str
    """As it is written: `package.part`, `.part`."""
    name: str
    """The name with its alias: `run`, `run as start`."""
    others: tuple[str, ...]
    """What else the statement imports, in the same form."""
    start_byte: int
    """Of the statement."""
    end_byte: int
    content: bytes
    """All of the file."""

    def moved(self, module: str) -> Edit:
        """The edit by which the name is imported from another module, and the others from where they were.

        The statement is written anew, on one line if that has at most 88 characters. Of several edits of one statement,
        one can be made at a time.
        """
        margin = self.content[self.content.rfind(b"\n", 0, self.start_byte) + 1 : self.start_byte]
        indent = margin.decode() if not margin.strip() else ""
        statements = [_statement(module, [self.name], indent)]
        if self.others:
            statements.append(_statement(self.module, self.others, indent))
        joint = f"\n{indent}" if not margin.strip() else "; "
        old = self.content[self.start_byte : self.end_byte]
        return Edit(self.path, self.start_byte, self.end_byte, old, joint.join(statements).encode())


def import_sites(resolution: Resolution, what: str) -> list[ImportSite]:
    """The statements that import what is named by its name, by path and place; `mod.name` and stars are no such.

    Raises UsageError where nothing, or several things, are named, and for what is not Python's.
    """
    definition = find(resolution, what)
    source = resolution.source(definition.place.path)
    if source is None or source.language != "python":
        raise UsageError(f"{what}: imports can be taken apart in Python alone")
    roots: dict[str, Node] = {}
    found = []
    for use in resolution.uses(definition):
        file = resolution.source(use.path) if use.kind == "import" else None
        if file is None:
            continue
        if use.path not in roots:
            roots[use.path] = tree_of("python", file.content).root_node
        site = _site(use, roots[use.path], file.content)
        if site is not None:
            found.append(site)
    return found


def _site(use: Use, root: Node, content: bytes) -> ImportSite | None:
    node = root.descendant_for_byte_range(use.start_byte, use.start_byte + 1)
    while node is not None and node.type != "import_from_statement":
        node = node.parent
    module = node.child_by_field_name("module_name") if node is not None else None
    if node is None or module is None:
        return None
    names = node.children_by_field_name("name")
    own = [name for name in names if name.start_byte <= use.start_byte < name.end_byte]
    others = [name for name in names if name not in own]

    def text(one: Node) -> str:
        return " ".join(content[one.start_byte : one.end_byte].decode("utf-8", "replace").split())

    if len(own) != 1:
        return None
    return ImportSite(
        use, text(module), text(own[0]), tuple(map(text, others)), node.start_byte, node.end_byte, content
    )


def _statement(module: str, names: tuple[str, ...] | list[str], indent: str) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(indent) + len(line) <= 88:
        return line
    inside = "".join(f"\n{indent}    {name}," for name in names)
    return f"from {module} import ({inside}\n{indent})"
