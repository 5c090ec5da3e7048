// The prompt in a real terminal and in a pipe, against our server as another process.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { needs, TestProcess, TmuxTerminal } from "@socketlab/core/test-kit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fileTransfer, main, startServer } from "../processes.ts";

let folder = "";
let [here, there] = ["", ""];
let server: TestProcess;
let url = "";

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "file-transfer-prompt-"));
  [here, there] = [join(folder, "here"), join(folder, "there")];
  for (const path of [here, join(there, "inbox"), join(there, "in box")])
    mkdirSync(path, { recursive: true });
  writeFileSync(join(here, "it's mine.txt"), "mine");
  writeFileSync(join(there, "in box/a b.txt"), "from there");
  await start("tcp://127.0.0.1:0");
});
afterEach(async () => {
  await server.stop("SIGKILL");
  rmSync(folder, { recursive: true });
});

async function start(door: string): Promise<void> {
  const started = await startServer(there, [door]);
  server = started.server;
  [url = ""] = started.urls;
}

describe("in a terminal", needs("tmux"), () => {
  function open(path = ""): TmuxTerminal {
    const terminal = new TmuxTerminal();
    terminal.run(`cd "${here}" && clear`);
    // A path may have spaces in it.
    terminal.run(`"${process.execPath}" "${main}" client ${url}${path}`);
    return terminal;
  }

  /** A Tab that comes with other keys is one that was pasted, and no wish for completion. */
  async function typeThenTab(terminal: TmuxTerminal, text: string): Promise<void> {
    terminal.type(text);
    await terminal.shows((screen) => screen.trimEnd().endsWith(text.trimEnd()));
    terminal.press("Tab");
  }

  test("files go there and come back, with names that Tab completes and shells would quote", async () => {
    using terminal = open();
    await terminal.shows(/Connected to tcp:[^]*^\/>/m);
    terminal.type("cd in");
    await terminal.shows(/> cd in$/m);
    // What they have in common; then a choice; then the one.
    await terminal.pressUntil("Tab", /in\\ box\/ +inbox\//);
    await typeThenTab(terminal, "\\ ");
    await terminal.shows(/> cd in\\ box\//);
    terminal.press("Enter");
    await terminal.shows(/^\/in box>/m);
    await typeThenTab(terminal, 'get "a');
    await terminal.shows(/> get "a b\.txt"/);
    terminal.press("Enter");
    await terminal.shows(/1 file fetched/);
    expect(readFileSync(join(here, "a b.txt"), "utf8")).toBe("from there");
    await typeThenTab(terminal, "put it");
    await terminal.shows(/> put it\\'s\\ mine\.txt/);
    await typeThenTab(terminal, "../inb");
    await terminal.shows(/\.txt \.\.\/inbox\//);
    terminal.press("Enter");
    await terminal.shows(/1 file sent/);
    expect(readFileSync(join(there, "inbox/it's mine.txt"), "utf8")).toBe("mine");
    terminal.run("rm 'a b.txt'");
    await terminal.shows(/1 removed/);
    expect(existsSync(join(there, "in box/a b.txt"))).toBe(false);
    terminal.run("frob");
    await terminal.shows(/there is no command "frob"/);
    terminal.run("ls '../none");
    await terminal.shows(/a ' is missing/);
    terminal.run("cd /");
    await terminal.shows(/^\/>/m);
    // What was typed before is there again.
    terminal.press("Up", "Up", "Up");
    await terminal.shows(/> frob$/m);
    terminal.press("C-c");
    terminal.run("bye");
    await terminal.shows(/^\$$/m);
    terminal.run("echo code $?; stty -a | tr ' ;' '\\n' | grep -xE 'icanon|echo|isig' | tr '\\n' '+'");
    await terminal.shows(/^code 0\nisig\+icanon\+echo\+/m);
  });

  test("Ctrl-C ends the transfer and not the prompt, and takes back a line; Ctrl-D ends the prompt", async () => {
    using terminal = open("/inbox");
    await terminal.shows(/^\/inbox>/m);
    server.child.kill("SIGSTOP");
    terminal.run("put it*");
    await terminal.shows(/cannot read "it\*"/);
    terminal.run(String.raw`put it\'s\ mine.txt`);
    await terminal.shows(/^ *\d+% .* of 4 bytes/m);
    terminal.press("C-c");
    await terminal.shows(/goes on there/);
    server.child.kill("SIGCONT");
    // Till then the server has seen that the first attempt is over.
    terminal.run("stat ../inbox");
    await terminal.shows(/ inbox\/$/m);
    terminal.run(String.raw`put it\'s\ mine.txt`);
    await terminal.shows(/1 file sent/);
    expect(readFileSync(join(there, "inbox/it's mine.txt"), "utf8")).toBe("mine");
    terminal.type("rm never");
    await terminal.shows(/> rm never/);
    terminal.press("C-c");
    await terminal.shows((screen) => !screen.includes("rm never"));
    terminal.press("C-c", "C-c");
    terminal.run("pwd");
    await terminal.shows(/^\/inbox$/m);
    // Lines that come at once are done one after the other; Ctrl-D among them ends the prompt when they are.
    server.child.kill("SIGSTOP");
    terminal.run("cd /\nput a\nget inbox .");
    terminal.press("C-d");
    server.child.kill("SIGCONT");
    await terminal.shows(/cannot read "a"[^]*1 file fetched[^]*^\$$/m);
    terminal.run("echo code $?");
    await terminal.shows(/^code 0$/m);
  });

  test("a connection that is lost is told, and made again by the next command; Tab does not wait for it", async () => {
    using terminal = open();
    await terminal.shows(/^\/>/m);
    terminal.type("ls half");
    await server.stop("SIGKILL");
    await terminal.shows(/The connection is lost: .*[^]*^\/> ls half/m);
    terminal.press("C-c");
    terminal.run("ls");
    await terminal.shows(/ls: cannot connect/);
    await start(url);
    terminal.run("ls");
    await terminal.shows(/inbox\/$/m);
    server.child.kill("SIGSTOP");
    await typeThenTab(terminal, "ls in");
    // The same holds for the key after it.
    await sleep(500);
    terminal.type("b");
    await terminal.shows(/> ls inb$/m);
    server.child.kill("SIGCONT");
    await terminal.pressUntil("Tab", /> ls inbox\/$/m);
  });

  test("nobody there: it ends at once, and says so", async () => {
    await server.stop("SIGKILL");
    using terminal = open();
    await terminal.shows(/nothing listens there/);
    terminal.run("echo code $?");
    await terminal.shows(/^code 1$/m);
  });
});

describe("in a pipe", () => {
  const pipe = (lines: readonly string[], ...flags: string[]): ReturnType<typeof fileTransfer> =>
    fileTransfer(["client", url, ...flags], { input: lines.map((line) => `${line}\n`).join(""), cwd: here });

  test("each line is done in its order, and nothing else is printed", async () => {
    const { code, stdout, stderr } = await pipe([
      "# what comes there",
      "",
      "put it\\'s\\ mine.txt inbox",
      "cd inbox",
      "pwd",
      "mkdir 'a folder'",
      "cd 'a folder'",
      "get '../it'\\''s mine.txt' back",
      "cd ../..",
      "rm -r inbox",
      "lpwd",
      "lcd back",
      "lls",
      "bye",
      "never reached",
    ]);
    expect([code, stdout.toString()]).toEqual([
      0,
      `/inbox\n2 removed\n${here}\nit's mine.txt\n`.replace("2", "3"),
    ]);
    expect(stderr.trim().split("\n")).toEqual([
      expect.stringMatching(/^1 file sent/),
      expect.stringMatching(/^1 file fetched/),
    ]);
    expect(readFileSync(join(here, "back/it's mine.txt"), "utf8")).toBe("mine");
    expect(readdirSync(there)).not.toContain("inbox");
  });

  test.each([
    ["what is refused", "rm none", 1, /there is no none/],
    ["what is not there", "put none", 1, /cannot read "none"/],
    ["an unknown command", "lss", 2, /there is no command "lss"; did you mean "ls"\?/],
    ["an unknown flag", "put --json x", 2, /there is no flag --json/],
    ["too many words", "get a b c", 2, /usage: get PATH \[FOLDER\]/],
    ["a missing word", "mkdir", 2, /usage: mkdir FOLDER/],
    ["an open quote", "ls 'x", 2, /a ' is missing/],
    ["a file as a folder", "cd 'in box/a b.txt'", 2, /is no folder/],
    ["a path that cannot be one", "ls .socketlab", 2, /is where the server keeps/],
  ])("%s ends it with its exit code, unless the line begins with -", async (_what, line, code, sentence) => {
    const ended = await pipe([line, "mkdir after"]);
    expect(ended.stderr).toMatch(sentence);
    expect(ended.code).toBe(code);
    expect(existsSync(join(there, "after"))).toBe(false);
    const goesOn = await pipe(line.includes("'x") ? [] : [`-${line}`, "mkdir after"]);
    expect(goesOn.code).toBe(0);
    expect(existsSync(join(there, "after"))).toBe(!line.includes("'x"));
  });

  test("--json gives one object per line", async () => {
    const { stdout } = await pipe(["ls", "put it\\'s\\ mine.txt"], "--json");
    const lines = stdout.toString().trim().split("\n");
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { path: "in box", kind: "folder" },
      { path: "inbox", kind: "folder" },
      { event: "sent", path: "it's mine.txt", size: 4 },
    ]);
  });

  test("between two lines the server may be started anew, and not be away", async () => {
    const client = TestProcess.start(process.execPath, [main, "client", url]);
    client.child.stdin.write("ls\n");
    await client.says(/inbox/);
    await server.stop("SIGKILL");
    await start(url);
    client.child.stdin.write("pwd\nstat 'in box/a b.txt'\n");
    await client.says(/a b\.txt/);
    await server.stop("SIGKILL");
    client.child.stdin.write("ls\n");
    // It may have asked before it learns of the end.
    expect(await client.ended).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^file-transfer: .+\n$/),
    });
  });

  test.each([[[]], [["a", "b"]]])("%j: not one URL is wrong usage", async (args) => {
    expect(await fileTransfer(["client", ...args])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("one URL is needed"),
    });
  });
});
