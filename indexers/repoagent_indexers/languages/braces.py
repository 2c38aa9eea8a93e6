"""One row a language that puts its blocks in braces: its comments and strings, and which words say what is in a block.

`bodies` finds by these rows the bodies of functions that define nothing. Where a row is in doubt, a body is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

# Every alternative begins with a plain byte: only then the engine skips what cannot begin one, ten times as fast.
# A long comment is passed over from star to star, in half the time of a look at each byte.
_COMMENT = rb"/(?:/[^\n]*|\*[^*]*(?:\*(?!/)[^*]*)*(?:\*/|\Z))"
_NESTED_COMMENT = rb"/(?:/[^\n]*|\*[^*/]*(?:(?:\*(?!/)|/(?!\*)|/\*.*?(?:\*/|\Z))[^*/]*)*(?:\*/|\Z))"
_STRING = rb'"[^"\\\n]*(?:\\.[^"\\\n]*)*(?:"|(?=\n)|\\?\Z)'
_CHARACTER = rb"'[^'\\\n]*(?:\\.[^'\\\n]*)*(?:'|(?=\n)|\\?\Z)"
_TEXT_BLOCK = rb'"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*(?:"""|\\?\Z)'
_BACKQUOTED = rb"`[^`]*(?:`|\Z)"
_FILLED = rb"\$\{(?:[^{}`\"']|\"[^\"\n]*\"|'[^'\n]*'|`[^`]*`|\{(?:[^{}`]|\{[^{}`]*\}|`[^`]*`)*\})*\}"
_TEMPLATE = rb"`(?:[^`\\$]+|\\.|" + _FILLED + rb"|\$)*(?:`|\\?\Z)"
_REGEX = (
    rb"/(?:(?<=[(,=:\[!&|?{};\n]/)|(?<=[(,=:\[!&|?{};+>] /)|(?<=return /))(?![*/ ])"
    rb"(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/"
)
_CHARACTER_OF_CPP = rb"'(?<![0-9a-fA-F]')[^'\\\n]*(?:\\.[^'\\\n]*)*(?:'|(?=\n)|\\?\Z)"
_RAW_OF_CPP = rb'R"(?P<mark>[^ ()\\\n"]{0,16})\(.*?(?:\)(?P=mark)"|\Z)'
_RAW_OF_RUST = rb'r(?:(?P<mark>#+)".*?(?:"(?P=mark)|\Z)|"[^"]*(?:"|\Z))'
_STRING_OF_LINES = rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)'
_CHARACTER_OF_RUST = rb"'(?:\\[^\n]{1,10}?'|[^'\\\n]'|\\'')"
_VERBATIM_REST = rb'[^"]*(?:""[^"]*)*(?:"|\Z)'
_VERBATIM = rb'@\$?"' + _VERBATIM_REST + rb'|\$@"' + _VERBATIM_REST + rb'|"(?P<mark>"{2,}).*?(?:"(?P=mark)|\Z)'
_DIRECTIVE = rb"#(?:[^\n\\/]+|\\\r?\n|\\|/(?!\*)|/\*.*?\*/)*"
_LINE = rb"#[^\n]*"
_OUTSIDE = rb"\?>.*?(?:<\?(?:php|=)?|\Z)"
_HEREDOC = rb"<<<[ \t]*[\"']?(?P<mark>\w+)[\"']?\r?\n.*?(?:\n[ \t]*(?P=mark)\b|\Z)"
_TEXT_OF_LINES = rb"'[^'\\]*(?:\\.[^'\\]*)*(?:'|\\?\Z)"


_IN_BRACES = rb"\$\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}"
_IN_BRACKETS = rb"\\\(([^()]*(?:\([^()]*\)[^()]*)*)\)"


def _words(text: str) -> frozenset[bytes]:
    return frozenset(text.encode().split())


