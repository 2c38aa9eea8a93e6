"""Give a function one more parameter, and all of its calls one more argument; say which calls are left for a person.

    python examples/add_parameter.py PATH NAME PARAMETER ARGUMENT [--apply] [-- COMMAND ...]
    python examples/add_parameter.py . Client.open "timeout: float" "timeout=3.0" --apply -- pytest -q

Without --apply nothing is written: the diff is shown, and COMMAND, if any, is run on a scratch copy with the change.
"""

from __future__ import annotations

import argparse
import sys

import repoagent


def main() -> int:
    """Plan, show, verify, apply."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path")
    parser.add_argument("name", help="a name, a qualified name, or path:line")
    parser.add_argument("parameter", help="as it is to stand in the header")
    parser.add_argument("argument", help="as it is to stand in each call")
    parser.add_argument("--apply", action="store_true")
    parser.add_argument("command", nargs="*", help="what must pass with the change, for example: -- pytest -q")
    asked = parser.parse_args()

    with repoagent.open(asked.path) as repo:
        edits = [_added(parameters, asked.parameter) for _, parameters in repo.headers(asked.name)]
        left = []
        for call in repo.calls(asked.name):
            if call.certainty == "resolved" and not call.arguments.has_spread:
                edits.append(call.arguments.append(asked.argument))
            else:
                left.append(f"{call.path}:{call.line}: {call.certainty}: {call.use.text}")
        for use in repo.refs(asked.name).uses:
            if use.kind == "use" and use.certainty == "resolved":  # handed on, to be called by somebody else
                left.append(f"{use.path}:{use.line}: not called here: {use.text}")
        change = repo.change(edits)
        print(change.diff(), end="")
        for line in left:
            print(f"# look at {line}")
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


def _added(parameters: repoagent.Listing, text: str) -> repoagent.Edit:
    """Behind the last parameter, but before `*args` and `**options`."""
    spread = next((n for n, item in enumerate(parameters.items) if item.is_spread), len(parameters.items))
    return parameters.insert(spread, text)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except repoagent.RepoAgentError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
