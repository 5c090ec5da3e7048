// Turns the operating system's error codes into sentences for people. Knows nothing of sockets.
import { formatEndpoint, type Endpoint } from "../address/endpoint.ts";
import { ClosedError, SocketlabError, TimeoutError, UsageError } from "../errors.ts";

type Kind = new (code: string, message: string, options?: ErrorOptions) => SocketlabError;

const sentences: Record<string, [Kind, string, string]> = {
  ECONNREFUSED: [
    ClosedError,
    "refused",
    "nothing listens there (connection refused); is the server running?",
  ],
  ECONNRESET: [ClosedError, "reset", "the remote side broke the connection off (reset)"],
  ECONNABORTED: [ClosedError, "reset", "the connection was broken off"],
  EPIPE: [ClosedError, "reset", "the remote side no longer receives (broken pipe)"],
  ETIMEDOUT: [
    TimeoutError,
    "timed-out",
    "no answer came; the host is down, or a firewall drops what is sent to it",
  ],
  EHOSTUNREACH: [
    ClosedError,
    "unreachable",
    "there is no route to this host; check the address and the network",
  ],
  ENETUNREACH: [
    ClosedError,
    "unreachable",
    "there is no route to this network; check the address and the network",
  ],
  EHOSTDOWN: [ClosedError, "unreachable", "the host is down"],
  ENOTFOUND: [ClosedError, "name-not-found", "this host name does not exist; check its spelling"],
  EAI_AGAIN: [
    ClosedError,
    "name-not-found",
    "this host name could not be looked up; check it and the network",
  ],
  EADDRINUSE: [
    UsageError,
    "address-in-use",
    "another process listens there already; stop it, or choose another port (0: any free one)",
  ],
  EADDRNOTAVAIL: [
    UsageError,
    "no-such-address",
    "this machine has no such address; 127.0.0.1 is always there",
  ],
  ENODEV: [
    ClosedError,
    "unreachable",
    "no network interface reaches that group; name the address of one that does",
  ],
  EACCES: [
    UsageError,
    "not-permitted",
    "this user may not; ports below 1024 usually need root: choose a higher one",
  ],
  EMFILE: [
    ClosedError,
    "too-many-files",
    "this process has too many files and sockets open; raise `ulimit -n`",
  ],
  EMSGSIZE: [UsageError, "message-too-long", "the message is longer than the transport can carry"],
  EINVAL: [UsageError, "not-permitted", "the operating system does not accept this address or option"],
};

/** `error` in our words; `doing` begins the sentence: "cannot connect to". */
export function translate(error: Error, doing: string, where: Endpoint | string): Error {
  if (error instanceof SocketlabError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const place = `${doing} ${typeof where === "string" ? where : formatEndpoint(where)}`;
  // Several addresses were tried: any of them will do to say why.
  if (error instanceof AggregateError && error.errors.length > 0)
    return translate(error.errors[0] as Error, doing, where);
  const known = sentences[code];
  if (known === undefined)
    return new ClosedError("transport-failed", `${place}: ${tlsHint(code) ?? error.message}`, {
      cause: error,
    });
  const [ErrorClass, ourCode, sentence] = known;
  return new ErrorClass(ourCode, `${place}: ${sentence}`, { cause: error });
}

function tlsHint(code: string): string | undefined {
  if (
    code === "DEPTH_ZERO_SELF_SIGNED_CERT" ||
    code === "SELF_SIGNED_CERT_IN_CHAIN" ||
    code === "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
  ) {
    return "nobody whom we trust vouches for its certificate; name the authority (--ca FILE), or, only to try, --insecure";
  }
  if (code === "CERT_HAS_EXPIRED") return "its certificate has expired";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return "its certificate is for another name";
  // An echo server, say, sends our own greeting back: a message of TLS, but none that a server may send.
  if (["ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_UNEXPECTED_MESSAGE", "EPROTO"].includes(code))
    return "what answers does not speak TLS; is it tcp:// or ws://?";
  return undefined;
}
