"""An agent's day at the help desk, through generated stubs. Ends with status 1 at the first thing that is not right.

HELPDESK_SERVER    where it listens, HOST:PORT or https://HOST:PORT
HELPDESK_ACCOUNT   the account, for example accounts/demo
HELPDESK_TOKEN     bearer token of an agent
HELPDESK_KEY       access key of a channel adapter: through it the customers of this day write
HELPDESK_CHANNEL   a channel that routes to people, for example accounts/demo/channels/chat
HELPDESK_FORM      a channel that leaves strangers' tickets unassigned (HELPDESK_ACCOUNT/channels/form)
"""

from __future__ import annotations

import os
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import grpc
from google.protobuf.field_mask_pb2 import FieldMask

from desk import Desk, Refusal
from helpdesk.access.v1.access_pb2 import Permission, Standing
from helpdesk.v1.access_service_pb2 import GetCallerRequest
from helpdesk.v1.common_pb2 import RichText
from helpdesk.v1.conversation_pb2 import Comment, Message
from helpdesk.v1.conversation_service_pb2 import CreateCommentRequest, SendMessageRequest
from helpdesk.v1.event_pb2 import EventType
from helpdesk.v1.ingress_service_pb2 import InboundMessage, InboundSender, IngestMessageRequest, IngestMessageResponse
from helpdesk.v1.pipeline_pb2 import StatusCategory
from helpdesk.v1.pipeline_service_pb2 import ListPipelineStatusesRequest
from helpdesk.v1.routing_pb2 import Ineligibility, RoutingOutcome
from helpdesk.v1.routing_service_pb2 import ExplainRoutingRequest, ListRoutingDecisionsRequest
from helpdesk.v1.team_service_pb2 import ListTeamsRequest
from helpdesk.v1.ticket_pb2 import Priority, Ticket, TicketState
from helpdesk.v1.ticket_service_pb2 import (
    AssignTicketRequest,
    ChangeTicketStatusRequest,
    CloseTicketRequest,
    CreateTicketRequest,
    GetTicketRequest,
    ListTicketsRequest,
    ReopenTicketRequest,
    UpdateTicketRequest,
)

RUSH = 64
"""Calls at the same time in the rush."""
WATCH_SECONDS = 30.0
"""How long the events of the day may take to come."""


class NotRightError(Exception):
    """Something came out otherwise than it should."""


def check(right: bool, what: str) -> None:
    """End the day where something is not right."""
    if not right:
        raise NotRightError(what)


def say(text: str) -> None:
    """Head a part of the day."""
    print(f"\n# {text}", flush=True)


