"""How MultiPL-E's programs are built and run, by its short names.

Commands, seconds and signs of failure: nuprl/MultiPL-E, evaluation/src/eval_*.py. Its other languages (D, Julia,
Racket, Scala, Swift ...) are not run here.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """One language."""

    title: str
    file: str
    """What a program's file must be called."""
    run: tuple[str, ...]
    probe: str
    """A program that passes where everything needed is there."""
    needs: str
    """What to install, for a person."""
    build: tuple[str, ...] = ()
    """`a|b` as the first word: whichever is there."""
    seconds: float = 15
    """What a program may take."""
    signs: tuple[str, ...] = ()
    """Words in the output that mean failure, whatever the exit code."""

    @property
    def missing(self) -> str:
        """The first command that is not in PATH; "" when all are."""
        for command in (self.build, self.run):
            words = [word for word in command if word != "env" and "=" not in word]
            if words and not words[0].startswith("./") and not any(map(shutil.which, words[0].split("|"))):
                return words[0].replace("|", " or ")
        return ""


_QUICK_JAVA = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")

LANGUAGES = {
    "cpp": Language(
        "C++",
        "program.cpp",
        ("./program",),
        "#include<assert.h>\n#include<bits/stdc++.h>\nint main() { assert(1); }",
        "g++",
        build=("g++", "program.cpp", "-o", "program", "-std=c++17"),
    ),
    "cs": Language(
        "C#",
        "program.cs",
        ("env", "MONO_TRACE_LISTENER=Console.Error", "mono", "program.exe"),
        "using System.Diagnostics; using System.Numerics;\n"
        "class Problem { public static void Main(string[] args) { Debug.Assert(BigInteger.One == 1); } }",
        "mono with csc or mcs (mono-devel)",
        build=("csc|mcs", "-d:DEBUG", "-r:System.Numerics.dll", "program.cs", "-out:program.exe"),
        seconds=5,
        signs=("System.Diagnostics.DefaultTraceListener.Fail", "Unhandled Exception"),
    ),
    "go": Language(
        "Go",
        "program_test.go",
        ("./program",),
        'package probe\n\nimport "testing"\n\nfunc TestIt(t *testing.T) {}\n',
        "go (golang-go)",
        build=(
            *("env", "GOCACHE=/tmp/go", "GO111MODULE=off", "CGO_ENABLED=0"),
            *("go", "test", "-vet=off", "-c", "-o", "program", "program_test.go"),
        ),
        signs=("FAIL",),
    ),
    "java": Language(
        "Java",
        "Problem.java",
        ("java", *_QUICK_JAVA, "-ea", "-cp", ".:javatuples.jar", "Problem"),
        "import org.javatuples.*;\n"
        "class Problem { public static void main(String[] a) { assert(Pair.with(1, 2).getValue0() == 1); } }",
        "a JDK and javatuples (default-jdk-headless, libjavatuples-java; or its jar in CLASSPATH)",
        build=(
            *("javac", *(f"-J{option}" for option in _QUICK_JAVA)),
            *("-encoding", "UTF8", "-cp", "javatuples.jar", "-d", ".", "Problem.java"),
        ),
    ),
    "js": Language(
        "JavaScript",
        "program.js",
        ("node", "program.js"),
        "const assert = require('node:assert'); assert.deepEqual([1], [1]);",
        "nodejs",
        seconds=5,
    ),
    "lua": Language(
        "Lua",
        "program.lua",
        ("lua", "program.lua"),
        "lu = require('luaunit')\nfunction test_it() lu.assertEquals(1, 1) end\nos.exit(lu.LuaUnit.run())",
        "lua and luaunit (lua5.4, lua-unit)",
    ),
    "php": Language(
        "PHP",
        "program.php",
        ("php", "program.php"),
        "<?php if (1 !== 1) { throw new Exception(); }",
        "php (php-cli)",
        signs=("PHP Parse error",),
    ),
    "pl": Language(
        "Perl",
        "program.pl",
        ("perl", "program.pl"),
        "use Test::Deep; exit(eq_deeply([1], [1]) ? 0 : 1);",
        "perl and Test::Deep (libtest-deep-perl)",
        signs=("ERROR",),
    ),
    "py": Language("Python", "program.py", ("python3", "program.py"), "assert 1", "python3"),
    "r": Language(
        "R", "program.r", ("Rscript", "program.r"), "stopifnot(identical(1, 1))", "R (r-base-core)", seconds=5
    ),
    "rb": Language(
        "Ruby",
        "program.rb",
        ("ruby", "program.rb"),
        "require 'test/unit'\nclass T < Test::Unit::TestCase\ndef test_it\nassert_equal(1, 1)\nend\nend",
        "ruby and test-unit (ruby, ruby-test-unit)",
        seconds=5,
    ),
    "rs": Language(
        "Rust",
        "program.rs",
        ("./program",),
        "fn main() { assert!(true); }",
        "rustc",
        build=("rustc", "program.rs", "-o", "program"),
        seconds=5,
    ),
    "sh": Language("Bash", "program.sh", ("bash", "program.sh"), "set -e\ntrue", "bash"),
    "ts": Language(
        "TypeScript",
        "program.ts",
        ("node", "program.js"),
        "declare var require: any;\nconst assert = require('node:assert');\nlet n: number = 1;\nassert.equal(n, 1);",
        "nodejs and tsc (npm install -g typescript@5)",
        build=("tsc", "--target", "esnext", "program.ts"),
    ),
}
