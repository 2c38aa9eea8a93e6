"""Where names come from in C and C++: the files that a file includes, and what is defined beside a declaration."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from repoagent_indexers.languages.conditionals import conditionals
from repoagent_indexers.resolve.folders import n_shared_folders
from repoagent_indexers.resolve.meaning import OUTSIDE, Meaning, Place
from repoagent_indexers.resolve.tree_file import FUNCTIONS, NAMESPACES, TYPES, TreeFile
from repoagent_indexers.resolve.typed.outer import Outer
from repoagent_indexers.resolve.typed.resolver import TypedResolver

if TYPE_CHECKING:
    from tree_sitter import Node

_INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include(?:_next)?[ \t]*["<]([^">\r\n]+)[">]', re.M)
_GUARD = re.compile(rb"#[ \t]*ifndef[ \t]+(\w+)\s*#[ \t]*define[ \t]+\1\b")
_MAX_FILES = 2000
_HEADERS = (".h", ".hh", ".hpp", ".hxx", ".h++", ".inl", ".ipp", ".tpp", ".cuh")
_STANDARD = re.compile(r"u?int(?:8|16|32|64|max|ptr)_t|s?size_t|ptrdiff_t")
"""Types that the standard headers define; a repository defines them for compilers that have none."""
_OF_PLATFORM = re.compile(
    r"(?:FLT|DBL|LDBL)_[A-Z_\d]+|S_I[A-Z]{3,5}|pthread_\w+|(?:m|c|re)alloc|reallocarray|free|v?(?:s|sn|as)printf"
    r"|str(?:n?dup|lcpy|lcat|n?casecmp|sep|tok_r|nlen)|mem(?:mem|rchr|set_s)|getline|getdelim|getopt(?:_long)?"
    r"|gettimeofday|clock_gettime|u?sleep|U?INT(?:8|16|32|64)_(?:MIN|MAX)|(?:SIZE|SSIZE|PATH)_MAX"
    r"|assert|(?:get|free)addrinfo|gai_strerror|[gs]etsockopt|poll|recv|send"
)
"""Names of the standard library and of Unix, of which the same holds where they are defined in an #if."""
_TAGGED = tuple({"type", kind} for kind in ("struct", "union", "enum"))
_DECLARABLE = FUNCTIONS | {"variable", "constant", "macro"}


