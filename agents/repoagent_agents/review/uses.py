"""Definition -> where the staged tree uses it, and how surely it is meant.

Certain is what the language's own rules tell from names and imports alone. Probable is a method of an unknown receiver
whose name the repository knows only once. Everything else is not mentioned: a false alarm costs more than a miss.
"""

from __future__ import annotations

import builtins
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from repoagent_agents.review.imports import resolve
from repoagent_agents.review.lines import blocks, lines_of, new_line
from repoagent_agents.review.tree import StagedTree, Version
from repoagent_indexers.languages import C_FAMILY, ECMASCRIPT, family
from repoagent_indexers.source import Import, Reference, Symbol

MAX_PROBABLE = 10
"""A method that more files than this seem to use is some other type's."""
_DEPTH = 4
"""How far re-exports and base classes are followed."""
_OWN_MODULE = frozenset({"super", "self"})
"""How Rust names the module that a file is, from the modules inside it."""
_TYPES = frozenset("class struct interface trait enum object protocol record union type annotation".split())
_FUNCTIONS = frozenset({"function", "method", "constructor", "macro"})
_TYPE_FIRST = frozenset("java c cpp csharp".split())
_IMPLICIT_SELF = frozenset("java csharp cpp kotlin scala swift ruby".split())
"""Languages in which a method is called without naming its object."""
_SUPER = frozenset({"super", "super()", "parent"})
_SELF = frozenset("self cls this $this Self static".split())
_BODILESS = (".php", ".ts", ".tsx", ".mts", ".cts")
"""Files whose interfaces bring no method that a class could do without."""
_NEUTRAL_BASES = frozenset(
    """object Object ABC Generic Protocol Exception BaseException ValueError RuntimeError Serializable Cloneable
    Comparable Closeable AutoCloseable Runnable Callable""".split()
)
"""Bases that bring no methods which a class would leave to them."""
_HEADER_WORDS = frozenset(
    """class struct interface trait enum object protocol record union extends implements with public private protected
    internal abstract final sealed static open data case export default declare virtual override partial readonly
    where""".split()
)
_TYPE_ARGUMENTS = re.compile(r"<[^<>]*>|\[[^\[\]]*\]")
_PART = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_GO_BUILTINS = frozenset("any append cap clear close copy delete len make max min new panic print recover".split())
_WEB_GLOBALS = frozenset(
    """fetch structuredClone queueMicrotask setTimeout clearTimeout setInterval clearInterval URL Headers Request
    Response Event EventTarget AbortController Buffer Blob File FormData TextEncoder TextDecoder Map Set WeakMap Symbol
    Promise Error isNaN parseInt parseFloat atob btoa require performance""".split()
)
_ORDINARY = frozenset(
    """accept add addAll all any append apply as_str assert at await back base bind bool build bytes call cancel
    check children clear clone close cmp collect commit compare compute config connect consume contains content
    context copy count create current data debug decode default delete deref describe dispatch dispose done drop
    dump each emit empty encode end entries eq equals error exec execute exists exit expect extend fail fetch fill
    filter finalize find finish first flatten flush fmt forEach format from get get_or_default getAll getName
    getType getValue group handle has hash hashCode hasNext head id index info init input insert instance into
    invoke is_empty isEmpty items iter iterator join key keys kind last len length level limit line list listen
    load lock log lookup lower main make map match max merge message min mode move name new next node notify now
    of offset on open options order output parent parse path peek poll pop position post prepare prev print
    process push put query raise read readline ready receive recv reduce refresh register release reload remove
    render replace request reset resolve resume retry reverse rollback root run save scan search seek select send
    serve set setup setUp setValue shape shift shutdown size skip sleep slice sort source split start state status
    stop str strip submit sum swap sync tail take tearDown tell test text then throw title to to_string toArray
    toJSON toList top toString trace transform trim truncate type unlock unregister unwrap update upper url use
    value valueOf values verify version visit wait walk warn warning with wrap write""".split()
)
"""Names of methods that the standard libraries' own types have."""


