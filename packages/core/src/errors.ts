// The errors of a conversation, each saying who is wrong. Knows nothing of what went wrong below it but its `cause`.

/** What every error of core carries: a stable `code` for programs, a sentence for people, and a `cause` if there is one. */
export class SocketlabError extends Error {
  /** A documented word that programs may compare; the message may change, the code does not. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The remote side broke the rules of the protocol. It is told why, and the conversation ends. */
export class ProtocolError extends SocketlabError {}

/** Our own caller is wrong: a bad argument, a message that the protocol does not know, a second reader. */
export class UsageError extends SocketlabError {}

/** The conversation is over, or could not begin: refused, reset, unreachable, closed by either side. */
export class ClosedError extends SocketlabError {}

/** A named limit was exceeded: too many connections, too long a message, too much unread. */
export class LimitError extends SocketlabError {}

/** Something did not happen within its time. */
export class TimeoutError extends SocketlabError {}
