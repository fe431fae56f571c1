// Among colleagues: a comment, and two tickets made one.

import { check, type Day, refused, say, there } from "./day.js";
import type { Ticket } from "./stubs/helpdesk/v1/ticket_pb.js";

/** Writes a comment, which the customer never sees. */
export async function commentOn(day: Day, ticket: Ticket): Promise<void> {
  say("A comment for colleagues");
  const comment = { body: { text: "Changed by hand; billing, please look at the invoice." } };
  await day.agent.conversations.createComment({ parent: there(ticket.conversations[0], "a conversation"), comment });
}

/** Makes the ticket of a form that came twice part of the first one. */
export async function merge(day: Day, ticket: Ticket): Promise<void> {
  say("The same form once more: two tickets become one");
  const again = await day.customerWrites(day.form, "Did my form arrive? It is about the address.");
  const twice = there(again.ticket, "the ticket");
  const merged = await day.agent.tickets.mergeTickets({ name: ticket.name, sources: [twice.name] });
  console.log(`${twice.name} is part of ${merged.sources[0]?.mergedInto}`);
  check(merged.sources[0]?.mergedInto === ticket.name, `${twice.name} is not part of ${ticket.name}`);
  const came = twice.conversations.every((one) => merged.ticket?.conversations.includes(one));
  check(came, "the conversation did not come along");
  const late = day.agent.tickets.closeTicket({ name: twice.name });
  const refusal = await refused(late, `${twice.name} was closed although it is merged`);
  check(refusal.reason === "TICKET_MERGED", "the merged ticket was refused for another reason");
}