@dataclass(frozen=True, slots=True)
class Target:
    """A definition whose uses are looked for."""

    path: str
    """Of the file that defines it, or did: where the staged tree has that file now."""
    language: str
    name: str
    """As callers write it: of a constructor, the class's."""
    symbol: Symbol
    parents: tuple[Symbol, ...]
    """The symbols around it, innermost first."""
    home: Version
    """The file in the state that has the definition."""
    is_gone: bool
    """It is no longer defined in its file."""

    @property
    def owner(self) -> str:
        """Name of the type that a method belongs to."""
        if self.parents:
            return self.parents[0].name
        return (
            re.split(r"\W+", self.symbol.qualified_name)[-2]
            if "." in self.symbol.qualified_name.replace("::", ".")
            else ""
        )


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a definition."""

    path: str
    line: int
    start_byte: int
    """Where the name begins; -1 for an import, whose place in its line is not known."""
    kind: str
    """As `Reference.kind`, or import."""
    is_certain: bool
    names_type: bool
    """Written `Type.method`: a receiver is among the arguments."""
    is_resolved: bool = False
    """The analysis of the language says what it means, not its name alone."""


@dataclass(frozen=True, slots=True)
class Bases:
    """What a class inherits from."""

    names: frozenset[str]
    """Those that the repository defines, and theirs."""
    are_known: bool
    """None of them comes from elsewhere."""


_NONE = Bases(frozenset(), are_known=True)


def uses(tree: StagedTree, target: Target) -> list[Use]:
    """The uses in the staged tree, certain ones first, then in order of paths and lines."""
    if target.is_gone and _is_dynamic(target.home):
        return []
    certain: list[Use] = []
    likely: list[Use] = []
    guessed: list[Use] = []
    languages = family(target.language)
    bases = _NONE
    if target.symbol.kind == "method" and target.parents and not _is_private(target):
        bases = _bases(tree, target.parents[0], target.name)
    for path in tree.users(target.name):
        version = tree.version(path)
        if version is None or version.problem or version.language not in languages:
            continue
        found = sorted(_by_rules(tree, target, version, bases), key=lambda use: (use.line, use.start_byte))
        certain += [use for use in found if use.is_certain]
        likely += [use for use in found if not use.is_certain]
        if target.symbol.kind == "method":
            guessed += _by_name_alone(tree, target, version, {use.start_byte for use in found})
    if not _is_unique(tree, target):
        return certain
    if not bases.are_known or not _is_telling(target) or len({use.path for use in guessed}) > MAX_PROBABLE:
        return certain + likely
    return certain + likely + guessed


def is_closed(tree: StagedTree, target: Target) -> bool:
    """Whether nothing but its own type can give what a removed definition gave; of a method, no base or trait may."""
    now = tree.version(target.path)
    if _is_dynamic(target.home) or (now is not None and _is_dynamic(now)):
        return False
    if target.symbol.kind != "method":
        is_bound = now is not None and (bound_elsewhere(now, target.name) or _has_wildcard(now))
        return not is_bound and not _is_builtin(target.language, target.name)
    if not target.parents or target.parents[0].kind not in _TYPES:
        return target.language == "go" or _is_telling(target)
    bases = _bases(tree, target.parents[0], target.name)
    return bases.are_known and not _is_inherited(tree, target, bases)


def is_telling(target: Target) -> bool:
    """Whether a name is one that no other library's type is likely to have; a function's always is."""
    return target.symbol.kind != "method" or _is_telling(target)


def origin(tree: StagedTree, path: str, one: Import, depth: int = _DEPTH) -> tuple[str, str] | None:
    """The file and name that an import in the file at `path` takes in, "" for the module itself.

    Re-exports are followed. None where it leaves the tree, or where only running the program would tell.
    """
    version = tree.version(path)
    if version is None or depth == 0:
        return None
    found = resolve(tree.paths, path, version.language, one.module)
    if not one.name or one.name == "*":
        return (found, one.name) if found else None
    submodule = None
    if version.language == "python":
        joint = "" if one.module.endswith(".") else "."
        submodule = resolve(tree.paths, path, "python", f"{one.module}{joint}{one.name}")
    module = tree.version(found) if found else None
    if module is None:
        return (submodule, "") if submodule else None
    assert found
    if any(symbol.name == one.name and symbol.parent is None for symbol in module.parsed.symbols):
        return found, one.name
    for other in module.parsed.imports:
        if other.alias == one.name and other.name != "*":
            return origin(tree, found, other, depth - 1)
    if submodule:
        return submodule, ""
    if any(other.name == "*" for other in module.parsed.imports) or _has(module, "__getattr__"):
        return None
    return found, one.name


def bound_elsewhere(version: Version, name: str) -> bool:
    """Whether a file gives a name a meaning of its own: a parameter, a local variable, an import."""
    if any(one.alias == name and one.module not in _OWN_MODULE for one in version.parsed.imports):
        return True
    word = re.escape(name.encode())
    keywords = rb"let|const|var|mut|local|my|function|func|fn" + (rb"|as" if version.language == "python" else b"")
    binding = (
        rb"(?<![\w.$@])(?:%b\s*(?:,\s*[\w$]+\s*){0,8}(?::=|=(?![=>]))|(?:%b)\s+(?:\w+\s*,\s*){0,8}%b\b"
        rb"|for\s+(?:\w+\s*,\s*){0,8}%b\b[\w\s,]*\bin\b|(?:\w+,\s*){1,8}%b\s*(?::=|=(?!=)))"
        % (word, keywords, word, word, word)
    )
    return re.search(binding, version.content) is not None


# -- one file -------------------------------------------------------------------------------------------------------


def _by_name_alone(tree: StagedTree, target: Target, version: Version, seen: set[int]) -> Iterator[Use]:
    """Calls of such a method of receivers of whom nothing is known."""
    if target.language == "rust" and target.path != version.path and not target.symbol.signature.startswith("pub"):
        return  # perhaps a foreign trait's
    for reference in version.parsed.references:
        is_call = reference.kind == "call" and reference.name == target.name and bool(reference.qualifier)
        if is_call and reference.start_byte not in seen and not _is_foreign(tree, target, version, reference):
            yield _use(reference, certain=False)


def _by_rules(tree: StagedTree, target: Target, version: Version, bases: Bases) -> Iterator[Use]:
    if target.symbol.kind == "method":
        if target.parents and target.parents[0].kind in _TYPES:
            yield from _through_self(tree, target, version, bases)
            yield from _through_type(tree, target, version, bases)
        elif version.language == "rust":
            yield from _through_rust_type(target, version)
    elif version.path == target.path:
        yield from _bare_here(target, version)
    elif any(parent.kind in _TYPES for parent in target.parents):
        return  # a type inside a type has many ways to be named
    elif version.language == "python" or version.language in ECMASCRIPT:
        yield from _through_imports(tree, target, version)
    elif version.language == "go":
        yield from _through_package(tree, target, version)
    elif version.language in {"java", "php"}:
        yield from _by_full_name(target, version)
    elif version.language in C_FAMILY:
        yield from _by_linking(target, version)
    elif version.language == "rust":
        yield from _by_path(tree, target, version)


def _use(reference: Reference, *, certain: bool = True, names_type: bool = False) -> Use:
    return Use(reference.path, reference.line, reference.start_byte, reference.kind, certain, names_type)


def _bare_here(target: Target, version: Version) -> Iterator[Use]:
    """In its own file: by its bare name, unless something else bears it there too."""
    if target.is_gone and (
        _is_builtin(version.language, target.name) or bound_elsewhere(version, target.name) or _has_wildcard(version)
    ):
        return
    if target.language not in {"python", "go", "java", "php", "c", "rust", *ECMASCRIPT}:
        return
    bare_members = target.language in _IMPLICIT_SELF
    if target.is_gone and any(
        symbol.name == target.name and (bare_members or not _is_member(version, symbol))
        for symbol in version.parsed.symbols
    ):
        return
    seen = set()
    for reference in version.parsed.references:
        if reference.name == target.name and not reference.qualifier and not _shadowed(version, reference):
            seen.add(reference.start_byte)
            yield _use(reference)
    if target.is_gone and target.home.path == version.path:
        yield from (use for use in _left_over(target, version) if use.start_byte not in seen)


def _left_over(target: Target, version: Version) -> Iterator[Use]:
    """Uses in lines that are as they were. A plain use of a name that nothing defines any more is no longer told."""
    old, new = lines_of(target.home.content), lines_of(version.content)
    changed = blocks(old, new)
    starts = [0, *accumulate(len(line) + 1 for line in new)]
    inside = target.symbol.span
    for reference in target.home.parsed.references:
        if reference.name != target.name or reference.qualifier or _shadowed(target.home, reference):
            continue
        line = new_line(changed, reference.line)
        is_same = line <= len(new) and reference.line <= len(old) and new[line - 1] == old[reference.line - 1]
        if is_same and not inside.start_byte <= reference.start_byte < inside.end_byte:
            column = reference.start_byte - (target.home.content.rfind(b"\n", 0, reference.start_byte) + 1)
            yield replace(_use(reference), line=line, start_byte=starts[line - 1] + column)


def _through_imports(tree: StagedTree, target: Target, version: Version) -> Iterator[Use]:
    """In another file of Python or JavaScript: by what its imports take from the file."""
    names: set[str] = set()
    modules: set[str] = set()
    exported = {target.name} | ({"default"} if "export default" in target.symbol.signature else set())
    stem = posixpath.splitext(posixpath.basename(target.path))[0]
    for one in version.parsed.imports:
        if one.name and one.name not in exported and one.name != stem:
            continue  # it cannot be meant: spare reading what it imports
        found = origin(tree, version.path, one)
        if found is None or found[0] != target.path:
            continue
        if found[1] in exported:
            names.add(one.alias)
            if target.is_gone and not is_guarded(version, one.line):
                yield Use(version.path, one.line, -1, "import", is_certain=True, names_type=False)
        elif not found[1]:
            modules.add(one.alias)
    for reference in version.parsed.references:
        bare = not reference.qualifier and reference.name in names and not _shadowed(version, reference)
        if bare or (reference.qualifier in modules and reference.name == target.name):
            yield _use(reference)


def _through_package(tree: StagedTree, target: Target, version: Version) -> Iterator[Use]:
    """In another file of Go: bare in the same package, through the package's name elsewhere."""
    folder = posixpath.dirname(target.path)
    if posixpath.dirname(version.path) == folder:
        if _package(version) == _package(target.home) and not (
            _is_builtin("go", target.name) or _has(version, target.name)
        ):
            for reference in version.parsed.references:
                if reference.name == target.name and not reference.qualifier and not _shadowed(version, reference):
                    yield _use(reference)
        return
    import_path = _go_import_path(tree, folder)
    aliases = {one.alias for one in version.parsed.imports if import_path and one.module == import_path}
    for reference in version.parsed.references:
        if reference.name == target.name and reference.qualifier in aliases:
            yield _use(reference)


