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

from answering import form_comes_in, sign_in, take, work_on
from colleagues import comment_on, merge
from day import Day, NotRightError, say
from desk import Desk, Refusal
from ending import close_and_reopen, form_not_filled_in, rush
from following import watch, why


def spend(day: Day) -> None:
    """Go through the day."""
    sign_in(day)
    ticket = form_comes_in(day)
    token = take(day, ticket)
    comment_on(day, ticket)
    work_on(day, ticket)
    arrived = watch(day, ticket, token)
    why(day, arrived)
    merge(day, ticket)
    close_and_reopen(day, ticket)
    form_not_filled_in(day)
    rush(day, ticket)


def main() -> int:
    """Spend the day and say how it went."""
    server, account = os.environ["HELPDESK_SERVER"], os.environ["HELPDESK_ACCOUNT"]
    chat, form = os.environ["HELPDESK_CHANNEL"], os.environ.get("HELPDESK_FORM", f"{account}/channels/form")
    try:
        with Desk(server, os.environ["HELPDESK_TOKEN"]) as agent, Desk(server, os.environ["HELPDESK_KEY"]) as adapter:
            spend(Day(server, agent, adapter, account, chat, form))
    except (NotRightError, Refusal) as error:
        print(f"Not as it should be: {error}", file=sys.stderr)
        return 1
    say("All as it should be.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
