// An agent's day at the help desk, through generated stubs. Ends with status 1 at the first thing that is not right.
//
// HELPDESK_SERVER    where it listens, HOST:PORT or https://HOST:PORT
// HELPDESK_ACCOUNT   the account, for example accounts/demo
// HELPDESK_TOKEN     bearer token of an agent
// HELPDESK_KEY       access key of a channel adapter: through it the customers of this day write
// HELPDESK_CHANNEL   a channel that routes to people, for example accounts/demo/channels/chat
// HELPDESK_FORM      a channel that leaves strangers' tickets unassigned (HELPDESK_ACCOUNT/channels/form)

import { randomUUID } from "node:crypto";

import { Code, ConnectError } from "@connectrpc/connect";

import { Desk, Refusal } from "./desk.js";
import { Permission, Standing } from "./stubs/helpdesk/access/v1/access_pb.js";
import { EventType } from "./stubs/helpdesk/v1/event_pb.js";
import type { IngestMessageResponse } from "./stubs/helpdesk/v1/ingress_service_pb.js";
import { StatusCategory } from "./stubs/helpdesk/v1/pipeline_pb.js";
import { Ineligibility, RoutingOutcome } from "./stubs/helpdesk/v1/routing_pb.js";
import { Priority, type Ticket, TicketState } from "./stubs/helpdesk/v1/ticket_pb.js";

/** Calls at the same time in the rush. */
const RUSH = 64;
/** How many milliseconds the events of the day may take to come. */
const WATCH = 30_000;

/** Something came out otherwise than it should. */
class NotRight extends Error {}

/** Ends the day where something is not right. */
function check(right: boolean, what: string): asserts right {
  if (!right) throw new NotRight(what);
}

/** The record that an answer always has. */
function there<T>(record: T | undefined, what: string): T {
  if (record === undefined) throw new NotRight(`the answer is without ${what}`);
  return record;
}

/** Heads a part of the day. */
function say(text: string): void {
  console.log(`\n# ${text}`);
}

/** What a call that must be refused is refused with. */
async function refused(call: Promise<unknown>, what: string): Promise<Refusal> {
  try {
    await call;
  } catch (thrown) {
    const refusal = new Refusal(thrown);
    console.log(refusal.toString());
    return refusal;
  }
  throw new NotRight(what);
}

/** Who works where. */
class Day {
  private me = "";

  constructor(
    private readonly agent: Desk,
    private readonly adapter: Desk,
    private readonly account: string,
    private readonly chat: string,
    private readonly form: string,
  ) {}

  /** From the morning to the evening. */
  async spend(stranger: Desk): Promise<void> {
    await this.signIn(stranger);
    const ticket = await this.formComesIn();
    const token = await this.take(ticket);
    await this.workOn(ticket);
    const arrived = await this.watch(ticket, token);
    await this.why(arrived);
    await this.closeAndReopen(ticket);
    await this.formNotFilledIn();
    await this.rush(ticket);
  }

  /** Asks who the token stands for, and sees what a made-up one gets. */
  private async signIn(stranger: Desk): Promise<void> {
    say("Who am I");
    const caller = there((await this.agent.access.getCaller({})).caller, "the caller");
    this.me = caller.principal;
    console.log(`${caller.principal}, ${Standing[caller.standing]}, ${caller.grants.length} permissions`);
    check(caller.account === this.account, `the token is for ${caller.account}, not for ${this.account}`);
    const held = caller.grants.map((grant) => grant.permission);
    check(held.includes(Permission.TICKETS_COMMUNICATE), "the token does not let its owner reply to customers");
    const refusal = await refused(stranger.access.getCaller({}), "a made-up token was let in");
    check(refusal.reason === "CREDENTIAL_INVALID", "a made-up token was refused for another reason");
  }

  /** Hands in a message of somebody new, as the adapter of a channel does. */
  private customerWrites(channel: string, text: string): Promise<IngestMessageResponse> {
    const address = `chris-${randomUUID()}@example.com`;
    return this.adapter.ingress.ingestMessage({
      channel,
      message: {
        externalId: randomUUID(),
        sender: { displayName: "Chris Customer", point: { case: "email", value: address } },
        body: { text },
      },
    });
  }

  private async formComesIn(): Promise<Ticket> {
    say("A customer fills in the form, and nobody gets it");
    const received = await this.customerWrites(this.form, "Can I change the address of my order?");
    const ticket = there(received.ticket, "the ticket");
    console.log(`${ticket.name}: ${received.routingDecision?.summary}`);
    check(received.ticketCreated && ticket.owner === "", "the form should leave the ticket to whoever takes it");
    return ticket;
  }