def _package(version: Version) -> str:
    return next((symbol.name for symbol in version.parsed.symbols if symbol.kind in {"package", "namespace"}), "")


def _go_import_path(tree: StagedTree, folder: str) -> str | None:
    top = folder
    while True:
        content = tree.text(posixpath.join(top, "go.mod"))
        found = re.search(rb"^module\s+\"?([^\s\"]+)", content, re.M)
        if found:
            return posixpath.join(
                found[1].decode("utf-8", "replace"), posixpath.relpath(folder or ".", top or ".")
            ).removesuffix("/.")
        if not top:
            return None
        top = posixpath.dirname(top)


def _by_full_name(target: Target, version: Version) -> Iterator[Use]:
    """In another file of Java or PHP: a type in the same package, or imported from there."""
    joint = "." if version.language == "java" else "\\"
    package = _package_name(target.home, joint)
    is_imported = False
    for one in version.parsed.imports:
        if one.module.strip(joint) == package and one.name == target.name:
            is_imported = True
            if target.is_gone:
                yield Use(version.path, one.line, -1, "import", is_certain=True, names_type=False)
        elif one.alias == target.name:
            return
    same = _package_name(version, joint) == package
    if not (same or is_imported) or _has(version, target.name):
        return
    for reference in version.parsed.references:
        if reference.name == target.name and not reference.qualifier and not _shadowed(version, reference):
            yield _use(reference)


