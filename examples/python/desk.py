"""A client of the help desk: credential, deadline, request ids and retries around the generated stubs.

The stubs are used as they are; everything that every call needs happens in one interceptor.
"""

from __future__ import annotations

import random
import sys
import time
import uuid
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import grpc
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RequestInfo, RetryInfo
from grpc_status import rpc_status

from helpdesk.v1.access_service_pb2_grpc import AccessServiceStub
from helpdesk.v1.conversation_service_pb2_grpc import ConversationServiceStub
from helpdesk.v1.event_pb2 import Event
from helpdesk.v1.event_service_pb2 import WatchEventsRequest
from helpdesk.v1.event_service_pb2_grpc import EventServiceStub
from helpdesk.v1.ingress_service_pb2_grpc import IngressServiceStub
from helpdesk.v1.pipeline_service_pb2_grpc import PipelineServiceStub
from helpdesk.v1.routing_service_pb2_grpc import RoutingServiceStub
from helpdesk.v1.team_service_pb2_grpc import TeamServiceStub
from helpdesk.v1.ticket_service_pb2_grpc import TicketServiceStub

DEADLINE = 10.0
"""Seconds that one try may take."""
PATIENCE = 60.0
"""Seconds after which a call is not tried again."""
FIRST_WAIT = 0.2
"""Seconds before the second try where the service names no time; doubled with each further one."""
LONGEST_WAIT = 5.0
"""Seconds that the doubling ends at."""

# A write that ran out of time may have been stored. Trying it again is safe, because every write has a request id.
WORTH_ANOTHER_TRY = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


@dataclass(eq=False)
class Refusal(Exception):  # noqa: N818 (an answer like others, not a fault)
    """What the service said instead of an answer."""

    code: grpc.StatusCode
    text: str
    reason: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    request: str = ""
    retry_delay: float | None = None
    never_again: bool = False

    def __str__(self) -> str:
        """Give the refusal as a person would want to read it."""
        lines = [f"{self.code.name} {self.reason or '(no reason)'}: {self.text}"]
        lines += [f"  {key} = {value}" for key, value in sorted(self.metadata.items())]
        lines += [f"  field {path}: {what}" for path, what in self.fields.items()]
        if self.request:
            lines.append(f"  quote request {self.request} in a report")
        return "\n".join(lines)

    @classmethod
    def of(cls, error: Any) -> Refusal:
        """Read the status and its details out of an error of gRPC."""
        refusal = cls(code=error.code(), text=error.details() or "")
        status = rpc_status.from_call(error)
        for detail in status.details if status else ():
            refusal._add(detail)
        for key, value in error.trailing_metadata() or ():
            if key == "grpc-retry-pushback-ms":
                refusal._push_back(str(value))
        return refusal

    def _add(self, detail: Any) -> None:
        info, bad, request, retry = ErrorInfo(), BadRequest(), RequestInfo(), RetryInfo()
        if detail.Unpack(info):
            self.reason, self.metadata = info.reason, dict(info.metadata)
        elif detail.Unpack(bad):
            self.fields = {violation.field: violation.description for violation in bad.field_violations}
        elif detail.Unpack(request):
            self.request = request.request_id
        elif detail.Unpack(retry):
            self.retry_delay = retry.retry_delay.ToTimedelta().total_seconds()

    def _push_back(self, milliseconds: str) -> None:
        # gRPC proposal A6: anything but a number from 0 on means "do not try again".
        if milliseconds.isdecimal():
            self.retry_delay = int(milliseconds) / 1000
        else:
            self.never_again = True

    def wait(self, tries: int) -> float | None:
        """Say how many seconds to wait after so many tries; nothing: another try is of no use."""
        if self.never_again:
            return None
        if self.retry_delay is not None:
            # Not earlier than told, and not everybody at the same moment.
            return self.retry_delay * random.uniform(1.0, 1.5)  # noqa: S311
        if self.code not in WORTH_ANOTHER_TRY:
            return None
        return min(FIRST_WAIT * 2.0 ** (tries - 1), LONGEST_WAIT) * random.uniform(0.5, 1.0)  # noqa: S311


