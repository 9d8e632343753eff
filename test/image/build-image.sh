#!/usr/bin/env bash
# build-image.sh NAME [VERSION]: builds the project's Dockerfile. With docker from the public base; without it by buildah, from a
# base made here.
set -euo pipefail
name=$1
label=org.opencontainers.image.version=${2:-0.0.0}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/../.." && pwd)
if docker info >/dev/null 2>&1; then
  docker build --label "$label" --tag "$name" "$project"
  exit
fi
for tool in buildah podman runc mmdebstrap; do
  command -v "$tool" >/dev/null || { echo "the image tests need docker, or buildah, podman, runc and mmdebstrap: $tool is missing" >&2; exit 1; }
done
base=localhost/comapi-webhook-base:test
buildah inspect --type image "$base" >/dev/null 2>&1 || "$here/make-base.sh" "$base"
buildah bud --quiet --isolation chroot --storage-driver overlay --pull-never --layers \
  --build-arg "NODE_IMAGE=$base" --label "$label" --tag "$name" "$project"
