#!/usr/bin/env bash
# Compares what the program `golden` prints, a line "name digest" per run, with the digests every
# compiler, optimisation level and CPU must give: tools/golden.sh PROGRAM [EXPECTED]
# After a change that is meant to alter them: PROGRAM > tests/golden/digests.txt
set -euo pipefail
expected=${2:-$(dirname "$0")/../tests/golden/digests.txt}
found=$(mktemp)
trap 'rm -f "$found"' EXIT
"$1" >"$found"
if ! [ -s "$found" ]; then
  echo "$1 printed no digest" >&2
  exit 1
fi
diff -u --label expected --label found "$expected" "$found"
