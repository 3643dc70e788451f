#!/usr/bin/env bash
# The project on a fresh Debian 13, whose Python 3.13 takes the second stack (setup.cfg): a machine
# in a folder, the project cloned and installed in it as a newcomer would.
#
#   tests/machines/debian13.sh [COMMAND …]     as root, on Debian or Ubuntu; of this clone what is
#                                              committed; COMMAND runs in the clone in there
#
# Without COMMAND: tests in there, then runs and models that go from this machine's stack to that
# one and back. With DEBIAN13=DIR the machine stays in DIR, for the next time.
set -euo pipefail

# Mounts are seen by nobody else, and gone when this ends, however it ends.
if [ "${1:-}" != --mounted ]; then exec unshare --mount --propagation private "$0" --mounted "$@"; fi
shift
cd "$(dirname "$0")/../.."
machine=${DEBIAN13:-$(mktemp -d)}

leave() {
  umount --recursive "$machine"/{proc,sys,dev} 2>/dev/null || true
  [ -n "${DEBIAN13:-}" ] || rm -rf --one-file-system "$machine"
}
trap leave EXIT

make_machine() {
  command -v debootstrap >/dev/null || { apt-get update -qq && apt-get install -y -qq debootstrap; }
  # Its packages come from where this machine's own do.
  mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list* 2>/dev/null |
    head -n 1) || true
  debootstrap --variant=minbase --include=python3,python3-venv,make,git,ca-certificates trixie \
    "$machine" $mirror >/dev/null ||
    { tail -n 5 "$machine/debootstrap/debootstrap.log" >&2 && exit 1; }
  # So that a file in it has the same name from in there and from here.
  mkdir -p "$machine$(dirname "$machine")"
  ln -s / "$machine$machine"
}

# This machine's way to the network, pip's settings among it.
connect() {
  for path in /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt /etc/pip.conf \
    /etc/xdg/pip ~/.config/pip ~/.pip; do
    [ -e "$path" ] || continue
    mkdir -p "$machine$(dirname "$path")"
    cp -rL "$path" "$machine$(dirname "$path")"
  done
  for folder in proc sys dev; do mount --rbind "/$folder" "$machine/$folder"; done
}

in_clone() {
  chroot "$machine" /usr/bin/env HOME=/root sh -c 'cd /project && exec "$@"' sh "$@"
}

[ -e "$machine/usr/bin/python3" ] || make_machine
connect
[ -e "$machine/project" ] || git clone --quiet --no-hardlinks . "$machine/project"
git push --quiet --force "$machine/project" HEAD:refs/heads/here
git -C "$machine/project" checkout --quiet --force --detach here

if [ $# != 0 ]; then
  in_clone "$@"
  exit
fi
in_clone make install
in_clone .venv/bin/python -m pytest tests/networks tests/training tests/serving tests/models \
  tests/siblings tests/test_promises.py
cat >"$machine/other_python" <<END
#!/bin/sh
exec chroot '$machine' /usr/bin/env HOME=/root sh -c 'cd /project && exec .venv/bin/python "\$@"' sh "\$@"
END
chmod +x "$machine/other_python"
OTHER_PYTHON=$machine/other_python .venv/bin/python -m pytest tests/machines -m two_stacks \
  --basetemp "$machine/tmp/two_stacks"
