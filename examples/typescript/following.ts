// Noon: what happened meanwhile, and why who got what.

import { check, type Day, say, there } from "./day.js";
import { EventType } from "./stubs/helpdesk/v1/event_pb.js";
import { Ineligibility, RoutingOutcome } from "./stubs/helpdesk/v1/routing_pb.js";
import type { Ticket } from "./stubs/helpdesk/v1/ticket_pb.js";

/** How many milliseconds the events may take to come. */
const WATCH = 30_000;

/** Reads what happened since the reply, and sees another customer's message come in; gives that ticket. */
export async function watch(day: Day, ticket: Ticket, token: string): Promise<Ticket> {
  say("What happened since the reply, while somebody writes in the chat");
  const events = day.agent.watch(day.account, token, WATCH);
  // The stream is open as soon as its first event is here; the message comes while it is.
  const first = await events.next();
  const arrived = there((await day.customerWrites(day.chat, "Hello, is my parcel lost?")).ticket, "the ticket");
  const expected = new Set([
    `${ticket.name} ${EventType[EventType.COMMENT_CREATED]}`,
    `${ticket.name} ${EventType[EventType.TICKET_STATUS_CHANGED]}`,
    `${ticket.name} ${EventType[EventType.TICKET_ASSIGNED]}`,
    `${arrived.name} ${EventType[EventType.TICKET_CREATED]}`,
    `${arrived.name} ${EventType[EventType.MESSAGE_RECEIVED]}`,
  ]);
  for (let next = first; !next.done; next = await events.next()) {
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
export async function why(day: Day, arrived: Ticket): Promise<void> {
  say("Who got the chat, and why");
  const { routingDecisions } = await day.agent.routing.listRoutingDecisions({ parent: arrived.name });
  const decision = there(routingDecisions[0], "a decision");
  console.log(decision.summary);
  for (const { user, openTicketCount, blockers, rank } of decision.candidates) {
    const why = blockers.map((blocker) => Ineligibility[blocker]).join(", ") || `rank ${rank}`;
    console.log(`  ${user}: ${openTicketCount} open tickets, ${why}`);
  }
  const explained = await day.agent.routing.explainRouting({ name: arrived.name, user: day.me });
  console.log(explained.answer);
  check(decision.outcome === RoutingOutcome.ASSIGNED, "nobody got the chat");
  check(decision.user === arrived.owner, `the decision names ${decision.user}, the ticket ${arrived.owner}`);
  check(explained.answer !== "", "the decision was not explained");
}
