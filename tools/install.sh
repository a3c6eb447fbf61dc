#!/usr/bin/env bash
# Installs with apt what is missing, and does nothing when nothing is: tools/install.sh [run|test|ci]
#   run   what it takes to build and run Dure       test  ... and its tests
#   ci    ... and the checks of .ci/run
set -euo pipefail
. "$(dirname "$0")/steps.sh"

packages="g++ cmake ninja-build libcli11-dev libtomlplusplus-dev nlohmann-json3-dev libfmt-dev
  libsqlite3-dev libyaml-cpp-dev libzstd-dev zlib1g-dev"
# The studio takes any Node.js from 18.19 on, from wherever it was installed.
if ! { command -v npm && node -e 'const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit(major > 18 || (major == 18 && minor >= 19) ? 0 : 1)'; } >/dev/null 2>&1; then
  packages+=" nodejs npm ca-certificates"
fi
test_packages="doctest-dev python3"
ci_packages="git clang clang-format libclang-rt-14-dev python3-simpy3 libns3-dev"
case ${1:-run} in
  run) ;;
  test) packages+=" $test_packages" ;;
  ci) packages+=" $test_packages $ci_packages" ;;
  *) echo "usage: tools/install.sh [run|test|ci]" >&2; exit 2 ;;
esac

if ! command -v apt-get >/dev/null; then
  echo "This is no Debian system. Dure needs what these Debian 12 packages hold:" $packages >&2
  exit 0 # it may all be there
fi
installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $packages 2>/dev/null |
  sed -n 's/^installed //p' || true)
missing=$(comm -23 <(printf '%s\n' $packages | sort -u) <(sort -u <<<"$installed") | tr '\n' ' ')
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "Dure needs these packages, and installing them takes root or sudo. As root, run:" >&2
    echo "  apt-get update && apt-get install --no-install-recommends $missing" >&2
    exit 1
  fi
  sudo="sudo"
  $sudo -v # asks for the password here rather than inside a quiet step
fi
apt() { $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@"; }
install() { apt update && apt install -y --no-install-recommends $missing; }
step install "Installing with apt (1 to 5 minutes): $missing" install
