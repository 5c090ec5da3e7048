// The ways of using one conversation: ask once, talk, pipe, ping, flood; chosen by flags. Opens no conversation.
import { realClock, UsageError, type Payload } from "@socketlab/core";
import {
  ExitCode,
  type Flags,
  type Observer,
  parseCount,
  parseDuration,
  parseSize,
  print,
  say,
  type Terminal,
} from "@socketlab/core/terminal";
import { MAX_MESSAGE_BYTES } from "../protocol.ts";
import { ask } from "./ask.ts";
import { bytesOf } from "./difference.ts";
import type { ClientFlag } from "./flags.ts";
import { flood } from "./flood.ts";
import type { EchoSocket, Inbox } from "./inbox.ts";
import { converse } from "./interactive.ts";
import { NumberedMessages } from "./messages.ts";
import { ping } from "./ping.ts";
import { pipe } from "./pipe.ts";
import { floodRecord, floodSummary, pingLine, pingRecord, pingSummary } from "./report.ts";

const INTERVAL_MS = 200;
const SIZE_BYTES = 64;
const FLOOD_MS = 5000;
const WINDOW = 64;
const LOSS_AFTER_MS = 200;

export interface Conversation {
  readonly inbox: Inbox;
  readonly observer: Observer;
  /** The server, as the user named it. */
  readonly place: string;
}

/** Uses an open conversation; gives the exit code. */
export type Mode = (socket: EchoSocket, conversation: Conversation) => Promise<number>;

/** @throws UsageError for flags that do not go together, before anything is opened. */
export function modeOf(
  flags: Flags<ClientFlag>,
  text: string | undefined,
  terminal: Terminal,
  timeoutMs: number,
): Mode {
  const chosen = [
    ...(text === undefined ? [] : ["a text"]),
    ...(["count", "flood", "oneshot"] as const).filter((name) => flags.has(name)).map((name) => `--${name}`),
  ];
  if (chosen.length > 1) throw new UsageError("bad-flag", `${chosen.join(" and ")} exclude each other`);
  const numbered = flags.has("count") || flags.has("flood");
  for (const [names, needs, there] of [
    [["interval"], "--count", flags.has("count")],
    [["seconds", "window"], "--flood", flags.has("flood")],
    [["size"], "--count or --flood", numbered],
  ] as const) {
    for (const name of names)
      if (flags.has(name) && !there) throw new UsageError("bad-flag", `--${name} is for ${needs}`);
  }
  if (flags.has("count")) return pingMode(flags, terminal, timeoutMs);
  if (flags.has("flood")) return floodMode(flags, terminal, timeoutMs);
  const binary = flags.has("binary");
  if (text !== undefined || flags.has("oneshot")) {
    return async (socket, { inbox, observer }) => {
      const message =
        text === undefined ? await inputOf(terminal, binary) : binary ? Buffer.from(text) : text;
      return askOnce(socket, inbox, observer, message, terminal, timeoutMs);
    };
  }
  if (flags.has("json"))
    throw new UsageError(
      "bad-flag",
      "--json needs a text, --oneshot, --count or --flood: a pipe's output is what came back, and nothing else",
    );
  if (terminal.stdin.isTTY === true && terminal.stdout.isTTY === true) {
    return async (socket, { inbox }) => {
      await converse(terminal, socket, inbox, timeoutMs);
      return ended(terminal, ExitCode.done);
    };
  }
  return pipeMode(binary, terminal, timeoutMs);
}

async function askOnce(
  socket: EchoSocket,
  inbox: Inbox,
  observer: Observer,
  message: Payload,
  terminal: Terminal,
  timeoutMs: number,
): Promise<number> {
  const { pieces, roundTripMs } = await ask(socket, inbox, message, timeoutMs);
  const reply = Buffer.concat(pieces.map(bytesOf));
  if (observer.json) {
    print(
      terminal,
      JSON.stringify({
        event: "reply",
        bytes: reply.length,
        pieces: pieces.length,
        roundTripMs,
        text: reply.toString(),
      }),
    );
  } else terminal.stdout.write(typeof message === "string" ? `${reply.toString()}\n` : reply);
  return ExitCode.done;
}

