// `chat client`: from flags to a conversation, full screen or in a pipe. Exits nothing.
import { writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { formatEndpoint, parseEndpoint, realClock, UsageError } from "@socketlab/core";
import {
  ExitCode,
  Observer,
  parseCount,
  parseDuration,
  parseFlags,
  readGivenFile,
  print,
  type Flags,
  type Terminal,
} from "@socketlab/core/terminal";
import { nameRule, parseName } from "../names.ts";
import { MAX_PAGE_MESSAGES } from "../protocol.ts";
import type { ChatSocket } from "./connection.ts";
import { dialer } from "./dial.ts";
import { clientFlags, clientHelp, type ClientFlag } from "./flags.ts";
import { talkPlainly } from "./plain.ts";
import { randomId } from "./random-id.ts";
import { talkOnScreen } from "./screen/screen.ts";
import { Session } from "./session.ts";

const STORED_TIMEOUT_MS = 10_000;

/** @returns the exit code. @throws what goes wrong. */
export async function clientCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const flags = parseFlags(args, clientFlags);
  if (flags.has("help")) {
    print(terminal, clientHelp);
    return ExitCode.done;
  }
  const [url, extra] = flags.positionals;
  if (url === undefined)
    throw new UsageError(
      "missing-argument",
      "whom to talk to is missing; try: chat client tcp://127.0.0.1:4001 --name ann --room lobby",
    );
  if (extra !== undefined)
    throw new UsageError(
      "bad-argument",
      `${JSON.stringify(extra)} is one argument too many; what is to be said comes from standard input`,
    );
  const target = parseEndpoint(url);
  const isPlain =
    flags.has("plain") ||
    flags.has("json") ||
    flags.has("follow") ||
    terminal.stdin.isTTY !== true ||
    terminal.stdout.isTTY !== true;
  if (!isPlain && (flags.has("trace") || flags.has("inspect")))
    throw new UsageError("bad-flag", "--trace and --inspect would paint over the screen; add --plain");
  const observer = new Observer(flags, flags.has("json") ? terminal.stdout : terminal.stderr);
  const dial = dialer(target, flags, observer.trace);
  let socket: ChatSocket | undefined;
  const rooms = flags.texts("room");
  const session = new Session({
    name: flags.read("name", readName) ?? userInfo().username,
    token: flags.read("token-file", readGivenFile)?.trim(),
    key: flags.read("key-file", readOrMakeKey),
    dial: async (signal) => (socket = await dial(signal)),
    clock: realClock,
    random: Math.random,
    rooms: rooms.length === 0 ? ["lobby"] : rooms,
    history: historyOf(flags) ?? (isPlain ? 0 : MAX_PAGE_MESSAGES),
  });
  const stopWatching = observer.watch(() => (socket === undefined ? [] : [socket]), terminal, flags);
  try {
    if (!isPlain) return await talkOnScreen(session, terminal, formatEndpoint({ ...target, path: "" }));
    return await talkPlainly(session, terminal, {
      json: flags.has("json"),
      follow: flags.has("follow"),
      history: historyOf(flags) ?? 0,
      timeoutMs: flags.read("timeout", parseDuration) ?? STORED_TIMEOUT_MS,
    });
  } finally {
    stopWatching();
    if (observer.inspects && socket !== undefined) observer.draw(socket);
    await socket?.close();
    observer.finish();
  }
}

function historyOf(flags: Flags<ClientFlag>): number | undefined {
  const count = flags.read("history", (text) => parseCount(text));
  if (count !== undefined && count > MAX_PAGE_MESSAGES)
    throw new UsageError("bad-flag", `--history: a page of history is at most ${MAX_PAGE_MESSAGES} messages`);
  return count;
}

function readName(text: string): string {
  const name = parseName(text);
  if (name === undefined)
    throw new UsageError("bad-name", `${JSON.stringify(text)} cannot be a name: it has ${nameRule}`);
  return name.shown;
}

/** For its owner's eyes only. @throws UsageError `bad-file`. */
function readOrMakeKey(path: string): string {
  const key = randomId();
  try {
    writeFileSync(path, `${key}\n`, { flag: "wx", mode: 0o600 });
    return key;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return readGivenFile(path).trim();
    throw new UsageError("bad-file", `cannot make ${JSON.stringify(path)} (${code})`, { cause: error });
  }
}
