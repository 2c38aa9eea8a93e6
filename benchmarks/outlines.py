#!/usr/bin/env python3
"""Holds the index's symbols against Universal Ctags, language by language, with every class of difference named.

    outlines.py LANGUAGE REPOSITORY ... [--show 10] [--only src/]
    outlines.py typescript REPOSITORY ... --judge compiler --node-modules DIR
    outlines.py javascript REPOSITORY ... --judge flow --node-modules DIR
    outlines.py cpp REPOSITORY ... --witness [--include DIR ...]

A symbol is the same when both say its bare name at the same line, or within two lines of it where nothing else
bears the name. What only one of them has falls into a class, which says why, or into none and then counts against
the index: recall is the share of the judge's symbols that the index has, precision the share of the index's that
the judge has, classes left out on both sides. Whether something stands in a comment, in the code of a function or
is a mere use is read from the grammar's tree, and only where that has no error around it. Printed besides: how
often both agree on the last line, where ctags knows it. The other judge, for TypeScript and JavaScript, is the
compiler's own syntax tree (`symbols_typescript.js`); with Flow's types, Flow's parser (`symbols_flow.js`). For C
and C++ libclang may be heard as a witness (`--witness`, the `bench` extra): what it declares at a place is no
mistake of the index, though ctags does not see it.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from judges.symbols import CTAGS, Tag, bare, by_compiler, by_ctags, declared_by_clang
from passed_over import batches
from tree_sitter import Node, Parser

from repoagent_indexers.languages import grammar, language_of
from repoagent_indexers.languages.blanks import blanked
from repoagent_indexers.reading import reader
from repoagent_indexers.reading.facts import SYMBOL_KINDS, SYMBOL_WIDTH, Facts

MAX_FILE = 1 << 20
NEAR = 2
_FUNCTION = re.compile(
    r"function|method|lambda|arrow|closure|constructor|accessor|func_literal|^block$|compound_statement|^do_block$"
    r"|statement_block"
)
_TEXT = re.compile(r"comment|string|heredoc|template_chars|regex|char_literal|preproc_arg")
_FUNCTIONS = {"function", "method", "constructor", "operator", "test"}
_KIND_UNKNOWN = {
    "bash": ({"variable", "constant", "test"}, "variables and tests of Bash, for which ctags has no kind"),
    "php": ({"enum", "member"}, "enums of PHP, for which ctags has no kind"),
    "java": ({"module"}, "modules of Java, for which ctags has no kind"),
    "csharp": ({"delegate", "constructor", "operator", "record"}, "kinds of C# that ctags lacks"),
    "typescript": ({"module", "namespace"}, "`declare module`, `declare global`, for which ctags has no kind"),
    "lua": ({"variable", "constant", "field", "object"}, "variables of Lua"),
}  # fmt: skip
_ECMASCRIPT = {"typescript", "tsx", "javascript"}
_RUBY_MAKERS = re.compile(r"\s*(?:alias|attr_|define_method|scope|class_attribute|mattr_|cattr_|:)")
_ODD_CPP = re.compile(r"\b[A-Z_]{3,}(?:\(|\b)|\boverride\b|\balignas\b")
_MACRO = re.compile(r"[A-Z][A-Z0-9_]{2,}|[A-Z]{2,}[A-Z0-9]*_\w*")
_BASH_WORDS = re.compile(r"[\w,.)]$(?<!\bthen)(?<!\bdo)(?<!\belse)")
_PROMOTED = re.compile(r"(?:public|protected|private|readonly)\b[^;]*[,)]?\s*\{?\}?$")


@dataclass
class Source:
    """One file."""

    path: str
    language: str
    content: bytes

    @cached_property
    def lines(self) -> list[str]:
        return self.content.decode("utf-8", "replace").split("\n")

    @cached_property
    def root(self) -> Node:
        return Parser(grammar(self.language)).parse(blanked(self.language, self.content)).root_node

    def text(self, line: int) -> str:
        return self.lines[line - 1] if 0 < line <= len(self.lines) else ""

    def is_macro(self, name: str) -> bool:
        """Whether the file defines a macro of that name that takes arguments."""
        return re.search(rb"\n[ \t]*#[ \t]*define[ \t]+" + name.encode() + rb"\(", self.content) is not None

    def nodes(self, tag: Tag) -> Iterator[Node]:
        """The leaves of that name on that line."""
        word, start = tag.name.encode(), sum(len(line.encode()) + 1 for line in self.lines[: tag.line - 1])
        text = self.text(tag.line).encode()
        for found in re.finditer(rb"(?<!\w)" + re.escape(word) + rb"(?![\w$])", text):
            node = self.root.descendant_for_byte_range(start + found.start(), start + found.end())
            if node is not None:
                yield node


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("language", choices=sorted(CTAGS))
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--judge", choices=["ctags", "compiler", "flow"], default="ctags")
    parser.add_argument("--node-modules", type=Path, help="where `npm install typescript` was run")
    parser.add_argument("--witness", action="store_true", help="hear libclang on what only the index has of C and C++")
    parser.add_argument("--include", action="append", default=[], help="a folder of headers for libclang")
    parser.add_argument("--only", default="", help="files whose path begins so")
    parser.add_argument(
        "--show", type=int, default=0, help="unexplained differences to print, and examples of each class"
    )
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print("| repository | files | judge's | ours | same | recall | precision | same last line |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    explained: dict[str, list[tuple[Source, Tag]]] = defaultdict(list)
    for root in options.repositories:
        compare(root.resolve(), options, explained)
    print()
    for label, examples in sorted(explained.items(), key=lambda row: -len(row[1])):
        print(f"{len(examples):6}  {label}")
        for source, tag in random.Random(options.seed).sample(examples, min(len(examples), options.show // 3)):
            print(f"          {tag.path}:{tag.line} {tag.kind} {tag.name} | {source.text(tag.line).strip()[:90]}")


def compare(root: Path, options: argparse.Namespace, explained: dict[str, list[tuple[Source, Tag]]]) -> None:
    sources = {source.path: source for source in read(root, options)}
    theirs = list((by_ctags if options.judge == "ctags" else by_compiler)(root, options, sources))
    if options.judge == "flow":
        sources = {path: sources[path] for path in {tag.path: None for tag in theirs}}
    ours = list(indexed(sources))
    same, missing, extra = matched(theirs, ours)
    found = {(tag.path, tag.name) for tag, _ in same}
    by_line = Counter((tag.path, tag.line) for tag in ours)
    wrong: list[tuple[str, Tag]] = []
    for tag in missing:
        label = why_missing(sources[tag.path], tag, found, by_line) if options.judge == "ctags" else ""
        if label:
            explained[f"only {options.judge}: {label}"].append((sources[tag.path], tag))
        else:
            wrong.append(("missing", tag))
    for tag in extra:
        label = why_extra(sources[tag.path], tag) if options.judge == "ctags" else ""
        if not label and options.witness and (tag.name, tag.line) in declared_by_clang(root, tag.path, options):
            label = "a declaration by libclang's tree"
        if label:
            explained[f"only ours: {label}"].append((sources[tag.path], tag))
        else:
            wrong.append(("too much", tag))
    n_missing = sum(kind == "missing" for kind, _ in wrong)
    ends = [(one.last, other.last) for one, other in same if one.last]
    cells = [
        root.name, str(len(sources)), str(len(theirs)), str(len(ours)), str(len(same)),
        f"{share(len(same), n_missing)} ({n_missing} missing)",
        f"{share(len(same), len(wrong) - n_missing)} ({len(wrong) - n_missing} too much)",
        f"{100 * sum(a == b for a, b in ends) / len(ends):.1f}%" if ends else "-",
    ]  # fmt: skip
    print(f"| {' | '.join(cells)} |", flush=True)
    for kind, tag in sorted(random.Random(options.seed).sample(wrong, min(len(wrong), options.show)), key=str):
        text = sources[tag.path].text(tag.line).strip()[:90]
        print(f"    {kind}: {tag.path}:{tag.line} {tag.kind} {tag.name} [{tag.scope}] | {text}")


def share(right: int, wrong: int) -> str:
    return f"{100 * right / (right + wrong):.2f}%" if right + wrong else "-"


def matched(theirs: list[Tag], ours: list[Tag]) -> tuple[list[tuple[Tag, Tag]], list[Tag], list[Tag]]:
    """Pairs of the same symbol, what is left of theirs, what is left of ours."""
    same: list[tuple[Tag, Tag]] = []
    left: dict[tuple[str, str], list[Tag]] = defaultdict(list)
    for tag in ours:
        left[tag.path, tag.name].append(tag)
    missing: list[Tag] = []
    for distance in range(NEAR + 1):
        missing, theirs = [], missing if distance else theirs
        for tag in theirs:
            near = [other for other in left[tag.path, tag.name] if abs(other.line - tag.line) == distance]
            if near:
                left[tag.path, tag.name].remove(near[0])
                same.append((tag, near[0]))
            else:
                missing.append(tag)
    return same, missing, [tag for tags in left.values() for tag in tags]


# -- the sides ------------------------------------------------------------------------------------------------------


def read(root: Path, options: argparse.Namespace) -> Iterator[Source]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True).stdout.decode()
    for path in sorted(listed.split("\0")):
        file = root / path
        if not path or not path.startswith(options.only) or file.is_symlink() or not file.is_file():
            continue
        content = file.read_bytes() if file.stat().st_size <= MAX_FILE else b"\0"
        language = language_of(path, content)
        if options.judge == "flow":
            is_asked = path.endswith((".js", ".jsx", ".mjs")) and b"@flow" in content[:4096]
        else:
            is_asked = language == options.language
        if b"\0" not in content and is_asked and ".min." not in path:
            yield Source(path, language, content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n"))


def indexed(sources: dict[str, Source]) -> Iterator[Tag]:
    """The symbols that the index holds: bodies that define nothing are not parsed."""
    for batch in batches([(Path(path), source.language, source.content) for path, source in sources.items()]):
        known = reader.Known()
        page = reader.page([(language, content, "") for _, language, content in batch], known, skim=True)
        readings, _ = reader.read(page, [page.outline(at) for at in range(len(batch))], known)
        for (path, _, _), reading in zip(batch, readings, strict=True):
            yield from symbols(sources[path.as_posix()], Facts.from_bytes(reading.facts))


def symbols(source: Source, facts: Facts) -> Iterator[Tag]:
    for number in range(facts.n_symbols):
        row = facts.symbols[number * SYMBOL_WIDTH : (number + 1) * SYMBOL_WIDTH]
        around, parent = [], row[5]
        while parent >= 0:
            around.append(SYMBOL_KINDS[facts.symbols[parent * SYMBOL_WIDTH]])
            parent = facts.parent(parent)
        line = source.content.count(b"\n", 0, row[10]) + 1
        scope = facts.qualified_name(number)
        yield Tag(
            source.path,
            bare(facts.strings[row[1]], source.language),
            line,
            SYMBOL_KINDS[row[0]],
            row[9],
            scope,
            tuple(around),
        )


# -- why ------------------------------------------------------------------------------------------------------------


_IN_STATEMENT = "^(?:local_declaration|expression|return)_statement$"


def why_missing(source: Source, tag: Tag, found: set[tuple[str, str]], by_line: Counter[tuple[str, int]]) -> str:
    """The class of something that only ctags has, "" for none."""
    text = source.text(tag.line)
    before = text[: text.find(tag.name)].rstrip() if tag.name in text else ""
    if re.match(r"__anon|AnonymousClass|anonymous", tag.name):
        return "a name that ctags makes up for what has none"
    if source.language == "bash" and tag.name.endswith("="):
        return "an array, read as a function"
    if not re.search(rf"(?<!\w)\$?{re.escape(tag.name)}(?![\w$])", text):
        return "no such word stands on that line"
    is_macro = source.language in {"c", "cpp"} and (
        _MACRO.fullmatch(tag.name) is not None or tag.name.strip("_") == "declspec" or source.is_macro(tag.name)
    )
    if source.language == "bash" and _BASH_WORDS.search(re.sub(r"(?:^|\s)function$", "", before).rstrip()):
        return "words in a text: what stands behind another word is no command"
    if source.language == "csharp" and re.search(rf"\brecord\s[^{{;]*:[^{{;]*\b{re.escape(tag.name)}\b", text):
        return "what a record is derived from, read as its property"
    if is_macro and any(by_line[tag.path, line] for line in lines_of_call(source, tag)):
        return "a macro that declares something, which the index names by its argument"
    if is_macro and tag.kind in {"prototype", "variable"}:
        return "a call of a macro, read as a declaration"
    if source.language in {"c", "cpp"} and is_in_macro(text, tag.name):
        return "an argument of a macro, read as a declaration"
    if source.language == "cpp" and re.match(
        r"\s*(?:extern\s+)?template\s+(?:class|struct)\b|\s*class\s+\w+\s+\w+\s*;", text
    ):
        return "an explicit instantiation or a forward declaration, read as a variable"
    if source.language == "php" and tag.kind == "variable" and (tag.path, tag.name) in found:
        return "a variable that is set again"
    if source.language == "cpp" and re.match(rf"\s*(?:class|struct|enum)\s.*\w\s+{re.escape(tag.name)}\s*[:{{]", text):
        return "a macro behind the name of a type, read as the name"
    if tag.kind == "implementation":
        return "an impl block of Rust, which only lends its name to what is in it"
    if tag.kind == "anonMember" or tag.name == "_":
        return "an embedded type, or a blank name"
    if source.language == "lua" and tag.name.endswith("]"):
        return "a key in brackets, which is no name"
    if source.language == "csharp" and tag.kind == "typedef" and before.endswith("using"):
        return "a name that a using brings, which is an import"
    if source.language == "java" and before.endswith(("@", "default")):
        return "an annotation or a default value, read as a member"
    if source.language == "csharp" and tag.name == "extension" and re.match(r"\s*extension\s*[<(]", text):
        return "a block that extends a type, read as a method"
    if source.language == "csharp" and re.match(r"\s*where\s", text):
        return "a parameter, or a constraint of one, read as a definition"
    nodes = list(source.nodes(tag))
    if source.language == "csharp" and nodes and all(inside(node, _IN_STATEMENT) for node in nodes):
        return f"local to a function, or a call in it ({tag.kind})"
    if nodes and all(_TEXT.search(node.type) for node in nodes):
        return "text in a comment, a string or a here-document"
    if nodes and all(inside(node, "import|export_clause|export_specifier") for node in nodes):
        return "a name that an import or a re-export brings"
    if any(is_parameter(node) for node in nodes):
        return "a parameter, or a constraint of one, read as a definition"
    if source.language == "python" and tag.kind == "function" and re.search(rf"{tag.name}\s*=\s*lambda", text):
        return "a variable of a function that holds a lambda"
    if nodes and all(in_function(node) for node in nodes) and tag.kind in {
        "variable", "constant", "prototype", "property", "externvar", "local", "struct", "member", "enumerator",
        "alias",
    }:  # fmt: skip
        return f"local to a function, or a call in it ({tag.kind})"
    if (
        source.language == "csharp"
        and nodes
        and all(inside(node, "^(?:local_function|global_)statement") for node in nodes)
    ):
        return "a local of a function in a function, or of the top of a program"
    if nodes and all(is_use(node) for node in nodes):
        return "a mere use, read as a definition"
    if tag.kind in {"enumConstant", "method"} and (tag.path, tag.name) in found:
        return "said twice by ctags"
    return ""


def is_in_macro(text: str, name: str) -> bool:
    """Whether a name stands between the brackets of a macro that a line begins with."""
    opening = re.match(r"\s*[A-Z][A-Z0-9_]{2,}\s*(?=\()", text)
    before = text[opening.end() : text.find(name)] if opening is not None and name in text else ""
    depth = 0
    for letter in before:
        depth += (letter == "(") - (letter == ")")
        if not depth:
            return False
    return depth > 0


def why_extra(source: Source, tag: Tag) -> str:
    """The class of something that only we have, "" for none."""
    language, text = source.language, source.text(tag.line)
    around = tag.around[0] if tag.around else ""
    kinds, label = _KIND_UNKNOWN.get(language, (set(), ""))
    is_c, is_variable = language in {"c", "cpp"}, tag.kind in {"variable", "constant"}
    later = rf"[,=]\s*\(?{re.escape(tag.name)}\b|^\s"
    in_macro = rf"[A-Z_]{{3,}}\(\s*{re.escape(tag.name)}\b"
    begun = re.match(rf"\s*(?:static\s+)?(\w+)\(\s*{re.escape(tag.name)}\b", text)
    by_macro = rf"^\s*[A-Z][A-Z_]{{2,}}\([^()]*\)\s+{re.escape(tag.name)}\s*;"
    classes = (
        (tag.kind in kinds, label),
        (tag.kind == "test", "a test, which ctags names by the macro that declares it"),
        (_FUNCTIONS & set(tag.around), "in the code of a function"),
        (language == "python" and is_variable and re.search(later, text), "a second name that a statement binds"),
        (language == "python" and tag.kind == "field", "a field set on self or without a value"),
        (language == "csharp" and any(map(in_primary, source.nodes(tag))),
         "a field of a class with a primary constructor, behind which ctags loses its place"),
        (language == "csharp" and tag.name == "this", "an indexer, for which ctags has no kind"),
        (language == "csharp" and tag.kind == "namespace" and text.rstrip().endswith(";"), "a namespace for a file"),
        (language == "ruby" and _RUBY_MAKERS.match(text), "a method that a call makes: alias, attr_*, define_method"),
        (tag.kind in {"field", "property"} and around == "record", "a component of a record"),
        (around in {"field", "constant", "variable", "property", "member"}, "in an object that a variable holds"),
        (is_c and tag.kind == "field" and re.search(by_macro, text), "a member whose type a macro writes"),
        (is_c and begun and source.is_macro(begun[1]), "what a macro declares, which ctags names by the macro"),
        (is_c and re.search(in_macro, text), "what a macro declares, which ctags names by the macro"),
        (language == "cpp" and _ODD_CPP.search(text), "a declaration with a macro, override or alignas in it"),
        (is_c and in_other_branch(source, tag.line), "behind #else or #elif, or in an #if that ctags passes over"),
        (language in _ECMASCRIPT and tag.kind in {"property", "method"} and around in {"", "type"},
         "a member of an object or of a type alias, where ctags does not look"),
        (language == "php" and tag.kind == "property" and _PROMOTED.search(text), "a property by a parameter"),
        (any(is_declared(node) for node in source.nodes(tag)), "a declaration by the grammar's tree, with no error"),
    )  # fmt: skip
    return next((label for is_so, label in classes if is_so), "")


def lines_of_call(source: Source, tag: Tag) -> range:
    """The lines of a macro's name and of its arguments, a few at most."""
    depth = 0
    for line in range(tag.line, tag.line + 5):
        text = source.text(line)
        depth += text.count("(") - text.count(")")
        if depth <= 0:
            break
    return range(tag.line, line + 1)


