"""The morning: sign in, take an unassigned ticket by replying, work on it."""

from __future__ import annotations

import uuid

from day import Day, check, refused, say
from desk import Desk
from helpdesk.access.v1.access_pb2 import Permission, Standing
from helpdesk.v1.access_service_pb2 import GetCallerRequest
from helpdesk.v1.common_pb2 import RichText
from helpdesk.v1.conversation_pb2 import Draft
from helpdesk.v1.conversation_service_pb2 import SaveDraftRequest, SendMessageRequest
from helpdesk.v1.pipeline_pb2 import StatusCategory
from helpdesk.v1.pipeline_service_pb2 import ListPipelineStatusesRequest
from helpdesk.v1.team_service_pb2 import ListTeamsRequest
from helpdesk.v1.ticket_pb2 import Ticket
from helpdesk.v1.ticket_service_pb2 import (
    AssignTicketRequest,
    ChangeTicketStatusRequest,
    GetTicketRequest,
    ListTicketsRequest,
)


def sign_in(day: Day) -> None:
    """Ask who the token stands for, and see what a made-up one gets."""
    say("Who am I")
    caller = day.agent.access.GetCaller(GetCallerRequest()).caller
    day.me = caller.principal
    print(f"{caller.principal}, {Standing.Name(caller.standing)}, {len(caller.grants)} permissions")
    check(caller.account == day.account, f"the token is for {caller.account}, not for {day.account}")
    held = {grant.permission for grant in caller.grants}
    check(Permission.PERMISSION_TICKETS_COMMUNICATE in held, "the token does not let its owner reply to customers")
    with Desk(day.server, "made-up") as stranger:
        refusal = refused(lambda: stranger.access.GetCaller(GetCallerRequest()), "a made-up token was let in")
    check(refusal.reason == "CREDENTIAL_INVALID", "a made-up token was refused for another reason")


def form_comes_in(day: Day) -> Ticket:
    """Let a customer fill in the form, which routes to nobody."""
    say("A customer fills in the form, and nobody gets it")
    received = day.customer_writes(day.form, "Can I change the address of my order?")
    print(f"{received.ticket.name}: {received.routing_decision.summary}")
    check(received.ticket_created and not received.ticket.owner, "the form should leave the ticket to whoever takes it")
    return received.ticket


def unassigned(day: Day) -> list[Ticket]:
    """List the open tickets without owner, page by page."""
    request = ListTicketsRequest(parent=day.account, filter="state = OPEN AND NOT owner:*", page_size=2)
    tickets: list[Ticket] = []
    while True:
        page = day.agent.tickets.ListTickets(request)
        tickets += page.tickets
        if not page.next_page_token:
            return tickets
        request.page_token = page.next_page_token


def take(day: Day, ticket: Ticket) -> str:
    """Take an unassigned ticket by replying; the answer is the place in the event log after that."""
    say("The tickets that nobody has, and one of them taken by replying; a draft takes nothing")
    waiting = unassigned(day)
    for one in waiting:
        print(f"{one.name}  {one.subject}")
    check(ticket.name in [one.name for one in waiting], f"{ticket.name} is not among the unassigned")

    conversation = ticket.conversations[0]
    words = Draft(body=RichText(text="Of course, Chris. I have changed it."))
    draft = day.agent.conversations.SaveDraft(SaveDraftRequest(parent=conversation, draft=words)).draft
    owner = day.agent.tickets.GetTicket(GetTicketRequest(name=ticket.name)).ticket.owner
    check(not owner, f"the draft gave the ticket to {owner}")

    reply = SendMessageRequest(parent=conversation, draft=draft.name, request_id=str(uuid.uuid4()))
    sent = day.agent.conversations.SendMessage(reply)
    for effect in sent.mutation.effects:
        print(f"-> {effect.summary}")
    check(sent.new_owner == day.me, f"the ticket went to '{sent.new_owner}' instead of {day.me}")
    # The same request once more, as after a broken connection: the stored answer, and no second message.
    again = day.agent.conversations.SendMessage(reply)
    check(again.mutation.replayed and again.message.name == sent.message.name, "the reply was sent twice")
    return sent.mutation.resume_token


def work_on(day: Day, ticket: Ticket) -> None:
    """Move on, hand over to a team."""
    say("The next status, a team")
    statuses = day.agent.pipelines.ListPipelineStatuses(ListPipelineStatusesRequest(parent=ticket.pipeline))
    waits = StatusCategory.STATUS_CATEGORY_WAITING_ON_CONTACT
    other = next(status for status in statuses.pipeline_statuses if status.category == waits)
    moved = day.agent.tickets.ChangeTicketStatus(ChangeTicketStatusRequest(name=ticket.name, status=other.name)).ticket
    print(f"{ticket.name} is now in {other.display_name}")
    check(moved.status == other.name, f"the status is {moved.status} instead of {other.name}")

    team = day.agent.teams.ListTeams(ListTeamsRequest(parent=day.account)).teams[0]
    # Naming the owner too keeps it: an empty one would leave the ticket to the team.
    handed = day.agent.tickets.AssignTicket(
        AssignTicketRequest(name=ticket.name, owner=day.me, teams=[team.name], etag=moved.etag)
    ).ticket
    print(f"{ticket.name} is assigned to {handed.owner} and {', '.join(handed.teams)}")
    check((handed.owner, list(handed.teams)) == (day.me, [team.name]), "owner and team are not as they were set")