def _package_name(version: Version, joint: str) -> str:
    symbol = next((one for one in version.parsed.symbols if one.kind in {"package", "namespace"}), None)
    return symbol.qualified_name.replace("::", joint).strip(joint) if symbol else ""


def _by_linking(target: Target, version: Version) -> Iterator[Use]:
    """In another file of C: functions and macros are known by their names alone."""
    is_local = "static" in target.symbol.signature.split() or target.symbol.kind == "macro"
    if is_local and not target.path.endswith((".h", ".hh", ".hpp", ".hxx", ".inc", ".inl")):
        return
    if target.language != "c" or _has(version, target.name):
        return
    for reference in version.parsed.references:
        if reference.name == target.name and not reference.qualifier and not _shadowed(version, reference):
            yield _use(reference)


def _by_path(tree: StagedTree, target: Target, version: Version) -> Iterator[Use]:
    """In another file of Rust: by the path that its module has."""
    now = tree.version(target.path)
    if target.is_gone and now is not None and _gives_on(now, target.name):
        return
    folder, name = posixpath.split(target.path)
    stem = posixpath.splitext(name)[0]
    module = {"mod": posixpath.basename(folder), "lib": "crate", "main": "crate"}.get(stem, stem)
    names: set[str] = set()
    for one in version.parsed.imports:
        if one.name == target.name and one.module.rpartition("::")[2] == module:
            names.add(one.alias)
            if target.is_gone:
                yield Use(version.path, one.line, -1, "import", is_certain=True, names_type=False)
    for reference in version.parsed.references:
        bare = not reference.qualifier and reference.name in names
        if bare or (reference.name == target.name and reference.qualifier.rpartition("::")[2] == module):
            yield _use(reference)


