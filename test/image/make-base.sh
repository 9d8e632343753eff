#!/usr/bin/env bash
# make-base.sh NAME: builds a substitute for the official Node image from Debian packages and the installed node and npm, for
# machines without access to a container registry. It is for tests only. Never publish an image that is built on it.
set -euo pipefail
name=$1
cache=${XDG_CACHE_HOME:-$HOME/.cache}/comapi-webhook-receiver
mkdir -p "$cache"
# Includes dpkg and its database, like the official image, because the build looks up the packages of its files.
debian=$cache/debian-bookworm-node.tar
if ! [ -f "$debian" ]; then
  # Node 26 is linked with libatomic1.
  mmdebstrap --quiet --variant=essential --include=libstdc++6,libatomic1,ca-certificates \
    --aptopt='Acquire::Languages "none"' bookworm "$debian.part.tar"
  mv "$debian.part.tar" "$debian"
fi
node=$(node -p 'process.execPath')
npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
container=$(buildah from scratch)
trap 'buildah rm "$container" >/dev/null' EXIT
buildah add --quiet "$container" "$debian" / >/dev/null
buildah add --quiet "$container" "$node" /usr/local/bin/node >/dev/null
buildah add --quiet "$container" "$npm" /usr/local/lib/node_modules/npm >/dev/null
root=$(buildah mount "$container")
ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
mkdir -p "$root/tmp" "$root/usr/local/etc" && chmod 1777 "$root/tmp"
# The build installs packages, so it needs this machine's package sources.
install -m 644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
cat /etc/npmrc "$HOME/.npmrc" 2>/dev/null | sed '/^cafile/d' >"$root/usr/local/etc/npmrc" || true
echo cafile=/etc/ssl/certs/ca-certificates.crt >>"$root/usr/local/etc/npmrc"
buildah umount "$container" >/dev/null
buildah config --env PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin --cmd node "$container"
buildah commit --quiet "$container" "$name" >/dev/null
