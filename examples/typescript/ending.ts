// The evening: close, reopen against a colleague, refusals, a rush.

import { Code } from "@connectrpc/connect";

import { check, type Day, refused, say, there } from "./day.js";
import { Priority, type Ticket, TicketState } from "./stubs/helpdesk/v1/ticket_pb.js";

/** Calls at the same time in the rush. */
const RUSH = 64;

/** Closes, loses a race against a colleague, reads again, reopens. */
export async function closeAndReopen(day: Day, { name }: Ticket): Promise<void> {
  say("Closed; opened again, with a colleague between");
  const closed = there((await day.agent.tickets.closeTicket({ name })).ticket, "the ticket");
  check(closed.state === TicketState.CLOSED && closed.closeTime !== undefined, "it is not closed");
  const urgent = { ticket: { name, priority: Priority.URGENT }, updateMask: { paths: ["priority"] } };
  await day.agent.tickets.updateTicket(urgent);
  const stale = day.agent.tickets.reopenTicket({ name, etag: closed.etag });
  const refusal = await refused(stale, "what a colleague changed was overwritten unseen");
  check(refusal.reason === "ETAG_MISMATCH", "what the colleague changed was refused for another reason");
  // Somebody would look now what the colleague did; here it is what is expected, so go on from it.
  const fresh = there((await day.agent.tickets.getTicket({ name })).ticket, "the ticket");
  check(fresh.priority === Priority.URGENT, "the colleague's change is lost");
  const reopened = there((await day.agent.tickets.reopenTicket({ name, etag: fresh.etag })).ticket, "the ticket");
  console.log(`${name} is open again and belongs to ${reopened.owner}`);
  check(reopened.state === TicketState.OPEN && reopened.owner === day.me, "it did not come back");
}

/** Leaves out what a ticket must have. */
export async function formNotFilledIn(day: Day): Promise<void> {
  say("What a refusal says about a form that is not filled in");
  const empty = day.agent.tickets.createTicket({ parent: day.account, ticket: {} });
  const refusal = await refused(empty, "a ticket without a subject was made");
  check(refusal.code === Code.InvalidArgument, "it was refused with another status");
  check(refusal.fields.has("ticket.subject"), "the refusal does not name the subject");
}

/** Lets everybody look at once: whoever is told to come later does so, and all get their answer. */
export async function rush(day: Day, { name }: Ticket): Promise<void> {
  say(`${RUSH} people look at the same ticket at once`);
  const answers = await Promise.all(Array.from({ length: RUSH }, () => day.agent.tickets.getTicket({ name })));
  check(answers.every(({ ticket }) => ticket?.name === name), "not everybody saw the ticket");
  console.log("all of them saw it");
}
