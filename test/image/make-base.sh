#!/usr/bin/env bash
# make-base.sh NAME: makes a stand-in for the official Node image from Debian packages and the node and npm at hand, for
# machines that reach no container registry. It serves tests only: never publish what is built on it.
set -euo pipefail
name=$1
cache=${XDG_CACHE_HOME:-$HOME/.cache}/comapi-webhook-receiver
mkdir -p "$cache"
if ! [ -f "$cache/debian.tar" ]; then
  mmdebstrap --quiet --variant=extract \
    --include=base-files,base-passwd,dash,bash,coreutils,libc-bin,libstdc++6,grep,sed,findutils,ca-certificates \
    --aptopt='Acquire::Languages "none"' bookworm "$cache/debian.part.tar"
  mv "$cache/debian.part.tar" "$cache/debian.tar"
fi
node=$(node -p 'process.execPath')
npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
container=$(buildah from scratch)
trap 'buildah rm "$container" >/dev/null' EXIT
buildah add --quiet "$container" "$cache/debian.tar" / >/dev/null
buildah add --quiet "$container" "$node" /usr/local/bin/node >/dev/null
buildah add --quiet "$container" "$npm" /usr/local/lib/node_modules/npm >/dev/null
root=$(buildah mount "$container")
ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
[ -e "$root/bin/sh" ] || ln -s dash "$root/bin/sh"
mkdir -p "$root/tmp" "$root/usr/local/etc" && chmod 1777 "$root/tmp"
# The build installs packages: it needs this machine's way to them.
install -m 644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
cat /etc/npmrc "$HOME/.npmrc" 2>/dev/null | sed '/^cafile/d' >"$root/usr/local/etc/npmrc" || true
echo cafile=/etc/ssl/certs/ca-certificates.crt >>"$root/usr/local/etc/npmrc"
buildah umount "$container" >/dev/null
buildah config --env PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin --cmd node "$container"
buildah commit --quiet "$container" "$name" >/dev/null
