#!/usr/bin/env bash
# Usage: fetch-kubeconform.sh DIRECTORY. Installs kubeconform and the API descriptions of Kubernetes and of operators in DIRECTORY.
set -euo pipefail
directory=$1
[ ! -x "$directory/kubeconform" ] || exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
GOBIN=$work CGO_ENABLED=0 go install github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
# Prints the directory of a Go module's files.
module() { go mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p'; }
mkdir crds
cp "$(module k8s.io/kubernetes@v1.37.2)/api/openapi-spec/swagger.json" .
cp "$(module sigs.k8s.io/gateway-api@v1.6.3)"/config/crd/standard/*.yaml crds
cp "$(module github.com/prometheus-operator/prometheus-operator@v0.85.0)"/example/prometheus-operator-crd/*.yaml crds
cp "$(module github.com/cert-manager/cert-manager@v1.21.2)"/deploy/crds/*.yaml crds
cp "$(module github.com/kedacore/keda/v2@v2.21.0)"/config/crd/bases/*.yaml crds
chmod -R u+w .
mkdir -p "$directory"
cp -r swagger.json crds "$directory"
# Moved last, so that an incomplete download is never mistaken for a complete one.
mv kubeconform "$directory/kubeconform"
