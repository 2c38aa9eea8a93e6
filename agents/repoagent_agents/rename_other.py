"""Every use of one definition in languages other than Python.

What a use means is asked of the same analysis that answers `refs` (`resolve`). Where that has no answer, an identifier
is changed if nothing else in the repository bears the name, or if its file, import, class or receiver plainly says
which of several it is. The rest is left for a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from repoagent_agents.rename_python import Outcome, Place, SeveralMeanings
from repoagent_indexers.errors import Refused, UsageError
from repoagent_indexers.facts import SYMBOL_KINDS, SYMBOL_WIDTH, Facts
from repoagent_indexers.git_environment import shown
from repoagent_indexers.index import Index
from repoagent_indexers.languages import LANGUAGES
from repoagent_indexers.resolve import meaning
from repoagent_indexers.resolve.references import Resolution
from repoagent_indexers.resolve.syntax import leaf, line_of, mentions, tree_of
from repoagent_indexers.resolve.typed.resolver import TypedResolver
from repoagent_indexers.source import Import, SourceFile

if TYPE_CHECKING:
    from tree_sitter import Node

_ECMASCRIPT = frozenset({"javascript", "typescript", "tsx"})
_JVM = frozenset({"java", "kotlin", "scala"})
_C = frozenset({"c", "cpp"})
FAMILIES = (
    _ECMASCRIPT,
    _C,
    _JVM,
    *(frozenset({name}) for name, row in LANGUAGES.items() if row.is_code and name != "python"
      and name not in _ECMASCRIPT | _C | _JVM),
)  # fmt: skip
"""Languages whose files use each other's definitions."""

_TYPES = {"class", "struct", "interface", "trait", "enum", "object", "protocol", "record", "extension", "instance",
          "union", "type", "annotation"}  # fmt: skip
_CONTAINERS = _TYPES - {"type"}
_NAMESPACES = {"namespace", "module", "package"}
_IMPLICIT_THIS = _JVM | {"cpp", "csharp", "swift", "ruby"}
_NEED_IMPORT = _ECMASCRIPT | {"rust", "go"}
_APART = {"java", "php"}
"""Languages in which a method and a variable may bear one name and are told apart by the call."""
_SAME_FOLDER = _JVM | {"go"}
_SELF = {"this", "self", "Self", "static", "super", "parent", "base", "@"}
_TEXT = re.compile(r"comment|string|char|text|content|literal$|heredoc|regex|pattern_literal|atom|symbol$")
_FUNCTION = re.compile(
    r"function|method|lambda|closure|arrow|func_literal|constructor|func_decl|do_block|accessor|init_decl"
)
_PARAMETERS = {"formal_parameters", "closure_parameters", "lambda_parameters", "inferred_parameters",
               "block_parameters", "method_parameters", "shorthand_property_identifier_pattern"}  # fmt: skip
_CALLS = {
    "method_invocation": "name",
    "member_call_expression": "name",
    "nullsafe_member_call_expression": "name",
    "scoped_call_expression": "name",
    "function_call_expression": "function",
}
"""Node of a call in Java or PHP, where methods and variables of one name are apart -> field of the name."""
_BEFORE = re.compile(rb"(?:([\w$@\x80-\xff]+|[)\]}>\"'])\s*(?:<[^<>()]*>)?\s*)?(\?\.|!!\.|!\.|\.|->|::|\\)\s*\Z")
_NO_FUNCTION = re.compile(r"call|invocation|declarator|_type$|signature|reference|parameter|identifier|name")
_LOCAL_PARENTS = re.compile(
    r"variable_declarator|formal_parameter|parameter|short_var_declaration|var_spec|range_clause|let_declaration|"
    r"closure_parameters|for_expression|enhanced_for|catch|init_declarator|declarator|foreach|for_in|binding|"
    r"local_variable|assignment_pattern|rest_pattern|array_pattern|object_pattern|tuple_pattern|value_binding|"
    r"for_statement|resource|lambda_parameters|inferred_parameters|property_declaration|val_definition|var_definition|"
    r"local_declaration|variable_declaration|declaration|pattern|assignment$"
)
_COMMON = frozenset(
    """add all any append apply apply_async assign at await begin bind build call catch charAt clear clone close
    collect compare compareTo concat connect contains containsKey copy count create data date debug default
    delete describe destroy dispose drop each emit empty end entries equals err error eq every exec execute
    exists exit expect fill filter finally find findIndex first flat flatMap flush fmt fold forEach format from
    full get getClass getItem getName getOrDefault getValue handle has hash hashCode head id includes index
    indexOf info init insert into invoke is isEmpty item iter iterator join key keys last len length line list
    listen load lock log lookup main map match max merge message min name new next notify now ok on once open or
    parent parse path peek pipe poll pop post print printf println process push put query raise range read
    readLine ready receive reduce ref register reject release remove render repeat replace request require reset
    resize resolve response restore result resume reverse run save scan search seek select send set setItem
    setTimeout setValue shift size skip sleep slice some sort splice split start startsWith status stop store
    stream string submit substring success sum swap sync tail take test text then throw time to toArray toList
    toLowerCase toString toUpperCase trim try type unlock unshift unwrap update use value valueOf values wait
    warn with wrap write yield zip Close Error Get Len Less Lock Next Read Reset Run Scan Seek Set String Swap
    Unlock Write Add Clear Contains Count Dispose Equals First GetHashCode Invoke Remove Select ToString Where
    """.split()
)
"""Members that the standard libraries and common packages of these languages have."""


