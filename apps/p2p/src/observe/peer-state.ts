// What is known of a peer at one moment, and what has changed between two: for whoever tells it and whoever is told. No I/O.
import type { ConversationView, PeerChange } from "./protocol.ts";

/** Never changed: a change makes another one, so that whoever has been told of one can keep it. */
export interface PeerState {
  /** As in `PeerChange`. */
  readonly parts: string;
  readonly has: number;
  readonly upload: number;
  readonly download: number;
  readonly conversations: ReadonlyMap<number, ConversationView>;
}

export const unknownState: PeerState = {
  parts: "",
  has: 0,
  upload: 0,
  download: 0,
  conversations: new Map(),
};

export function changed(state: PeerState, change: PeerChange): PeerState {
  return {
    parts: change.parts ?? state.parts,
    has: change.has ?? state.has,
    upload: change.upload ?? state.upload,
    download: change.download ?? state.download,
    conversations: changedConversations(state.conversations, change),
  };
}

function changedConversations(
  before: PeerState["conversations"],
  { conversations = [], ended = [] }: PeerChange,
): PeerState["conversations"] {
  if (conversations.length === 0 && ended.length === 0) return before;
  const after = new Map(before);
  for (const id of ended) after.delete(id);
  for (const conversation of conversations) after.set(conversation.id, conversation);
  return after;
}

/** Undefined: nothing has changed. `changed(before, differenceOf(before, after))` is `after`. */
export function differenceOf(before: PeerState, after: PeerState): PeerChange | undefined {
  const change: PeerChange = {};
  if (after.parts !== before.parts) change.parts = after.parts;
  if (after.has !== before.has) change.has = after.has;
  if (after.upload !== before.upload) change.upload = after.upload;
  if (after.download !== before.download) change.download = after.download;
  if (after.conversations !== before.conversations) {
    const told = [...after.conversations.values()].filter(
      (one) => !isSame(one, before.conversations.get(one.id)),
    );
    const ended = [...before.conversations.keys()].filter((id) => !after.conversations.has(id));
    if (told.length > 0) change.conversations = told;
    if (ended.length > 0) change.ended = ended;
  }
  return Object.keys(change).length > 0 ? change : undefined;
}

function isSame(one: ConversationView, other: ConversationView | undefined): boolean {
  return other !== undefined && JSON.stringify(one) === JSON.stringify(other);
}
