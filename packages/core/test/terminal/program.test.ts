// What a program does around its commands, in a terminal made for the test.
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { ClosedError, ProtocolError, UsageError } from "../../src/errors.ts";
import { runProgram, type Program } from "../../src/terminal/program.ts";
import type { Terminal } from "../../src/terminal/terminal.ts";

const interrupted = new AbortController();

const program: Program = {
  name: "talk",
  version: "1.2.3",
  help: "talk client",
  commands: {
    client: async (args) => args.length,
    server: async () => {
      throw new UsageError("address-in-use", "the port is taken");
    },
    wrong: async () => {
      throw new UsageError("bad-flag", "--x is wrong");
    },
    broken: async () => {
      throw new TypeError("a fault of ours");
    },
    untidy: async () => {
      await using _disk = {
        [Symbol.asyncDispose]: async () => {
          throw new UsageError("bad-file", "nothing can be noted: the disk is full");
        },
      };
      throw new ClosedError("full", "the disk is full");
    },
    refused: async () => {
      throw new ProtocolError("bad-message", "they said nonsense");
    },
    stopped: async () => {
      interrupted.abort();
      throw new Error("in the middle of it");
    },
  },
};

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const terminal: Terminal = {
    stdin: new PassThrough(),
    stdout,
    stderr,
    signal: interrupted.signal,
    interrupt: () => interrupted.abort(),
    onLook: () => () => {},
  };
  const code = await runProgram(program, args, terminal);
  stdout.end();
  stderr.end();
  return { code, out: await text(stdout), err: await text(stderr) };
}

test.each([
  ["a command gets the rest of the words", ["client", "a", "b"], { code: 2, out: "", err: "" }],
  ["--debug is not the command's", ["--debug", "client"], { code: 0, out: "", err: "" }],
  ["help is what was asked for", ["--help"], { code: 0, out: "talk client\n", err: "" }],
  ["so is the version", ["-v"], { code: 0, out: "1.2.3\n", err: "" }],
  ["without a command, help is talk", [], { code: 2, out: "", err: "talk client\n" }],
  [
    "a slip is named",
    ["clinet"],
    {
      code: 2,
      out: "",
      err: 'talk: there is no command "clinet"; did you mean "client"? (talk --help)\n',
    },
  ],
  [
    "what every object has is no command",
    ["toString"],
    { code: 2, out: "", err: 'talk: there is no command "toString" (talk --help)\n' },
  ],
  ["wrong usage is 2", ["wrong"], { code: 2, out: "", err: "talk: --x is wrong\n" }],
  [
    "a busy port is not the caller's fault",
    ["server"],
    { code: 1, out: "", err: "talk: the port is taken\n" },
  ],
  [
    "nor is a server that says nonsense",
    ["refused"],
    { code: 1, out: "", err: "talk: they said nonsense\n" },
  ],
] as const)("%s", async (_name, args, expected) => {
  expect(await run(...args)).toEqual(expected);
});

test("a fault of the program is told with its stack, an expected one with --debug only", async () => {
  expect(await run("broken")).toMatchObject({
    code: 1,
    err: expect.stringMatching(/a fault of ours\n +at /),
  });
  expect(await run("refused", "--debug")).toMatchObject({
    code: 1,
    err: expect.stringMatching(/they said nonsense\n +at /),
  });
});

test("when closing fails too, what went wrong first is said", async () => {
  expect(await run("untidy")).toMatchObject({ code: 1, err: "talk: the disk is full\n" });
});

test("what fails because it was interrupted is interrupted, and says nothing", async () => {
  expect(await run("stopped")).toEqual({ code: 130, out: "", err: "" });
});
