# A Debian in a root of its own with the newest rustc and its std's source, for who has to
# build std: sourced by check-targets and sanitize, which say first what `cannot` prints.
#
#   make_root            once, some minutes; in $TARGETS_ROOT or /var/tmp/buzzer-targets
#   copy_tree            the checkout, to /buzzer there
#   in_root COMMAND…
#
# Needs Debian and root. Removed, it is made again, with what is newest then.

root=${TARGETS_ROOT:-/var/tmp/buzzer-targets}

# Shown only of what fails.
quietly() {
  local log
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1; then
    cat "$log" >&2
    rm "$log"
    cannot "failed: $*"
  fi
  rm "$log"
}

in_root() { DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"; }

make_root() {
  [ "$(id -u)" -eq 0 ] || cannot "only root can make a Debian to build std in, and enter it"
  command -v apt-get >/dev/null || cannot "it takes Debian's rust-src, and there is no apt-get here"

  # One run at a time: they share the root.
  mkdir -p "$root"
  exec 9>"$root.lock"
  flock 9

  if ! [ -e "$root/.ready" ]; then
    if ! command -v debootstrap >/dev/null; then
      quietly apt-get update -q
      quietly apt-get install -y -q --no-install-recommends debootstrap
    fi
    # Half made, it may have what debootstrap had mounted: that is for a person to remove.
    [ -z "$(ls -A "$root")" ] || cannot "$root is half made; unmount what is in it, and remove it"
    quietly debootstrap --variant=minbase --include=ca-certificates sid "$root"
    quietly in_root apt-get install -y -q --no-install-recommends \
      cargo rustc rust-src gcc libc6-dev
    touch "$root/.ready"
  fi

  # debootstrap makes none, and tests look this name up.
  [ -e "$root/etc/hosts" ] || printf '127.0.0.1 localhost\n::1 localhost\n' > "$root/etc/hosts"

  # Where this machine trusts certificates of its own, the root has to as well.
  certificates=()
  if [ -n "${SSL_CERT_FILE:-}" ]; then
    cp "$SSL_CERT_FILE" "$root/etc/ssl/of-the-host.pem"
    certificates=(CARGO_HTTP_CAINFO=/etc/ssl/of-the-host.pem)
  fi
}

# A copy with its files' times, in place of the last one: no mount, and nothing that is
# ignored comes along. Only what an earlier copy has listed is removed, so that nothing
# goes that this script has not put there.
copy_tree() {
  local copy=$root/buzzer list=$root/buzzer.list
  mkdir -p "$copy"
  if [ -e "$list" ]; then
    (cd "$copy" && xargs --null --no-run-if-empty rm -f -- <"$list")
  fi
  git -c safe.directory="$PWD" ls-files -z --cached --others --exclude-standard |
    while IFS= read -r -d '' file; do
      if [ -f "$file" ]; then printf '%s\0' "$file"; fi
    done >"$list"
  tar --null --files-from="$list" --create | tar --extract --directory "$copy"
}
