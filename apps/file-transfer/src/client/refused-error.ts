// What a server refused. Knows no conversation.
import { SocketlabError } from "@socketlab/core";
import type { RefusalCode } from "../protocol.ts";

/** The message is the server's sentence. */
export class RefusedError extends SocketlabError {
  declare readonly code: RefusalCode;
}
