// What the server would not do, as an error. Knows nothing of how it was told.
import { SocketlabError } from "@socketlab/core/browser";
import type { RefusalCode } from "../protocol.ts";

/** The server refused; the message is its sentence. */
export class RefusedError extends SocketlabError {
  declare readonly code: RefusalCode;
}