@dataclass(frozen=True, slots=True)
class _Definition:
    """One definition of the name."""

    path: str
    language: str
    kind: str
    qualified_name: str
    signature: str
    start: int
    """Where its name begins."""
    container: str
    """Qualified name of the type that it is a member of; "" for none."""
    overrides: bool = False
    """It says itself that it overrides something."""

    @property
    def is_type(self) -> bool:
        return self.kind in _TYPES or self.kind in _NAMESPACES

    @property
    def is_member(self) -> bool:
        return bool(self.container) and not self.is_type


def rename_other(index: Index, places: Sequence[Place], old: str, new: str, sources: Sequence[SourceFile]) -> Outcome:
    """Return every place to change. `places` are the definitions meant, `sources` the files in which `old` stands.

    Raises UsageError for a new name that is none, SeveralMeanings for definitions that are not one thing, Refused for a
    name that is taken.
    """
    _check_name(old, new, sources[0].language if sources else "")
    readable = [source for source in sources if not _problem(index, source.path)]
    renaming = _Renaming(index, old, new, readable)
    outcome = renaming.run(places)
    for source in sources:
        if problem := _problem(index, source.path):
            outcome.notes.append(f"{shown(source.path)}: mentions {shown(old)}, but could not be read ({problem})")
    return outcome


_NAMES = {
    "ruby": r"[^\W\d]\w*[?!]?",
    "elixir": r"[^\W\d]\w*[?!]?",
    "haskell": r"[^\W\d][\w']*",
    "bash": r"[\w-]+",
    **dict.fromkeys(_ECMASCRIPT, r"#?[^\W\d][\w$]*|\$[\w$]*"),
}
"""Language -> how its names are spelt, where that is not letters, digits and underscores."""


def _check_name(old: str, new: str, language: str) -> None:
    if not re.fullmatch(_NAMES.get(language, r"[^\W\d]\w*"), new):
        raise UsageError(f"{shown(new)}: not a name in {language}; give letters, digits and underscores")
    if language in {"ruby", "elixir", "haskell", "go"} and old[:1].isupper() != new[:1].isupper():
        raise UsageError(
            f"{shown(new)}: in {language} the case of the first letter has a meaning; keep that of {shown(old)}"
        )


def _problem(index: Index, path: str) -> str:
    facts = index.facts_of(path)
    return facts.problem if facts is not None else "it is not in the index"


