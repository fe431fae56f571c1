"""The post between a customer and the help desk: two mail servers, a program that serves, a program that sends."""

from __future__ import annotations

import contextlib
import os
import queue
import re
import shutil
import smtplib
import socket
import subprocess
import tempfile
import threading
from collections.abc import Generator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any

from aiosmtpd.controller import Controller

TEAM = "help@demo.example"
"""The team address of the demo."""
LONGEST = 60.0
"""Seconds that anything may take."""

# What the exit statuses of `mail-in` mean to a mail server: kept and tried again, or refused for good.
LATER, OTHERWISE = "451 4.3.0 not now", "554 5.3.0 not taken"
TEMPORARY = 75


@dataclass
class Letter:
    """A mail as a mail server got it."""

    sender: str
    recipients: list[str]
    mail: EmailMessage

    def text(self) -> str:
        """Give the plain text."""
        body = self.mail.get_body(("plain",))
        return str(body.get_content()).strip() if body else ""


def letter(envelope: Any) -> Letter:
    """Read what a mail server was given."""
    mail = message_from_bytes(envelope.content, policy=policy.default)
    return Letter(envelope.mail_from or "", list(envelope.rcpt_tos), mail)


class Mailboxes:
    """The customers' mail server: keeps what the help desk sends."""

    def __init__(self) -> None:
        """Begin empty."""
        self._letters: queue.Queue[Letter] = queue.Queue()
        self.all: list[Letter] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        """Take a mail."""
        self._letters.put(letter(envelope))
        return "250 taken"

    def next_to(self, address: str) -> Letter:
        """Wait for the next mail to somebody."""
        while True:
            found = self._letters.get(timeout=LONGEST)
            self.all.append(found)
            if address in found.recipients:
                return found

    def rest(self) -> list[Letter]:
        """Give what else came so far."""
        with contextlib.suppress(queue.Empty):
            while True:
                self.all.append(self._letters.get_nowait())
        return self.all


class Gateway:
    """The team's mail server: hands each mail to the pipe `helpdesk mail-in`, as a real one would."""

    def __init__(self) -> None:
        """Take nothing before there is a service."""
        self.command: list[str] = []
        self.surroundings: dict[str, str] = {}
        self.taken: list[str] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        """Hand a mail in, with the envelope in its header as RFC 5321 wants it at the last hop."""
        to = "".join(f"Delivered-To: {address}\r\n" for address in envelope.rcpt_tos)
        raw = f"Return-Path: <{envelope.mail_from or ''}>\r\n{to}".encode() + envelope.content
        done = subprocess.run(  # noqa: S603
            self.command, input=raw, env=self.surroundings, capture_output=True, check=False
        )
        if done.returncode == 0:
            self.taken.append(done.stdout.decode())
            return "250 taken"
        print(done.stderr.decode())
        return LATER if done.returncode == TEMPORARY else OTHERWISE


@dataclass
class Post:
    """Everything that runs."""

    mailboxes: Mailboxes
    gateway: Gateway
    gateway_port: int
    settings: dict[str, str]

    def send(self, mail: EmailMessage, to: str, sender: str) -> tuple[str, str]:
        """Send a mail to the team by SMTP; gives the names of message and ticket that became of it."""
        if "Message-ID" not in mail:
            mail["Message-ID"] = make_msgid(domain="customer.example")
        with smtplib.SMTP("127.0.0.1", self.gateway_port, timeout=LONGEST) as smtp:
            smtp.send_message(mail, from_addr=sender, to_addrs=[to])
        message, ticket, *_ = self.gateway.taken[-1].split()
        return message, ticket


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _reading(process: subprocess.Popen[str], found: queue.Queue[dict[str, str]]) -> None:
    """Read the lines of the service to their end; give its settings when all were said."""
    settings: dict[str, str] = {}
    for line in process.stdout or ():
        if said := re.match(r"export (HELPDESK_\w+)=(\S+)", line):
            settings[said[1]] = said[2]
        if line.startswith("Serving"):
            found.put(settings)
    found.put({})


@contextlib.contextmanager
def running() -> Generator[Post, None, None]:
    """Start mail servers and service, and end them afterwards."""
    program, folder = os.environ["HELPDESK_BIN"], tempfile.mkdtemp()
    mailboxes, gateway = Mailboxes(), Gateway()
    ports = [_free_port(), _free_port()]
    out = Controller(mailboxes, hostname="127.0.0.1", port=ports[0])
    into = Controller(gateway, hostname="127.0.0.1", port=ports[1])
    out.start()
    into.start()
    mail = {"mail.smtp.host": "127.0.0.1", "mail.smtp.port": ports[0], "mail.smtp.tls": "none", "jobs.poll": "100ms"}
    sets = [part for key, value in mail.items() for part in ("--set", f"{key}={value}")]
    command = [program, "demo", "--listen", "127.0.0.1:0", *sets]
    with open(os.path.join(folder, "log"), "w", encoding="utf-8") as log:
        service = subprocess.Popen(  # noqa: S603
            command, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=log
        )
        found: queue.Queue[dict[str, str]] = queue.Queue()
        threading.Thread(target=_reading, args=(service, found), daemon=True).start()
        try:
            settings = found.get(timeout=LONGEST)
            if not settings:
                raise RuntimeError("the service did not start")
            channel = f"{settings['HELPDESK_ACCOUNT']}/channels/mail"
            gateway.command = [program, "mail-in", "--channel", channel]
            gateway.surroundings = os.environ | {
                "HELPDESK_SERVER": settings["HELPDESK_SERVER"],
                "HELPDESK_TOKEN": settings["HELPDESK_KEY"],
            }
            yield Post(mailboxes, gateway, ports[1], settings)
        finally:
            service.terminate()
            service.wait(timeout=LONGEST)
            out.stop()
            into.stop()
            shutil.rmtree(folder)
