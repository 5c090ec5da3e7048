// A leecher under test and those whom it meets, for one check. Checks nothing by itself.
import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { Mismatch, type Check } from "../check.ts";
import { Giver, type GiverOptions } from "./giver.ts";
import { Subject, type Command } from "./subject.ts";
import { PIECE_BYTES, Torrent } from "./torrent.ts";
import type { Address, TinyTracker } from "./tracker.ts";
import { expect, visitsOf, type Visitor, type VisitOptions } from "./visitor.ts";
import { Wire } from "./wire.ts";

export class Scene implements AsyncDisposable {
  /** To be replaced before the start, if at all. */
  torrent: Torrent = new Torrent();
  readonly timeoutMs: number;
  readonly #command: Command;
  readonly #givers: Visitor[] = [];
  readonly #servers: Server[] = [];
  #subject: Subject | undefined;

  constructor(command: Command, timeoutMs: number) {
    this.#command = command;
    this.timeoutMs = timeoutMs;
  }

  /** Starts the peer under test, with nothing. */
  async start(prepare?: (tracker: TinyTracker) => void): Promise<Subject> {
    this.#subject = await Subject.leecher(this.#command, this.torrent, prepare);
    return this.#subject;
  }

  get subject(): Subject {
    return this.#subject!;
  }

  /** One who has something contacts it. */
  async giver(options?: GiverOptions): Promise<Giver> {
    const giver = await Giver.visit(this.subject, this.timeoutMs, options);
    this.#givers.push(giver);
    return giver;
  }

  /** One who has nothing contacts it. */
  bystander(options?: VisitOptions): Promise<Visitor> {
    return visitsOf(this.subject, this.timeoutMs, this.#givers).greeted(options);
  }

  /** A place where the peer under test may contact us. */
  async door(onVisit: (wire: Wire) => void): Promise<Address> {
    const server = createServer((socket) => onVisit(new Wire(socket, this.timeoutMs)));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    this.#servers.push(server);
    return { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
  }

  /** @throws Mismatch unless the whole content is there in time. */
  async whole(sent: string, timeoutMs: number = this.timeoutMs): Promise<void> {
    if (await this.subject.hasAll(timeoutMs)) return;
    this.#fail(sent, "the content, whole", differences(this.subject.content(), this.torrent));
  }

  /** @throws Mismatch unless it comes to hold in time. */
  async until(
    holds: () => boolean,
    sent: string,
    expected: string,
    came: () => string,
    timeoutMs: number = this.timeoutMs,
  ): Promise<void> {
    if (await this.subject.until(holds, timeoutMs)) return;
    this.#fail(sent, expected, came());
  }

  #fail(sent: string, expected: string, came: string): never {
    throw new Mismatch(sent, expected, this.subject.isAlive ? came : `${came}, and it has ended`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { wire } of this.#givers) wire.close();
    await this.#subject?.[Symbol.asyncDispose]();
    for (const server of this.#servers) server.close();
  }
}

function differences(came: Buffer | undefined, torrent: Torrent): string {
  if (came === undefined) return "no file";
  const pieceAt = (at: number): Buffer => came.subarray(at, at + PIECE_BYTES);
  const wrong = torrent.pieces.filter(
    (piece) => !pieceAt(piece * PIECE_BYTES).equals(torrent.pieceOf(piece)),
  );
  return `${came.length} bytes; not as they should be: pieces ${wrong.join(" ")}`;
}

export type MakeLeecherCheck = (
  name: string,
  promise: string,
  body: (scene: Scene) => Promise<void>,
) => Check;

/** Makes checks of a leecher, which each of them starts anew. */
export function leecherChecksWith(command: Command, timeoutMs: number): MakeLeecherCheck {
  return (name, promise, body) => ({
    name: `leecher-${name}`,
    promise,
    run: async () => {
      await using scene = new Scene(command, timeoutMs);
      await body(scene);
      const { isAlive, output } = scene.subject;
      expect(isAlive, "", "that it still runs", `it has ended: ${output.slice(-500)}`);
    },
  });
}
