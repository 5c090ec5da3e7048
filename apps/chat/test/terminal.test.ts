// The full-screen client in a real terminal, against our server as another process.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { needs, TestProcess, TmuxTerminal } from "@socketlab/core/test-kit";
import { chat, main, startServer } from "./processes.ts";

const tmux = needs("tmux");
let folder = "";
let server: TestProcess;
let url = "";

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "chat-"));
  await start("tcp://127.0.0.1:0");
});
afterEach(async () => {
  await server.stop("SIGKILL");
  rmSync(folder, { recursive: true });
});

async function start(door: string): Promise<void> {
  const started = await startServer([door], ["--rate", "0", "--store", join(folder, "chat.db")]);
  server = started.server;
  [url = ""] = started.urls;
}

const command = (...flags: string[]): string =>
  // A path may have spaces in it.
  [`"${process.execPath}"`, ...flags, `"${main}"`, "client", url, "--name", "ann", "--room", "lobby"].join(
    " ",
  );
const say = (name: string, input: string, room = "lobby"): Promise<unknown> =>
  chat(["client", url, "--name", name, "--room", room], { input });
/** The shell has its terminal back as it was: it echoes, and nothing of ours is left. */
async function isGivenBack(terminal: TmuxTerminal): Promise<void> {
  await terminal.shows(() => !terminal.isFullScreen);
  terminal.run("stty -a | tr ' ;' '\\n' | grep -xE 'icanon|echo|isig' | tr '\\n' '+'");
  expect(await terminal.shows(/isig\+/)).toMatch(/isig\+icanon\+echo\+/);
}

describe("in a terminal", tmux, () => {
  test("people talk: messages, unread rooms, completion, whispers, history", async () => {
    await say("bob", Array.from({ length: 70 }, (_, at) => `message ${at + 1}`).join("\n"));
    using terminal = new TmuxTerminal();
    terminal.run(`${command()} --room dev`);
    expect(await terminal.shows(/bob: message 70/)).toMatch(/▸lobby +│.*│ people/);
    const eve = TestProcess.start(process.execPath, [main, "client", url, "--name", "eve", "--follow"]);
    await terminal.shows(/│ eve/);
    terminal.type("e");
    terminal.press("Tab");
    await terminal.shows(/> eve:/);
    terminal.type("hello 漢字");
    terminal.press("Enter");
    await eve.says(/\[lobby\] ann: eve: hello 漢字/);
    await terminal.shows(/ann: eve: hello 漢字/);
    eve.child.stdin.write("wide 漢字 \u202eevil\u202c 👩\u200d👧 e\u0301\n");
    expect(await terminal.shows(/eve: wide 漢字 evil/)).not.toMatch(/[\u202a-\u202e]/);
    terminal.run("/whisper eve psst");
    await eve.says(/\[whisper\] ann: psst/);
    await terminal.shows(/you whisper to eve: psst/);
    await say("joe", "over here", "dev");
    await terminal.shows(/dev +1│/);
    terminal.press("C-n");
    await terminal.shows(/▸dev[^]*joe: over here/);
    terminal.press("C-p");
    // The page on the screen is one of 50 messages; what was said before them is fetched on the way up.
    await terminal.pressUntil("PPage", /the beginning of this room[^]*message 1 [^]*PageDown/);
    terminal.resize(50, 10);
    const small = await terminal.shows((screen) => !screen.includes("│"));
    expect(small.trimEnd().split("\n").length).toBeLessThanOrEqual(10);
    await eve.stop("SIGINT");
    terminal.press("C-u");
    terminal.run("/quit");
    await isGivenBack(terminal);
  });

  test("a server that is killed is waited for, and what was said meanwhile is said then", async () => {
    using terminal = new TmuxTerminal();
    terminal.run(command());
    await terminal.shows(/● ann/);
    terminal.run("before");
    await terminal.shows(/\d\d:\d\d ann: before/);
    await server.stop("SIGKILL");
    await terminal.shows(/◌ reconnecting in \d+ s: .*nothing listens there/);
    terminal.run("meanwhile");
    await terminal.shows(/… {5}ann: meanwhile/);
    await start(url);
    await terminal.shows(/● ann/);
    await terminal.shows(/ann: before[^]*\d\d:\d\d ann: meanwhile/);
    terminal.press("C-c");
    await terminal.shows(/^\$$/m);
    terminal.run("echo code $?");
    await terminal.shows(/^code 130$/m);
    await isGivenBack(terminal);
  });

  test("a suspended client gives the terminal back, and takes it again", async () => {
    using terminal = new TmuxTerminal();
    terminal.run(command());
    await terminal.shows(/● ann/);
    terminal.type("half a li");
    terminal.press("C-z");
    await terminal.shows(/Stopped/);
    await isGivenBack(terminal);
    await say("bob", "still there?");
    terminal.run("fg");
    await terminal.shows(/bob: still there\?[^]*> half a li/);
    terminal.type("ne");
    terminal.press("Enter");
    await terminal.shows(/ann: half a line/);
    terminal.run("/quit");
    await isGivenBack(terminal);
  });

  test("a crash and a signal give the terminal back, too", async () => {
    using terminal = new TmuxTerminal();
    terminal.run(command("--import", `"data:text/javascript,setTimeout(()=>{throw Error('boom')},3000)"`));
    await terminal.shows(/● ann/);
    await terminal.shows(/boom/);
    await isGivenBack(terminal);
    terminal.run(`clear; ${command()} & pid=$!; (sleep 2; kill -TERM $pid) & fg %1`);
    await terminal.shows(/● ann/);
    await isGivenBack(terminal);
  });

  test("a name that is taken is told, and another one may be taken", async () => {
    const other = TestProcess.start(process.execPath, [
      main,
      "client",
      url,
      "--name",
      "ANN",
      "--follow",
      "--json",
    ]);
    await other.says(/joined/);
    using terminal = new TmuxTerminal();
    terminal.run(command());
    await terminal.shows(/✗ somebody is called .* already.*\/name NAME/);
    terminal.run("/name annie");
    await terminal.shows(/● annie/);
    await other.stop("SIGINT");
  });
});
