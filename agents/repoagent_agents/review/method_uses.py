"""Uses of a method by the rules of names: through `self`, through its type, and what bases have a say in it."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass

from repoagent_agents.review.names import TYPES, is_shadowed, symbols_around
from repoagent_agents.review.origin import MAX_DEPTH, origin
from repoagent_agents.review.target import Target, Use, use_of
from repoagent_agents.review.tree import StagedTree, Version
from repoagent_indexers.languages import C_FAMILY, ECMASCRIPT
from repoagent_indexers.roles import TEST, role_of
from repoagent_indexers.source import Reference, Symbol

IMPLICIT_SELF = frozenset("java csharp cpp kotlin scala swift ruby".split())
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
class Bases:
    """What a class inherits from."""

    names: frozenset[str]
    """Those that the repository defines, and theirs."""
    are_known: bool
    """None of them comes from elsewhere."""


def bases_of(tree: StagedTree, symbol: Symbol, method: str) -> Bases:
    """What a class inherits from; a builtin base counts as known unless it has the method itself."""
    found: set[str] = set()
    waiting = [symbol]
    for _ in range(MAX_DEPTH):
        waiting, classes = [], waiting
        for one in classes:
            for name in _base_names(one) - found - _NEUTRAL_BASES:
                definitions = [each for each in tree.definitions(name) if each.kind in TYPES]
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


def through_self(tree: StagedTree, target: Target, version: Version, bases: Bases) -> Iterator[Use]:
    """`self.method()` in its class or a class below, or bare where that means the same; no base may have it too."""
    home = target.parents[0]
    inherits: dict[int, Bases] = {}
    symbols = version.parsed.symbols
    for reference in version.parsed.references:
        if reference.name != target.name:
            continue
        bare = not reference.qualifier and target.language in IMPLICIT_SELF and not is_shadowed(version, reference)
        is_super = reference.qualifier in _SUPER
        if not (bare or is_super or reference.qualifier in _SELF):
            continue
        for one in symbols_around(version, reference.symbol):
            if symbols[one].kind not in TYPES:
                continue
            if version.path == target.path and symbols[one].qualified_name == home.qualified_name:
                found = Bases(frozenset(), are_known=False) if is_super else bases
            else:
                found = inherits.setdefault(one, bases_of(tree, symbols[one], target.name))
                if home.name not in found.names:
                    continue
            if found.are_known and not is_inherited(tree, target, found):
                yield use_of(reference)
            elif not is_super and not found.are_known and len(_PART.findall(target.name)) > 2:
                yield use_of(reference, certain=False)
            break


def through_rust_type(target: Target, version: Version) -> Iterator[Use]:
    """`Type::method()`, and `self.method()` in the type; a trait might have it as well, so it is never certain."""
    if target.name in _ORDINARY:
        return
    scope = target.symbol.qualified_name.rpartition("::")[0]
    symbols = version.parsed.symbols
    for reference in version.parsed.references:
        if reference.name != target.name:
            continue
        if reference.qualifier in _SELF and version.path == target.path:
            around = next(symbols_around(version, reference.symbol), None)
            if around is not None and symbols[around].qualified_name.rpartition("::")[0] == scope:
                yield use_of(reference, certain=False)
        elif reference.qualifier.rpartition("::")[2] == target.owner:
            yield use_of(reference, certain=False)


def is_inherited(tree: StagedTree, target: Target, bases: Bases) -> bool:
    """Whether a base other than the method's own class has a method of that name, or a class below it brings one."""
    return is_in_a_base(tree, target, bases) or is_brought_below(tree, target)


def is_in_a_base(tree: StagedTree, target: Target, bases: Bases) -> bool:
    """Whether one of the bases has a member of that name."""
    return any(owner.name in bases.names for owner in _other_owners(tree, target))


def is_brought_below(tree: StagedTree, target: Target) -> bool:
    """Whether a class below has a method of that name; what only tests bring is no part of the program."""
    is_test = role_of(target.path) == TEST
    return any(
        target.owner in bases_of(tree, owner, target.name).names
        for owner in _other_owners(tree, target)
        if is_test or role_of(owner.span.path) != TEST
    )


def _other_owners(tree: StagedTree, target: Target) -> Iterator[Symbol]:
    """The types of other names that have a member of that name."""
    for symbol in tree.definitions(target.name):
        version = tree.version(symbol.span.path)
        owner = version.parsed.symbols[symbol.parent] if version and symbol.parent is not None else None
        if owner is not None and owner.name != target.owner:
            yield owner


def through_type(tree: StagedTree, target: Target, version: Version, bases: Bases) -> Iterator[Use]:
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
    elif len([symbol for symbol in tree.definitions(parent.name) if symbol.kind in TYPES]) == 1:
        names = {parent.name}
    else:
        return
    for reference in version.parsed.references:
        if reference.name == target.name and reference.qualifier.rpartition("\\")[2] in names:
            yield use_of(reference, names_type=True)


def is_foreign(tree: StagedTree, target: Target, version: Version, reference: Reference) -> bool:
    """Whether the receiver is known to be something else: a module, another class, a base."""
    first = re.split(r"\W+", reference.qualifier.lstrip("$("))[0]
    if reference.qualifier in _SUPER:
        return True
    if first in _SELF and reference.qualifier in _SELF:
        around = [version.parsed.symbols[one] for one in symbols_around(version, reference.symbol)]
        classes = {symbol.name for symbol in around if symbol.kind in TYPES}
        return not classes or target.owner not in classes
    for one in version.parsed.imports:
        if one.alias == first:
            found = origin(tree, version.path, one)
            return found is None or found[0] != target.path
    last = re.split(r"\W+", reference.qualifier)[-1]
    return last[:1].isupper() and last != target.owner


def is_private(target: Target) -> bool:
    """Whether no other class can have a say in what the method's name means."""
    return "private" in target.symbol.signature.partition("(")[0].split() or target.name.startswith("#")


def is_telling_method(target: Target) -> bool:
    """Whether a method's name is one that no other library's type is likely to have."""
    if target.name in _ORDINARY or target.name.lower() in _ORDINARY or len(target.name) < 4:
        return False
    return not target.name.startswith("__")
