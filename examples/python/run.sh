#!/usr/bin/env bash
# The agent's day in Python: installs what it needs and generates the stubs into a scratch folder, then runs the day
# against HELPDESK_SERVER, or against a demo of its own (see ../shell/with-demo.sh and agent_day.py).
#
#   examples/python/run.sh [--check]      --check: also checks types and style
#
# HELPDESK_SCRATCH   the scratch folder (target/examples/python); safe to delete
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
scratch=${HELPDESK_SCRATCH:-$root/target/examples/python}
readonly here root scratch

requirements=$here/requirements.txt
[[ "${1:-}" != --check ]] || requirements=$here/requirements-check.txt

mkdir -p "$scratch"
[[ -x "$scratch/venv/bin/pip" ]] || python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
export PATH="$scratch/venv/bin:$PATH"

# protoc ARGUMENT..: the compiler over the whole contract and the files it imports. google/rpc and google/api come with
# the package googleapis-common-protos and are not made again.
protoc() {
  (cd "$root/proto" && find . -name '*.proto' -printf '%P\0' | sort -z) |
    xargs -0 python -m grpc_tools.protoc -I"$root/proto" -I"$root/third_party" buf/validate/validate.proto "$@"
}

rm -rf "$scratch/stubs" "$scratch/types" "$scratch/mypy"
mkdir "$scratch/stubs" "$scratch/types"
protoc --python_out="$scratch/stubs" --pyi_out="$scratch/stubs" --grpc_python_out="$scratch/stubs"
export PYTHONPATH="$scratch/stubs" PYTHONDONTWRITEBYTECODE=1

if [[ "${1:-}" == --check ]]; then
  ruff format --no-cache --check "$here"
  ruff check --no-cache "$here"
  protoc --mypy_out="quiet:$scratch/types" --mypy_grpc_out="quiet:$scratch/types" \
    google/rpc/{code,error_details,status}.proto
  (cd "$here" && MYPYPATH=$scratch/types mypy --strict --cache-dir "$scratch/mypy" agent_day.py)
fi

"$root/examples/shell/with-demo.sh" python "$here/agent_day.py"
