#!/usr/bin/env bash
# A customer and an agent converse by mail, over real SMTP both ways (see conversation.py). Installs what it needs and
# generates the stubs into a scratch folder; the mail servers and the service are the script's own.
#
#   examples/mail/run.sh [--check]      --check: also checks style
#
# HELPDESK_BIN       the program (built with cargo when not given)
# HELPDESK_SCRATCH   the scratch folder (target/examples/mail); safe to delete
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
scratch=${HELPDESK_SCRATCH:-$root/target/examples/mail}
readonly here root scratch

mkdir -p "$scratch"
[[ -x "$scratch/venv/bin/pip" ]] || python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
export PATH="$scratch/venv/bin:$PATH"

rm -rf "$scratch/stubs"
mkdir "$scratch/stubs"
(cd "$root/proto" && find . -name '*.proto' -printf '%P\0' | sort -z) |
  xargs -0 python -m grpc_tools.protoc -I"$root/proto" -I"$root/third_party" buf/validate/validate.proto \
    --python_out="$scratch/stubs" --grpc_python_out="$scratch/stubs"
export PYTHONPATH="$scratch/stubs:$root/examples/python" PYTHONDONTWRITEBYTECODE=1

if [[ "${1:-}" == --check ]]; then
  "$scratch/venv/bin/pip" install --quiet --disable-pip-version-check "$(grep '^ruff==' "$root/examples/python/requirements-check.txt")"
  ruff format --no-cache --check --config "$root/examples/python/ruff.toml" "$here"
  ruff check --no-cache --config "$root/examples/python/ruff.toml" "$here"
fi

if [[ -z "${HELPDESK_BIN:-}" ]]; then
  cargo build --quiet --locked --manifest-path "$root/Cargo.toml"
  HELPDESK_BIN=${CARGO_TARGET_DIR:-$root/target}/debug/helpdesk
fi
HELPDESK_BIN=$(realpath "$HELPDESK_BIN") python "$here/conversation.py"
