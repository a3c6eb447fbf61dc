#!/usr/bin/env bash
# Formats the C++ sources with clang-format, or only tells what it would change:
# tools/format.sh [--check] [FILES...]
set -euo pipefail
cd "$(dirname "$0")/.."
action=(-i)
if [ "${1:-}" = --check ]; then
  action=(--dry-run -Werror)
  shift
fi
if [ $# -gt 0 ]; then
  clang-format "${action[@]}" "$@"
else
  # tracked, or new and not ignored; not those deleted
  git ls-files -z --cached --others --exclude-standard -- '*.h' '*.cc' |
    while IFS= read -r -d '' file; do [ ! -f "$file" ] || printf '%s\0' "$file"; done |
    xargs -0 -r clang-format "${action[@]}"
fi
