// Among colleagues: a comment that mentions somebody, what one is told oneself, two tickets made one.

import { timestampFromMs } from "@bufbuild/protobuf/wkt";

import { check, type Day, refused, say, there } from "./day.js";
import { Desk } from "./desk.js";
import { Permission, Seat } from "./stubs/helpdesk/access/v1/access_pb.js";
import { NotificationKind } from "./stubs/helpdesk/v1/notification_pb.js";
import type { Ticket } from "./stubs/helpdesk/v1/ticket_pb.js";

/** The last part of a name. */
function id(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** Mentions a colleague, who is told of it, and oneself, who is not. */
export async function mention(day: Day, ticket: Ticket): Promise<void> {
  say("A comment that mentions a colleague");
  const { users } = await day.agent.users.listUsers({ parent: day.account });
  const found = users.find((user) => user.seat === Seat.SERVICE && user.name !== day.me);
  const colleague = there(found, "a colleague").name;
  const text = `@${id(colleague)}: please look at the invoice. Ask me, @${id(day.me)}, if in doubt.`;
  const written = await day.agent.conversations.createComment({ parent: ticket.name, comment: { body: { text } } });
  console.log(`told: ${written.notified.join(", ")}; not told: ${written.notNotified.join(", ")}`);
  check(written.notified.join() === colleague, `${colleague} was not told of the mention`);
  check(written.notNotified.join() === day.me, "the author was told of the author's own words");
}

/** Lets an integration give the agent a ticket, and finds that among the notifications. */
export async function beTold(day: Day, ticket: Ticket): Promise<void> {
  say("An integration gives me a ticket, and I am told");
  const made = await day.agent.access.createAccessKey({
    parent: day.account,
    accessKey: {
      displayName: "Integration of the day",
      permissions: [Permission.TICKETS_VIEW, Permission.TICKETS_ASSIGN],
      expireTime: timestampFromMs(Date.now() + 3_600_000),
    },
  });
  await new Desk(day.server, made.secret).tickets.assignTicket({ name: ticket.name, owner: day.me });
  await day.agent.access.revokeAccessKey({ name: there(made.accessKey, "the access key").name });

  const parent = day.me;
  const listed = await day.agent.notifications.listNotifications({ parent });
  for (const { kind, summary } of listed.notifications) console.log(`${NotificationKind[kind]}: ${summary}`);
  const newest = there(listed.notifications[0], "a notification");
  check(newest.kind === NotificationKind.ASSIGNED, "the newest notification is of another kind");
  check(newest.ticket === ticket.name && !newest.read, `the newest notification is not about ${ticket.name}`);
  await day.agent.notifications.markNotificationsRead({ parent, notifications: [newest.name] });
  const { unreadCount } = await day.agent.notifications.listNotifications({ parent });
  const right = unreadCount === listed.unreadCount - 1;
  check(right, `${unreadCount} notifications are unread, ${listed.unreadCount} were before`);
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
