// What --inspect, --trace, --trace-diagram and --json show of a conversation; the same on both sides. Knows no app.
import { writeFileSync } from "node:fs";
import { UsageError } from "../errors.ts";
import type { DoorState, MessageSocket, TraceEvent } from "../socket/message-socket.ts";
import { drawDoors } from "./draw-doors.ts";
import type { Flags, FlagTable } from "./flags.ts";
import { parseDuration } from "./quantities.ts";
import { SequenceDiagram } from "./sequence-diagram.ts";
import type { Terminal, TerminalOutput } from "./terminal.ts";
import { traceLine, traceRecord } from "./trace.ts";

export type ObserveFlag = "inspect" | "trace" | "trace-diagram" | "json";

export const observeFlags: FlagTable<ObserveFlag> = {
  inspect: {
    value: "SECONDS",
    withoutValue: "0",
    help: "draw the doors at the end, and every so many seconds; on SIGUSR2 at any time",
  },
  trace: { help: "print every message that crosses the door" },
  "trace-diagram": { value: "FILE", help: "write the conversations as a Mermaid sequence diagram" },
  json: { help: "one JSON object per line on standard output" },
};

type AnySocket = Pick<MessageSocket<never, never>, "inspect">;

/** Shows what the user has asked to see, with the flags of `observeFlags`. */
export class Observer {
  /** For the options of `connect` and `listen`; undefined when nobody wants to see it. */
  readonly trace: ((event: TraceEvent) => void) | undefined;
  readonly json: boolean;
  readonly inspects: boolean;
  readonly #output: TerminalOutput;
  readonly #diagram: SequenceDiagram | undefined;
  readonly #diagramFile: string | undefined;

  /** @param output where drawings and traces go. */
  constructor(flags: Flags<ObserveFlag>, output: TerminalOutput) {
    this.json = flags.has("json");
    this.inspects = flags.has("inspect");
    this.#output = output;
    this.#diagramFile = flags.text("trace-diagram");
    this.#diagram = this.#diagramFile === undefined ? undefined : new SequenceDiagram();
    // Written once at the start, so that a file that cannot be written is told before the work and not after it.
    this.finish();
    const prints = flags.has("trace");
    if (!prints && this.#diagram === undefined) return;
    this.trace = (event) => {
      this.#diagram?.add(event);
      if (prints)
        this.record(
          () => traceLine(event),
          () => traceRecord(event),
        );
    };
  }

  /**
   * Draws what is open whenever the user asks, and every so many seconds with `--inspect SECONDS`.
   * Returns how to stop that.
   */
  watch(sockets: () => readonly AnySocket[], terminal: Terminal, flags: Flags<ObserveFlag>): () => void {
    const drawAll = (): void => {
      for (const socket of sockets()) this.draw(socket);
    };
    const stopLooking = terminal.onLook(drawAll);
    const periodMs = flags.read("inspect", parseDuration) ?? 0;
    const timer = periodMs > 0 ? setInterval(drawAll, periodMs) : undefined;
    return () => {
      stopLooking();
      clearInterval(timer);
    };
  }

  /** Draws the conversation as it is now. */
  draw(socket: AnySocket): void {
    const state = socket.inspect();
    this.record(
      () => drawDoors(state),
      () => doorRecord(state),
    );
  }

  /** One line: for people, or for programs. */
  record(text: () => string, value: () => Record<string, unknown>): void {
    this.#output.write(`${this.json ? JSON.stringify(value()) : text()}\n`);
  }

  /** Writes the diagram. @throws UsageError `bad-file`. */
  finish(): void {
    if (this.#diagram === undefined || this.#diagramFile === undefined) return;
    try {
      writeFileSync(this.#diagramFile, this.#diagram.toString());
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code;
      throw new UsageError(
        "bad-file",
        `--trace-diagram: cannot write ${JSON.stringify(this.#diagramFile)} (${reason})`,
        { cause: error },
      );
    }
  }
}

function doorRecord(state: DoorState): Record<string, unknown> {
  return { event: "door", ...state };
}
