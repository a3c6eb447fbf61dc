#!/usr/bin/env bash
# Formats the C++ sources with clang-format, or only tells what it would change:
# tools/format.sh [--check] [FILES...]
set -euo pipefail
cd "$(dirname "$0")/.."
check=false
if [ "${1:-}" = --check ]; then
  check=true
  shift
fi
if [ $# -gt 0 ]; then
  files=("$@")
else # tracked, or new and not ignored; not those deleted
  files=()
  while IFS= read -r -d '' file; do
    [ ! -f "$file" ] || files+=("$file")
  done < <(git ls-files -z --cached --others --exclude-standard -- '*.h' '*.cc')
fi

command -v clang-format >/dev/null || { echo "clang-format is not installed: tools/install.sh ci" >&2; exit 1; }
if ! $check; then
  clang-format -i "${files[@]}"
elif ! found=$(clang-format --dry-run -Werror "${files[@]}" 2>&1); then
  sed -nE 's/^([^:]+):([0-9]+):.*/\1:\2/p' <<<"$found" | sort -u |
    awk -F: '{ lines[$1]++ } END { for (file in lines) print file ": " lines[file] " lines" }' | sort
  echo "these files are not formatted: tools/format.sh formats them" >&2
  exit 1
fi
