# Has every Bash that starts write down what it runs, and where, for bash_trace.py.
#
#     BASH_ENV=.../references_bash.sh REFERENCES_OUT=FOLDER bash a_test.sh
#
# Each command is traced, with the innermost two frames of the stack before it. Written behind a handle of its own, so
# that a program that looks at its errors sees what it always sees.
if [[ -n ${REFERENCES_OUT-} && -d $REFERENCES_OUT ]]; then
  exec {BASH_XTRACEFD}>>"$REFERENCES_OUT/$$.trace" || exit 1
  printf '\2\n' >&"$BASH_XTRACEFD" # a program begins, perhaps by `exec` in place of another
  PS4=$'+\1$BASHPID\2$BASH_SUBSHELL\2${PWD-}\2${BATS_TEST_FILENAME-}\2${FUNCNAME[0]+${#FUNCNAME[@]}}\2$LINENO\2${FUNCNAME[0]-}\2${BASH_SOURCE[0]-}\2${BASH_LINENO[0]-}\2${BASH_SOURCE[1]-}\3'
  set -x
fi