def in_function(node: Node) -> bool:
    at = node.parent
    while at is not None:
        if at.is_error:
            return False
        if _FUNCTION.search(at.type) and not at.type.endswith(("_type", "_signature", "_declarator")):
            return True
        at = at.parent
    return False


def inside(node: Node, kinds: str) -> bool:
    at: Node | None = node
    while at is not None:
        if re.search(kinds, at.type):
            return True
        at = at.parent
    return False


def in_primary(node: Node) -> bool:
    """Whether a leaf is the name of a field of a class whose header has parameters, with no error near."""
    at: Node | None = node
    while at is not None and at.type != "class_declaration":
        if at.is_error or at.type == "block":
            return False
        at = at.parent
    parts = at.named_children if at is not None and not at.has_error else []
    return any(each.type == "parameter_list" for each in parts)


def is_parameter(node: Node) -> bool:
    at, steps = node.parent, 0
    while at is not None and steps < 4 and not at.is_error:
        if re.search(r"(?:^|_)parameters?$|parameter_constraint|parameter_list|lambda_parameters", at.type):
            return True
        at, steps = at.parent, steps + 1
    return False


def is_use(node: Node) -> bool:
    """Whether a leaf stands where the grammar has no name of something new, and no error is near."""
    if not node.is_named:
        return True  # a keyword
    child, parent = node, node.parent
    for _ in range(4):
        if parent is None or parent.is_error or parent.has_error:
            return False
        fields = [parent.field_name_for_child(n) for n, each in enumerate(parent.children) if each.id == child.id]
        if set(fields) & {"name", "declarator", "left", "pattern", "key", "alias"}:
            return False
        child, parent = parent, parent.parent
    return True


def is_declared(node: Node) -> bool:
    """Whether a leaf is the name of a declaration in which there is no error."""
    child, parent = node, node.parent
    for _ in range(4):
        if parent is None or parent.has_error:
            return False
        if parent.child_by_field_name("name") == child and re.search("declaration|definition|item|spec", parent.type):
            return True
        child, parent = parent, parent.parent
    return False


def in_other_branch(source: Source, line: int) -> bool:
    """Whether a line stands in a branch of the preprocessor that is not the first, or in any that has one."""
    depth = 0
    for text in reversed(source.lines[: line - 1]):
        word = re.match(r"\s*#\s*(\w+)", text)
        if word is None:
            continue
        if word[1] == "endif":
            depth += 1
        elif word[1] in {"if", "ifdef", "ifndef"}:
            if not depth:
                return word[1] == "if"
            depth -= 1
        elif word[1] in {"else", "elif"} and not depth:
            return True
    return False


if __name__ == "__main__":
    main()
