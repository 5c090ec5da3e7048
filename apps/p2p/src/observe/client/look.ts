// What an observer is told of a peer: its swarm, looked at from outside. Changes nothing, and says nothing.
import type { Endpoint } from "@socketlab/core";
import { clientOf } from "../../extensions/peer-id.ts";
import type { Conversation } from "../../peer/conversation.ts";
import type { Swarm } from "../../peer/swarm.ts";
import { encodeParts } from "../parts.ts";
import type { PeerState } from "../peer-state.ts";
import { MAX_CONVERSATIONS, type ConversationView } from "../protocol.ts";
import { hexOf } from "../../hex.ts";
import { RecentRate } from "./recent-rate.ts";

/** Looks at one swarm, again and again: rates are what has moved between looks. */
export class SwarmLook {
  readonly #swarm: Swarm;
  readonly #upload = new RecentRate();
  readonly #download = new RecentRate();
  readonly #rates = new WeakMap<Conversation, { upload: RecentRate; download: RecentRate }>();

  constructor(swarm: Swarm) {
    this.#swarm = swarm;
  }

  look(nowMs: number): PeerState {
    const { picker, uploads, downloads, conversations } = this.#swarm;
    const seen = [...conversations].slice(0, MAX_CONVERSATIONS);
    return {
      parts: encodeParts(picker.have),
      has: picker.have.count,
      upload: this.#upload.look(uploads.sent, nowMs),
      download: this.#download.look(downloads.received, nowMs),
      conversations: new Map(seen.map((one) => [one.socket.id, this.#view(one, nowMs)])),
    };
  }

  #view(conversation: Conversation, nowMs: number): ConversationView {
    const { socket, greeting, introduction, asked, amChoking, amInterested, isChoking, isInterested } =
      conversation;
    let rates = this.#rates.get(conversation);
    if (rates === undefined)
      this.#rates.set(conversation, (rates = { upload: new RecentRate(), download: new RecentRate() }));
    return {
      id: socket.id,
      role: socket.role,
      local: addressOf(socket.local),
      remote: addressOf(socket.remote),
      door: conversation.listensAt,
      peerId: hexOf(greeting.peerId),
      client: introduction.client ?? clientOf(greeting.peerId) ?? "unknown",
      has: this.#swarm.picker.hasOf(conversation).count,
      amChoking,
      amInterested,
      isChoking,
      isInterested,
      isSnubbing: conversation.isSnubbing(nowMs),
      asked: asked.size,
      upload: rates.upload.look(conversation.upload.total, nowMs),
      download: rates.download.look(conversation.download.total, nowMs),
    };
  }
}

function addressOf({ host, port }: Endpoint): { host: string; port: number } {
  return { host, port };
}