/** The first line without its end; or everything, if it is binary. */
async function inputOf(terminal: Terminal, binary: boolean): Promise<Payload> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of terminal.stdin as AsyncIterable<Buffer>) {
    const end = binary ? -1 : chunk.indexOf("\n");
    chunks.push(end < 0 ? chunk : chunk.subarray(0, end));
    length += chunk.length;
    if (end >= 0) return Buffer.concat(chunks).toString().replace(/\r$/, "");
    if (length > MAX_MESSAGE_BYTES)
      throw new UsageError(
        "message-too-long",
        `a message has at most ${MAX_MESSAGE_BYTES} bytes; without --oneshot a pipe may be of any length`,
      );
  }
  return binary ? Buffer.concat(chunks) : Buffer.concat(chunks).toString();
}

function pipeMode(binary: boolean, terminal: Terminal, timeoutMs: number): Mode {
  return async (socket, { inbox }) => {
    const maxMessageBytes = Math.min(MAX_MESSAGE_BYTES, socket.transport.maxMessageBytes);
    const onLost = (error: Error, message: number): void =>
      say(terminal, `message ${message}: ${error.message}`);
    const { messages, lost } = await pipe(terminal.stdin, terminal.stdout, socket, inbox, {
      binary,
      timeoutMs,
      maxMessageBytes,
      onLost,
    });
    if (lost > 0) say(terminal, `${lost} of ${messages} messages did not come back`);
    return ended(
      terminal,
      lost === 0 ? ExitCode.done : lost < messages ? ExitCode.partlyDone : ExitCode.failed,
    );
  };
}

function pingMode(flags: Flags<ClientFlag>, terminal: Terminal, timeoutMs: number): Mode {
  const count = flags.read("count", (text) => parseCount(text)) ?? 0;
  const messages = messagesOf(flags);
  const intervalMs = flags.read("interval", parseDuration) ?? INTERVAL_MS;
  return async (socket, { observer, place }) => {
    const result = await ping(socket, {
      count: count === 0 ? Infinity : count,
      intervalMs,
      timeoutMs,
      messages,
      asText: sendsText(socket, flags),
      clock: realClock,
      nowMs,
      signal: terminal.signal,
      report: (event) =>
        print(
          terminal,
          observer.json ? JSON.stringify({ event: "ping", ...event }) : pingLine(event, place, timeoutMs),
        ),
    });
    print(terminal, observer.json ? JSON.stringify(pingRecord(result, place)) : pingSummary(result, place));
    if (result.error !== undefined && !terminal.signal.aborted) throw result.error;
    return ended(terminal, result.lost > 0 || result.wrong > 0 ? ExitCode.failed : ExitCode.done);
  };
}

function floodMode(flags: Flags<ClientFlag>, terminal: Terminal, timeoutMs: number): Mode {
  const messages = messagesOf(flags);
  const window = flags.read("window", (text) => parseCount(text, 1)) ?? WINDOW;
  const durationMs = flags.read("seconds", parseDuration) ?? FLOOD_MS;
  return async (socket, { observer }) => {
    const asText = sendsText(socket, flags);
    const result = await flood(socket, {
      durationMs,
      window,
      lossAfterMs: LOSS_AFTER_MS,
      timeoutMs,
      messages,
      asText,
      clock: realClock,
      nowMs,
      signal: terminal.signal,
    });
    const { sizeBytes } = messages;
    print(
      terminal,
      observer.json
        ? JSON.stringify(floodRecord(result, sizeBytes, window))
        : floodSummary(result, sizeBytes, window),
    );
    if (result.error !== undefined && !terminal.signal.aborted) throw result.error;
    return ended(
      terminal,
      result.lost === 0 ? ExitCode.done : result.received > 0 ? ExitCode.partlyDone : ExitCode.failed,
    );
  };
}

function nowMs(): number {
  return performance.now();
}

function messagesOf(flags: Flags<ClientFlag>): NumberedMessages {
  return new NumberedMessages(flags.read("size", parseSize) ?? SIZE_BYTES, flags.has("binary"));
}

/** Only WebSocket tells text from bytes. */
function sendsText({ transport }: EchoSocket, flags: Flags<ClientFlag>): boolean {
  return (transport.name === "ws" || transport.name === "wss") && !flags.has("binary");
}

function ended(terminal: Terminal, code: number): number {
  return terminal.signal.aborted ? ExitCode.interrupted : code;
}
