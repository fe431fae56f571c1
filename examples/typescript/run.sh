#!/usr/bin/env bash
# The agent's day in TypeScript: installs what it needs, generates the stubs and compiles in a scratch folder, then runs
# the day against HELPDESK_SERVER, or against a demo of its own (see ../shell/with-demo.sh and agent-day.ts).
#
#   examples/typescript/run.sh
#
# HELPDESK_SCRATCH   the scratch folder (target/examples/typescript); safe to delete
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
scratch=${HELPDESK_SCRATCH:-$root/target/examples/typescript}
readonly here root

node --eval 'process.exit(Number.parseInt(process.versions.node) < 20 ? 1 : 0)' || {
  printf 'Node 20 or newer is needed, this is %s.\n' "$(node --version)" >&2
  exit 1
}

mkdir -p "$scratch"
rm -f "$scratch"/*.ts
scratch=$(cd "$scratch" && pwd)
cp "$here"/*.json "$here"/*.ts "$scratch"
cd "$scratch"
# Exactly what the lock file says, and no program of a package is run on the way.
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
export PATH="$scratch/node_modules/.bin:$PATH"

buf generate "$root" --template "$here/buf.gen.yaml" --output "$scratch"
rm -rf built
tsc --project .

"$root/examples/shell/with-demo.sh" node "$scratch/built/agent-day.js"
