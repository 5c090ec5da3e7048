// What NATS says when it does not do what it is asked, told apart. Does not know who asks, and what follows from it.
import { JetStreamApiCodes, JetStreamApiError } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";

// JetStream's codes that its client library does not name.
/** There is one of that name with other settings. */
const STREAM_EXISTS = 10058;
/** Too few servers are up to keep so many copies. */
const NO_SUITABLE_PEERS = 10005;
/** What is set aside for JetStream, or a stream's own limit, is used up; a message could not be written, or did not fit. */
const STORAGE_EXCEEDED = 10047;
const NO_RESOURCES = 10023;
const STORE_FAILED = 10077;

/** What happens while servers of the broker die, start and elect: no answer, nobody there, nobody responsible. */
export function mayPass(error: unknown): boolean {
  if (error instanceof JetStreamApiError)
    return !isFull(error) && ([503, 408].includes(error.status) || error.code === NO_SUITABLE_PEERS);
  // JetStream's client wraps it, as "jetstream is not enabled".
  return (
    error instanceof errors.TimeoutError || isNobodyThere(error) || isNobodyThere((error as Error).cause)
  );
}

export function isFull(error: unknown): boolean {
  return hasCode(error, STORAGE_EXCEEDED, NO_RESOURCES, STORE_FAILED);
}

/** Of those who are connected to the broker, nobody answers to that subject. */
export function isNobodyThere(error: unknown): boolean {
  return error instanceof errors.RequestError && error.isNoResponders();
}

/** Somebody has written since what the writer took for the last message. */
export function isOvertaken(error: unknown): boolean {
  return hasCode(error, JetStreamApiCodes.StreamWrongLastSequence);
}

/** There is a stream of that name, which is not as it was to be made. */
export function isOtherStream(error: unknown): boolean {
  return hasCode(error, STREAM_EXISTS);
}

/** While servers of the broker change over, one that is asked may not have heard yet of a stream that there is. */
export function notYet(error: unknown): undefined {
  if (!hasCode(error, JetStreamApiCodes.StreamNotFound)) throw error;
}

function hasCode(error: unknown, ...codes: readonly number[]): boolean {
  return error instanceof JetStreamApiError && codes.includes(error.code);
}
