// Draws conversations as a Mermaid sequence diagram: who said what to whom, in order. Knows no protocol.
import { formatEndpoint, type Endpoint } from "../address/endpoint.ts";
import type { TraceEvent } from "../socket/message-socket.ts";
import { excerpt } from "./hex-dump.ts";

// More than this nobody reads, and Mermaid refuses long texts.
const MAX_MESSAGES = 300;

interface Participant {
  readonly id: string;
  readonly label: string;
}

/** Collects what crosses the doors of this process; bounded, so that a server may collect for ever. */
export class SequenceDiagram {
  readonly #participants = new Map<string, Participant>();
  readonly #lines: string[] = [];
  #left = 0;

  add(event: TraceEvent): void {
    if (this.#lines.length >= MAX_MESSAGES) {
      this.#left++;
      return;
    }
    const local = this.#participant(event.role, event.local);
    const remote = this.#participant(event.role === "client" ? "server" : "client", event.remote);
    const [from, to] = event.direction === "out" ? [local, remote] : [remote, local];
    this.#lines.push(
      `${from.id}->>${to.id}: ${safe(`${event.type}, ${event.bytes} B: ${excerpt(event.payload, 24)}`)}`,
    );
  }

  /** The diagram as far as it has come, as the text of a `.mmd` file. */
  toString(): string {
    const participants = [...this.#participants.values()].map(
      ({ id, label }) => `participant ${id} as ${safe(label)}`,
    );
    const last = [...this.#participants.values()].at(-1);
    const more =
      this.#left > 0 && last !== undefined ? [`Note over ${last.id}: and ${this.#left} messages more`] : [];
    return [
      "sequenceDiagram",
      ...[...participants, ...this.#lines, ...more].map((line) => `  ${line}`),
      "",
    ].join("\n");
  }

  #participant(role: "client" | "server", endpoint: Endpoint): Participant {
    const where = formatEndpoint({ ...endpoint, path: "" });
    const key = `${role} ${where}`;
    let participant = this.#participants.get(key);
    if (participant === undefined) {
      participant = { id: `${role}${this.#participants.size + 1}`, label: key };
      this.#participants.set(key, participant);
    }
    return participant;
  }
}

/** In Mermaid ";" ends a line and "#" begins an entity; "<" would be read as HTML. */
function safe(text: string): string {
  return text.replaceAll(/[#;<>]/g, (character) => `#${character.charCodeAt(0)};`);
}
