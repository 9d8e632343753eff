#!/usr/bin/env bash
# base-image.sh: prints the name of the base image, with the version of the installed Node. With docker, it is the public image.
# Otherwise, it is a substitute, which is built if it is missing.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if docker info >/dev/null 2>&1; then
  sed -n "s/^ARG NODE_IMAGE=node:[0-9]*/node:$(node -p 'parseInt(process.versions.node)')/p" "$here/../../Dockerfile"
  exit
fi
for tool in buildah podman runc mmdebstrap; do
  command -v "$tool" >/dev/null || { echo "the image tests need docker, or buildah, podman, runc and mmdebstrap: $tool is missing" >&2; exit 1; }
done
# The name changes with the build script and the Node binary, so that a change of either triggers a new build.
base=localhost/comapi-webhook-base:$(node --version)-$(sha256sum "$here/make-base.sh" | cut -c 1-12)
buildah inspect --type image "$base" >/dev/null 2>&1 || "$here/make-base.sh" "$base" >&2
echo "$base"
