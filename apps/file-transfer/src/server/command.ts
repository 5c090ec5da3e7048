// `file-transfer server` and `file-transfer lab`: from flags to a server that waits until it is told to stop. Exits nothing.
import { mkdirSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { readSetting, runServer } from "@socketlab/core/server-kit";
import {
  ExitCode,
  parseCount,
  parseDuration,
  parseFlags,
  parseSize,
  print,
  type Terminal,
} from "@socketlab/core/terminal";
import { fileTransfer } from "../protocol.ts";
import { converse } from "./conversation.ts";
import { readDoors } from "./doors.ts";
import { serverFlags, serverHelp } from "./flags.ts";
import { openFolderStore } from "./folder-store.ts";
import { greetingOf } from "./greeting.ts";
import { fileHttp } from "./http/http.ts";
import { StoreError } from "./store.ts";
import { Arrivals } from "./arrivals.ts";

/** In the app's folder, wherever the server is started. */
const defaultFolder = fileURLToPath(new URL("../../.socketlab/files", import.meta.url));

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
  const folder = flags.text("folder") ?? defaultFolder;
  // One that was named and is not there is a slip; ours is simply not there the first time.
  if (folder === defaultFolder) mkdirSync(folder, { recursive: true });
  const store = await openFolderStore(folder, {
    log: setting.log,
    ...given("keepMs", flags.read("keep", parseDuration)),
    limits: {
      ...given("maxFileBytes", flags.read("max-file", parseSize)),
      ...given("maxTotalBytes", flags.read("max-total", parseSize)),
      ...given(
        "maxFiles",
        flags.read("max-files", (text) => parseCount(text, 1)),
      ),
    },
  });
  try {
    const { log } = setting;
    const isReadOnly = flags.has("read-only");
    const arrivals = isReadOnly ? undefined : new Arrivals(store, log);
    const http = fileHttp(store, {
      onError: (err) => log.error({ err }, "a request could not be answered"),
      allow: (_token, action) => {
        if (action === "write" && isReadOnly) throw new StoreError("not-allowed", "this server is read-only");
      },
    });
    try {
      return await runServer(fileTransfer, setting, (socket) => converse(socket, { store, arrivals, log }), {
        kind,
        name: "file-transfer",
        folder: new URL("../../", import.meta.url),
        greeting: greetingOf(relative("", folder) || "."),
        onRequest: http.onRequest,
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
