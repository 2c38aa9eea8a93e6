#!/usr/bin/env bash
# Deploys the thing.

set -euo pipefail

readonly ROOT=/srv/app VERSION
declare -r REGION="eu west"
declare -grx STAGE=prod
declare -A hosts=([a]=1 [b]=2)
typeset -r OLD=1
export PATH="$ROOT/bin:$PATH"
count=0
count=1
names=(one two)

source "$ROOT/lib/log.sh"
. ./settings.sh

alias deploy='main --force'

# Says it, in colour.
# Takes the text.
log() {
  local level=$1
  printf '%s\n' "${level}: ${names[0]}"
}

function build {
  log info "$count"
  ( cd "$ROOT" && make "$@" )
}

function upload() (
  rsync -a "$ROOT/" "$STAGE:$ROOT"
) 2>/dev/null

release::tag() { git tag "v${VERSION:-0}"; }

größe-messen() { du -sh -- "$1"; }

main() {
  trap cleanup EXIT
  cleanup() { rm -rf "${TMP:?}"; }
  if build all; then
    upload | tee log
  else
    log error "$(release::tag)"
  fi
  xargs -n1 build <<EOF
not_a_call "$count"
EOF
}

case "$1" in
  -h) usage() { echo usage; } ;;
  *) main "$@" ;;
esac
