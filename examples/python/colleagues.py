"""Among colleagues: a comment that mentions somebody, what one is told oneself, two tickets made one."""

from __future__ import annotations

import datetime

from day import Day, check, refused, say
from desk import Desk
from helpdesk.access.v1.access_pb2 import Permission, Seat
from helpdesk.v1.access_key_pb2 import AccessKey
from helpdesk.v1.access_service_pb2 import CreateAccessKeyRequest, RevokeAccessKeyRequest
from helpdesk.v1.common_pb2 import RichText
from helpdesk.v1.conversation_pb2 import Comment
from helpdesk.v1.conversation_service_pb2 import CreateCommentRequest
from helpdesk.v1.notification_pb2 import NotificationKind
from helpdesk.v1.notification_service_pb2 import ListNotificationsRequest, MarkNotificationsReadRequest
from helpdesk.v1.ticket_merge_pb2 import MergeTicketsRequest
from helpdesk.v1.ticket_pb2 import Ticket
from helpdesk.v1.ticket_service_pb2 import AssignTicketRequest, CloseTicketRequest
from helpdesk.v1.user_service_pb2 import ListUsersRequest


def mention(day: Day, ticket: Ticket) -> None:
    """Mention a colleague, who is told of it, and oneself, who is not."""
    say("A comment that mentions a colleague")
    users = day.agent.users.ListUsers(ListUsersRequest(parent=day.account)).users
    colleague = next(user.name for user in users if user.seat == Seat.SEAT_SERVICE and user.name != day.me)
    them, me = (name.rsplit("/", 1)[-1] for name in (colleague, day.me))
    comment = Comment(body=RichText(text=f"@{them}: please look at the invoice. Ask me, @{me}, if in doubt."))
    written = day.agent.conversations.CreateComment(CreateCommentRequest(parent=ticket.name, comment=comment))
    print(f"told: {', '.join(written.notified)}; not told: {', '.join(written.not_notified)}")
    check(list(written.notified) == [colleague], f"{colleague} was not told of the mention")
    check(list(written.not_notified) == [day.me], "the author was told of the author's own words")


def be_told(day: Day, ticket: Ticket) -> None:
    """Let an integration give the agent a ticket, and find that among the notifications."""
    say("An integration gives me a ticket, and I am told")
    key = AccessKey(
        display_name="Integration of the day",
        permissions=[Permission.PERMISSION_TICKETS_VIEW, Permission.PERMISSION_TICKETS_ASSIGN],
    )
    key.expire_time.FromDatetime(datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1))
    made = day.agent.access.CreateAccessKey(CreateAccessKeyRequest(parent=day.account, access_key=key))
    with Desk(day.server, made.secret) as integration:
        integration.tickets.AssignTicket(AssignTicketRequest(name=ticket.name, owner=day.me))
    day.agent.access.RevokeAccessKey(RevokeAccessKeyRequest(name=made.access_key.name))

    listed = day.agent.notifications.ListNotifications(ListNotificationsRequest(parent=day.me))
    for notification in listed.notifications:
        print(f"{NotificationKind.Name(notification.kind)}: {notification.summary}")
    newest = listed.notifications[0]
    check(newest.kind == NotificationKind.NOTIFICATION_KIND_ASSIGNED, "the newest notification is of another kind")
    check(newest.ticket == ticket.name and not newest.read, f"the newest notification is not about {ticket.name}")
    day.agent.notifications.MarkNotificationsRead(
        MarkNotificationsReadRequest(parent=day.me, notifications=[newest.name])
    )
    left = day.agent.notifications.ListNotifications(ListNotificationsRequest(parent=day.me)).unread_count
    check(left == listed.unread_count - 1, f"{left} notifications are unread, {listed.unread_count} were before")


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
