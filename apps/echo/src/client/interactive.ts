// A person types a line, the server says it back. Knows no flags.
import { createInterface } from "node:readline/promises";
import { ClosedError } from "@socketlab/core";
import { excerpt, formatDuration, print, say, styled, type Terminal } from "@socketlab/core/terminal";
import { ask } from "./ask.ts";
import { bytesOf } from "./difference.ts";
import type { EchoSocket, Inbox } from "./inbox.ts";

/** Ends with the input (Ctrl-D). @throws what ends the conversation. */
export async function converse(
  terminal: Terminal,
  socket: EchoSocket,
  inbox: Inbox,
  timeoutMs: number,
): Promise<void> {
  const { stdin, stdout, signal } = terminal;
  say(terminal, "Type a line and see it come back. Ctrl-D ends.");
  const lines = createInterface({ input: stdin, output: stdout, prompt: "> " });
  const close = (): void => lines.close();
  // In its raw mode the terminal gives Ctrl-C to readline, not to us.
  lines.once("SIGINT", () => terminal.interrupt());
  signal.addEventListener("abort", close);
  void socket.closed.then(close);
  lines.prompt();
  for await (const line of lines) {
    if (line !== "") await sayBack(line);
    lines.prompt();
  }
  // The prompt still stands there, without an answer.
  stdout.write("\n");
  const { by } = await Promise.race([socket.closed, Promise.resolve({ by: "local" as const })]);
  if (by === "remote") throw new ClosedError("ended-early", "the server ended the conversation");

  async function sayBack(line: string): Promise<void> {
    try {
      const { pieces, roundTripMs } = await ask(socket, inbox, line, timeoutMs);
      const whole = Buffer.concat(pieces.map(bytesOf));
      const how =
        pieces.length > 1
          ? `in ${pieces.length} pieces: ${pieces.map((piece) => excerpt(piece)).join(" ")}, `
          : "";
      print(
        terminal,
        `${whole.toString()}  ${styled("dim", `(${how}${whole.length} bytes, ${formatDuration(roundTripMs)})`, stdout)}`,
      );
    } catch (error) {
      // One lost datagram does not end a conversation over UDP.
      if (socket.transport.reliable) throw error;
      say(terminal, (error as Error).message);
    }
  }
}
