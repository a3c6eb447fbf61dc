#!/usr/bin/env bash
# Builds the fuzzers and runs all of them, or those named, for SECONDS each:
# tools/fuzz.sh SECONDS [NAME...]
# NAME is the X of src/**/X.fuzz.cc. Seeds: tests/fuzz/corpus/X/. What the fuzzer finds on the way
# is kept in build/fuzz/corpus/X/, inputs that fail in build/fuzz/failures/.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! [[ ${1:-} =~ ^[0-9]+$ ]]; then
  echo "usage: tools/fuzz.sh SECONDS [NAME...]" >&2
  exit 2
fi
seconds=$1
shift

build=build/fuzz
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz -j "$(nproc)" -- --quiet
if [ $# = 0 ]; then
  set -- $(find src -name '*.fuzz.cc' | sed 's|.*/||; s|\.fuzz\.cc$||' | sort)
  [ $# -gt 0 ] || { echo "found no fuzzer: no *.fuzz.cc below src/" >&2; exit 1; }
fi

mkdir -p $build/failures
failed=()
for name; do
  corpus=$build/corpus/$name
  mkdir -p "$corpus"
  folders=("$corpus")
  [ ! -d "tests/fuzz/corpus/$name" ] || folders+=("tests/fuzz/corpus/$name")
  log=$build/$name.log
  if $build/fuzz/fuzz_"$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
      -artifact_prefix="$build/failures/$name-" "${folders[@]}" >"$log" 2>&1; then
    echo "$name: $(grep -E '^Done ' "$log" | tail -n 1)"
  else
    tail -n 40 "$log"
    echo "$name: failed; repeat it with: $build/fuzz/fuzz_$name $build/failures/$name-..."
    failed+=("$name")
  fi
done
[ ${#failed[@]} = 0 ] || { echo "failed: ${failed[*]}" >&2; exit 1; }
