"""What all parts of the day share: who works where, and how something that is not right ends it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from desk import Desk, Refusal
from helpdesk.v1.common_pb2 import RichText
from helpdesk.v1.ingress_service_pb2 import InboundMessage, InboundSender, IngestMessageRequest, IngestMessageResponse


class NotRightError(Exception):
    """Something came out otherwise than it should."""


def check(right: bool, what: str) -> None:
    """End the day where something is not right."""
    if not right:
        raise NotRightError(what)


def refused(call: Callable[[], object], what: str) -> Refusal:
    """Make a call that must be refused and show with what; where it is not, that is not right."""
    try:
        call()
    except Refusal as refusal:
        print(refusal)
        return refusal
    raise NotRightError(what)


def say(text: str) -> None:
    """Head a part of the day."""
    print(f"\n# {text}", flush=True)


@dataclass
class Day:
    """Who works where."""

    server: str
    agent: Desk
    adapter: Desk
    account: str
    chat: str
    form: str
    me: str = ""

    def customer_writes(self, channel: str, text: str) -> IngestMessageResponse:
        """Hand in a message of somebody new, as the adapter of a channel does."""
        message = InboundMessage(
            external_id=str(uuid.uuid4()),
            sender=InboundSender(email=f"chris-{uuid.uuid4()}@example.com", display_name="Chris Customer"),
            body=RichText(text=text),
        )
        return self.adapter.ingress.IngestMessage(IngestMessageRequest(channel=channel, message=message))