@dataclass(frozen=True, slots=True, eq=False)
class Braces:
    """How a language writes blocks."""

    no_code: bytes
    """A pattern of comments, strings, characters, and what else is no code."""
    types: frozenset[bytes]
    """Words in front of a block whose members are symbols."""
    filled: bytes = b""
    """A pattern of what is code in a string, as its group; b"" where there is none."""
    filled_in: bytes = b""
    """What a string begins with that may have such code in it."""
    fills_behind: bytes = b""
    """What then stands before the quote, or right behind the beginning."""
    fills_with: bytes = b""
    """How such code begins: what `filled` leaves of that is more than it understands."""
    functions: frozenset[bytes] = frozenset()
    """Words in front of a function, and of statements that write no brackets in front of their block."""
    defining: frozenset[bytes] = frozenset()
    """Words that define or import inside a function, besides the types."""
    soft: frozenset[bytes] = frozenset()
    """Those of them, and of the types, that do so in front of a name alone."""
    trailing: frozenset[bytes] = frozenset()
    """Words between the parameters of a function and its body."""
    blocks: frozenset[bytes] = frozenset()
    """Words right in front of a block of statements."""
    has_initializers: bool = False
    """Whether `= {` begins a list of values."""
    clauses: frozenset[bytes] = frozenset()
    """Words behind the parameters of a function that more follows: `throws A, B {`."""
    nameless: bytes = b""
    """The word of a function that defines only where it is given a name."""
    control: frozenset[bytes] = frozenset()
    """Words in front of brackets and a block that is no function's."""
    has_local: bool = False
    """Whether inside of functions others are written as a name, brackets and a block."""
    keywords: frozenset[bytes] = frozenset()
    """Words that are no names."""
    predeclared: frozenset[bytes] = frozenset()
    """Names of the language's own, which are called at most."""
    begins_behind: bytes = b""
    """What stands in front of the first code."""
    has_directives: bool = False
    """Whether lines begin with # that are worked off first."""
    has_arrows: bool = False
    """Whether `=>` makes a function, which is a symbol where it is given a name."""
    has_anonymous: bool = False
    """Whether `new Name() {` begins a class."""
    names_types: bool = False
    """Whether `struct name` is a type, too, and not its definition alone."""
    before_types: frozenset[bytes] = _words("new instanceof as is extends implements throws")
    """Words in front of the name of a type."""
    has_declarations: bool = False
    """Whether a type stands in front of what has it: `Name name`."""
    has_annotations: bool = False
    """Whether a type stands behind it: `name: Name`."""
    great_types: bool = True
    """Whether the names of types begin with a capital letter, and those of variables mostly do not."""
    literal_types: bool = False
    """Go: whether a type stands in front of a brace and behind a square bracket."""
    scoped_types: bool = False
    """Whether what stands in front of `::` is a class."""
    takes_receivers: bool = False
    """Whether `name` of `name.field` and `name.run()` is a use of it."""
    takes_owners: bool = False
    """Java: of `name.field` alone; and `Name::new` is a call."""
    makes_by_blocks: bool = False
    """C#: whether `new Name {` is a call, and `Name?` a type."""
    block_types: bool = False
    """Rust: whether a type may stand in front of a brace."""
    block_calls: bool = False
    """Kotlin: whether a call may."""
    has_tags: bool = False
    """Whether `<Name>` is a call."""
    bang_calls: bool = False
    """Whether `name!(` is a call."""
    variable_mark: int = 0
    """The byte in front of variables, 0 for none."""
    shouts: bool = False
    """Whether names in capitals come from anywhere."""

    @property
    def code_in_text(self) -> re.Pattern[bytes]:
        """What is code in a string."""
        return _compiled(self.filled)

    @property
    def text(self) -> re.Pattern[bytes]:
        """What is no code."""
        return _compiled(self.no_code)


@cache
def _compiled(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern, re.S)


def _any(*patterns: bytes) -> bytes:
    return b"|".join(patterns)


