// What is refused, and how an error becomes a refusal. Says nothing by itself.
import { SocketlabError } from "@socketlab/core";
import { refusalCodes, type RefusalCode } from "../protocol.ts";

/** Something that was asked for and is not done. The message is a sentence for the person. */
export class Refusal extends SocketlabError {
  declare readonly code: RefusalCode;
}

const known: ReadonlySet<string> = new Set(refusalCodes);

/** An expected error as a refusal; undefined when it is a fault of our own. */
export function refusalOf(error: unknown): { code: RefusalCode; detail: string } | undefined {
  if (!(error instanceof SocketlabError) || !known.has(error.code)) return undefined;
  return { code: error.code as RefusalCode, detail: error.message };
}
