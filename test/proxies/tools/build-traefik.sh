#!/usr/bin/env bash
# build-traefik.sh VERSION DIRECTORY: puts an executable `traefik` of that version into DIRECTORY. Ten minutes, once.
set -euo pipefail
version=$1 directory=$2
mkdir -p "$directory"
work=$(mktemp -d "$directory.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

# `go install` refuses a module that replaces others. So its replacements become those of a module around it.
go_mod=$(go mod download -json "github.com/traefik/traefik/v3@v$version" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')
{
  echo 'module build-traefik'
  grep -E '^go ' "$go_mod"
  echo "require github.com/traefik/traefik/v3 v$version"
  awk '/^(replace|exclude) \(/,/^\)/' "$go_mod"
  grep -E '^(replace|exclude) [^(]' "$go_mod" || true
} >go.mod
export CGO_ENABLED=0 GOFLAGS='-buildvcs=false -trimpath'
go get -tool "github.com/traefik/traefik/v3/cmd/traefik@v$version"
go build -ldflags '-s -w' -o traefik github.com/traefik/traefik/v3/cmd/traefik
# Moved last: a broken build must not look like a traefik.
mv traefik "$directory/traefik"
