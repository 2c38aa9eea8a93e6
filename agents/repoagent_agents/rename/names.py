"""How names are written, and in which languages they are told apart or seen how far."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from repoagent_indexers.errors import UsageError
from repoagent_indexers.git.git_environment import shown
from repoagent_indexers.languages import C_FAMILY, ECMASCRIPT, JVM

_T = TypeVar("_T")
APART = frozenset({"java", "php"})
"""Languages in which a method and a variable may bear one name and are told apart by the call."""
SAME_FOLDER = JVM | {"go"}
"""Languages in which the files of a folder see each other's names."""
COMMON = frozenset(
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
_CALLED_BY_THE_LANGUAGE = {
    "ruby": r"initialize(_copy|_dup|_clone)?|method_missing|respond_to_missing\?|const_missing|inherited|included"
    r"|extended|prepended|method_added|to_(s|str|a|ary|h|hash|proc)|each|hash|inspect|coerce",
    "php": r"__\w+",
    "go": r"init|main",
    "swift": r"init|deinit|subscript",
    "lua": r"__\w+",
    "python": r"__\w+__",
    **dict.fromkeys(ECMASCRIPT, r"constructor|toString|toJSON|valueOf"),
}
"""Language -> members and functions that are called without being named."""
_ASKED_FOR_IN_GO = {
    "Error": "error", "String": "fmt.Stringer", "GoString": "fmt.GoStringer", "Format": "fmt.Formatter",
    "Len": "sort.Interface", "Less": "sort.Interface", "Swap": "sort.Interface", "Push": "heap.Interface",
    "Pop": "heap.Interface", "Read": "io.Reader", "Write": "io.Writer", "Close": "io.Closer", "Seek": "io.Seeker",
    "ReadAt": "io.ReaderAt", "WriteAt": "io.WriterAt", "ReadFrom": "io.ReaderFrom", "WriteTo": "io.WriterTo",
    "ReadByte": "io.ByteReader", "WriteByte": "io.ByteWriter", "ReadRune": "io.RuneReader", "Lock": "sync.Locker",
    "Unlock": "sync.Locker", "ServeHTTP": "http.Handler", "RoundTrip": "http.RoundTripper", "Unwrap": "errors.Unwrap",
    "Is": "errors.Is", "As": "errors.As", "MarshalJSON": "json.Marshaler", "UnmarshalJSON": "json.Unmarshaler",
    "MarshalText": "encoding.TextMarshaler", "UnmarshalText": "encoding.TextUnmarshaler",
    "MarshalBinary": "encoding.BinaryMarshaler", "UnmarshalBinary": "encoding.BinaryUnmarshaler",
    "Scan": "sql.Scanner", "Value": "driver.Valuer", "Set": "flag.Value",
}  # fmt: skip
_OF_EVERY_OBJECT_IN_RUBY = frozenset(
    """class clone define_singleton_method display dup enum_for eql? equal? extend freeze frozen? instance_of?
    instance_variable_get instance_variable_set instance_variables is_a? itself kind_of? method methods nil? object_id
    public_method public_send respond_to? send singleton_class singleton_method tap then to_enum yield_self
    binding block_given? caller catch exit fail fork format gets lambda load loop open p pp print printf proc putc puts
    raise rand require require_relative select sleep spawn sprintf srand system test throw trap warn""".split()
)
_SPELT = {
    "ruby": r"[^\W\d]\w*[?!]?",
    "elixir": r"[^\W\d]\w*[?!]?",
    "haskell": r"[^\W\d][\w']*",
    "bash": r"[\w:.+@-]+",
    **dict.fromkeys(ECMASCRIPT, r"#?[^\W\d][\w$]*|\$[\w$]*"),
}
"""Language -> how its names are spelt, where that is not letters, digits and underscores."""


def check_name(old: str, new: str, language: str) -> None:
    """Raise UsageError for a new name that is none in the language, or is one of another sort than the old."""
    if not re.fullmatch(_SPELT.get(language, r"[^\W\d]\w*"), new):
        raise UsageError(f"{shown(new)}: not a name in {language}; give letters, digits and underscores")
    if language in {"ruby", "elixir", "haskell", "go"} and old[:1].isupper() != new[:1].isupper():
        raise UsageError(
            f"{shown(new)}: in {language} the case of the first letter has a meaning; keep that of {shown(old)}"
        )


def is_called_by_the_language(name: str, language: str, *, is_member: bool) -> bool:
    """Whether a function or member is called by the language itself, so that under another name it would not be."""
    if not is_member and name == "main" and language in C_FAMILY | {"go", "rust", "zig", "haskell"}:
        return True
    if language == "go" and is_member:
        return False
    return re.fullmatch(_CALLED_BY_THE_LANGUAGE.get(language, "(?!)"), name) is not None


def asked_for_outside(name: str, language: str) -> str:
    """The interface of Go's standard library that asks for a method of a name; "" for none."""
    return _ASKED_FOR_IN_GO.get(name, "") if language == "go" else ""


def is_of_every_object(name: str, language: str) -> bool:
    """Whether every object of a language has a method of that name anyway, which a class then overrides: Ruby."""
    return language == "ruby" and name in _OF_EVERY_OBJECT_IN_RUBY


def folder(path: str) -> str:
    """The folder of a path, "" for the root."""
    return path.rpartition("/")[0]


def last(qualified: str) -> str:
    """The last part of a qualified name in any notation."""
    found: str = re.split(r"\.|::|\\|#", qualified)[-1]
    return found


def joined(first: _T, groups: Sequence[set[_T]]) -> set[_T]:
    """Return `first` with all groups that it stands in, those that these meet, and so on: what overrides each other."""
    found = {first}
    grown = True
    while grown:
        grown = False
        for group in groups:
            if group & found and not group <= found:
                found |= group
                grown = True
    return found
