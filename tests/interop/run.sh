#!/usr/bin/env bash
# Checkpoints are plain Parquet: writes some with columns of every type, and reads them with Python Polars,
# DuckDB and pyarrow, each from its package. See README.md. Usage: run.sh [PACKAGE==VERSION…]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
work=$target/interop

if ! command -v python3 > /dev/null || ! python3 -c 'import venv, ensurepip' 2> /dev/null; then
  echo "interop: not run, it needs python3 with venv" >&2
  exit 77 # as harnesses say "skipped"
fi
[ $# -gt 0 ] || set -- polars duckdb pyarrow
[ -x "$work/venv/bin/python" ] || python3 -m venv "$work/venv"
if ! "$work/venv/bin/pip" install --quiet --disable-pip-version-check "$@"; then
  echo "interop: not run, no package index has: $*" >&2
  exit 77
fi

rm -rf "$work/store"
# The whole workspace, so that it is the build of the tests.
cargo build --quiet --locked --workspace --bin interop --manifest-path "$root/Cargo.toml"
"$target/debug/interop" "$work/store" > "$work/files"
"$work/venv/bin/python" "$here/check.py" < "$work/files"
