#!/usr/bin/env bash
# Builds the studio and TARGET (default: everything) in build/release, whatever is not up to date:
# tools/build.sh [TARGET]
set -euo pipefail
. "$(dirname "$0")/steps.sh"
cd "$root"
target=${1:-all}
mkdir -p build
exec 9>build/.lock
flock 9 # one build at a time

if [ -f studio/package.json ]; then
  if ! [ studio/node_modules/.package-lock.json -nt studio/package-lock.json ]; then
    step npm "Fetching the studio's npm packages (half a minute)" npm --prefix studio ci --no-audit --no-fund
  fi
  page=studio/dist/report.html
  if ! [ -f $page ] || [ -n "$(find studio -name node_modules -prune -o -name dist -prune -o \
      -type f ! -name 'sample*.json' -newer $page -print -quit)" ]; then
    step studio "Building the studio's report page (seconds)" npm --prefix studio run build
    touch $page
  fi
fi

build=build/release
if ! [ -f $build/build.ninja ]; then
  step configure "Configuring the build in $build (seconds)" cmake --preset release
fi
what="Building $target: what has changed"
if ! [ -f $build/.ninja_log ]; then
  what="Building $target (the first time a few minutes)"
elif ninja -C $build -n "$target" 2>/dev/null | grep -q 'no work to do'; then
  what= # but new files may still turn up when ninja looks
fi
step build "$what" ninja -C $build -j "$(nproc)" "$target"
