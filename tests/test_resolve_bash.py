"""What names mean in Bash: functions and variables of files that source one another, and of those that do not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import shown_uses

import repoagent

MakeRepository = Callable[..., Path]
FILES = {
    "lib/log.sh": """\
# the library
LEVEL=1
NAME=shop
log::say() { local level=$1; [ "$level" -ge "$LEVEL" ] && echo "$NAME: $2"; }
count() { total=$((total + 1)); }
each() { local item; for item in "$@"; do "$1" "$item"; done; }
note() { echo "note $1"; }
later() { local what=$1; "$what" x; }
""",
    "bin/main": """\
#!/usr/bin/env bash
source "$(dirname "$0")/../lib/log.sh"
total=0
start() {
  local total=2 name
  count && log::say 1 "$total"
  read -r name; printf -v name '%s' "$name"
  if note a | note b; then command note; fi
  each note x; later 'note'; trap 'note bye' EXIT; export -f note
  cat <<EOF
$(note c) ${total:-0} note
EOF
}
: "${LEVEL:=3}"; (( LEVEL += 2 ))
start; echo "$total$NAME"
""",
    "bin/other.sh": """\
#!/bin/sh
. ../lib/missing.sh
note() { :; }
if [ -n "$1" ]; then note() { echo "$LEVEL"; }; fi
note; start; echo "$NAME"
total=5; echo "$total"
""",
    "test/helper.bash": "setup_shop() { SHOP=1; }\nhelp_me() { :; }\n",
    "test/shop.bats": """\
load helper
@test "one" {
  setup_shop
  mock() { echo 1; }
  run mock
  [ "$SHOP" = 1 ]
}
@test "two" {
  run help_me
  mock() { echo 2; }
  mock
}
""",
    "broken.sh": "f() {\n  if [[ $x ]]; then\n echo ${x\n}\ng() { f; }\n",
}


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("log::say", ["main:6: log::say"]),
        ("count", ["main:6: count &&"]),
        ("lib/log.sh:7", ["main:8: note a |", "main:8: note b; ", "main:9: note x;  probable",
                          "main:9: note'; t by name only", "main:9: note bye",
                          "main:9: note", "main:11: note c) "]),
        ("bin/other.sh:3", ["other.sh:5: note; st"]),
        ("start", ["main:15: start; e"]),
        ("LEVEL", ["main:14: LEVEL:=3", "main:14: LEVEL +=", "log.sh:4: LEVEL\" ]"]),
        ("NAME", ["main:15: NAME\"", "log.sh:4: NAME: $2"]),
        ("bin/main:3", ["main:15: total$NA", "log.sh:5: total=$( probable", "log.sh:5: total +  probable"]),
        ("bin/other.sh:6", ["other.sh:6: total\""]),
        ("help_me", ["shop.bats:9: help_me probable"]),
        ("setup_shop", ["shop.bats:3: setup_sh"]),
        ("test/shop.bats:4", ["shop.bats:5: mock probable"]),
        ("test/shop.bats:10", ["shop.bats:11: mock"]),
        ("broken.sh:1", ["broken.sh:5: f; }"]),
    ],
)  # fmt: skip
def test_uses(make_repository: MakeRepository, what: str, expected: list[str]) -> None:
    assert shown_uses(make_repository(FILES), what, 8) == expected


def test_callers_go_through_what_is_sourced(make_repository: MakeRepository) -> None:
    with repoagent.open(make_repository(FILES)) as repo:
        tree = repo.callers("log::say", depth=2)
    assert [(call.symbol.name if call.symbol else "", call.certainty) for call in tree.calls] == [("start", "resolved")]
    assert [call.path for call in tree.calls[0].calls] == ["bin/main"]