@dataclass
class Day:
    """Who works where."""

    agent: Desk
    adapter: Desk
    account: str
    chat: str
    form: str
    me: str = ""

    def sign_in(self, stranger: Desk) -> None:
        """Ask who the token stands for, and see what a made-up one gets."""
        say("Who am I")
        caller = self.agent.access.GetCaller(GetCallerRequest()).caller
        self.me = caller.principal
        print(f"{caller.principal}, {Standing.Name(caller.standing)}, {len(caller.grants)} permissions")
        check(caller.account == self.account, f"the token is for {caller.account}, not for {self.account}")
        held = {grant.permission for grant in caller.grants}
        check(Permission.PERMISSION_TICKETS_COMMUNICATE in held, "the token does not let its owner reply to customers")
        try:
            stranger.access.GetCaller(GetCallerRequest())
        except Refusal as refusal:
            print(refusal)
            check(refusal.reason == "CREDENTIAL_INVALID", "a made-up token was refused for another reason")
        else:
            raise NotRightError("a made-up token was let in")

    def customer_writes(self, channel: str, text: str) -> IngestMessageResponse:
        """Hand in a message of somebody new, as the adapter of a channel does."""
        stranger = uuid.uuid4()
        message = InboundMessage(
            external_id=str(uuid.uuid4()),
            sender=InboundSender(email=f"chris-{stranger}@example.com", display_name="Chris Customer"),
            body=RichText(text=text),
        )
        return self.adapter.ingress.IngestMessage(IngestMessageRequest(channel=channel, message=message))

    def unassigned(self) -> list[Ticket]:
        """List the open tickets without owner, page by page."""
        request = ListTicketsRequest(parent=self.account, filter="state = OPEN AND NOT owner:*", page_size=2)
        tickets: list[Ticket] = []
        while True:
            page = self.agent.tickets.ListTickets(request)
            tickets += page.tickets
            if not page.next_page_token:
                return tickets
            request.page_token = page.next_page_token

    def take(self, ticket: Ticket) -> str:
        """Take an unassigned ticket by replying; the answer is the place in the event log after that."""
        say("The tickets that nobody has, and one of them taken by replying")
        waiting = self.unassigned()
        for one in waiting:
            print(f"{one.name}  {one.subject}")
        check(ticket.name in [one.name for one in waiting], f"{ticket.name} is not among the unassigned")
        reply = SendMessageRequest(
            parent=ticket.conversations[0],
            message=Message(body=RichText(text="Of course, Chris. I have changed it.")),
            request_id=str(uuid.uuid4()),
        )
        sent = self.agent.conversations.SendMessage(reply)
        for effect in sent.mutation.effects:
            print(f"-> {effect.summary}")
        check(sent.new_owner == self.me, f"the ticket went to '{sent.new_owner}' instead of {self.me}")
        # The same request once more, as after a broken connection: the stored answer, and no second message.
        again = self.agent.conversations.SendMessage(reply)
        check(again.mutation.replayed and again.message.name == sent.message.name, "the reply was sent twice")
        return sent.mutation.resume_token

    def work_on(self, ticket: Ticket) -> None:
        """Comment, move on, hand over to a team."""
        say("A comment for colleagues, the next status, a team")
        comment = Comment(body=RichText(text="Changed by hand; billing, please look at the invoice."))
        self.agent.conversations.CreateComment(CreateCommentRequest(parent=ticket.conversations[0], comment=comment))

        statuses = self.agent.pipelines.ListPipelineStatuses(ListPipelineStatusesRequest(parent=ticket.pipeline))
        waits = StatusCategory.STATUS_CATEGORY_WAITING_ON_CONTACT
        other = next(status for status in statuses.pipeline_statuses if status.category == waits)
        moved = self.agent.tickets.ChangeTicketStatus(
            ChangeTicketStatusRequest(name=ticket.name, status=other.name)
        ).ticket
        print(f"{ticket.name} is now in {other.display_name}")
        check(moved.status == other.name, f"the status is {moved.status} instead of {other.name}")

        team = self.agent.teams.ListTeams(ListTeamsRequest(parent=self.account)).teams[0]
        # Naming the owner too keeps it: an empty one would leave the ticket to the team.
        handed = self.agent.tickets.AssignTicket(
            AssignTicketRequest(name=ticket.name, owner=self.me, teams=[team.name], etag=moved.etag)
        ).ticket
        print(f"{ticket.name} is assigned to {handed.owner} and {', '.join(handed.teams)}")
        check((handed.owner, list(handed.teams)) == (self.me, [team.name]), "owner and team are not as they were set")

    def watch(self, ticket: Ticket, token: str) -> Ticket:
        """Read what happened since the reply, and see another customer's message come in; gives that ticket."""
        say("What happened since the reply, while somebody writes in the chat")
        events = self.agent.watch(self.account, token, WATCH_SECONDS)
        arrived = self.customer_writes(self.chat, "Hello, is my parcel lost?").ticket
        expected = {
            (ticket.name, EventType.EVENT_TYPE_COMMENT_CREATED),
            (ticket.name, EventType.EVENT_TYPE_TICKET_STATUS_CHANGED),
            (ticket.name, EventType.EVENT_TYPE_TICKET_ASSIGNED),
            (arrived.name, EventType.EVENT_TYPE_TICKET_CREATED),
            (arrived.name, EventType.EVENT_TYPE_MESSAGE_RECEIVED),
        }
        for event in events:
            print(f"{event.sequence}  {EventType.Name(event.type)}  {event.resource}")
            expected.discard((event.ticket, event.type))
            if not expected:
                break
        missing = ", ".join(f"{EventType.Name(kind)} of {name}" for name, kind in sorted(expected))
        check(not expected, f"the stream did not tell of {missing}")
        return arrived

    def why(self, arrived: Ticket) -> None:
        """Read who got the chat and why, and why the agent of this day did not."""
        say("Who got the chat, and why")
        request = ListRoutingDecisionsRequest(parent=arrived.name)
        decision = self.agent.routing.ListRoutingDecisions(request).routing_decisions[0]
        print(decision.summary)
        for candidate in decision.candidates:
            why = ", ".join(map(Ineligibility.Name, candidate.blockers)) or f"rank {candidate.rank}"
            print(f"  {candidate.user}: {candidate.open_ticket_count} open tickets, {why}")
        explained = self.agent.routing.ExplainRouting(ExplainRoutingRequest(name=arrived.name, user=self.me))
        print(explained.answer)
        check(decision.outcome == RoutingOutcome.ROUTING_OUTCOME_ASSIGNED, "nobody got the chat")
        check(decision.user == arrived.owner, f"the decision names {decision.user}, the ticket {arrived.owner}")
        check(bool(explained.answer), "the decision was not explained")

    def close_and_reopen(self, ticket: Ticket) -> None:
        """Close, lose a race against a colleague, read again, reopen."""
        say("Closed; opened again, with a colleague between")
        closed = self.agent.tickets.CloseTicket(CloseTicketRequest(name=ticket.name)).ticket
        check(closed.state == TicketState.TICKET_STATE_CLOSED and closed.HasField("close_time"), "it is not closed")
        urgent = UpdateTicketRequest(
            ticket=Ticket(name=ticket.name, priority=Priority.PRIORITY_URGENT),
            update_mask=FieldMask(paths=["priority"]),
        )
        self.agent.tickets.UpdateTicket(urgent)
        reopen = ReopenTicketRequest(name=ticket.name, etag=closed.etag)
        try:
            self.agent.tickets.ReopenTicket(reopen)
        except Refusal as refusal:
            print(refusal)
            check(refusal.reason == "ETAG_MISMATCH", "what the colleague changed was refused for another reason")
        else:
            raise NotRightError("what a colleague changed was overwritten unseen")
        # Somebody would look now what the colleague did; here it is what is expected, so go on from it.
        fresh = self.agent.tickets.GetTicket(GetTicketRequest(name=ticket.name)).ticket
        check(fresh.priority == Priority.PRIORITY_URGENT, "the colleague's change is lost")
        reopened = self.agent.tickets.ReopenTicket(ReopenTicketRequest(name=ticket.name, etag=fresh.etag)).ticket
        print(f"{ticket.name} is open again and belongs to {reopened.owner}")
        check(reopened.state == TicketState.TICKET_STATE_OPEN and reopened.owner == self.me, "it did not come back")

    def refused(self) -> None:
        """Leave out what a ticket must have."""
        say("What a refusal says about a form that is not filled in")
        try:
            self.agent.tickets.CreateTicket(CreateTicketRequest(parent=self.account, ticket=Ticket()))
        except Refusal as refusal:
            print(refusal)
            check(refusal.code == grpc.StatusCode.INVALID_ARGUMENT, "it was refused with another status")
            check("ticket.subject" in refusal.fields, "the refusal does not name the subject")
        else:
            raise NotRightError("a ticket without a subject was made")

    def rush(self, ticket: Ticket) -> None:
        """Let everybody look at once: whoever is told to come later does so, and all get their answer."""
        say(f"{RUSH} people look at the same ticket at once")
        request = GetTicketRequest(name=ticket.name)
        with ThreadPoolExecutor(RUSH) as people:
            answers = list(people.map(lambda _: self.agent.tickets.GetTicket(request).ticket.name, range(RUSH)))
        check(answers == [ticket.name] * RUSH, "not everybody saw the ticket")
        print("all of them saw it")


