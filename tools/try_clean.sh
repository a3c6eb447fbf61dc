#!/usr/bin/env bash
# Tries ./run and ./test on a plain Debian 12 that debootstrap makes in a temporary folder:
#   tools/try_clean.sh [--work] [--keep] [COMMAND...]
# --work   takes the work tree as it is, with uncommitted and new files, instead of HEAD
# --keep   leaves the folder there, to look at
# COMMAND  instead of "./run" "./test": each argument is a shell command for the repository's folder
# The new system gets this machine's apt sources, certificates, DNS and npm registry settings. Takes
# root, debootstrap, about 2 GB and some 15 minutes; gives up after an hour.
set -euo pipefail
. "$(dirname "$0")/steps.sh"
cd "$root"

work=false keep=false
while [[ ${1:-} == --* ]]; do
  case $1 in
    --work) work=true ;;
    --keep) keep=true ;;
    *) sed -n '2,/^[^#]/s/^# //p' "$0" >&2; exit 2 ;;
  esac
  shift
done
[ $# -gt 0 ] || set -- ./run ./test
[ "$(id -u)" = 0 ] || { echo "debootstrap and chroot need root" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "needs: apt-get install debootstrap" >&2; exit 1; }

system=$(mktemp -d "${TMPDIR:-/tmp}/dure-clean.XXXXXX")
cleanup() {
  ! mountpoint -q "$system/proc" || umount -l "$system/proc"
  if mount | grep -qF " $system/"; then
    echo "still mounted below $system: not removed" >&2
  elif $keep; then
    echo "kept: $system" >&2
  else
    rm -rf --one-file-system "$system"
  fi
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP
deadline=$((SECONDS + 3600))

# Debian 12 from where this machine's apt gets it.
sources=$(apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
  'Created-By: Packages' 'Origin: Debian' | grep -E ' bookworm(-updates|-security)? ' | sort -u || true)
mirror=$(awk '$3 == "bookworm" { print $2; exit }' <<<"$sources")
[ -n "$mirror" ] || { echo "this machine's apt knows no Debian 12 (bookworm): try apt-get update" >&2; exit 1; }
step debootstrap "Making a minimal Debian 12 in $system (1 minute)" timeout 900 \
  debootstrap --variant=minbase bookworm "$system" "$mirror"

# What lets apt and npm reach their registries from here.
echo "$sources" >"$system/etc/apt/sources.list"
for path in /etc/apt/apt.conf.d /etc/ssl/certs /usr/local/share/ca-certificates /etc/resolv.conf /etc/hosts; do
  [ ! -e $path ] || { mkdir -p "$system${path%/*}" && cp -rL $path "$system${path%/*}/"; }
done
settings=()
for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY NODE_EXTRA_CA_CERTS SSL_CERT_FILE CI; do
  [ -z "${!name:-}" ] || settings+=("$name=${!name}")
done
if command -v npm >/dev/null; then
  settings+=("npm_config_registry=$(npm config get registry 2>/dev/null)")
fi

# The repository.
if $work; then
  mkdir -p "$system/root/dure"
  git ls-files -z --cached --others --exclude-standard |
    while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done |
    tar --null -T - -cf - | tar -xf - -C "$system/root/dure" --no-same-owner
else
  git clone -q "file://$root" "$system/root/dure"
fi

mount -t proc proc "$system/proc"
failed=0
for command; do
  echo "==== $command"
  start=$SECONDS
  if timeout --foreground $((deadline - SECONDS)) chroot "$system" env -i HOME=/root TERM=dumb LANG=C.UTF-8 \
      PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${settings[@]}" \
      bash -c "cd /root/dure && $command" </dev/null; then
    echo "---- $command: passed in $((SECONDS - start)) s"
  else
    echo "---- $command: FAILED in $((SECONDS - start)) s"
    failed=1
  fi
done
exit $failed
