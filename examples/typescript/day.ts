// What all parts of the day share: who works where, and how something that is not right ends it.

import { randomUUID } from "node:crypto";

import { type Desk, Refusal } from "./desk.js";
import type { IngestMessageResponse } from "./stubs/helpdesk/v1/ingress_service_pb.js";

/** Something came out otherwise than it should. */
export class NotRight extends Error {}

/** Ends the day where something is not right. */
export function check(right: boolean, what: string): asserts right {
  if (!right) throw new NotRight(what);
}

/** The record that an answer always has. */
export function there<T>(record: T | undefined, what: string): T {
  if (record === undefined) throw new NotRight(`the answer is without ${what}`);
  return record;
}

/** Heads a part of the day. */
export function say(text: string): void {
  console.log(`\n# ${text}`);
}

/** What a call that must be refused is refused with. */
export async function refused(call: Promise<unknown>, what: string): Promise<Refusal> {
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
export class Day {
  /** Who the agent is, once signed in. */
  me = "";

  constructor(
    readonly server: string,
    readonly agent: Desk,
    readonly adapter: Desk,
    readonly account: string,
    readonly chat: string,
    readonly form: string,
  ) {}

  /** Hands in a message of somebody new, as the adapter of a channel does. */
  customerWrites(channel: string, text: string): Promise<IngestMessageResponse> {
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
}