class _Details(NamedTuple):
    """The details of a call, as gRPC wants them from an interceptor."""

    method: str
    timeout: float | None
    metadata: tuple[tuple[str, str], ...]
    credentials: grpc.CallCredentials | None
    wait_for_ready: bool | None
    compression: grpc.Compression | None


class _EveryCall(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
):
    """What every call needs: the credential, a deadline, a request id for writes, and further tries."""

    def __init__(self, credential: str) -> None:
        self._metadata = (("authorization", f"Bearer {credential}"),)

    def intercept_unary_unary(
        self, continuation: Callable[..., Any], details: grpc.ClientCallDetails, request: Any
    ) -> Any:
        if "request_id" in request.DESCRIPTOR.fields_by_name and not request.request_id:
            request.request_id = str(uuid.uuid4())
        with_all = self._details(details, details.timeout or DEADLINE)
        return again_and_again(details.method, lambda: _finished(continuation(with_all, request)))

    def intercept_unary_stream(
        self, continuation: Callable[..., Any], details: grpc.ClientCallDetails, request: Any
    ) -> Any:
        return continuation(self._details(details, details.timeout), request)

    def _details(self, given: grpc.ClientCallDetails, timeout: float | None) -> _Details:
        return _Details(given.method, timeout, self._metadata, given.credentials, given.wait_for_ready, None)


def _finished(call: Any) -> Any:
    error = call.exception()
    if error is not None:
        raise Refusal.of(error) from None
    return call


def again_and_again(what: str, attempt: Callable[[], Any]) -> Any:
    """Try until it works, or is refused for good, or patience has run out."""
    give_up = time.monotonic() + PATIENCE
    tries = 0
    while True:
        try:
            return attempt()
        except Refusal as refusal:
            tries += 1
            wait = refusal.wait(tries)
            if wait is None or time.monotonic() + wait > give_up:
                raise
            why = refusal.reason or refusal.code.name
            told = "as told" if refusal.retry_delay is not None else "on our own"
            sys.stderr.write(f"  {what}: {why}, trying again in {wait:.2f} s ({told})\n")
            time.sleep(wait)


class Desk:
    """The services of one help desk, called with one credential."""

    def __init__(self, server: str, credential: str) -> None:
        """Prepare a connection to `HOST:PORT`, or to `https://HOST:PORT` with TLS; it is made with the first call."""
        options = (("grpc.initial_reconnect_backoff_ms", 200), ("grpc.max_reconnect_backoff_ms", 2000))
        if server.startswith("https://"):
            secure = grpc.ssl_channel_credentials()
            self._channel = grpc.secure_channel(server.removeprefix("https://"), secure, options)
        else:
            self._channel = grpc.insecure_channel(server.removeprefix("http://"), options)
        channel = grpc.intercept_channel(self._channel, _EveryCall(credential))
        self.access = AccessServiceStub(channel)
        self.conversations = ConversationServiceStub(channel)
        self.events = EventServiceStub(channel)
        self.ingress = IngressServiceStub(channel)
        self.pipelines = PipelineServiceStub(channel)
        self.routing = RoutingServiceStub(channel)
        self.teams = TeamServiceStub(channel)
        self.tickets = TicketServiceStub(channel)

    def watch(self, account: str, token: str, seconds: float) -> Generator[Event, None, None]:
        """Give the events after a resume token as they come, once each, going on by itself where a stream breaks."""
        end, last, tries = time.monotonic() + seconds, 0, 0
        while (left := end - time.monotonic()) > 0:
            stream = self.events.WatchEvents(WatchEventsRequest(parent=account, resume_token=token), timeout=left)
            try:
                for answer in stream:
                    tries = 0
                    for event in answer.events:
                        if event.sequence > last:
                            last = event.sequence
                            yield event
                    token = answer.resume_token
            except grpc.RpcError as error:
                refusal = Refusal.of(error)
                tries += 1
                wait = refusal.wait(tries)
                if wait is None:
                    raise refusal from None
                time.sleep(wait)
            finally:
                stream.cancel()

    def __enter__(self) -> Desk:
        """Give itself, for `with`."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._channel.close()
