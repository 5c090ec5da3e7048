// `file-transfer server` and `file-transfer lab`: from flags to a server that waits until it is told to stop. Exits nothing.
import { isSameOrigin } from "@socketlab/core";
import { readSecret, readSetting, runServer } from "@socketlab/core/server-kit";
import {
  ExitCode,
  parseCount,
  parseDuration,
  parseFlags,
  parseSize,
  print,
  type Terminal,
} from "@socketlab/core/terminal";
import { fileTransfer, MAX_TRANSFERS } from "../protocol.ts";
import { parseRate } from "../rate.ts";
import { RateLimit } from "../transfer/rate-limit.ts";
import { converse } from "./conversation.ts";
import { readDoors } from "./doors.ts";
import { serverFlags, serverHelp } from "./flags.ts";
import { Gate } from "./gate.ts";
import { greetingOf } from "./greeting.ts";
import { readOrigins } from "./origins.ts";
import { fileHttp } from "./http/http.ts";
import { openStore } from "./open-store.ts";
import { limitReading } from "./limit-reading.ts";
import { Arrivals } from "./arrivals.ts";
import { SharedHashes } from "./shared-hashes.ts";

/** Who has vanished without a word still has the name that it was writing: it is found 10 s later, by 10 unanswered probes. */
const KEEP_ALIVE_MS = 10_000;

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
  const secretFile = flags.text("secret-file");
  const isReadOnly = flags.has("read-only");
  const gate = new Gate({
    isReadOnly,
    secret: secretFile === undefined ? undefined : readSecret(secretFile),
  });
  // Our own client counts on so many.
  const maxTransfers = flags.read("max-transfers", (text) => parseCount(text, MAX_TRANSFERS / 2));
  const maxFileBytes = flags.read("max-file", parseSize);
  const where = { folder: flags.text("folder"), store: flags.text("store") };
  const { store, place } = await openStore(where, {
    log: setting.log,
    ...given("keepMs", flags.read("keep", parseDuration)),
    limits: {
      ...given("maxFileBytes", maxFileBytes),
      ...given("maxTotalBytes", flags.read("max-total", parseSize)),
      ...given(
        "maxFiles",
        flags.read("max-files", (text) => parseCount(text, 1)),
      ),
    },
  });
  try {
    const { log } = setting;
    const rate = flags.read("rate", parseRate);
    const limit = rate === undefined ? undefined : new RateLimit(rate);
    const origins = readOrigins(flags.texts("allow-origin"));
    const arrivals = isReadOnly ? undefined : new Arrivals(store, log);
    const http = fileHttp(limit === undefined ? store : limitReading(store, limit), {
      origins,
      maxFileBytes,
      ...given("maxTransfers", maxTransfers),
      onError: (err) => log.error({ err }, "a request could not be answered"),
      allow: async (token, action, path) => (await gate.admit(token)).assertMay(action, path),
    });
    const hall = {
      store,
      arrivals,
      hashes: new SharedHashes(),
      finishing: new Set<Promise<void>>(),
      limit,
      gate,
      log,
      maxTransfers,
    };
    try {
      return await runServer(fileTransfer, setting, (socket) => converse(socket, hall), {
        kind,
        name: "file-transfer",
        folder: new URL("../../", import.meta.url),
        greeting: greetingOf(place),
        onRequest: http.onRequest,
        pageRunsWasm: true,
        allowOrigin: (origin, host) => isSameOrigin(origin, host) || origins.includes(origin),
        keepAliveMs: KEEP_ALIVE_MS,
      });
    } finally {
      await http.close();
    }
  } finally {
    await store.close();
  }
}

/** What was not given is left out: the store knows what is usual. */
function given<Name extends string>(name: Name, value: number | undefined): { [_ in Name]?: number } {
  return (value === undefined ? {} : { [name]: value }) as { [_ in Name]?: number };
}