class CFamily(Outer):
    """See `Outer`."""

    def __init__(self, resolver: TypedResolver) -> None:
        super().__init__(resolver)
        self._by_name: dict[str, list[str]] = {}
        for path in resolver.index.catalogue.paths:
            self._by_name.setdefault(path.rpartition("/")[2], []).append(path)
        self._included: dict[str, frozenset[str]] = {}
        self._reached: dict[str, frozenset[str]] = {}

    def special(self, file: TreeFile, node: Node, name: str) -> Meaning | None:
        if node.type == "statement_identifier" or name == "std":
            return OUTSIDE
        if node.type != "identifier" or not _OF_PLATFORM.fullmatch(name):
            return None
        seen = file.seen(node.start_byte, name)
        if not seen or not all(each.number >= 0 and self._is_conditional(file.path, each.number) for each in seen):
            return None
        return Meaning(frozenset(self.resolver.place(file.path, each.number) for each in seen), "probable")

    def outer(self, file: TreeFile, node: Node, name: str) -> Meaning | None:
        found: list[tuple[str, int]] = []
        for path, number in self.resolver.symbols(name):
            where = self.resolver.file(path)
            if where is not None and self._is_free(where, number) and self._is_seen_from(file, where, number):
                found.append((path, number))
        if not found:
            return None if file.is_in_macro(node) else OUTSIDE
        wants_type = node.type in {"type_identifier", "namespace_identifier"}
        fitting = [each for each in found if self._is_type(*each) == wants_type] or found
        reached = self.reached(file.path)
        near = [each for each in fitting if each[0] in reached]
        places: set[Place] = set()
        for path, number in near or fitting:
            where = self.resolver.file(path)
            assert where is not None
            others: Iterable[Place] = self.also(where, number)
            if near and where.kind(number) in TYPES:
                others = (place for place in others if place.path in reached)
            places |= {self.resolver.place(path, number), *others}
        is_sure = bool(near) and not (_STANDARD.fullmatch(name) and near[0][0] != file.path)
        if is_sure and _OF_PLATFORM.fullmatch(name):
            is_sure = not all(self._is_conditional(*each) for each in near)
        return Meaning(frozenset(places), "resolved" if is_sure else "probable")

    def _is_conditional(self, path: str, number: int) -> bool:
        """Whether a symbol stands in an #if, other than in what keeps a header from being read twice."""
        file = self.resolver.file(path)
        if file is None:
            return False
        at = file.name_start(number)
        for _, group in conditionals(file.content):
            if group[0].end() < at < group[-1].start():
                behind = file.content[group[0].end() : group[0].end() + 200]
                guard = _GUARD.match(group[0][0].lstrip() + behind)
                if guard is None or guard[1] == file.facts.symbol_name(number).encode():
                    return True
        return False

    def _is_free(self, where: TreeFile, number: int) -> bool:
        """Whether a symbol is reached by its bare name: no member, and no local of a function."""
        if where.is_member(number) or where.scope_text(number):
            return False
        parent = where.facts.parent(number)
        return parent < 0 or where.kind(parent) not in FUNCTIONS

    def _is_seen_from(self, file: TreeFile, where: TreeFile, number: int) -> bool:
        """Whether a symbol has linkage beyond its file, or its file is included."""
        if where.path == file.path or where.path.endswith(_HEADERS) or where.kind(number) not in _DECLARABLE:
            return where.path == file.path or where.path.endswith(_HEADERS) or where.path in self.reached(file.path)
        if where.kind(number) == "macro" or _is_static(where, number):
            return where.path in self.reached(file.path)
        return True

    def _is_type(self, path: str, number: int) -> bool:
        where = self.resolver.file(path)
        return where is not None and where.kind(number) in TYPES | NAMESPACES

    def also(self, file: TreeFile, number: int) -> Iterator[Place]:
        """Declarations and definitions of one thing: same qualified name, and not private to two files."""
        kind = file.kind(number)
        if kind not in _DECLARABLE and kind not in TYPES:
            return
        is_static = _is_static(file, number) and not file.path.endswith(_HEADERS)
        own = _whole_name(file, number)
        for path, other in self.resolver.symbols(file.facts.symbol_name(number)):
            where = self.resolver.file(path)
            if where is None or _whole_name(where, other) != own or (path, other) == (file.path, number):
                continue
            both = {kind, where.kind(other)}
            is_one = both in _TAGGED and (_names_itself(file, number) or _names_itself(where, other))
            if not (is_one or both <= FUNCTIONS or both <= {"variable", "constant"} or len(both) == 1):
                continue
            if path != file.path and (is_static or (_is_static(where, other) and not path.endswith(_HEADERS))):
                continue
            if path != file.path and (kind == "macro" or (kind in TYPES and not self._share_types(file.path, path))):
                continue
            yield Place(path, where.name_start(other))

    def _share_types(self, one: str, other: str) -> bool:
        """Whether a type of the same name in two files may be one: what a source file defines stays in it."""
        both_are_headers = one.endswith(_HEADERS) and other.endswith(_HEADERS)
        return both_are_headers or one in self.reached(other) or other in self.reached(one)

    def near(self, file: TreeFile, places: frozenset[Place]) -> frozenset[Place]:
        reached = self.reached(file.path)
        return frozenset(place for place in places if place.path in reached)

    def sight(self, file: TreeFile) -> frozenset[str]:
        return self.reached(file.path)

    def imported(self, file: TreeFile) -> frozenset[str]:
        return self._includes(file.path)

    # -- includes -------------------------------------------------------------------------------------------------

    def reached(self, path: str) -> frozenset[str]:
        """A file, and all that it includes, directly or not."""
        if path not in self._reached:
            found = {path}
            waiting = [path]
            while waiting and len(found) < _MAX_FILES:
                new = self._includes(waiting.pop()) - found
                found |= new
                waiting += new
            self._reached[path] = frozenset(found)
        return self._reached[path]

    def _includes(self, path: str) -> frozenset[str]:
        if path not in self._included:
            file = self.resolver.file(path)
            written = _INCLUDE.findall(file.content) if file is not None else ()
            places = (self._included_file(path, each.decode("utf-8", "replace")) for each in written)
            self._included[path] = frozenset(place for place in places if place is not None)
        return self._included[path]

    def _included_file(self, importer: str, written: str) -> str | None:
        """The file that an include means: beside the one that includes it, else the one whose path ends so."""
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(importer), written))
        named = self._by_name.get(written.rpartition("/")[2], ())
        if beside in named:
            return beside
        tail = posixpath.normpath(written)
        while tail.startswith("../"):
            tail = tail[3:]
        fitting = [path for path in named if path == tail or path.endswith(f"/{tail}")]
        return max(fitting, key=lambda path: (n_shared_folders(path, importer), -len(path)), default=None)


def _is_static(file: TreeFile, number: int) -> bool:
    if file.is_member(number):
        return False
    return re.match(r"(?:\w+\s+)?static\b", file.signature(number)) is not None


def _names_itself(file: TreeFile, number: int) -> bool:
    """Whether a symbol is made by `typedef struct name name;`: the two are one type."""
    words = re.match(r"typedef\s+(?:struct|union|enum)\s+(\w+)\s+(\w+)\s*;?\Z", file.signature(number))
    return words is not None and words[1] == words[2]


def _whole_name(file: TreeFile, number: int) -> str:
    return re.sub(r"<[^<>]*>", "", file.facts.qualified_name(number)).replace(".", "::")
