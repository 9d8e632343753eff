#!/usr/bin/env bash
# fetch-checkov.sh DIRECTORY: makes a virtual environment with checkov in DIRECTORY, once.
set -euo pipefail
directory=$1
[ -f "$directory/complete" ] && exit
rm -rf "$directory"
python3 -m venv "$directory"
"$directory/bin/python" -m pip install --quiet --disable-pip-version-check checkov==3.3.0
touch "$directory/complete"
