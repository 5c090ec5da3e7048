// Who this browser, and this tab of it, last was, and in which rooms. Knows no conversation.
import { keep, kept, randomToken } from "@socketlab/page-kit";

export interface Identity {
  readonly name: string;
  readonly token?: string | undefined;
}

const firstRooms = ["lobby"];

/** The secret with which this browser takes its name back. */
export function storedKey(): string {
  const key = kept("browser", "chat.key") ?? randomToken();
  keep("browser", "chat.key", key);
  return key;
}

export function lastName(): string {
  return kept("browser", "chat.name") ?? "";
}

/** A tab that is loaded again goes on as it was; a new one asks first, since two cannot have one name. */
export function tabIdentity(): Identity | undefined {
  const text = kept("tab", "chat.identity");
  return text === undefined ? undefined : (JSON.parse(text) as Identity);
}

export function keepIdentity(identity: Identity | undefined): void {
  keep("tab", "chat.identity", identity && JSON.stringify(identity));
  if (identity !== undefined) keep("browser", "chat.name", identity.name);
}

export function tabRoomNames(): readonly string[] {
  const text = kept("tab", "chat.rooms");
  return text === undefined ? firstRooms : (JSON.parse(text) as string[]);
}

export function keepRoomNames(rooms: readonly string[]): void {
  keep("tab", "chat.rooms", JSON.stringify(rooms));
}
