"""What modules hand out: imports followed, re-exports and stars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repoagent_indexers.resolve.python.analysis import Analysis
from repoagent_indexers.resolve.python.file import PythonFile
from repoagent_indexers.resolve.python.nodes import all_names
from repoagent_indexers.resolve.python.values import Foreign, ModuleValue, Value, Values

if TYPE_CHECKING:
    from tree_sitter import Node


class Imports(Analysis):
    """What modules hand out: imports followed, re-exports and stars."""

    def imported_module(self, file: PythonFile, statement: Node) -> ModuleValue | Foreign | None:
        """What the module name of a `from ... import` statement means."""
        name = statement.child_by_field_name("module_name")
        if name is None:
            return None
        if name.type == "relative_import":
            text = file.text(name)
            level = len(text) - len(text.lstrip(". "))
            dotted = [part.strip() for part in text.lstrip(". ").split(".") if part.strip()]
            return self.modules.relative(file.path, text[:level].count("."), dotted)
        dotted = [file.text(part) for part in name.named_children]
        return self.modules.absolute(dotted, file.path) or (
            None if self.modules.is_local(dotted[0]) else Foreign(".".join(dotted), "module")
        )

    def variable_of(self, module: ModuleValue, name: str, seen: frozenset[str] = frozenset()) -> str | None:
        """The path of the file whose module-level variable `module.name` is, followed through stars; None for none."""
        for path in self.modules.twins(module.path):
            file = self.part(path, name)
            if file is not None and file.binds(file.module, name):
                return path
        for path in self.modules.twins(module.path):
            file = self.part(path, name)
            for statement in file.star_imports if file is not None else ():
                assert file is not None
                source = self.imported_module(file, statement)
                if isinstance(source, ModuleValue) and source.path not in seen and self.exports(source, name):
                    found = self.variable_of(source, name, seen | {module.path})
                    if found:
                        return found
        return None

    def exports(self, module: ModuleValue, name: str) -> bool:
        """Whether `from module import *` hands out a name, as far as its `__all__` is plain."""
        file = self.part(module.path, name)
        if file is None:
            return False
        names = all_names(file)
        return name in names if names is not None else not name.startswith("_")

    def module_attribute(self, module: ModuleValue, name: str, depth: int = 0) -> Values:
        """What `module.name` is."""
        path = self.variable_of(module, name)
        file = self.file(path) if path else None
        if file is not None:
            values = self.variable(file, file.module, name, depth + 1)
            own = self.modules.submodule(module, name)
            return (own,) if own and not values else values
        found = self.modules.submodule(module, name)
        return (found,) if found else ()

    def imported(self, file: PythonFile, parent: Node, depth: int) -> Values:
        """What one name of an import statement is; `parent` is its dotted name, or that with its alias."""
        statement = parent.parent
        assert statement is not None
        original = parent.child_by_field_name("name") if parent.type == "aliased_import" else parent
        assert original is not None
        if statement.type == "import_statement":
            dotted = [file.text(part) for part in original.named_children]
            module = self.modules.absolute(dotted, file.path)
            return (
                (module,)
                if module
                else ()
                if self.modules.is_local(dotted[0])
                else (Foreign(".".join(dotted), "module"),)
            )
        source = self.imported_module(file, statement)
        name = file.text(original)
        if isinstance(source, Foreign):
            return (self.below(source, name),)
        return self.module_attribute(source, name, depth) if source is not None else ()

    def below(self, module: Foreign, name: str) -> Value:
        """What a name in a module from outside is; a folder without an __init__ counts as one, its modules do not."""
        dotted = (*module.name.split("."), name)
        if module.name.partition(".")[0] in self.modules.folders and (own := self.modules.absolute(dotted, "")):
            return own
        return Foreign(".".join(dotted), "module" if dotted[0] in self.modules.folders else "member")