  /** The open tickets without owner, page by page. */
  private async unassigned(): Promise<Ticket[]> {
    const tickets: Ticket[] = [];
    let pageToken = "";
    do {
      const request = { parent: this.account, filter: "state = OPEN AND NOT owner:*", pageSize: 2, pageToken };
      const page = await this.agent.tickets.listTickets(request);
      tickets.push(...page.tickets);
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    return tickets;
  }

  /** Takes an unassigned ticket by replying; the answer is the place in the event log after that. */
  private async take(ticket: Ticket): Promise<string> {
    say("The tickets that nobody has, and one of them taken by replying");
    const waiting = await this.unassigned();
    for (const one of waiting) console.log(`${one.name}  ${one.subject}`);
    check(waiting.some((one) => one.name === ticket.name), `${ticket.name} is not among the unassigned`);
    const reply = {
      parent: there(ticket.conversations[0], "a conversation"),
      message: { body: { text: "Of course, Chris. I have changed it." } },
      requestId: randomUUID(),
    };
    const sent = await this.agent.conversations.sendMessage(reply);
    for (const effect of sent.mutation?.effects ?? []) console.log(`-> ${effect.summary}`);
    check(sent.newOwner === this.me, `the ticket went to '${sent.newOwner}' instead of ${this.me}`);
    // The same request once more, as after a broken connection: the stored answer, and no second message.
    const again = await this.agent.conversations.sendMessage(reply);
    const replayed = again.mutation?.replayed === true && again.message?.name === sent.message?.name;
    check(replayed, "the reply was sent twice");
    return there(sent.mutation, "what the write brought about").resumeToken;
  }

  /** Comments, moves on, hands over to a team. */
  private async workOn(ticket: Ticket): Promise<void> {
    say("A comment for colleagues, the next status, a team");
    const comment = { body: { text: "Changed by hand; billing, please look at the invoice." } };
    await this.agent.conversations.createComment({ parent: there(ticket.conversations[0], "a conversation"), comment });

    const { pipelineStatuses } = await this.agent.pipelines.listPipelineStatuses({ parent: ticket.pipeline });
    const waits = pipelineStatuses.find((status) => status.category === StatusCategory.WAITING_ON_CONTACT);
    const other = there(waits, "a status of that category");
    const change = { name: ticket.name, status: other.name };
    const moved = there((await this.agent.tickets.changeTicketStatus(change)).ticket, "the ticket");
    console.log(`${ticket.name} is now in ${other.displayName}`);
    check(moved.status === other.name, `the status is ${moved.status} instead of ${other.name}`);

    const { teams } = await this.agent.teams.listTeams({ parent: this.account });
    const team = there(teams[0], "a team").name;
    // Naming the owner too keeps it: an empty one would leave the ticket to the team.
    const assignment = { name: ticket.name, owner: this.me, teams: [team], etag: moved.etag };
    const handed = there((await this.agent.tickets.assignTicket(assignment)).ticket, "the ticket");
    console.log(`${ticket.name} is assigned to ${handed.owner} and ${handed.teams.join(", ")}`);
    check(handed.owner === this.me && handed.teams.join() === team, "owner and team are not as they were set");
  }

  /** Reads what happened since the reply, and sees another customer's message come in; gives that ticket. */
  private async watch(ticket: Ticket, token: string): Promise<Ticket> {
    say("What happened since the reply, while somebody writes in the chat");
    const events = this.agent.watch(this.account, token, WATCH);
    // Asking for the first event starts the stream; the message comes while it is open.
    const first = events.next();
    const arrived = there((await this.customerWrites(this.chat, "Hello, is my parcel lost?")).ticket, "the ticket");
    const expected = new Set([
      `${ticket.name} ${EventType[EventType.COMMENT_CREATED]}`,
      `${ticket.name} ${EventType[EventType.TICKET_STATUS_CHANGED]}`,
      `${ticket.name} ${EventType[EventType.TICKET_ASSIGNED]}`,
      `${arrived.name} ${EventType[EventType.TICKET_CREATED]}`,
      `${arrived.name} ${EventType[EventType.MESSAGE_RECEIVED]}`,
    ]);
    for (let next = await first; !next.done; next = await events.next()) {
      const event = next.value;
      console.log(`${event.sequence}  ${EventType[event.type]}  ${event.resource}`);
      expected.delete(`${event.ticket} ${EventType[event.type]}`);
      if (expected.size === 0) break;
    }
    await events.return(undefined);
    check(expected.size === 0, `the stream did not tell of ${[...expected].join(", ")}`);
    return arrived;
  }

  /** Reads who got the chat and why, and why the agent of this day did not. */
  private async why(arrived: Ticket): Promise<void> {
    say("Who got the chat, and why");
    const { routingDecisions } = await this.agent.routing.listRoutingDecisions({ parent: arrived.name });
    const decision = there(routingDecisions[0], "a decision");
    console.log(decision.summary);
    for (const { user, openTicketCount, blockers, rank } of decision.candidates) {
      const why = blockers.map((blocker) => Ineligibility[blocker]).join(", ") || `rank ${rank}`;
      console.log(`  ${user}: ${openTicketCount} open tickets, ${why}`);
    }
    const explained = await this.agent.routing.explainRouting({ name: arrived.name, user: this.me });
    console.log(explained.answer);
    check(decision.outcome === RoutingOutcome.ASSIGNED, "nobody got the chat");
    check(decision.user === arrived.owner, `the decision names ${decision.user}, the ticket ${arrived.owner}`);
    check(explained.answer !== "", "the decision was not explained");
  }

  /** Closes, loses a race against a colleague, reads again, reopens. */
  private async closeAndReopen({ name }: Ticket): Promise<void> {
    say("Closed; opened again, with a colleague between");
    const closed = there((await this.agent.tickets.closeTicket({ name })).ticket, "the ticket");
    check(closed.state === TicketState.CLOSED && closed.closeTime !== undefined, "it is not closed");
    const urgent = { ticket: { name, priority: Priority.URGENT }, updateMask: { paths: ["priority"] } };
    await this.agent.tickets.updateTicket(urgent);
    const stale = this.agent.tickets.reopenTicket({ name, etag: closed.etag });
    const refusal = await refused(stale, "what a colleague changed was overwritten unseen");
    check(refusal.reason === "ETAG_MISMATCH", "what the colleague changed was refused for another reason");
    // Somebody would look now what the colleague did; here it is what is expected, so go on from it.
    const fresh = there((await this.agent.tickets.getTicket({ name })).ticket, "the ticket");
    check(fresh.priority === Priority.URGENT, "the colleague's change is lost");
    const reopened = there((await this.agent.tickets.reopenTicket({ name, etag: fresh.etag })).ticket, "the ticket");
    console.log(`${name} is open again and belongs to ${reopened.owner}`);
    check(reopened.state === TicketState.OPEN && reopened.owner === this.me, "it did not come back");
  }

  /** Leaves out what a ticket must have. */
  private async formNotFilledIn(): Promise<void> {
    say("What a refusal says about a form that is not filled in");
    const empty = this.agent.tickets.createTicket({ parent: this.account, ticket: {} });
    const refusal = await refused(empty, "a ticket without a subject was made");
    check(refusal.code === Code.InvalidArgument, "it was refused with another status");
    check(refusal.fields.has("ticket.subject"), "the refusal does not name the subject");
  }

  /** Lets everybody look at once: whoever is told to come later does so, and all get their answer. */
  private async rush({ name }: Ticket): Promise<void> {
    say(`${RUSH} people look at the same ticket at once`);
    const answers = await Promise.all(Array.from({ length: RUSH }, () => this.agent.tickets.getTicket({ name })));
    check(answers.every(({ ticket }) => ticket?.name === name), "not everybody saw the ticket");
    console.log("all of them saw it");
  }
}

/** What the environment says. */
function setting(name: string, otherwise?: string): string {
  const value = process.env[name] ?? otherwise;
  check(value !== undefined, `${name} is not set`);
  return value;
}

/** Spends the day and says how it went; the answer is the status to end with. */
async function main(): Promise<number> {
  try {
    const [server, account] = [setting("HELPDESK_SERVER"), setting("HELPDESK_ACCOUNT")];
    const [agent, adapter] = [new Desk(server, setting("HELPDESK_TOKEN")), new Desk(server, setting("HELPDESK_KEY"))];
    const [chat, form] = [setting("HELPDESK_CHANNEL"), setting("HELPDESK_FORM", `${account}/channels/form`)];
    await new Day(agent, adapter, account, chat, form).spend(new Desk(server, "made-up"));
    say("All as it should be.");
    return 0;
  } catch (error) {
    if (!(error instanceof NotRight || error instanceof ConnectError)) throw error;
    const what = error instanceof NotRight ? error.message : new Refusal(error).toString();
    console.error(`Not as it should be: ${what}`);
    return 1;
  }
}

process.exit(await main());