_C_KEYWORDS = (
    "auto break case char const continue default do double else enum extern float for goto if inline int long"
    " register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while"
    " bool true false NULL nullptr defined ifdef ifndef elif endif"
)
_C_TYPES = (
    "size_t ssize_t ptrdiff_t intptr_t uintptr_t int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t"
)
_CPP_KEYWORDS = (
    " alignas alignof and asm catch class concept const_cast consteval constexpr constinit co_await co_return"
    " co_yield decltype delete dynamic_cast explicit export final friend mutable namespace new noexcept not"
    " operator or override private protected public reinterpret_cast requires static_assert static_cast template"
    " this thread_local throw try typeid typename using virtual wchar_t char8_t char16_t char32_t"
)
_JS_KEYWORDS = (
    "abstract as async await break case catch class const continue debugger declare default delete do else enum"
    " export extends false finally for function if implements import in infer instanceof interface is"
    " keyof let new null of readonly return static super switch this throw true try of undefined var"
    " void while with yield never unknown "
)
_ECMASCRIPT = Braces(
    no_code=_any(_COMMENT, _STRING, _CHARACTER, _TEMPLATE, _REGEX),
    filled=_IN_BRACES,
    filled_in=b"`",
    fills_with=b"${",
    types=_words("class interface enum namespace module"),
    functions=_words("function"),
    nameless=b"function",
    blocks=_words("else try finally do static"),
    defining=_words("function type export exports import require declare abstract global"),
    soft=_words("interface enum namespace module type declare abstract global"),
    control=_words("if for while switch catch with"),
    keywords=_words(_JS_KEYWORDS),
    has_arrows=True,
    has_local=True,
    has_annotations=True,
    takes_receivers=True,
    has_tags=True,
)
_C = Braces(
    no_code=_any(_DIRECTIVE, _COMMENT, _STRING, _CHARACTER),
    types=_words("struct union enum"),
    blocks=_words("else do"),
    has_initializers=True,
    defining=_words("typedef"),
    keywords=_words(_C_KEYWORDS),
    predeclared=_words(_C_TYPES),
    has_directives=True,
    names_types=True,
    before_types=_words("struct union enum"),
    has_declarations=True,
    great_types=False,
    shouts=True,
)
BRACES: dict[str, Braces] = {
    "java": Braces(
        no_code=_any(_COMMENT, _TEXT_BLOCK, _STRING, _CHARACTER),
        types=_words("class interface enum record"),
        soft=_words("record enum"),
        clauses=_words("throws"),
        blocks=_words("else do try finally static"),
        has_initializers=True,
        control=_words("if for while switch catch synchronized try"),
        keywords=_words(
            "abstract assert boolean break byte case catch char class const continue default do double else enum"
            " extends final finally float for goto if implements import instanceof int interface long native new"
            " package private protected public return short static strictfp super switch synchronized this throw"
            " throws transient try void volatile while true false null var yield record"
        ),
        has_anonymous=True,
        takes_owners=True,
        has_declarations=True,
    ),
    "c": _C,
    "cpp": Braces(
        no_code=_any(_DIRECTIVE, _COMMENT, _RAW_OF_CPP, _STRING, _CHARACTER_OF_CPP),
        types=_words("struct union enum class namespace concept"),
        blocks=_words("else do try"),
        has_initializers=True,
        defining=_words("typedef using namespace concept operator"),
        trailing=_words("const noexcept override final volatile mutable try"),
        keywords=_words(_C_KEYWORDS + _CPP_KEYWORDS),
        predeclared=_words(_C_TYPES),
        has_directives=True,
        names_types=True,
        before_types=_words("struct union enum class typename new"),
        has_declarations=True,
        great_types=False,
        shouts=True,
    ),
    "csharp": Braces(
        no_code=_any(_LINE, _COMMENT, _VERBATIM, _STRING, _CHARACTER),
        filled=rb"\{([^{}]*)\}",
        filled_in=b'"@$',
        fills_behind=b"$",
        types=_words("class struct interface enum record namespace"),
        soft=_words("record"),
        has_directives=True,
        defining=_words("delegate using"),
        clauses=_words("where"),
        blocks=_words("else do try finally get set init add remove unsafe checked unchecked"),
        has_initializers=True,
        control=_words(
            "if for foreach while switch catch using lock fixed when checked unchecked await return in case and or not"
        ),
        keywords=_words(
            "abstract as async await base bool break byte case catch char checked class const continue decimal"
            " default delegate do double dynamic else enum event explicit extern false finally fixed float for"
            " foreach get goto if implicit in init int interface internal is lock long nameof namespace new not"
            " null object operator out override params private protected public readonly record ref return sbyte"
            " sealed set short sizeof stackalloc static string struct switch this throw true try typeof uint ulong"
            " unchecked unsafe ushort using var virtual void volatile when where while with yield"
        ),
        has_arrows=True,
        has_local=True,
        before_types=_words("new as is typeof"),
        makes_by_blocks=True,
        has_declarations=True,
    ),
    "go": Braces(
        no_code=_any(_COMMENT, _BACKQUOTED, _STRING, _CHARACTER),
        types=_words("struct interface"),
        functions=_words("func if for switch select else"),
        defining=_words("type"),
        keywords=_words(
            "break case chan const continue default defer else fallthrough for func go goto if import interface"
            " map package range return select struct switch type var nil true false iota"
        ),
        predeclared=_words(
            "any bool byte comparable complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune"
            " string uint uint8 uint16 uint32 uint64 uintptr"
        ),
        before_types=_words("make new"),
        great_types=False,
        literal_types=True,
    ),
    "rust": Braces(
        no_code=_any(_NESTED_COMMENT, _RAW_OF_RUST, _STRING_OF_LINES, _CHARACTER_OF_RUST),
        types=_words("struct enum union trait impl mod extern macro_rules"),
        soft=_words("union"),
        functions=_words("fn if while match loop else unsafe async move"),
        defining=_words("fn const static type use"),
        keywords=_words(
            "as async await break const continue crate dyn else enum extern false fn for if impl in let loop match"
            " mod move mut pub ref return self Self static struct super trait true type unsafe use where while bool"
            " char str i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64"
        ),
        has_annotations=True,
        before_types=_words("as impl dyn"),
        block_types=True,
        bang_calls=True,
    ),
    "php": Braces(
        no_code=_any(_OUTSIDE, rb"#(?!\[)[^\n]*", _COMMENT, _HEREDOC, _STRING_OF_LINES, _TEXT_OF_LINES, _BACKQUOTED),
        filled=rb"\{(\$[^{}]*)\}",
        filled_in=b'"<',
        fills_with=b"{$",
        types=_words("class interface trait enum namespace"),
        soft=_words("enum use"),
        functions=_words("function"),
        nameless=b"function",
        blocks=_words("else do try finally"),
        defining=_words("function define const use require require_once include include_once"),
        keywords=_words(
            "abstract and array as break callable case catch class clone const continue declare default die do"
            " echo else elseif empty enddeclare endfor endforeach endif endswitch endwhile enum exit extends false"
            " final finally fn for foreach function global goto if implements include include_once instanceof"
            " insteadof interface list match namespace new null or parent print private protected public readonly"
            " require require_once return self static switch this throw trait true try unset use var while xor"
            " yield bool float int iterable mixed never string void"
        ),
        before_types=_words("new instanceof"),
        begins_behind=b"<?",
        has_declarations=True,
        scoped_types=True,
        variable_mark=ord("$"),
    ),
    "javascript": _ECMASCRIPT,
    "typescript": _ECMASCRIPT,
    "tsx": _ECMASCRIPT,
    "kotlin": Braces(
        no_code=_any(_NESTED_COMMENT, rb'"""(?:[^"]|"(?!""))*(?:"{3,}|\Z)', _STRING, _CHARACTER),
        filled=_IN_BRACES,
        filled_in=b'"',
        fills_with=b"${",
        types=_words("class interface object enum"),
        functions=_words("fun"),
        blocks=_words("else do try finally init"),
        defining=_words("fun typealias"),
        keywords=_words(
            "as break by catch class companion const constructor continue do else enum false finally for fun get"
            " if import in init inner interface internal is it lateinit null object open operator out override"
            " package private protected public return sealed set super suspend this throw true try typealias val"
            " var vararg when where while"
        ),
        has_annotations=True,
        before_types=_words("as is"),
        block_calls=True,
        takes_receivers=True,
    ),
    "swift": Braces(
        no_code=_any(_NESTED_COMMENT, rb'"(?P<mark>"")(?:[^"\\]|\\.|"(?!""))*(?:"""|\\?\Z)', _STRING),
        filled=_IN_BRACKETS,
        filled_in=b'"',
        fills_with=b"\\(",
        types=_words("class struct enum protocol extension actor"),
        soft=_words("actor"),
        functions=_words(
            "func init deinit subscript if guard while switch for else do catch repeat defer get set willSet didSet"
        ),
        defining=_words("func typealias associatedtype import macro operator"),
        keywords=_words(
            "actor as associatedtype async await break case catch class continue default defer deinit do else enum"
            " extension fallthrough false fileprivate final for func get guard if import in indirect init inout"
            " internal is lazy let nil open operator override private protocol public repeat required rethrows return"
            " self Self set static struct subscript super switch throw throws true try typealias unowned var weak where"
            " while"
        ),
        before_types=_words("as is"),
        block_calls=True,
        has_annotations=True,
        takes_receivers=True,
    ),
    "zig": Braces(
        no_code=_any(rb"//[^\n]*", rb"\\\\[^\n]*", _STRING, _CHARACTER),
        types=_words("struct enum union opaque error"),
        functions=_words("fn test if while for switch else comptime defer errdefer"),
        defining=_words("fn test import"),
        keywords=_words(
            "addrspace align allowzero and anyframe anytype asm async await break callconv catch comptime const"
            " continue defer else enum errdefer error export extern fn for if inline linksection noalias noinline"
            " nosuspend opaque or orelse packed pub resume return struct suspend switch test threadlocal try union"
            " unreachable usingnamespace var volatile while true false null undefined bool void noreturn type anyerror"
            " u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 usize isize f16 f32 f64 f128 comptime_int comptime_float c_int"
            " c_uint"
        ),
        before_types=frozenset(),
        has_annotations=True,
        takes_receivers=True,
        variable_mark=ord("@"),
    ),
}
"""What is not named here is read as a whole."""
