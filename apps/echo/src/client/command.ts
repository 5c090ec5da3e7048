// `echo client`: from flags to one conversation, and how it is told. Exits nothing.
import {
  connect,
  formatEndpoint,
  parseEndpoint,
  realClock,
  UsageError,
  type ConnectOptions,
  type Endpoint,
} from "@socketlab/core";
import {
  ExitCode,
  type Flags,
  handshakeOptionsOf,
  Observer,
  parseCount,
  parseDuration,
  parseFlags,
  parseShare,
  print,
  say,
  type Terminal,
  transportOptionsOf,
} from "@socketlab/core/terminal";
import { echo } from "../protocol.ts";
import { clientFlags, clientHelp, type ClientFlag } from "./flags.ts";
import { Inbox } from "./inbox.ts";
import { modeOf } from "./modes.ts";
import { startRelay } from "./relay.ts";

const REPLY_TIMEOUT_MS = 2000;
// Everything is back by then: a server that does not say goodbye is not waited for long.
const CLOSE_TIMEOUT_MS = 1000;

/** @returns the exit code. @throws what goes wrong. */
export async function clientCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const flags = parseFlags(args, clientFlags);
  if (flags.has("help")) {
    print(terminal, clientHelp);
    return ExitCode.done;
  }
  const [url, ...words] = flags.positionals;
  if (url === undefined)
    throw new UsageError(
      "missing-argument",
      "whom to talk to is missing; try: echo client tcp://127.0.0.1:7007 hello",
    );
  const target = parseEndpoint(url);
  const timeoutMs = flags.read("timeout", parseDuration) ?? REPLY_TIMEOUT_MS;
  const mode = modeOf(flags, words.length === 0 ? undefined : words.join(" "), terminal, timeoutMs);
  const observer = new Observer(flags, flags.has("json") ? terminal.stdout : terminal.stderr);
  const options: ConnectOptions = {
    ...transportOptionsOf(flags, [target.transport]),
    ...handshakeOptionsOf(flags, target),
    signal: terminal.signal,
    closeTimeoutMs: CLOSE_TIMEOUT_MS,
    trace: observer.trace,
  };
  const { endpoint, stop } = await pathTo(target, flags, terminal);
  try {
    const socket = await connect(echo, endpoint, options);
    const stopWatching = observer.watch(() => [socket], terminal, flags);
    try {
      return await mode(socket, {
        inbox: new Inbox(socket, realClock),
        observer,
        place: formatEndpoint(target),
      });
    } finally {
      stopWatching();
      if (observer.inspects) observer.draw(socket);
      await socket.close();
    }
  } finally {
    await stop();
    observer.finish();
  }
}

/** Straight to the server, or through the relay. */
async function pathTo(
  target: Endpoint,
  flags: Flags<ClientFlag>,
  terminal: Terminal,
): Promise<{ endpoint: Endpoint; stop: () => Promise<void> }> {
  const share = flags.read("lossy", parseShare);
  const seed = flags.read("seed", (text) => parseCount(text)) ?? 1;
  if (share === undefined) {
    if (flags.has("seed")) throw new UsageError("bad-flag", "--seed is the relay's; it needs --lossy");
    return { endpoint: target, stop: async () => {} };
  }
  const relay = await startRelay(target, share, seed, terminal.signal);
  const does =
    target.transport === "udp"
      ? `loses ${share * 100}% of the datagrams each way, doubles and reorders some`
      : "cuts and delays the byte stream";
  say(terminal, `relay at ${formatEndpoint(relay.endpoint)}: ${does} (seed ${seed})`);
  return relay;
}
