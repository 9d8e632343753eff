#!/usr/bin/env bash
# make-base.sh NAME: makes a stand-in for the official Node image from Debian packages and the node and npm at hand, for
# machines that reach no container registry. It serves tests only: never publish what is built on it.
set -euo pipefail
name=$1
cache=${XDG_CACHE_HOME:-$HOME/.cache}/comapi-webhook-receiver
mkdir -p "$cache"
# With dpkg and its database, as the official image has them: the build asks which packages its files are from.
debian=$cache/debian-bookworm-node.tar
if ! [ -f "$debian" ]; then
  # libatomic1 is what Node 26 is linked with.
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
# The build installs packages: it needs this machine's way to them.
install -m 644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
cat /etc/npmrc "$HOME/.npmrc" 2>/dev/null | sed '/^cafile/d' >"$root/usr/local/etc/npmrc" || true
echo cafile=/etc/ssl/certs/ca-certificates.crt >>"$root/usr/local/etc/npmrc"
buildah umount "$container" >/dev/null
buildah config --env PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin --cmd node "$container"
buildah commit --quiet "$container" "$name" >/dev/null