def _gives_on(version: Version, name: str) -> bool:
    """Whether a file of Rust has a `pub use` that may bring a name."""
    lines = version.content.split(b"\n")
    for one in version.parsed.imports:
        if one.alias in {name, "*"} and one.module not in _OWN_MODULE:
            heads = (line.lstrip() for line in reversed(lines[: one.line]))
            if next((head for head in heads if head.startswith((b"use ", b"pub "))), b"").startswith(b"pub "):
                return True
    return False


# -- methods --------------------------------------------------------------------------------------------------------


def _bases(tree: StagedTree, symbol: Symbol, method: str) -> Bases:
    """What a class inherits from; a builtin base counts as known unless it has the method itself."""
    found: set[str] = set()
    waiting = [symbol]
    for _ in range(_DEPTH):
        waiting, classes = [], waiting
        for one in classes:
            for name in _base_names(one) - found - _NEUTRAL_BASES:
                definitions = [each for each in tree.definitions(name) if each.kind in _TYPES]
                builtin = getattr(builtins, name, None) if one.span.path.endswith(".py") else None
                if not definitions and not (isinstance(builtin, type) and not hasattr(builtin, method)):
                    return Bases(frozenset(found), are_known=False)
                found.add(name)
                waiting += definitions
    return Bases(frozenset(found), are_known=not waiting)


def _base_names(symbol: Symbol) -> set[str]:
    header = symbol.signature.partition(symbol.name)[2]
    if symbol.span.path.endswith(_BODILESS):
        header = re.split(r"\bimplements\b", header)[0]
    while (shorter := _TYPE_ARGUMENTS.sub("", header)) != header:
        header = shorter
    return set(re.findall(r"[A-Za-z_]\w*", re.sub(r"\w+\s*=\s*[\w.]+", "", header))) - _HEADER_WORDS


