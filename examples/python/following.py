"""Noon: what happened meanwhile, and why who got what."""

from __future__ import annotations

import itertools

from day import Day, check, say
from helpdesk.v1.event_pb2 import EventType
from helpdesk.v1.routing_pb2 import Ineligibility, RoutingOutcome
from helpdesk.v1.routing_service_pb2 import ExplainRoutingRequest, ListRoutingDecisionsRequest
from helpdesk.v1.ticket_pb2 import Ticket

WATCH_SECONDS = 30.0
"""How long the events may take to come."""


def watch(day: Day, ticket: Ticket, token: str) -> Ticket:
    """Read what happened since the reply, and see another customer's message come in; gives that ticket."""
    say("What happened since the reply, while somebody writes in the chat")
    events = day.agent.watch(day.account, token, WATCH_SECONDS)
    # The stream is open as soon as its first event is here; the message comes while it is.
    first = next(events)
    arrived = day.customer_writes(day.chat, "Hello, is my parcel lost?").ticket
    expected = {
        (ticket.name, EventType.EVENT_TYPE_COMMENT_CREATED),
        (ticket.name, EventType.EVENT_TYPE_TICKET_STATUS_CHANGED),
        (ticket.name, EventType.EVENT_TYPE_TICKET_ASSIGNED),
        (arrived.name, EventType.EVENT_TYPE_TICKET_CREATED),
        (arrived.name, EventType.EVENT_TYPE_MESSAGE_RECEIVED),
    }
    for event in itertools.chain([first], events):
        print(f"{event.sequence}  {EventType.Name(event.type)}  {event.resource}")
        expected.discard((event.ticket, event.type))
        if not expected:
            break
    events.close()
    missing = ", ".join(f"{EventType.Name(kind)} of {name}" for name, kind in sorted(expected))
    check(not expected, f"the stream did not tell of {missing}")
    return arrived


def why(day: Day, arrived: Ticket) -> None:
    """Read who got the chat and why, and why the agent of this day did not."""
    say("Who got the chat, and why")
    request = ListRoutingDecisionsRequest(parent=arrived.name)
    decision = day.agent.routing.ListRoutingDecisions(request).routing_decisions[0]
    print(decision.summary)
    for candidate in decision.candidates:
        reason = ", ".join(map(Ineligibility.Name, candidate.blockers)) or f"rank {candidate.rank}"
        print(f"  {candidate.user}: {candidate.open_ticket_count} open tickets, {reason}")
    explained = day.agent.routing.ExplainRouting(ExplainRoutingRequest(name=arrived.name, user=day.me))
    print(explained.answer)
    check(decision.outcome == RoutingOutcome.ROUTING_OUTCOME_ASSIGNED, "nobody got the chat")
    check(decision.user == arrived.owner, f"the decision names {decision.user}, the ticket {arrived.owner}")
    check(bool(explained.answer), "the decision was not explained")
