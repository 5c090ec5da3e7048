// `file-transfer server` and `file-transfer lab`: from flags to a server that waits until it is told to stop. Exits nothing.
import { mkdirSync } from "node:fs";
import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
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
import { converse } from "./conversation.ts";
import { readDoors } from "./doors.ts";
import { serverFlags, serverHelp } from "./flags.ts";
import { openFolderStore } from "./folder-store.ts";
import { Gate } from "./gate.ts";
import { greetingOf } from "./greeting.ts";
import { fileHttp } from "./http/http.ts";
import { Arrivals } from "./arrivals.ts";

/** In the app's folder, wherever the server is started. */
const defaultFolder = fileURLToPath(new URL("../../.socketlab/files", import.meta.url));

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
  const folder = flags.text("folder") ?? defaultFolder;
  // One that was named and is not there is a slip; ours is simply not there the first time.
  if (folder === defaultFolder) mkdirSync(folder, { recursive: true });
  const store = await openFolderStore(folder, {
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
    const arrivals = isReadOnly ? undefined : new Arrivals(store, log);
    const http = fileHttp(store, {
      maxFileBytes,
      ...given("maxTransfers", maxTransfers),
      onError: (err) => log.error({ err }, "a request could not be answered"),
      allow: async (token, action, path) => (await gate.admit(token)).assertMay(action, path),
    });
    const hall = { store, arrivals, gate, log, maxTransfers };
    try {
      return await runServer(fileTransfer, setting, (socket) => converse(socket, hall), {
        kind,
        name: "file-transfer",
        folder: new URL("../../", import.meta.url),
        greeting: greetingOf(shownAs(folder)),
        onRequest: http.onRequest,
      });
    } finally {
      await http.close();
    }
  } finally {
    await store.close();
  }
}

/** For people: from here, if it is below. */
function shownAs(folder: string): string {
  const fromHere = relative("", folder) || ".";
  return fromHere.startsWith("..") ? resolve(folder) : fromHere;
}

/** What was not given is left out: the store knows what is usual. */
function given<Name extends string>(name: Name, value: number | undefined): { [_ in Name]?: number } {
  return (value === undefined ? {} : { [name]: value }) as { [_ in Name]?: number };
}