def _through_self(tree: StagedTree, target: Target, version: Version, bases: Bases) -> Iterator[Use]:
    """`self.method()` in its class or a class below, or bare where that means the same; no base may have it too."""
    home = target.parents[0]
    inherits: dict[int, Bases] = {}
    symbols = version.parsed.symbols
    for reference in version.parsed.references:
        if reference.name != target.name:
            continue
        bare = not reference.qualifier and target.language in _IMPLICIT_SELF and not _shadowed(version, reference)
        is_super = reference.qualifier in _SUPER
        if not (bare or is_super or reference.qualifier in _SELF):
            continue
        for one in _around(version, reference.symbol):
            if symbols[one].kind not in _TYPES:
                continue
            if version.path == target.path and symbols[one].qualified_name == home.qualified_name:
                found = Bases(frozenset(), are_known=False) if is_super else bases
            else:
                found = inherits.setdefault(one, _bases(tree, symbols[one], target.name))
                if home.name not in found.names:
                    continue
            if found.are_known and not _is_inherited(tree, target, found):
                yield _use(reference)
            elif not is_super and not found.are_known and len(_PART.findall(target.name)) > 2:
                yield _use(reference, certain=False)
            break


def _through_rust_type(target: Target, version: Version) -> Iterator[Use]:
    """`Type::method()`, and `self.method()` in the type; a trait might have it as well, so it is never certain."""
    if target.name in _ORDINARY:
        return
    scope = target.symbol.qualified_name.rpartition("::")[0]
    symbols = version.parsed.symbols
    for reference in version.parsed.references:
        if reference.name != target.name:
            continue
        if reference.qualifier in _SELF and version.path == target.path:
            around = next(_around(version, reference.symbol), None)
            if around is not None and symbols[around].qualified_name.rpartition("::")[0] == scope:
                yield _use(reference, certain=False)
        elif reference.qualifier.rpartition("::")[2] == target.owner:
            yield _use(reference, certain=False)


def _is_inherited(tree: StagedTree, target: Target, bases: Bases) -> bool:
    """Whether a base other than the method's own class has a method of that name, or a class below it brings one."""
    for symbol in tree.definitions(target.name):
        version = tree.version(symbol.span.path)
        owner = version.parsed.symbols[symbol.parent] if version and symbol.parent is not None else None
        if owner is None or owner.name == target.owner:
            continue
        if owner.name in bases.names or target.owner in _bases(tree, owner, target.name).names:
            return True
    return False


def _through_type(tree: StagedTree, target: Target, version: Version, bases: Bases) -> Iterator[Use]:
    """`Type.method()`, where the type is that of the method."""
    if not bases.are_known or target.language in {"rust", "go", *C_FAMILY}:
        return
    parent = target.parents[0]
    if version.path == target.path:
        names = {parent.name}
    elif version.language == "python" or version.language in ECMASCRIPT:
        imports = [one for one in version.parsed.imports if one.name == parent.name]
        found = [(one.alias, origin(tree, version.path, one)) for one in imports]
        names = {alias for alias, place in found if place == (target.path, parent.name)}
    elif len([symbol for symbol in tree.definitions(parent.name) if symbol.kind in _TYPES]) == 1:
        names = {parent.name}
    else:
        return
    for reference in version.parsed.references:
        if reference.name == target.name and reference.qualifier.rpartition("\\")[2] in names:
            yield _use(reference, names_type=True)


def _is_foreign(tree: StagedTree, target: Target, version: Version, reference: Reference) -> bool:
    """Whether the receiver is known to be something else: a module, another class, a base."""
    first = re.split(r"\W+", reference.qualifier.lstrip("$("))[0]
    if reference.qualifier in _SUPER:
        return True
    if first in _SELF and reference.qualifier in _SELF:
        around = [version.parsed.symbols[one] for one in _around(version, reference.symbol)]
        classes = {symbol.name for symbol in around if symbol.kind in _TYPES}
        return not classes or target.owner not in classes
    for one in version.parsed.imports:
        if one.alias == first:
            found = origin(tree, version.path, one)
            return found is None or found[0] != target.path
    last = re.split(r"\W+", reference.qualifier)[-1]
    return last[:1].isupper() and last != target.owner


