// An observer and its peers and pages, over a virtual network. Knows no test.
import {
  connect,
  listen,
  VirtualClock,
  VirtualNetwork,
  type Endpoint,
  type MessageListener,
  type MessageSocket,
} from "@socketlab/core";
import { Reporter, type ReporterOptions } from "../../src/observe/client/reporter.ts";
import { observation, type FromClient, type FromServer } from "../../src/observe/protocol.ts";
import { Observer } from "../../src/observe/server/observer.ts";
import { identity, state } from "./states.ts";

export const door: Endpoint = { transport: "tcp", host: "10.9.9.9", port: 4202, path: "" };

export class Observation {
  readonly clock = new VirtualClock();
  readonly network = new VirtualNetwork({ clock: this.clock });
  readonly observer = new Observer({ clock: this.clock, commands: () => ["p2p get film.torrent"] });
  #listener: MessageListener<FromClient, FromServer> | undefined;

  async open(): Promise<void> {
    this.#listener = await listen(observation, door, { network: this.network, idleTimeoutMs: 0 });
    void this.#accept(this.#listener);
  }

  /** It ends, with all its conversations. */
  async close(): Promise<void> {
    await this.clock.run(this.#listener!.close());
  }

  report(n: number, options: Partial<ReporterOptions> = {}): Reporter {
    return new Reporter({
      observer: door,
      identity: identity(n),
      look: () => state(),
      network: this.network,
      random: () => 0.5,
      ...options,
    });
  }

  dial(): Promise<MessageSocket<FromServer, FromClient>> {
    return connect(observation, door, { network: this.network });
  }

  /** A page that watches: what it has been told so far. */
  async watch(): Promise<FromServer[]> {
    const socket = await this.dial();
    await socket.send({ type: "watch" });
    const told: FromServer[] = [];
    void (async () => {
      for await (const message of socket) told.push(message);
    })().catch(() => {});
    return told;
  }

  async #accept(listener: MessageListener<FromClient, FromServer>): Promise<void> {
    for await (const socket of listener)
      void this.observer.converse(socket).then(
        () => socket.close(),
        () => socket.close(),
      );
  }
}
