#!/usr/bin/env bash
# Writes the locks: names, versions and hashes only. Needs the environment that `make setup` builds.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
options=(--quiet --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options
  --no-annotate --no-header --no-strip-extras --allow-unsafe "$@")
group() { "$bin/python" -c 'import sys, tomllib
print("\n".join(tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"][sys.argv[1]]))' "$1"; }
dev=$(mktemp --suffix .in)
trap 'rm -f "$dev"' EXIT
for name in test lint build lock; do group "$name" >>"$dev"; done
"$bin/pip-compile" "${options[@]}" --extra fast --extra github --output-file requirements/runtime.txt pyproject.toml
"$bin/pip-compile" "${options[@]}" --output-file requirements/dev.txt pyproject.toml "$dev"
group older-driver >"$dev"
"$bin/pip-compile" "${options[@]}" --output-file requirements/older-driver.txt "$dev"
