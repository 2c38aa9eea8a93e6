"""Move a function or class of Python to another module, with what it needs, and mend every import of it.

    python examples/move_function.py PATH NAME NEW_FILE NEW_MODULE [--apply] [-- COMMAND ...]
    python examples/move_function.py . shop.cart.total src/shop/sums.py shop.sums -- pytest -q

The old module imports it from the new one, so that `old_module.name` goes on working; a line says where that is used.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import sys
import textwrap

import repoagent


def main() -> int:
    """Plan, show, verify, apply."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path")
    parser.add_argument("name", help="a name, a qualified name, or path:line")
    parser.add_argument("file", help="where it is to stand; made when it is not there")
    parser.add_argument("module", help="how that file is imported")
    parser.add_argument("--old-module", help="how its file is imported now; else as most imports have it")
    parser.add_argument("--apply", action="store_true")
    parser.add_argument("command", nargs="*", help="what must pass with the change, for example: -- pytest -q")
    asked = parser.parse_args()

    with repoagent.open(asked.path) as repo:
        symbol = repo.refs(asked.name).definition.symbol
        home = symbol.span.path
        whole = repo.lines(home, symbol.span.start_line, symbol.span.end_line)  # with a comment behind its last line
        text = repo.text_at(whole)
        sites = repo.imports(asked.name)
        absolute = [site.module for site in sites if not site.module.startswith(".")]
        named, _, _ = asked.name.rpartition(".")
        if not home.removesuffix(".py").replace("/", ".").endswith(named):
            named = ""
        old_module = asked.old_module or max(absolute, key=absolute.count, default=named)
        if not old_module:
            raise SystemExit("nothing imports it absolutely; say --old-module")
        heads, lacking = _needs(repo.text_of(home), text, symbol.name)
        if lacking:
            heads.append(f"from {old_module} import {', '.join(lacking)}")
            print(f"# it still needs {', '.join(lacking)} of {old_module}: look whether they import each other now")
        edits = [repo.edit(whole, f"from {asked.module} import {symbol.name}  # noqa: E402, F401\n")]
        edits += [site.moved(asked.module) for site in sites if site.path not in {home, asked.file}]
        here = repo.repository.root / asked.file
        before = repo.text_of(asked.file) if here.exists() else ""
        if before:
            edits.append(repo.edit(repo.lines(asked.file, before.count("\n") + 1), f"\n\n{text.rstrip()}\n"))
            edits += [repo.edit(_behind_docstring(repo, asked.file, before), "".join(f"{head}\n" for head in heads))]
        else:
            new = "\n".join(heads) + "\n\n\n" * bool(heads) + text.rstrip() + "\n"
            edits.append(repo.edit(repoagent.Span(asked.file, 0, 0, 1, 1), new))
        change = repo.change(edits)
        print(change.diff(), end="")
        for use in repo.refs(asked.name).uses:
            if use.certainty != "resolved":
                print(f"# look at {use.path}:{use.line}: {use.certainty}: {use.text}")
        if asked.command:
            verified = change.verify(asked.command)
            print(f"# {' '.join(asked.command)}: {'passes' if verified.ok else 'fails'} with the change")
            if not verified.ok:
                print(verified.output, file=sys.stderr)
                return 6
        if asked.apply:
            change.apply(allow=list(change.needs))
            print(f"# changed {len(change.files)} files; `repoagent undo` takes it back")
    return 0


def _needs(module: str, text: str, own: str) -> tuple[list[str], list[str]]:
    """The imports of a module that a part of it uses, and the names of the module itself that it does."""
    used = {node.id for node in ast.walk(ast.parse(textwrap.dedent(text))) if isinstance(node, ast.Name)}
    heads: list[str] = []
    lacking: list[str] = []
    for node in ast.parse(module).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [one for one in node.names if (one.asname or one.name).partition(".")[0] in used]
            is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
            if names or is_future:
                node.names = node.names if is_future else names
                heads.append(ast.unparse(node))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            lacking += [node.name] if node.name in used and node.name != own else []
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names_set = [one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)]
            lacking += [name for name in names_set if name in used and not hasattr(builtins, name)]
    return heads, lacking


def _behind_docstring(repo: repoagent.Repo, path: str, text: str) -> repoagent.Span:
    """Where imports go: behind the docstring and `from __future__` of a module."""
    last = 0
    for node in ast.parse(text).body:
        is_doc = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if not (is_doc or is_future):
            break
        last = node.end_lineno or 0
    start = repo.lines(path, last + 1).start_byte
    return repoagent.Span(path, start, start, last + 1, last + 1)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except repoagent.RepoAgentError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
