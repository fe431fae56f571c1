// A client of the help desk: credential, request ids, deadline and retries around the generated stubs.
//
// The stubs are used as they are; everything that every call needs happens in interceptors.

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { type Client, Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";

import {
  BadRequestSchema,
  ErrorInfoSchema,
  RequestInfoSchema,
  RetryInfoSchema,
} from "./stubs/google/rpc/error_details_pb.js";
import { AccessService } from "./stubs/helpdesk/v1/access_service_pb.js";
import { ConversationService } from "./stubs/helpdesk/v1/conversation_service_pb.js";
import type { Event } from "./stubs/helpdesk/v1/event_pb.js";
import { EventService } from "./stubs/helpdesk/v1/event_service_pb.js";
import { IngressService } from "./stubs/helpdesk/v1/ingress_service_pb.js";
import { PipelineService } from "./stubs/helpdesk/v1/pipeline_service_pb.js";
import { RoutingService } from "./stubs/helpdesk/v1/routing_service_pb.js";
import { TeamService } from "./stubs/helpdesk/v1/team_service_pb.js";
import { TicketService } from "./stubs/helpdesk/v1/ticket_service_pb.js";

/** Milliseconds that a call may take with all its tries. */
const PATIENCE = 60_000;
/** Milliseconds before the second try where the service names no time; doubled with each further one. */
const FIRST_WAIT = 200;
/** Milliseconds that the doubling ends at. */
const LONGEST_WAIT = 5_000;

/** What the service said instead of an answer. */
export class Refusal {
  readonly code: Code;
  readonly text: string;
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** What is wrong, by the path of the field. */
  readonly fields: ReadonlyMap<string, string>;
  readonly request: string;
  /** Milliseconds after which another try is welcome; undefined: nothing was said. */
  readonly retryDelay: number | undefined;
  readonly neverAgain: boolean;

  /** Reads the status and its details out of whatever a call has thrown. */
  constructor(thrown: unknown) {
    const error = ConnectError.from(thrown);
    const info = error.findDetails(ErrorInfoSchema)[0];
    const violations = error.findDetails(BadRequestSchema).flatMap((bad) => bad.fieldViolations);
    const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
    // gRPC proposal A6: anything but a number from 0 on means "do not try again".
    const pushBack = error.metadata.get("grpc-retry-pushback-ms");
    this.code = error.code;
    this.text = error.rawMessage;
    this.reason = info?.reason ?? "";
    this.metadata = info?.metadata ?? {};
    this.fields = new Map(violations.map(({ field, description }) => [field, description]));
    this.request = error.findDetails(RequestInfoSchema)[0]?.requestId ?? "";
    this.neverAgain = pushBack !== null && !/^\d+$/.test(pushBack);
    if (pushBack !== null && !this.neverAgain) {
      this.retryDelay = Number(pushBack);
    } else {
      this.retryDelay = delay && Number(delay.seconds) * 1_000 + delay.nanos / 1e6;
    }
  }

  /** The refusal as a person would want to read it. */
  toString(): string {
    const lines = [`${Code[this.code]} ${this.reason || "(no reason)"}: ${this.text}`];
    for (const key of Object.keys(this.metadata).sort()) lines.push(`  ${key} = ${this.metadata[key]}`);
    for (const [path, what] of this.fields) lines.push(`  field ${path}: ${what}`);
    if (this.request) lines.push(`  quote request ${this.request} in a report`);
    return lines.join("\n");
  }

  /** Milliseconds to wait after so many tries; undefined: another try is of no use. */
  wait(tries: number): number | undefined {
    if (this.neverAgain) return undefined;
    // Not earlier than told, and not everybody at the same moment.
    if (this.retryDelay !== undefined) return this.retryDelay * (1 + Math.random() / 2);
    if (this.code !== Code.Unavailable) return undefined;
    return Math.min(FIRST_WAIT * 2 ** (tries - 1), LONGEST_WAIT) * (0.5 + Math.random() / 2);
  }
}

/** Sends the credential with each call. */
function signedIn(credential: string): Interceptor {
  return (next) => (request) => {
    request.header.set("authorization", `Bearer ${credential}`);
    return next(request);
  };
}

/** Gives each write a request id, so that trying it again never does it twice. */
const withRequestId: Interceptor = (next) => (request) => {
  if (!request.stream && "requestId" in request.message && request.message.requestId === "") {
    request.message.requestId = randomUUID();
  }
  return next(request);
};

/** Tries until it works, or is refused for good, or the deadline of the call has passed. Not for streams. */
const againAndAgain: Interceptor = (next) => async (request) => {
  if (request.stream) return next(request);
  for (let tries = 1; ; tries++) {
    try {
      return await next(request);
    } catch (thrown) {
      const refusal = new Refusal(thrown);
      const wait = refusal.wait(tries);
      if (wait === undefined) throw thrown;
      const why = refusal.reason || Code[refusal.code];
      const told = refusal.retryDelay === undefined ? "on our own" : "as told";
      console.error(`  ${request.method.name}: ${why}, trying again in ${(wait / 1000).toFixed(2)} s (${told})`);
      await sleep(wait, undefined, { signal: request.signal });
    }
  }
};

/** The services of one help desk, called with one credential. */
export class Desk {
  readonly access: Client<typeof AccessService>;
  readonly conversations: Client<typeof ConversationService>;
  readonly events: Client<typeof EventService>;
  readonly ingress: Client<typeof IngressService>;
  readonly pipelines: Client<typeof PipelineService>;
  readonly routing: Client<typeof RoutingService>;
  readonly teams: Client<typeof TeamService>;
  readonly tickets: Client<typeof TicketService>;

  /** Prepares a connection to `HOST:PORT`, or to `https://HOST:PORT` with TLS; it is made with the first call. */
  constructor(server: string, credential: string) {
    const transport = createGrpcTransport({
      baseUrl: server.includes("://") ? server : `http://${server}`,
      defaultTimeoutMs: PATIENCE,
      interceptors: [signedIn(credential), withRequestId, againAndAgain],
    });
    this.access = createClient(AccessService, transport);
    this.conversations = createClient(ConversationService, transport);
    this.events = createClient(EventService, transport);
    this.ingress = createClient(IngressService, transport);
    this.pipelines = createClient(PipelineService, transport);
    this.routing = createClient(RoutingService, transport);
    this.teams = createClient(TeamService, transport);
    this.tickets = createClient(TicketService, transport);
  }

  /** The events after a resume token as they come, once each, going on by itself where a stream breaks. */
  async *watch(parent: string, resumeToken: string, milliseconds: number): AsyncGenerator<Event> {
    const end = Date.now() + milliseconds;
    let last = 0n;
    for (let tries = 1; Date.now() < end; tries++) {
      const start = { case: "resumeToken", value: resumeToken } as const;
      try {
        for await (const answer of this.events.watchEvents({ parent, start }, { timeoutMs: end - Date.now() })) {
          tries = 0;
          for (const event of answer.events) {
            if (event.sequence <= last) continue;
            last = event.sequence;
            yield event;
          }
          resumeToken = answer.resumeToken;
        }
      } catch (thrown) {
        const refusal = new Refusal(thrown);
        if (refusal.code === Code.DeadlineExceeded) return;
        const wait = refusal.wait(Math.max(tries, 1));
        if (wait === undefined) throw thrown;
        await sleep(wait);
      }
    }
  }
}
