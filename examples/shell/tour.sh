#!/usr/bin/env bash
# A tour of a running help desk with nothing but grpcurl: the contract, a ticket, a customer's message, a reply, the
# events of it all, and what refusals look like. Ends with the first thing that is not as it should be.
#
# HELPDESK_SERVER    where it listens (127.0.0.1:50051)
# HELPDESK_ACCOUNT   the account, for example accounts/demo
# HELPDESK_TOKEN     bearer token of an agent of that account
# HELPDESK_KEY       access key of a channel adapter, which may ingest messages
# HELPDESK_CHANNEL   a channel that creates tickets, for example accounts/demo/channels/chat
set -euo pipefail

readonly server=${HELPDESK_SERVER:-127.0.0.1:50051}
readonly account=${HELPDESK_ACCOUNT:?names the account, for example accounts/demo}
readonly agent=${HELPDESK_TOKEN:?is the bearer token of an agent}
readonly adapter=${HELPDESK_KEY:?is the access key of a channel adapter}
readonly channel=${HELPDESK_CHANNEL:?names a channel that creates tickets}
readonly api=helpdesk.v1

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

say() {
  printf '\n# %s\n' "$*" >&2
}

# call CREDENTIAL METHOD JSON: one call; the answer goes to standard output.
call() {
  grpcurl -plaintext -H "authorization: Bearer $1" -d "$3" "$server" "$api.$2"
}

# refused CODE CREDENTIAL METHOD JSON: the call must be refused with that gRPC code (grpcurl ends with 64 + code).
refused() {
  local code=$1 status=0 answer
  shift
  answer=$(call "$@" 2>&1) || status=$?
  printf '%s\n' "$answer"
  [[ $status == $((64 + code)) ]] || fail "expected the refusal $code of $2, got exit status $status"
  [[ $answer == *'"reason"'* ]] || fail "the refusal of $2 says no reason"
}

# field NAME: the first value of that name in the JSON on standard input.
field() {
  local all
  all=$(sed -n "s/^ *\"$1\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}\$/\1/p")
  printf '%s\n' "${all%%$'\n'*}"
}

# shown: passes standard input on and lets the reader see it.
shown() {
  local all
  all=$(cat)
  printf '%s\n' "$all" >&2
  printf '%s\n' "$all"
}

say 'What is served, and who may assign a ticket'
grpcurl -plaintext "$server" list
grpcurl -plaintext "$server" describe "$api.TicketService.AssignTicket"

say 'Who am I, and where do the events stand'
me=$(call "$agent" AccessService/GetCaller '{}' | shown | field principal)
token=$(call "$agent" EventService/GetResumeToken "{\"parent\": \"$account\", \"startPoint\": \"START_POINT_NOW\"}" |
  field resumeToken)

say 'A ticket by hand, assigned to me'
pipeline=$(call "$agent" PipelineService/ListPipelines "{\"parent\": \"$account\"}" | field name)
status=$(call "$agent" PipelineService/ListPipelineStatuses "{\"parent\": \"$pipeline\"}" | field name)
ticket=$(call "$agent" TicketService/CreateTicket "{
  \"parent\": \"$account\",
  \"ticket\": {\"subject\": \"The printer is on fire\", \"pipeline\": \"$pipeline\", \"status\": \"$status\"}
}" | shown | field name)
owner=$(call "$agent" TicketService/AssignTicket "{\"name\": \"$ticket\", \"owner\": \"$me\"}" | field owner)
[[ $owner == "$me" ]] || fail "$ticket belongs to '$owner' instead of '$me'"

say 'A customer writes: a ticket, routed by the rules of the channel'
received=$(call "$adapter" IngressService/IngestMessage "{
  \"channel\": \"$channel\",
  \"message\": {
    \"externalId\": \"tour-$$-$RANDOM\",
    \"externalThreadKey\": \"tour-$$-$RANDOM\",
    \"subject\": \"Where is my parcel?\",
    \"sender\": {\"email\": \"customer@example.com\", \"displayName\": \"Chris Customer\"},
    \"body\": {\"text\": \"It should have come on Monday.\"}
  }
}")
printf '%s\n' "$received"
routed=$(field name <<<"$received")
call "$agent" RoutingService/ListRoutingDecisions "{\"parent\": \"$routed\"}"

say 'The answer'
conversation=$(call "$agent" ConversationService/ListConversations "{
  \"parent\": \"$account\", \"filter\": \"ticket = \\\"$routed\\\"\"
}" | field name)
call "$agent" ConversationService/SendMessage "{
  \"parent\": \"$conversation\", \"message\": {\"body\": {\"text\": \"It is on its way.\"}}
}"

say 'What happened meanwhile, from the place noted above'
events=$(grpcurl -plaintext -max-time 3 -H "authorization: Bearer $agent" \
  -d "{\"parent\": \"$account\", \"resumeToken\": \"$token\"}" "$server" "$api.EventService/WatchEvents" 2>&1) || true
printf '%s\n' "$events"
for type in TICKET_CREATED TICKET_ASSIGNED MESSAGE_RECEIVED MESSAGE_SENT; do
  [[ $events == *"EVENT_TYPE_$type"* ]] || fail "the stream did not tell of $type"
done

say 'Refusals: no credential, a field that is wrong, a ticket that is not there, a call that is not for adapters'
refused 16 none TicketService/GetTicket "{\"name\": \"$ticket\"}"
refused 3 "$agent" TicketService/CreateTicket "{\"parent\": \"$account\", \"ticket\": {\"pipeline\": \"$pipeline\"}}"
refused 5 "$agent" TicketService/GetTicket "{\"name\": \"$account/tickets/999999999\"}"
refused 7 "$adapter" TicketService/AssignTicket "{\"name\": \"$ticket\", \"owner\": \"$me\"}"

say 'All as expected.'