def _is_unique(tree: StagedTree, target: Target) -> bool:
    """Whether nothing else in the tree bears the name."""
    return len(tree.definitions(target.name)) == (0 if target.is_gone else 1)


def _is_private(target: Target) -> bool:
    """Whether no other class can have a say in what the method's name means."""
    return "private" in target.symbol.signature.partition("(")[0].split() or target.name.startswith("#")


def _is_telling(target: Target) -> bool:
    """Whether a method's name is one that no other library's type is likely to have."""
    if target.name in _ORDINARY or target.name.lower() in _ORDINARY or len(target.name) < 4:
        return False
    return not target.name.startswith("__")


# -- small questions ------------------------------------------------------------------------------------------------


def _is_dynamic(version: Version) -> bool:
    """Whether the file or a class in it answers to names that it does not write down."""
    hooks = ("__getattr__", "__getattribute__", "__call", "__callStatic", "method_missing")
    return any(_has(version, hook) for hook in hooks)


def _has(version: Version, name: str) -> bool:
    return any(symbol.name == name for symbol in version.parsed.symbols)


def _is_member(version: Version, symbol: Symbol) -> bool:
    return symbol.parent is not None and version.parsed.symbols[symbol.parent].kind in _TYPES


def _around(version: Version, symbol: int | None) -> Iterator[int]:
    while symbol is not None:
        yield symbol
        symbol = version.parsed.symbols[symbol].parent


def _shadowed(version: Version, reference: Reference) -> bool:
    """Whether a parameter of a function around bears the name."""
    if reference.kind == "type":
        return False
    name = re.escape(reference.name)
    if version.language in _TYPE_FIRST:
        parameter = re.compile(rf"[\s*&>\]]{name}\s*[,)\[=]")
    elif version.language == "go":
        parameter = re.compile(rf"[(,]\s*{name}\s*(?:,|\s[^,)])")
    else:
        parameter = re.compile(rf"[(,*&]\s*(?:mut\s+|final\s+)?\$?{name}\s*[,:=)?]")
    for one in _around(version, reference.symbol):
        symbol = version.parsed.symbols[one]
        if symbol.kind in _FUNCTIONS and parameter.search(symbol.signature):
            return True
    return False


def _has_wildcard(version: Version) -> bool:
    """Whether an import may bring any name into the file."""
    if version.language in ECMASCRIPT:
        return False  # `export *` gives names on, it does not bring them here
    modules = [one.module for one in version.parsed.imports if one.name == "*" and one.module not in _OWN_MODULE]
    if version.language == "rust":  # `use Enum::*` brings variants only
        modules = [module for module in modules if not module.rpartition("::")[2][:1].isupper()]
    return bool(modules)


def _is_builtin(language: str, name: str) -> bool:
    if language == "python":
        return hasattr(builtins, name)
    if language in ECMASCRIPT:
        return name in _WEB_GLOBALS
    return language == "go" and name in _GO_BUILTINS


def is_guarded(version: Version, line: int) -> bool:
    """Whether an import stands in a `try`, so that it may fail."""
    lines = version.content.split(b"\n")[:line]
    if not lines:
        return False
    indent = len(lines[-1]) - len(lines[-1].lstrip())
    for text in reversed(lines[:-1]):
        if text.strip() and len(text) - len(text.lstrip()) < indent:
            return text.strip().startswith((b"try:", b"try ", b"except", b"with suppress", b"with contextlib"))
    return False


def names_around(symbols: Sequence[Symbol], position: int) -> tuple[Symbol, ...]:
    """The symbols around one, innermost first."""
    found = []
    parent = symbols[position].parent
    while parent is not None:
        found.append(symbols[parent])
        parent = symbols[parent].parent
    return tuple(found)
