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
what=
if ! [ -f $build/.ninja_log ]; then
  what="Building $target (the first time 3 to 10 minutes)"
else # says so only when there is something to build, that is, when it takes a while
  (sleep 2 >/dev/null 2>&1; echo "Building $target: what has changed" >&2) 9>&- &
  notice=$!
  trap 'kill $notice 2>/dev/null || true' EXIT
fi
step build "$what" ninja -C $build -j "$(nproc)" "$target"
