#!/usr/bin/env bash
# build-image.sh NAME [VERSION]: builds the project's Dockerfile with docker, or with buildah where there is none.
set -euo pipefail
name=$1
label=org.opencontainers.image.version=${2:-0.0.0}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "$here/../.." && pwd)
base=$("$here/base-image.sh")
if docker info >/dev/null 2>&1; then
  docker build --build-arg "NODE_IMAGE=$base" --label "$label" --tag "$name" "$project"
else
  buildah bud --quiet --isolation chroot --storage-driver overlay --pull-never --layers \
    --build-arg "NODE_IMAGE=$base" --label "$label" --tag "$name" "$project"
fi
