"""A customer and an agent converse by mail, end to end. Ends with status 1 at the first thing that is not right.

SMTP in through `helpdesk mail-in`, a ticket that is routed, the reply over SMTP, answers that find back, a comment that
stays in the house, two tickets made one, the end of it, and what machines have to say afterwards.

HELPDESK_BIN   the program
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

from day import NotRightError, check, say
from desk import Desk, Refusal
from post import LONGEST, TEAM, Letter, Post, running

from helpdesk.access.v1.access_pb2 import Seat
from helpdesk.v1.access_service_pb2 import GetCallerRequest
from helpdesk.v1.common_pb2 import RichText
from helpdesk.v1.conversation_pb2 import Comment, DeliveryState, Message
from helpdesk.v1.conversation_service_pb2 import CreateCommentRequest, GetMessageRequest, SendMessageRequest
from helpdesk.v1.ticket_merge_pb2 import MergeTicketsRequest
from helpdesk.v1.ticket_pb2 import Ticket, TicketState
from helpdesk.v1.ticket_service_pb2 import CloseTicketRequest, GetTicketRequest
from helpdesk.v1.user_service_pb2 import ListUsersRequest

CUSTOMER = "carla@customer.example"
SECRET = "the-margin-is-40-percent"  # noqa: S105 (what a comment says, and no mail may)


class Conversation:
    """Both sides of it."""

    def __init__(self, post: Post, agent: Desk) -> None:
        """Begin with nothing said."""
        self.post, self.agent = post, agent
        self.account = post.settings["HELPDESK_ACCOUNT"]
        self.replies = 0

    def ticket(self, name: str) -> Ticket:
        """Look at a ticket."""
        return self.agent.tickets.GetTicket(GetTicketRequest(name=name)).ticket

    def message(self, name: str) -> Message:
        """Look at a message."""
        return self.agent.conversations.GetMessage(GetMessageRequest(name=name)).message

    def reply(self, ticket: str, text: str) -> tuple[Message, Letter]:
        """Reply as the agent; gives the message and the mail that the customer got."""
        said = Message(body=RichText(text=text, html=f"<p>{text}</p>"))
        sent = self.agent.conversations.SendMessage(SendMessageRequest(parent=ticket, message=said)).message
        self.replies += 1
        got = self.post.mailboxes.next_to(CUSTOMER)
        wait_for(lambda: self.message(sent.name).delivery_state == DeliveryState.DELIVERY_STATE_SENT, "it was not sent")
        return sent, got

    def answer(self, got: Letter, text: str, **headers: str) -> tuple[str, str]:
        """Answer a mail as the customer's program does; gives the names of message and ticket."""
        mail = written(text, f"Re: {got.mail['Subject'].removeprefix('Re: ')}")
        mail["In-Reply-To"] = got.mail["Message-ID"]
        mail["References"] = f"{got.mail['References'] or ''} {got.mail['Message-ID']}".strip()
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        to = got.mail["Reply-To"].addresses[0].addr_spec
        mail["To"] = to
        return self.post.send(mail, to, CUSTOMER)


def written(text: str, subject: str) -> EmailMessage:
    """Write a mail as the customer."""
    mail = EmailMessage()
    mail["From"] = f"Carla Customer <{CUSTOMER}>"
    mail["Subject"] = subject
    mail.set_content(text)
    return mail


def first(talk: Conversation, text: str, subject: str) -> str:
    """Write to the team; gives the name of the ticket."""
    mail = written(text, subject)
    mail["To"] = TEAM
    return talk.post.send(mail, TEAM, CUSTOMER)[1]


def wait_for(right: Callable[[], bool], what: str) -> None:
    """Wait until something is so."""
    end = time.monotonic() + LONGEST
    while not right():
        check(time.monotonic() < end, what)
        time.sleep(0.05)


def comes_in_and_is_routed(talk: Conversation) -> str:
    """Check what becomes of the first mail."""
    say("A customer writes, and somebody gets the ticket")
    name = first(talk, "The kettle does not switch off.", "Kettle")
    ticket = talk.ticket(name)
    print(f"{ticket.name} {ticket.subject!r} belongs to {ticket.owner}")
    check(ticket.subject == "Kettle" and ticket.owner != "", "the ticket was not routed")
    return name


