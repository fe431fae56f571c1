"""The evening: close, reopen against a colleague, refusals, a rush."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import grpc
from google.protobuf.field_mask_pb2 import FieldMask

from day import Day, check, refused, say
from helpdesk.v1.ticket_pb2 import Priority, Ticket, TicketState
from helpdesk.v1.ticket_service_pb2 import (
    CloseTicketRequest,
    CreateTicketRequest,
    GetTicketRequest,
    ReopenTicketRequest,
    UpdateTicketRequest,
)

RUSH = 64
"""Calls at the same time in the rush."""


def close_and_reopen(day: Day, ticket: Ticket) -> None:
    """Close, lose a race against a colleague, read again, reopen."""
    say("Closed; opened again, with a colleague between")
    tickets = day.agent.tickets
    closed = tickets.CloseTicket(CloseTicketRequest(name=ticket.name)).ticket
    check(closed.state == TicketState.TICKET_STATE_CLOSED and closed.HasField("close_time"), "it is not closed")
    urgent = Ticket(name=ticket.name, priority=Priority.PRIORITY_URGENT)
    tickets.UpdateTicket(UpdateTicketRequest(ticket=urgent, update_mask=FieldMask(paths=["priority"])))

    stale = ReopenTicketRequest(name=ticket.name, etag=closed.etag)
    refusal = refused(lambda: tickets.ReopenTicket(stale), "what a colleague changed was overwritten unseen")
    check(refusal.reason == "ETAG_MISMATCH", "what the colleague changed was refused for another reason")
    # Somebody would look now what the colleague did; here it is what is expected, so go on from it.
    fresh = tickets.GetTicket(GetTicketRequest(name=ticket.name)).ticket
    check(fresh.priority == Priority.PRIORITY_URGENT, "the colleague's change is lost")
    reopened = tickets.ReopenTicket(ReopenTicketRequest(name=ticket.name, etag=fresh.etag)).ticket
    print(f"{ticket.name} is open again and belongs to {reopened.owner}")
    check(reopened.state == TicketState.TICKET_STATE_OPEN and reopened.owner == day.me, "it did not come back")


def form_not_filled_in(day: Day) -> None:
    """Leave out what a ticket must have."""
    say("What a refusal says about a form that is not filled in")
    empty = CreateTicketRequest(parent=day.account, ticket=Ticket())
    refusal = refused(lambda: day.agent.tickets.CreateTicket(empty), "a ticket without a subject was made")
    check(refusal.code == grpc.StatusCode.INVALID_ARGUMENT, "it was refused with another status")
    check("ticket.subject" in refusal.fields, "the refusal does not name the subject")


def rush(day: Day, ticket: Ticket) -> None:
    """Let everybody look at once: whoever is told to come later does so, and all get their answer."""
    say(f"{RUSH} people look at the same ticket at once")
    request = GetTicketRequest(name=ticket.name)
    with ThreadPoolExecutor(RUSH) as people:
        answers = list(people.map(lambda _: day.agent.tickets.GetTicket(request).ticket.name, range(RUSH)))
    check(answers == [ticket.name] * RUSH, "not everybody saw the ticket")
    print("all of them saw it")
