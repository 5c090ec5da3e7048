// Counts what happens at a server's endpoints, and writes it as Prometheus text (exposition format 0.0.4). Opens no socket.
import type { MessageListener } from "../socket/listen.ts";
import type { DoorState, MessageSocket } from "../socket/message-socket.ts";
import { formatEndpoint } from "../address/endpoint.ts";

export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

// Looking behind a door costs system calls: between so many of them everybody else gets a turn.
const DOORS_PER_TURN = 50;

/** A figure of the app's own. */
export interface Metric {
  /** As Prometheus wants it: "chat_messages_stored_total". */
  readonly name: string;
  readonly kind: "counter" | "gauge";
  readonly help: string;
  readonly value: number;
}

type AnyListener = MessageListener<unknown, never>;

/** What ended conversations have moved, and how they ended. */
class EndpointCounts {
  conversations = 0;
  readonly moved = { messagesIn: 0, messagesOut: 0, bytesIn: 0, bytesOut: 0 };
  readonly errors = new Map<string, number>();
}

export class Metrics {
  readonly #name: string;
  readonly #own: () => readonly Metric[];
  readonly #endpoints = new Map<AnyListener, EndpointCounts>();

  /**
   * @param name of the server: the label `server` of every sample.
   * @param own what the app counts itself, at this moment.
   */
  constructor(name: string, own: () => readonly Metric[] = () => []) {
    this.#name = name;
    this.#own = own;
  }

  watch(listener: AnyListener): void {
    this.#endpoints.set(listener, new EndpointCounts());
  }

  begun(listener: AnyListener): void {
    this.#endpoints.get(listener)!.conversations++;
  }

  /** @param errorCode why it ended, if not orderly. */
  ended(listener: AnyListener, socket: MessageSocket<unknown, never>, errorCode: string | undefined): void {
    const counts = this.#endpoints.get(listener)!;
    add(counts.moved, socket.inspect());
    if (errorCode !== undefined) counts.errors.set(errorCode, (counts.errors.get(errorCode) ?? 0) + 1);
  }

  /** The metrics of this moment; what open conversations have moved is counted too. */
  async text(): Promise<string> {
    const families = new Families();
    for (const [listener, { conversations, errors, moved }] of this.#endpoints) {
      const labels = { server: this.#name, endpoint: formatEndpoint(listener.endpoint) };
      const total = { ...moved };
      let looked = 0;
      // A copy, taken in the same turn as the totals: who leaves meanwhile is counted once.
      const sockets = [...listener.sockets];
      for (const socket of sockets) {
        add(total, socket.inspect());
        if (++looked % DOORS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      families.gauge(
        "socketlab_conversations_open",
        "Conversations that are open now.",
        labels,
        listener.sockets.size,
      );
      families.counter(
        "socketlab_conversations_total",
        "Conversations that have begun.",
        labels,
        conversations,
      );
      families.counter(
        "socketlab_conversations_refused_total",
        "Turned away because there was no room.",
        labels,
        listener.refused,
      );
      const messages = "Messages that crossed the doors.";
      families.counter(
        "socketlab_messages_total",
        messages,
        { ...labels, direction: "in" },
        total.messagesIn,
      );
      families.counter(
        "socketlab_messages_total",
        messages,
        { ...labels, direction: "out" },
        total.messagesOut,
      );
      const bytes = "Bytes exchanged with the operating system.";
      families.counter("socketlab_bytes_total", bytes, { ...labels, direction: "in" }, total.bytesIn);
      families.counter("socketlab_bytes_total", bytes, { ...labels, direction: "out" }, total.bytesOut);
      for (const [code, count] of errors) {
        families.counter(
          "socketlab_errors_total",
          "Conversations that ended with an error, by code.",
          { ...labels, code },
          count,
        );
      }
    }
    for (const { name, kind, help, value } of this.#own())
      families[kind](name, help, { server: this.#name }, value);
    const { user, system } = process.cpuUsage();
    families.counter("process_cpu_seconds_total", "CPU time of this process.", {}, (user + system) / 1e6);
    families.gauge("process_resident_memory_bytes", "Memory of this process.", {}, process.memoryUsage.rss());
    families.gauge(
      "process_start_time_seconds",
      "When this process began.",
      {},
      Math.round(Date.now() / 1000 - process.uptime()),
    );
    return families.text();
  }
}

type Moved = EndpointCounts["moved"];

function add(to: Moved, state: Pick<DoorState, keyof Moved>): void {
  to.messagesIn += state.messagesIn;
  to.messagesOut += state.messagesOut;
  to.bytesIn += state.bytesIn;
  to.bytesOut += state.bytesOut;
}

/** Samples grouped by name, as the format demands: `# HELP`, `# TYPE`, then all samples of that name. */
class Families {
  readonly #lines = new Map<string, string[]>();

  counter(name: string, help: string, labels: Readonly<Record<string, string>>, value: number): void {
    this.#add("counter", name, help, labels, value);
  }

  gauge(name: string, help: string, labels: Readonly<Record<string, string>>, value: number): void {
    this.#add("gauge", name, help, labels, value);
  }

  text(): string {
    return `${[...this.#lines.values()].flat().join("\n")}\n`;
  }

  #add(
    type: string,
    name: string,
    help: string,
    labels: Readonly<Record<string, string>>,
    value: number,
  ): void {
    const lines = this.#lines.get(name) ?? [];
    if (lines.length === 0) lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    lines.push(`${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}`);
    this.#lines.set(name, lines);
  }
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