def is_answered_and_finds_back(talk: Conversation, ticket: str) -> None:
    """Check the reply, and that answers belong to it."""
    say("The agent replies, and the customer's answers find back")
    sent, got = talk.reply(ticket, "Is it on?")
    print(f"{got.mail['From']}: {got.mail['Subject']!r}, answers go to {got.mail['Reply-To']}")
    check(got.text() == "Is it on?" and got.mail["Subject"] == "Re: Kettle", "the reply reads otherwise")
    check(got.mail["Message-ID"].strip("<>") == sent.mail_id, "the reply has another Message-ID")
    check(got.mail["Auto-Submitted"] is None, "a person's reply looks like a machine's")
    check(got.sender.startswith("help+b."), "the envelope does not name the message")
    quoted = "\n".join(f"> {line}" for line in got.text().splitlines())
    name, found = talk.answer(got, f"Yes, since Monday.\n\nOn Monday, Help <{TEAM}> wrote at 10:00:\n{quoted}\n")
    check(found == ticket, f"the answer went to {found}")
    check(talk.message(name).new_text == "Yes, since Monday.", "what is new was not told apart")
    # A program that forgets every header but the address it answers to.
    bare = written("It is the red one.", "Something else")
    to = got.mail["Reply-To"].addresses[0].addr_spec
    bare["To"] = to
    check(talk.post.send(bare, to, CUSTOMER)[1] == ticket, "the token was not known")


def stays_in_the_house(talk: Conversation, ticket: str) -> None:
    """Check that a comment tells a colleague and nobody else."""
    say("A comment that mentions a colleague")
    users = talk.agent.users.ListUsers(ListUsersRequest(parent=talk.account)).users
    me = talk.agent.access.GetCaller(GetCallerRequest()).caller.principal
    colleague = next(user.name for user in users if user.seat == Seat.SEAT_SERVICE and user.name != me)
    comment = Comment(body=RichText(text=f"@{colleague.rsplit('/', 1)[-1]}: {SECRET}"))
    told = talk.agent.conversations.CreateComment(CreateCommentRequest(parent=ticket, comment=comment))
    print(f"told: {', '.join(told.notified)}")
    check(list(told.notified) == [colleague], f"{colleague} was not told")


def become_one(talk: Conversation, ticket: str) -> None:
    """Check that two tickets of the customer become one, whose threads go on."""
    say("The customer writes anew about the same thing: two tickets become one")
    second = first(talk, "By the way, the kettle again.", "Kettle, again")
    check(second != ticket, "a new mail is a new ticket")
    _, got = talk.reply(second, "We have your other mail, too.")
    merged = talk.agent.tickets.MergeTickets(MergeTicketsRequest(name=ticket, sources=[second]))
    check(merged.sources[0].merged_into == ticket, "the tickets were not merged")
    _, found = talk.answer(got, "Good.")
    print(f"the answer to {second} is now with {found}")
    check(found == ticket, f"the answer to the merged ticket went to {found}")


def ends(talk: Conversation, ticket: str) -> None:
    """Check the end, and that no machine opens it again."""
    say("The end, and what machines say afterwards")
    sent, got = talk.reply(ticket, "We send you a new one.")
    talk.agent.tickets.CloseTicket(CloseTicketRequest(name=ticket))
    away, found = talk.answer(got, "I am away until Friday.", Auto_Submitted="auto-replied")
    check(found == ticket and talk.message(away).auto_reply, "the vacation notice was not known")
    bounce = written(f"550 5.1.1 no such user\n\nMessage-ID: <{sent.mail_id}>\n", "Undelivered mail")
    del bounce["From"]
    bounce["From"] = "Mail Delivery System <MAILER-DAEMON@mx.example>"
    bounce["To"] = got.sender
    report, found = talk.post.send(bounce, got.sender, "")
    check(found == ticket and talk.message(report).bounce_of == sent.name, "the report was not matched")
    check(talk.message(sent.name).delivery_state == DeliveryState.DELIVERY_STATE_FAILED, "the mail did not fail")
    check(talk.ticket(ticket).state == TicketState.TICKET_STATE_CLOSED, "a machine opened the ticket again")
    _, found = talk.answer(got, "Thank you! One more thing.")
    check(found == ticket and talk.ticket(ticket).state == TicketState.TICKET_STATE_OPEN, "a person did not")
    talk.agent.tickets.CloseTicket(CloseTicketRequest(name=ticket))


def nothing_else_went_out(talk: Conversation) -> None:
    """Check every mail that the customer got."""
    say("What the customer got in all")
    mine: list[Any] = [got for got in talk.post.mailboxes.rest() if CUSTOMER in got.recipients]
    for got in mine:
        print(f"{got.mail['Subject']!r}: {got.text()!r}")
        check(SECRET not in str(got.mail), "a comment left the house")
        check(got.mail["Auto-Submitted"] is None, "a machine wrote to the customer")
    check(len(mine) == talk.replies, f"{len(mine)} mails instead of {talk.replies}")


def main() -> int:
    """Converse and say how it went."""
    try:
        with running() as post, Desk(post.settings["HELPDESK_SERVER"], post.settings["HELPDESK_TOKEN"]) as agent:
            talk = Conversation(post, agent)
            ticket = comes_in_and_is_routed(talk)
            is_answered_and_finds_back(talk, ticket)
            stays_in_the_house(talk, ticket)
            become_one(talk, ticket)
            ends(talk, ticket)
            nothing_else_went_out(talk)
    except (NotRightError, Refusal) as error:
        print(f"Not as it should be: {error}", file=sys.stderr)
        return 1
    say("All as it should be.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
