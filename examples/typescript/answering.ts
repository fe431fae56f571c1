// The morning: sign in, take an unassigned ticket by replying, work on it.

import { randomUUID } from "node:crypto";

import { check, type Day, refused, say, there } from "./day.js";
import { Desk } from "./desk.js";
import { Permission, Standing } from "./stubs/helpdesk/access/v1/access_pb.js";
import { StatusCategory } from "./stubs/helpdesk/v1/pipeline_pb.js";
import type { Ticket } from "./stubs/helpdesk/v1/ticket_pb.js";

/** Asks who the token stands for, and sees what a made-up one gets. */
export async function signIn(day: Day): Promise<void> {
  say("Who am I");
  const caller = there((await day.agent.access.getCaller({})).caller, "the caller");
  day.me = caller.principal;
  console.log(`${caller.principal}, ${Standing[caller.standing]}, ${caller.grants.length} permissions`);
  check(caller.account === day.account, `the token is for ${caller.account}, not for ${day.account}`);
  const held = caller.grants.map((grant) => grant.permission);
  check(held.includes(Permission.TICKETS_COMMUNICATE), "the token does not let its owner reply to customers");
  const refusal = await refused(new Desk(day.server, "made-up").access.getCaller({}), "a made-up token was let in");
  check(refusal.reason === "CREDENTIAL_INVALID", "a made-up token was refused for another reason");
}

/** Lets a customer fill in the form, which routes to nobody. */
export async function formComesIn(day: Day): Promise<Ticket> {
  say("A customer fills in the form, and nobody gets it");
  const received = await day.customerWrites(day.form, "Can I change the address of my order?");
  const ticket = there(received.ticket, "the ticket");
  console.log(`${ticket.name}: ${received.routingDecision?.summary}`);
  check(received.ticketCreated && ticket.owner === "", "the form should leave the ticket to whoever takes it");
  return ticket;
}

/** The open tickets without owner, page by page. */
async function unassigned(day: Day): Promise<Ticket[]> {
  const tickets: Ticket[] = [];
  let pageToken = "";
  do {
    const request = { parent: day.account, filter: "state = OPEN AND NOT owner:*", pageSize: 2, pageToken };
    const page = await day.agent.tickets.listTickets(request);
    tickets.push(...page.tickets);
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return tickets;
}

/** Takes an unassigned ticket by replying; the answer is the place in the event log after that. */
export async function take(day: Day, ticket: Ticket): Promise<string> {
  say("The tickets that nobody has, and one of them taken by replying; a draft takes nothing");
  const waiting = await unassigned(day);
  for (const one of waiting) console.log(`${one.name}  ${one.subject}`);
  check(waiting.some((one) => one.name === ticket.name), `${ticket.name} is not among the unassigned`);
  const parent = there(ticket.conversations[0], "a conversation");
  const words = { body: { text: "Of course, Chris. I have changed it." } };
  const draft = there((await day.agent.conversations.saveDraft({ parent, draft: words })).draft, "the draft");
  const drafted = there((await day.agent.tickets.getTicket({ name: ticket.name })).ticket, "the ticket");
  check(drafted.owner === "", `the draft gave the ticket to ${drafted.owner}`);
  const reply = { parent, draft: draft.name, requestId: randomUUID() };
  const sent = await day.agent.conversations.sendMessage(reply);
  for (const effect of sent.mutation?.effects ?? []) console.log(`-> ${effect.summary}`);
  check(sent.newOwner === day.me, `the ticket went to '${sent.newOwner}' instead of ${day.me}`);
  // The same request once more, as after a broken connection: the stored answer, and no second message.
  const again = await day.agent.conversations.sendMessage(reply);
  const replayed = again.mutation?.replayed === true && again.message?.name === sent.message?.name;
  check(replayed, "the reply was sent twice");
  return there(sent.mutation, "what the write brought about").resumeToken;
}

/** Moves on, hands over to a team. */
export async function workOn(day: Day, ticket: Ticket): Promise<void> {
  say("The next status, a team");
  const { pipelineStatuses } = await day.agent.pipelines.listPipelineStatuses({ parent: ticket.pipeline });
  const waits = pipelineStatuses.find((status) => status.category === StatusCategory.WAITING_ON_CONTACT);
  const other = there(waits, "a status of that category");
  const change = { name: ticket.name, status: other.name };
  const moved = there((await day.agent.tickets.changeTicketStatus(change)).ticket, "the ticket");
  console.log(`${ticket.name} is now in ${other.displayName}`);
  check(moved.status === other.name, `the status is ${moved.status} instead of ${other.name}`);

  const { teams } = await day.agent.teams.listTeams({ parent: day.account });
  const team = there(teams[0], "a team").name;
  // Naming the owner too keeps it: an empty one would leave the ticket to the team.
  const assignment = { name: ticket.name, owner: day.me, teams: [team], etag: moved.etag };
  const handed = there((await day.agent.tickets.assignTicket(assignment)).ticket, "the ticket");
  console.log(`${ticket.name} is assigned to ${handed.owner} and ${handed.teams.join(", ")}`);
  check(handed.owner === day.me && handed.teams.join() === team, "owner and team are not as they were set");
}