class _Renaming:
    """One rename, under way."""

    def __init__(self, index: Index, old: str, new: str, sources: Sequence[SourceFile]) -> None:
        self.index = index
        self.old = old
        self.new = new
        self.sources = sources
        self.contents = {source.path: source.content for source in sources}
        self.languages = {source.path: source.language for source in sources}
        self.roots: dict[str, Node] = {}
        self.resolution = Resolution(index)
        self.outcome = Outcome()

    def run(self, places: Sequence[Place]) -> Outcome:
        self.definitions = [d for source in self.sources for d in self._definitions(source.path)]
        wanted = {(place.path, place.start) for place in places}
        targets = [d for d in self.definitions if (d.path, d.start) in wanted]
        if not targets:
            raise UsageError(f"{shown(self.old)}: its definition cannot be found again; try once more")
        self.target = targets[0]
        self.group = self._group(targets[0])
        if not set(targets) <= self.group:
            raise SeveralMeanings(self.old)
        self.rest = [d for d in self.definitions if d not in self.group]
        self.rivals = [d for d in self.rest if d.is_member == self.target.is_member and d.kind != "local"]
        if self.target.language in _APART and self.target.is_member:
            self.rivals = [d for d in self.rivals if (d.kind == "method") == (self.target.kind == "method")]
        """The definitions that a use could mean instead: a member is never mistaken for what is none."""
        self.own = {(d.path, d.start) for d in self.group}
        self.others = {(d.path, d.start) for d in self.rest}
        self._check_free()
        self._check_overriding()
        for source in self.sources:
            self._file(source.path)
        if self.target.is_type and any(PurePosixPath(d.path).stem == self.old for d in self.group):
            path = next(d.path for d in self.group if PurePosixPath(d.path).stem == self.old)
            self.outcome.notes.append(
                f"{path}: the file bears the old name; some languages want it to bear the new one"
            )
        return self.outcome

    # -- what is meant --------------------------------------------------------------------------------------------

    def _definitions(self, path: str) -> Iterator[_Definition]:
        facts = self.index.facts_of(path)
        for number in range(facts.n_symbols if facts is not None else 0):
            assert facts is not None
            if facts.symbol_name(number) == self.old:
                yield self._definition(path, facts, number)

    def _definition(self, path: str, facts: Facts, number: int) -> _Definition:
        symbol = facts.symbol(number, path)
        separators = {LANGUAGES[facts.language].separator, LANGUAGES[facts.language].namespace_separator} - {""}
        container = symbol.qualified_name[: -len(symbol.name)]
        for separator in separators:
            container = container.removesuffix(separator)
        parent = symbol.parent
        while parent is not None and SYMBOL_KINDS[facts.symbols[parent * SYMBOL_WIDTH]] in {"function", "method"}:
            return _Definition(path, facts.language, "local", symbol.qualified_name, symbol.signature,
                               facts.symbols[number * SYMBOL_WIDTH + 10], "")  # fmt: skip
        if parent is not None:
            kind = SYMBOL_KINDS[facts.symbols[parent * SYMBOL_WIDTH]]
            if kind in _NAMESPACES and (facts.language != "ruby" or symbol.kind != "method"):
                inside = container.removeprefix(facts.qualified_name(parent))  # `int Client::open() {}` in a namespace
                container = container if inside else ""
        elif symbol.kind not in {"method", "field", "property", "constructor", "member", "constant"}:
            container = ""
        if symbol.kind == "member" and facts.language in _C:  # an enumerator is seen outside of its enum
            container = ""
        if symbol.kind == "constructor" and facts.language != "haskell":
            container = container or symbol.name
        start = facts.symbols[number * SYMBOL_WIDTH + 10]
        head = self.contents[path][symbol.span.start_byte : start] if path in self.contents else b""
        overrides = re.search(rb"@Override\b|\boverride\b", head) is not None
        facts_of_it = (path, facts.language, symbol.kind, symbol.qualified_name, symbol.signature)
        return _Definition(*facts_of_it, start, container, overrides)

    def _group(self, target: _Definition) -> set[_Definition]:
        """The definitions that are one thing with the target: declared again, overloaded, overriding, constructors."""
        if target.is_member and target.kind != "constructor":
            linked = self._linked_containers(target)
            members = {d for d in self.definitions if d.is_member and d.kind != "constructor" and d.container in linked}
            if target.language in _APART:
                return {d for d in members if (d.kind == "method") == (target.kind == "method")}
            return members
        if target.is_type or target.kind == "constructor":
            name = target.container if target.kind == "constructor" else target.qualified_name
            types = {d for d in self.definitions if d.is_type and d.qualified_name == name}
            types |= {d for d in self.definitions if d.kind == "constructor" and d.container in {name, self.old}}
            return types | {target}
        if target.kind == "local":
            return {target}
        return {d for d in self.definitions if not d.is_member and not d.is_type and d.kind != "local" and (
            d == target or (d.qualified_name == target.qualified_name and self._same_place(d, target)))}  # fmt: skip

    def _same_place(self, one: _Definition, other: _Definition) -> bool:
        """Whether two definitions of one qualified name are the same function: declared here, defined there."""
        if one.path == other.path:
            return True
        if one.language in _C and other.language in _C:
            static = [d.signature.startswith("static ") for d in (one, other)]
            n_sources = sum(d.path.endswith((".c", ".cc", ".cpp", ".cxx")) for d in (one, other))
            return static[0] == static[1] and not (n_sources == 2 and static[0])
        if one.language == "go":
            return _folder(one.path) == _folder(other.path)
        return one.language in {"php", "csharp", "elixir"} and one.language == other.language

    def _linked_containers(self, target: _Definition) -> set[str]:
        """The types whose member of this name is the target's: its type, derived ones, those it is derived from."""
        containers = {d.container for d in self.definitions if d.is_member and d.kind != "constructor"}
        interfaces = {d.container for d in self.definitions if d.is_member and self._kind_of(d.container) in
                      {"interface", "trait", "protocol"}}  # fmt: skip
        groups: list[set[str]] = []
        if target.language in {"go", "rust"} and interfaces:
            groups.append(containers if target.kind == "method" else {target.container})
        last = {_last(container): container for container in containers}
        for name in [*self._bases, *last]:
            groups.append({last[each] for each in self._lineage(name) if each in last})
        linked = {target.container}
        grown = True
        while grown:
            grown = False
            for group in groups:
                if group & linked and not group <= linked:
                    linked |= group
                    grown = True
        return linked

    @cached_property
    def _types(self) -> dict[str, str]:
        """Name of every type of these languages -> its kind."""
        return {name: kind for name, kind, _ in self._all_types}

    def _kind_of(self, container: str) -> str:
        return self._types.get(_last(container), "")

    @cached_property
    def _all_types(self) -> list[tuple[str, str, str]]:
        """(name, kind, signature) of every type."""
        family = next(family for family in FAMILIES if self.target.language in family)
        kinds = {SYMBOL_KINDS.index(kind) for kind in _CONTAINERS}
        found = []
        suffixes = tuple(suffix for name in family for suffix in LANGUAGES[name].suffixes)
        for position, path in enumerate(self.index.catalogue.paths):
            facts = self.index.facts(position) if path.endswith(suffixes) else None
            for at in range(0, len(facts.symbols) if facts else 0, SYMBOL_WIDTH):
                assert facts is not None
                if facts.symbols[at] in kinds:
                    kind = SYMBOL_KINDS[facts.symbols[at]]
                    found.append((facts.strings[facts.symbols[at + 1]], kind, facts.strings[facts.symbols[at + 3]]))
        return found

    @cached_property
    def _bases(self) -> dict[str, set[str]]:
        """Name of a type -> names in its header that are types as well."""
        known = {name for name, _, _ in self._all_types}
        found: dict[str, set[str]] = {}
        for name, _, signature in self._all_types:
            header = signature.partition(name)[2]
            found.setdefault(name, set()).update(set(re.findall(r"\w+", header)) & known - {name})
        return found

    def _lineage(self, name: str) -> set[str]:
        found = {name}
        waiting = [name]
        while waiting:
            for base in self._bases.get(waiting.pop(), ()):
                if base not in found:
                    found.add(base)
                    waiting.append(base)
        return found

    def _check_free(self) -> None:
        """Raise Refused where the new name is a definition's already that would be mixed up with this one."""
        containers = {_last(d.container) for d in self.group if d.is_member}
        related = {name for name in self._bases if self._lineage(name) & containers} | containers
        for name in list(containers):
            related |= self._lineage(name)
        paths = {d.path for d in self.group}
        for position, number in self.index.definitions(self.new):
            facts = self.index.facts(position)
            path = self.index.catalogue.paths[position]
            if facts is None or facts.symbol_name(number) != self.new or self.target.language not in next(
                (family for family in FAMILIES if facts.language in family), ()
            ):  # fmt: skip
                continue
            taken = self._definition(path, facts, number)
            if self.target.is_member:
                clash = taken.is_member and _last(taken.container) in related
            else:
                near = path in paths or (
                    self.target.language in _SAME_FOLDER | _C and _folder(path) in map(_folder, paths)
                )
                clash = not taken.is_member and taken.kind != "local" and near
            if clash:
                source = self.index.source(path)
                line = line_of(source.content, taken.start) if source is not None else 0
                raise Refused(f"{path}:{line}: {shown(self.new)} is defined there already; choose another name")

    def _check_overriding(self) -> None:
        """Raise Refused for a member that overrides one of something that is not in the repository."""
        mine = {_last(d.container) for d in self.group if d.is_member}
        for d in self.group:
            if d.overrides and d.is_member and not self._lineage(_last(d.container)) & (mine - {_last(d.container)}):
                line = line_of(self.contents[d.path], d.start)
                raise Refused(
                    f"{d.path}:{line}: {shown(d.qualified_name)} overrides a member of something outside of the "
                    "repository; under another name it would not"
                )

    # -- one file -------------------------------------------------------------------------------------------------

    def _file(self, path: str) -> None:
        content = self.contents[path]
        root = tree_of(self.languages[path], content).root_node
        self.roots[path] = root
        found: list[tuple[int, Node]] = []
        n = len(self.old.encode("utf-8", "surrogateescape"))
        for start in mentions(content, self.old):
            node = leaf(root, start, start + n)
            if node is not None and node.is_named and not _TEXT.search(node.type) and node.type != "word":
                found.append((start, node))
            elif (part := root.descendant_for_byte_range(start, start + n)) is not None:
                self._inside(path, start, part)
        hidden = self._hidden(path, found)
        for start, node in found:
            answer = self._decide(path, start, node, hidden)
            if answer == "yes":
                self._change(path, start, node)
            elif answer:
                self.outcome.skipped.append(f"{path}:{line_of(content, start)}: {answer}")

    def _inside(self, path: str, start: int, node: Node) -> None:
        """A mention that is a part of a node: the body of a macro, a shell word, a symbol of Ruby."""
        language = self.languages[path]
        if language in _C and node.type == "preproc_arg" and not self.rivals:
            text = self.contents[path][node.start_byte : start]
            if text.count(b'"') % 2 == 0:
                self.outcome.add(path, start, self.new)
        elif language == "bash" and node.type == "word" and self.target.kind == "function":
            parent = node.parent
            if (
                parent is not None
                and parent.type in {"command_name", "function_definition"}
                and node.start_byte == start
            ):
                self.outcome.add(path, start, self.new)
        elif language == "ruby" and node.type in {"simple_symbol", "hash_key_symbol"}:
            line = line_of(self.contents[path], start)
            self.outcome.skipped.append(f"{path}:{line}: the symbol :{self.old} may name it")

    def _hidden(self, path: str, found: Iterable[tuple[int, Node]]) -> list[tuple[int, int]]:
        """The functions in which the name is a parameter's or a local variable's."""
        spans = []
        for start, node in found:
            if (path, start) in self.own or not self._declares(path, start, node):
                continue
            around = node.parent
            while around is not None and not _is_function(around):
                around = around.parent
            if around is not None:
                spans.append((around.start_byte, around.end_byte))
        return spans

    def _declares(self, path: str, start: int, node: Node) -> bool:
        """Whether a name stands where a variable or parameter is introduced."""
        if (path, start) in self.others:
            return any(d.kind == "local" for d in self.rest if (d.path, d.start) == (path, start))
        if _before(self.contents[path], start)[0]:
            return False
        if node.type in {"type_identifier", "namespace_identifier", "field_identifier", "property_identifier"}:
            return False
        child, parent = node, node.parent
        while parent is not None:
            field = next((name for n, c in enumerate(parent.children)
                          if c.id == child.id and (name := parent.field_name_for_child(n))), "")  # fmt: skip
            if field == "left" and parent.type in {"assignment_expression", "binary_expression", "assignment"}:
                return False
            if field in {"name", "declarator", "pattern", "left", "parameter", "parameters"}:
                return bool(_LOCAL_PARENTS.search(parent.type))
            if field:
                return False
            if parent.type in _PARAMETERS:
                return True
            if not (_LOCAL_PARENTS.search(parent.type) or parent.type == "expression_list"):
                return False
            child, parent = parent, parent.parent
        return False

    def _decide(self, path: str, start: int, node: Node, hidden: Sequence[tuple[int, int]]) -> str:
        """Return yes, "" for no, or why it is left for a person."""
        if (path, start) in self.own:
            return "yes"
        if (path, start) in self.others or node.type == "statement_identifier":
            return ""
        if (known := self._meaning(path, start)) is not None:
            return known
        joint, before = _before(self.contents[path], start)
        if self._is_other_kind(path, node):
            return ""
        if self.target.kind == "local":
            return self._decide_local(path, start, joint)
        if self.target.is_member:
            return self._decide_member(path, start, node, joint, before, hidden)
        if not joint and any(first <= start < last for first, last in hidden):
            return ""
        return self._decide_free(path, node, joint, before)

    def _meaning(self, path: str, start: int) -> str | None:
        """The same by what the analysis of the language knows for sure; None where it does not know."""
        resolver = self.resolution.resolver(path)
        found = resolver.meaning(meaning.Place(path, start)) if isinstance(resolver, TypedResolver) else None
        if found is None or found.certainty != "resolved":
            return None
        if not found.places:  # of something from outside, where it is taken from something
            return "" if self.target.is_member and _before(self.contents[path], start)[0] else None
        places = {(place.path, place.start) for place in found.places}
        if places <= self.own:
            return "yes"
        if not places & self.own:
            return "" if places & self.others else None
        return "it may mean another one as well"

    def _is_other_kind(self, path: str, node: Node) -> bool:
        """Whether a name cannot be the target by its place: a variable in PHP, a call in Java, left of `::`."""
        language, parent = self.languages[path], node.parent
        if parent is None:
            return False
        if language == "php" and parent.type == "variable_name":
            return True
        is_function = self.target.kind in {"function", "method"}
        if is_function and re.match(rb"\s*(?:::(?!\s*<)|\\)", self.contents[path][node.end_byte : node.end_byte + 8]):
            return True
        if language not in _APART or self.target.is_type or self.target.kind == "constructor":
            return False
        field = parent.child_by_field_name(_CALLS.get(parent.type, "name")) if parent.type in _CALLS else None
        is_called = field is not None and field.id == node.id
        if parent.type in {"method_reference", "import_declaration", "scoped_identifier", "namespace_use_clause"}:
            return False
        return is_called != is_function

    def _decide_local(self, path: str, start: int, joint: str) -> str:
        """A function inside a function: its name is known there and nowhere else."""
        if path != self.target.path or joint:
            return ""
        around = self.roots[path].descendant_for_byte_range(self.target.start, self.target.start + 1)
        n_functions = 0
        while around is not None:
            if _is_function(around):
                n_functions += 1
                if n_functions == 2:
                    return "yes" if around.start_byte <= start < around.end_byte else ""
            around = around.parent
        return "yes"

    # -- functions, types, constants ------------------------------------------------------------------------------

    def _decide_free(self, path: str, node: Node, joint: str, before: str) -> str:
        language = self.languages[path]
        if (statement := _import_around(node)) is not None:
            lines = range(statement.start_point.row + 1, statement.end_point.row + 2)
            stated = [each for each in self._imports(path) if each.line in lines and each.name == self.old]
            return "yes" if any(self._comes_from(path, e) for e in stated) or self._exports_own(path, statement) else ""
        if joint:
            return self._decide_qualified(path, joint, before)
        if _is_label(node) or _is_key_in_go(node):
            return ""
        imports = [each for each in self._imports(path) if self.old in (each.name, each.alias)]
        if imports:
            meant = [each for each in imports if each.name == self.old and self._comes_from(path, each)]
            if not meant:
                return ""
            return "yes" if any(each.alias == self.old for each in meant) else ""
        here = [d for d in self.definitions if d.path == path and not d.is_member and d.kind != "local"]
        if here:
            return "yes" if any(d in self.group for d in here) else ""
        if language in _SAME_FOLDER:
            near = [d for d in self.definitions if not d.is_member and _folder(d.path) == _folder(path)]
            if near:
                return "yes" if any(d in self.group for d in near) else ""
            stars = [each for each in self._imports(path) if each.name == "*" or each.alias == "."]
            return "yes" if any(self._comes_from(path, each) for each in stars) and not self.rivals else ""
        if language in _NEED_IMPORT:
            stars = [each for each in self._imports(path) if each.name == "*"]
            if any(self._comes_from(path, each) for each in stars) and not self.rivals:
                return "yes"
            if (
                language == "rust"
                and not self.rivals
                and not any(each.module.partition("::")[0] == "std" for each in stars)
            ):
                return "" if self._is_macro_text(node) else "it is neither defined nor imported here"
            return ""
        if self.rivals:
            return "several definitions bear this name"
        return (
            "yes" if not self._is_open_class(language) or self.old not in _COMMON else "common libraries have one too"
        )

    def _is_open_class(self, language: str) -> bool:
        return language in {"ruby", "lua", "php", "swift"}

    def _is_macro_text(self, node: Node) -> bool:
        return node.parent is not None and node.parent.type == "token_tree"

    def _exports_own(self, path: str, node: Node) -> bool:
        """Whether a name in `export { name }` is the file's own, or imported by it."""
        statement = _import_around(node)
        if (
            statement is None
            or statement.type != "export_statement"
            or statement.child_by_field_name("source") is not None
        ):
            return False
        imports = [each for each in self._imports(path) if each.alias == self.old]
        if imports:
            return any(each.name == self.old and self._comes_from(path, each) for each in imports)
        return any(d.path == path and not d.is_member for d in self.group)

    def _decide_qualified(self, path: str, joint: str, before: str) -> str:
        language = self.languages[path]
        if joint in {"->", "?.", "!.", "!!."}:
            return ""
        if joint in {"::", "\\"}:
            if before in self._types and not self.target.is_type and language != "ruby":
                return ""
            if self.rivals:
                return (
                    "yes" if before and before in self.target.qualified_name else "several definitions bear this name"
                )
            return "yes"
        if self.target.is_type or self.target.kind in _NAMESPACES:
            if language == "go":
                return "yes" if self._is_package(path, before) else ""
            if language in _ECMASCRIPT:
                return self._decide_exported(path, before)
            return "yes" if not self.rivals else "several definitions bear this name"
        if language == "go":
            return "yes" if self._is_package(path, before) else ""
        if language in _ECMASCRIPT:
            return self._decide_exported(path, before)
        if language in {"elixir", "haskell"}:
            return "yes" if not self.rivals or before == _last(self.target.qualified_name.rpartition(".")[0]) else ""
        if language in _JVM | {"swift", "csharp"} and before and before == before.lower() and before not in _SELF:
            return "what it is taken from is not known"
        return ""

    def _decide_exported(self, path: str, before: str) -> str:
        """`exports.name`, `module.exports.name`, or a namespace import's."""
        if before in {"exports", "module"}:
            return "yes" if any(d.path == path for d in self.group) else ""
        for each in self._imports(path):
            if each.alias == before and each.name in {"", "*", "default"}:
                return "yes" if self._comes_from(path, each) else ""
        return ""

    def _is_package(self, path: str, before: str) -> bool:
        folders = {PurePosixPath(_folder(d.path)).name for d in self.group}
        packages = {PurePosixPath(each.module).name for each in self._imports(path) if each.alias == before}
        return bool(packages & folders) or (not packages and before in folders)

    def _imports(self, path: str) -> Sequence[Import]:
        return self.index.parsed(path).imports

    def _comes_from(self, path: str, imported: Import) -> bool:
        """Whether an import's module can be where the target is defined, or hands on what is."""
        language = self.languages[path]
        module = imported.module
        if language in _ECMASCRIPT:
            if not module.startswith("."):
                return False
            place = _joined(_folder(path), module)
            return self._hands_on(place, set())
        parts = [part for part in re.split(r"\.|::|\\|/", module) if part]
        if not parts:
            return True
        if parts[0] in {"std", "core", "alloc", "java", "javax", "kotlin", "scala", "System"}:
            return False
        if parts[0] in {"crate", "self", "super"} or (imported.name == "*" and language == "csharp"):
            return True
        own: set[str] = set()
        for d in self.group:
            own |= {*PurePosixPath(d.path).with_suffix("").parts, *re.split(r"\.|::|\\", d.qualified_name)}
            own |= {PurePosixPath(_folder(d.path)).name}
        return parts[-1] in own or parts[-1].replace("-", "_") in own

    def _hands_on(self, place: str, seen: set[str]) -> bool:
        """Whether a module, given by its path without an ending, defines the target or exports it again."""
        files = [p for p in self.index.catalogue.paths if _is_module_file(p, place)]
        for path in files:
            if path in seen:
                continue
            seen.add(path)
            if any(d.path == path for d in self.group):
                return True
            for each in self._imports(path):
                is_handed_on = each.name in {self.old, "*"} and each.module.startswith(".")
                if is_handed_on and self._hands_on(_joined(_folder(path), each.module), seen):
                    return True
        return False

    # -- members --------------------------------------------------------------------------------------------------

    def _decide_member(
        self, path: str, start: int, node: Node, joint: str, before: str, hidden: Sequence[tuple[int, int]]
    ) -> str:
        language = self.languages[path]
        if not joint:
            return self._decide_bare_member(path, start, node, hidden)
        if before in _SELF:
            container = self._container_at(path, start)
            return self._decide_by_type(container) if container else self._decide_unknown()
        if before in self._types and (joint in {"::", "."} or language in _JVM | {"csharp"}):
            return self._decide_by_type(before)
        if joint in {"::", "\\"} and language in {"cpp", "rust", "php"} and before:
            return ""  # of a namespace, or of a type from elsewhere
        if language in {"go"} and any(each.alias == before for each in self._imports(path)):
            return ""
        return self._decide_unknown()

    def _decide_bare_member(self, path: str, start: int, node: Node, hidden: Sequence[tuple[int, int]]) -> str:
        language = self.languages[path]
        if language in _IMPLICIT_THIS:
            is_hidden = any(first <= start < last for first, last in hidden)
            if (is_hidden and language not in _APART) or _is_label(node):
                return ""
            container = self._container_at(path, start)
            if not container:
                imports = [each for each in self._imports(path) if each.name == self.old]
                return "yes" if imports and not self.rivals else ""
            answer = self._decide_by_type(container)
            if answer == "yes" or _last(container) not in self._types:
                return answer
            outer = [_last(part) for part in re.split(r"\.|::|#", container)]
            return "yes" if any(self._decide_by_type(each) == "yes" for each in outer) else ""
        field = node.parent.type if node.parent is not None else ""
        is_key = re.search(r"keyed_element|literal_element|field_initializer|pair|shorthand", f"{field} {node.type}")
        if is_key and self.target.kind in {"field", "property", "member"}:
            if language in _ECMASCRIPT:
                return "a key of an object that may be one of its type"
            return "yes" if not self.rivals else "several types have a field of this name"
        return ""

    def _decide_by_type(self, name: str) -> str:
        """A member of this name on an object of a type."""
        lineage = self._lineage(_last(name))
        mine = {_last(d.container) for d in self.group if d.is_member}
        other = {_last(d.container) for d in self.rivals if d.is_member}
        if lineage & mine:
            return "yes" if not lineage & other - mine else "its type has several members of this name"
        if lineage & other:
            return ""
        below = [self._lineage(each) for each in self._bases if _last(name) in self._lineage(each)]
        if any(each & mine for each in below):
            return (
                "yes"
                if not any(each & other for each in below)
                else "derived types have different members of this name"
            )
        return ""

    def _decide_unknown(self) -> str:
        if any(d.is_member for d in self.rivals):
            other = next(d for d in self.rivals if d.is_member)
            return f"what it is taken from is not known, and {other.container} has one too"
        if self.old in _COMMON:
            return "what it is taken from is not known, and common libraries have one too"
        return "yes"

    def _container_at(self, path: str, start: int) -> str:
        """The type around a place; for a method that stands outside of its type (Go, Rust, C++) that of the method."""
        facts = self.index.facts_of(path)
        best = ""
        for number in range(facts.n_symbols if facts is not None else 0):
            assert facts is not None
            row = facts.symbols[number * SYMBOL_WIDTH : (number + 1) * SYMBOL_WIDTH]
            if not row[6] <= start < row[7]:
                continue
            kind = SYMBOL_KINDS[row[0]]
            if kind in _CONTAINERS or kind in {"class", "module"}:
                best = facts.qualified_name(number)
            elif kind in {"method", "constructor", "function", "constant"} and facts.strings[row[2]]:
                best = facts.strings[row[2]]
        if not best and self.languages[path] == "rust":
            node = self.roots[path].descendant_for_byte_range(start, start + 1)
            while node is not None and node.type != "impl_item":
                node = node.parent
            label = node.child_by_field_name("type") if node is not None else None
            best = (label.text or b"").decode("utf-8", "replace").partition("<")[0] if label is not None else ""
        return best

    # -- the change -----------------------------------------------------------------------------------------------

    def _change(self, path: str, start: int, node: Node) -> None:
        text = self.new
        parent = node.parent
        if node.type == "shorthand_property_identifier" and not self._is_exported(node):
            text = f"{self.old}: {self.new}"
        elif parent is not None and parent.type == "shorthand_field_initializer":
            text = f"{self.new}: {self.old}" if self.target.is_member else f"{self.old}: {self.new}"
        self.outcome.add(path, start, text)

    def _is_exported(self, node: Node) -> bool:
        """Whether an object's property is what a module exports."""
        around: Node | None = node.parent
        while around is not None and around.type not in {
            "assignment_expression",
            "export_statement",
            "statement_block",
        }:
            around = around.parent
        if around is None or around.type == "statement_block":
            return False
        left = around.child_by_field_name("left")
        return left is None or (left.text or b"") in {b"module.exports", b"exports"}


