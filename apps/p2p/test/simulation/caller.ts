// Somebody who dials a peer in a virtual network, says what a test says, and keeps a record of what it hears and when.
import { connect, type Clock, type Network } from "@socketlab/core";
import { decodeExtensionHandshake, idFor, type ExtensionHandshake } from "../../src/extensions/handshake.ts";
import type { PeerAddress } from "../../src/engine/address-book.ts";
import { peerWire, type PeerMessage } from "../../src/protocol.ts";
import type { PeerSocket } from "../../src/peer/conversation.ts";

type Extended = PeerMessage & { readonly type: "extended" };

export interface CallOptions {
  readonly network: Network;
  readonly infoHash: Uint8Array;
  /** Where it calls from. */
  readonly host: string;
  /** BEP 6 (it does). */
  readonly isFast?: boolean;
}

let callers = 0;

export class Caller {
  readonly socket: PeerSocket;
  readonly host: string;
  /** All but the handshake. */
  readonly heard: { readonly message: PeerMessage; readonly atMs: number }[] = [];
  /** When the other side hung up. */
  endedMs: number | undefined;
  /** As the other side has introduced itself. */
  introduction: ExtensionHandshake = {};
  onMessage: (message: PeerMessage) => void = () => {};
  readonly #clock: Clock;

  private constructor(socket: PeerSocket, host: string, clock: Clock) {
    this.socket = socket;
    this.host = host;
    this.#clock = clock;
    void this.#listen();
  }

  /** Says the handshake; time must pass until anything is heard. */
  static async dial({ host: to, port }: PeerAddress, options: CallOptions): Promise<Caller> {
    const { network, infoHash, host, isFast = true } = options;
    const endpoint = { transport: "tcp", host: to, port, path: "" } as const;
    const caller = new Caller(
      await connect(peerWire, endpoint, { network, localHost: host }),
      host,
      network.clock,
    );
    const reserved = Uint8Array.of(0, 0, 0, 0, 0, 0x10, 0, isFast ? 4 : 0);
    const protocol = new TextEncoder().encode("BitTorrent protocol");
    const peerId = Buffer.from(`-XX0000-${String(callers++).padStart(12, "0")}`);
    caller.say({ type: "handshake", protocol, reserved, infoHash, peerId });
    return caller;
  }

  say(message: PeerMessage): void {
    void this.socket.send(message).catch(() => {});
  }

  /** In an extension that the other side has introduced; before it has, nothing. */
  sayExtended(name: "ut_metadata" | "ut_pex", payload: Uint8Array): void {
    const extension = idFor(this.introduction, name);
    if (extension !== undefined) this.say({ type: "extended", extension, payload });
  }

  of<Type extends PeerMessage["type"]>(type: Type): (PeerMessage & { readonly type: Type })[] {
    return this.heard.flatMap(({ message }) =>
      message.type === type ? [message as PeerMessage & { readonly type: Type }] : [],
    );
  }

  async #listen(): Promise<void> {
    try {
      for await (const message of this.socket) {
        if (message.type === "handshake") continue;
        // What was received lies in memory that will be used again.
        const kept = message.type === "extended" ? { ...message, payload: message.payload.slice() } : message;
        this.heard.push({ message: kept, atMs: this.#clock.now() });
        if (message.type === "extended" && message.extension === 0)
          this.introduction = decodeExtensionHandshake((kept as Extended).payload);
        this.onMessage(kept);
      }
    } catch {
      // It broke off.
    }
    this.endedMs = this.#clock.now();
  }
}