def spend(day: Day, stranger: Desk) -> None:
    """Go through the day."""
    day.sign_in(stranger)
    say("A customer fills in the form, and nobody gets it")
    received = day.customer_writes(day.form, "Can I change the address of my order?")
    print(f"{received.ticket.name}: {received.routing_decision.summary}")
    check(received.ticket_created and not received.ticket.owner, "the form should leave the ticket to whoever takes it")
    token = day.take(received.ticket)
    day.work_on(received.ticket)
    arrived = day.watch(received.ticket, token)
    day.why(arrived)
    day.close_and_reopen(received.ticket)
    day.refused()
    day.rush(received.ticket)


def main() -> int:
    """Spend the day and say how it went."""
    server, account = os.environ["HELPDESK_SERVER"], os.environ["HELPDESK_ACCOUNT"]
    desks = [Desk(server, credential) for credential in (os.environ["HELPDESK_TOKEN"], os.environ["HELPDESK_KEY"], "x")]
    agent, adapter, stranger = desks
    form = os.environ.get("HELPDESK_FORM", f"{account}/channels/form")
    try:
        spend(Day(agent, adapter, account, os.environ["HELPDESK_CHANNEL"], form), stranger)
    except (NotRightError, Refusal) as error:
        print(f"Not as it should be: {error}", file=sys.stderr)
        return 1
    finally:
        for one in desks:
            one.close()
    say("All as it should be.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