def _before(content: bytes, start: int) -> tuple[str, str]:
    """Return what joins a name to what stands before it, and the last word of that; "" for nothing."""
    text = content[max(0, start - 200) : start]
    found = _BEFORE.search(text)
    if found is None or text.rstrip().endswith(b".."):
        return "", ""
    return found[2].decode(), (found[1] or b"").decode("utf-8", "replace")


def _is_label(node: Node) -> bool:
    """Whether a name is the key of a pair, or says which argument a value is for."""
    parent = node.parent
    if parent is None:
        return False
    if node.type == "property_identifier":
        return True  # a key, or the name of an attribute
    labels = [child.id for field in ("key", "label") for child in parent.children_by_field_name(field)]
    return node.id in labels or parent.type in {"value_argument_label", "name_colon", "field_name"}


def _is_function(node: Node) -> bool:
    """Whether a node is a function with its body."""
    return _FUNCTION.search(node.type) is not None and not _NO_FUNCTION.search(node.type)


def _is_key_in_go(node: Node) -> bool:
    """Whether a name is the field in `T{name: value}`; a key of a map may well be a constant's name."""
    element = node.parent
    keyed = element.parent if element is not None and element.type == "literal_element" else None
    if element is None or keyed is None or keyed.type != "keyed_element" or keyed.named_children[0].id != element.id:
        return False
    literal = keyed.parent.parent if keyed.parent is not None else None
    kind = literal.child_by_field_name("type") if literal is not None else None
    return kind is None or kind.type != "map_type"


def _import_around(node: Node) -> Node | None:
    """The import or re-export that a name is a part of."""
    around: Node | None = node
    while around is not None:
        if re.search(
            r"import_(?:statement|declaration|header|spec$)|use_declaration|using_directive|namespace_use_decl",
            around.type,
        ):
            return around
        if around.type == "export_statement":
            return around if any(child.type == "export_clause" for child in around.children) else None
        if "block" in around.type or "body" in around.type:
            return None
        around = around.parent
    return None


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _last(qualified: str) -> str:
    last: str = re.split(r"\.|::|\\|#", qualified)[-1]
    return last


def _joined(folder: str, module: str) -> str:
    parts = folder.split("/") if folder else []
    for part in module.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def _is_module_file(path: str, place: str) -> bool:
    if path == place:
        return True
    stem, dot, ending = path.rpartition(".")
    if f".{ending}" not in {s for name in _ECMASCRIPT for s in LANGUAGES[name].suffixes} or not dot:
        return False
    bare = re.sub(r"\.[cm]?jsx?$", "", place)
    return stem in {place, bare, f"{place}/index", f"{bare}.d"}
