# Sourced by the scripts: `root`, the repository's folder, and `step`.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# step LOG WHAT COMMAND...: says WHAT in one line (unless empty), runs COMMAND with its output in
# build/LOG.log, and on failure shows the first errors and the end of it, and exits.
step() {
  local log=build/$1.log what=$2 status=0
  shift 2
  [ -z "$what" ] || echo "$what" >&2
  mkdir -p "$root/build"
  "$@" >"$root/$log" 2>&1 </dev/null || status=$?
  if [ $status != 0 ]; then
    grep -m 5 'error: ' "$root/$log" >&2 || true # the first ones say most
    tail -n 40 "$root/$log" >&2
    echo "failed (exit code $status); all of the output: $root/$log" >&2
    exit $status
  fi
}
