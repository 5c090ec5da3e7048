// What is done with the messages of a stream beside writing one: many are read, one is removed. Knows nothing of files.
import { DeliverPolicy, JetStreamApiError, type JsMsg } from "@nats-io/jetstream";
import { ask, type Broker } from "@socketlab/nats-kit";

/** What is to be deleted is not there: no message, no such number, or (as 2.9 says it) it could not be deleted. */
const NOT_THERE: readonly number[] = [10037, 10043, 10057];
/** Asked for at once when much is read. */
const PULLED_MESSAGES = 1000;
const PULL_EXPIRES_MS = 5000;

/**
 * Reads what a stream has from a message on, in order.
 *
 * @param options.subject only of these subjects. @param options.headersOnly without the contents.
 * @throws StoreError when not all of it can be read; some of it may have been told, and is told again at the next try.
 */
export async function readStream(
  broker: Broker,
  stream: string,
  what: string,
  options: { readonly from: number; readonly subject?: string; readonly headersOnly?: boolean },
  tell: (message: JsMsg) => void,
): Promise<void> {
  const { from, subject, headersOnly = false } = options;
  await ask(broker, what, async () => {
    const consumer = await broker.js.consumers.get(stream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: from,
      headers_only: headersOnly,
      ...(subject !== undefined && { filter_subjects: subject }),
    });
    let pending = (await consumer.info()).num_pending;
    while (pending > 0) {
      const count = Math.min(PULLED_MESSAGES, pending);
      const before = pending;
      for await (const message of await consumer.fetch({ max_messages: count, expires: PULL_EXPIRES_MS })) {
        tell(message);
        ({ pending } = message.info);
      }
      // Its server may have died, and the consumer with it.
      if (pending === before) return undefined;
    }
    await consumer.delete().catch(() => {});
    return true;
  });
}

/**
 * Removes one message; nothing if it is not there any more. Not `purge` with a subject: NATS 2.9.10 goes on counting what was
 * purged so, and one day refuses everything because it takes itself for full.
 */
export async function deleteMessage(broker: Broker, stream: string, seq: number): Promise<void> {
  await ask(broker, "what is gone cannot be removed", async () => {
    try {
      await broker.manager.streams.deleteMessage(stream, seq, false);
    } catch (error) {
      const isGone = error instanceof JetStreamApiError && NOT_THERE.includes(error.code);
      if (!isGone) throw error;
    }
    return true;
  });
}
