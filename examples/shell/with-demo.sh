#!/usr/bin/env bash
# Runs a command against a help desk: the one that HELPDESK_SERVER names, else a demo of its own on a free port, ended
# afterwards. With a demo of its own it runs the command twice: the second time the service is down when the command
# begins, and comes up with room for one call at a time, so that the command must try again as it is told.
#
#   examples/shell/with-demo.sh COMMAND..
#
# HELPDESK_BIN   the program (built with cargo when not given)
set -euo pipefail

[[ $# -gt 0 ]] || {
  printf 'usage: %s COMMAND..\n' "$0" >&2
  exit 2
}
[[ -z "${HELPDESK_SERVER:-}" ]] || exec "$@"

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
readonly root work
service=
log=$work/1.log

end_service() {
  [[ -n $service ]] || return 0
  kill "$service"
  wait "$service" || true
  service=
}

clean_up() {
  local status=$?
  end_service
  if ((status != 0)) && [[ -s $log ]]; then
    printf 'The end of what the service said:\n' >&2
    grep -v 'HELPDESK_' "$log" | tail -n 20 >&2
  fi
  rm -rf "$work"
}
trap clean_up EXIT

program() {
  if [[ -n "${HELPDESK_BIN:-}" ]]; then
    realpath "$HELPDESK_BIN"
  else
    cargo build --quiet --locked --manifest-path "$root/Cargo.toml"
    realpath "${CARGO_TARGET_DIR:-$root/target}/debug/helpdesk"
  fi
}

# start_service ADDRESS ARGUMENT..: the demo on that address, in the background; its data stays in $work.
start_service() {
  : >"$log"
  (cd "$work" && exec "$helpdesk" demo --listen "$@" >"$log" 2>&1) &
  service=$!
}

# until_said TEXT FILE: waits until the file says so.
until_said() {
  local tries
  for ((tries = 0; tries < 600; tries++)); do
    ! grep -q -- "$1" "$2" || return 0
    sleep 0.1
  done
  printf 'Waited a minute for "%s" in vain.\n' "$1" >&2
  return 1
}

helpdesk=$(program)
readonly helpdesk

start_service 127.0.0.1:0
until_said 'HELPDESK_KEY=' "$log"
# shellcheck disable=SC1090
source <(grep '^export HELPDESK_' "$log")
"$@"

printf '\n# Once more, begun while the service is down, and busy when it is back.\n'
end_service
log=$work/2.log
: >"$work/second"
("$@" 2>&1 && printf 'The second day is over.\n' || printf 'The second day went wrong.\n') | tee "$work/second" &
until_said 'trying again in' "$work/second"
start_service "$HELPDESK_SERVER" --set limits.in_flight_start=1 --set limits.in_flight_min=1 \
  --set limits.in_flight_max=1 --set limits.queue_wait=1ms
until_said '^The second day ' "$work/second"
for said in '(on our own)' '(as told)' 'The second day is over'; do
  grep -qF -- "$said" "$work/second" || {
    printf 'The second day should have said "%s".\n' "$said" >&2
    exit 1
  }
done
