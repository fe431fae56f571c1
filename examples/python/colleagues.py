"""Among colleagues: a comment, and two tickets made one."""

from __future__ import annotations

from day import Day, check, refused, say
from helpdesk.v1.common_pb2 import RichText
from helpdesk.v1.conversation_pb2 import Comment
from helpdesk.v1.conversation_service_pb2 import CreateCommentRequest
from helpdesk.v1.ticket_merge_pb2 import MergeTicketsRequest
from helpdesk.v1.ticket_pb2 import Ticket
from helpdesk.v1.ticket_service_pb2 import CloseTicketRequest


def comment_on(day: Day, ticket: Ticket) -> None:
    """Write a comment, which the customer never sees."""
    say("A comment for colleagues")
    comment = Comment(body=RichText(text="Changed by hand; billing, please look at the invoice."))
    day.agent.conversations.CreateComment(CreateCommentRequest(parent=ticket.conversations[0], comment=comment))


def merge(day: Day, ticket: Ticket) -> None:
    """Make the ticket of a form that came twice part of the first one."""
    say("The same form once more: two tickets become one")
    twice = day.customer_writes(day.form, "Did my form arrive? It is about the address.").ticket
    merged = day.agent.tickets.MergeTickets(MergeTicketsRequest(name=ticket.name, sources=[twice.name]))
    print(f"{twice.name} is part of {merged.sources[0].merged_into}")
    check(merged.sources[0].merged_into == ticket.name, f"{twice.name} is not part of {ticket.name}")
    check(set(twice.conversations) <= set(merged.ticket.conversations), "the conversation did not come along")
    late = CloseTicketRequest(name=twice.name)
    refusal = refused(lambda: day.agent.tickets.CloseTicket(late), f"{twice.name} was closed although it is merged")
    check(refusal.reason == "TICKET_MERGED", "the merged ticket was refused for another reason")
