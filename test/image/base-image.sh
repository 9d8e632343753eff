#!/usr/bin/env bash
# base-image.sh: prints the name of the image that the project's image is built on, with the version of Node that is at hand. With
# docker the public one; without it a stand-in, which is made where it is missing.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if docker info >/dev/null 2>&1; then
  sed -n "s/^ARG NODE_IMAGE=node:[0-9]*/node:$(node -p 'parseInt(process.versions.node)')/p" "$here/../../Dockerfile"
  exit
fi
for tool in buildah podman runc mmdebstrap; do
  command -v "$tool" >/dev/null || { echo "the image tests need docker, or buildah, podman, runc and mmdebstrap: $tool is missing" >&2; exit 1; }
done
# Made anew when the way it is made changes, or the node that goes into it.
base=localhost/comapi-webhook-base:$(node --version)-$(sha256sum "$here/make-base.sh" | cut -c 1-12)
buildah inspect --type image "$base" >/dev/null 2>&1 || "$here/make-base.sh" "$base" >&2
echo "$base"
