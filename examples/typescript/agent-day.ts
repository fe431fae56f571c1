// An agent's day at the help desk, through generated stubs. Ends with status 1 at the first thing that is not right.
//
// HELPDESK_SERVER    where it listens, HOST:PORT or https://HOST:PORT
// HELPDESK_ACCOUNT   the account, for example accounts/demo
// HELPDESK_TOKEN     bearer token of an agent
// HELPDESK_KEY       access key of a channel adapter: through it the customers of this day write
// HELPDESK_CHANNEL   a channel that routes to people, for example accounts/demo/channels/chat
// HELPDESK_FORM      a channel that leaves strangers' tickets unassigned (HELPDESK_ACCOUNT/channels/form)

import { ConnectError } from "@connectrpc/connect";

import { formComesIn, signIn, take, workOn } from "./answering.js";
import { commentOn, merge } from "./colleagues.js";
import { check, Day, NotRight, say } from "./day.js";
import { Desk, Refusal } from "./desk.js";
import { closeAndReopen, formNotFilledIn, rush } from "./ending.js";
import { watch, why } from "./following.js";

/** Goes through the day. */
async function spend(day: Day): Promise<void> {
  await signIn(day);
  const ticket = await formComesIn(day);
  const token = await take(day, ticket);
  await commentOn(day, ticket);
  await workOn(day, ticket);
  const arrived = await watch(day, ticket, token);
  await why(day, arrived);
  await merge(day, ticket);
  await closeAndReopen(day, ticket);
  await formNotFilledIn(day);
  await rush(day, ticket);
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
    await spend(new Day(server, agent, adapter, account, chat, form));
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
