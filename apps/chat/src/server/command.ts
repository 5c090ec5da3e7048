// `chat server` and `chat lab`: from flags to a server that waits until it is told to stop. Exits nothing.
import { realClock, UsageError } from "@socketlab/core";
import { readSecret, readSetting, runServer, type Logger, type Metric } from "@socketlab/core/server-kit";
import { ExitCode, parseCount, parseFlags, print, type Flags, type Terminal } from "@socketlab/core/terminal";
import { parseName } from "../names.ts";
import { chat } from "../protocol.ts";
import { readDoors } from "./doors.ts";
import { serverFlags, serverHelp, type ServerFlag } from "./flags.ts";
import { greetingOf } from "./greeting.ts";
import { Hall, type HallOptions } from "./hall.ts";
import { converse } from "./handle.ts";
import { openState } from "./state.ts";
import { admit } from "./tokens.ts";

const RATE_PER_SECOND = 10;
/** A reader that is so far behind is cut off, and catches up from the store: its memory is wanted for the others. */
const MAX_SEND_QUEUE_BYTES = 1024 * 1024;
const KEEP_ALIVE_MS = 60_000;
/** A store that fails, fails often: the log is told once in so long. */
const LOG_PAUSE_MS = 1000;

/** @returns the exit code, when it has been told to stop and has. @throws what keeps it from starting. */
export async function serverCommand(
  args: readonly string[],
  terminal: Terminal,
  kind: "lab" | "server",
): Promise<number> {
  const flags = parseFlags(args, serverFlags);
  if (flags.has("help")) {
    print(terminal, serverHelp(kind));
    return ExitCode.done;
  }
  const setting = await readSetting(flags, readDoors(flags.texts("listen")), terminal);
  const rules = rulesOf(flags);

  const { store, crowd, place } = await openState(flags.text("store"), setting.log);
  try {
    const hall = new Hall({
      store,
      crowd,
      clock: realClock,
      monotonicMs: () => performance.now(),
      onError: sparing(setting.log),
      ...rules,
    });
    return await runServer(chat, setting, (socket) => converse(socket, hall), {
      kind,
      name: "chat",
      folder: new URL("../../", import.meta.url),
      greeting: greetingOf(place),
      metrics: () => metricsOf(hall),
      keepAliveMs: KEEP_ALIVE_MS,
      // Who only listens is welcome; who has vanished is found by keep-alive and heartbeat.
      idleTimeoutMs: 0,
      maxSendQueueBytes: MAX_SEND_QUEUE_BYTES,
    });
  } finally {
    await Promise.all([store.close(), crowd.close()]);
  }
}

/** What is asked of clients. @throws UsageError `bad-flag`, `bad-file`. */
function rulesOf(
  flags: Flags<ServerFlag>,
): Pick<HallOptions, "rate" | "verify" | "isTokenNeeded" | "membersOnly"> {
  const perSecond = flags.read("rate", (text) => parseCount(text)) ?? RATE_PER_SECOND;
  const secretFile = flags.text("secret-file");
  const needing = (["token-needed", "members-only"] as const).find((name) => flags.has(name));
  if (needing !== undefined && secretFile === undefined)
    throw new UsageError("bad-flag", `--${needing} needs the secret that signs tokens: --secret-file FILE`);
  const secret = secretFile === undefined ? undefined : readSecret(secretFile);
  return {
    rate: { perSecond: perSecond === 0 ? Infinity : perSecond, burst: 2 * perSecond },
    verify: secret && ((token) => admit(secret, token, Date.now())),
    isTokenNeeded: flags.has("token-needed"),
    membersOnly: new Set(flags.texts("members-only").map(roomKey)),
  };
}

function roomKey(text: string): string {
  const room = parseName(text);
  if (room === undefined)
    throw new UsageError("bad-flag", `--members-only: ${JSON.stringify(text)} cannot be the name of a room`);
  return room.key;
}

function metricsOf(hall: Hall): Metric[] {
  const { stored, deliveries, rooms, people } = hall.counts;
  const counter = (name: string, help: string, value: number): Metric => ({
    name,
    kind: "counter",
    help,
    value,
  });
  const gauge = (name: string, help: string, value: number): Metric => ({ name, kind: "gauge", help, value });
  return [
    counter("chat_messages_stored_total", "Messages of clients that were stored, repeats included.", stored),
    counter("chat_deliveries_total", "Messages shown to a member in the moment they were said.", deliveries),
    gauge("chat_rooms", "Rooms in which somebody is.", rooms),
    gauge("chat_people", "People who have a name at this server.", people),
  ];
}

function sparing(log: Logger): (error: Error) => void {
  let quietUntilMs = 0;
  return (error) => {
    if (performance.now() < quietUntilMs) return;
    quietUntilMs = performance.now() + LOG_PAUSE_MS;
    log.error(error.name === "StoreError" ? {} : { err: error }, error.message);
  };
}
