// Who this browser, and this tab of it, last was. Knows the browser's storage, and no conversation.
import { randomToken } from "@socketlab/page-kit";

export interface Identity {
  readonly name: string;
  readonly token?: string | undefined;
}

// A tab that is loaded again goes on as it was; a new tab asks first, since two cannot have one name.
const tab = "chat.identity";
const tabRooms = "chat.rooms";
const browserName = "chat.name";
const browserKey = "chat.key";

const firstRooms = ["lobby"];

/** The secret with which this browser takes its name back. */
export function storedKey(): string {
  const key = read(() => localStorage.getItem(browserKey)) ?? randomToken();
  write(() => localStorage.setItem(browserKey, key));
  return key;
}

export function lastName(): string {
  return read(() => localStorage.getItem(browserName)) ?? "";
}

export function tabIdentity(): Identity | undefined {
  const text = read(() => sessionStorage.getItem(tab));
  return text === undefined ? undefined : (JSON.parse(text) as Identity);
}

export function keepIdentity(identity: Identity | undefined): void {
  write(() => {
    if (identity === undefined) {
      sessionStorage.removeItem(tab);
      return;
    }
    sessionStorage.setItem(tab, JSON.stringify(identity));
    localStorage.setItem(browserName, identity.name);
  });
}

export function tabRoomNames(): readonly string[] {
  const text = read(() => sessionStorage.getItem(tabRooms));
  return text === undefined ? firstRooms : (JSON.parse(text) as string[]);
}

export function keepRoomNames(rooms: readonly string[]): void {
  write(() => sessionStorage.setItem(tabRooms, JSON.stringify(rooms)));
}

/** A browser may forbid pages to store anything: then nothing is kept. */
function read(from: () => string | null): string | undefined {
  try {
    return from() ?? undefined;
  } catch {
    return undefined;
  }
}

function write(to: () => void): void {
  try {
    to();
  } catch {
    // Nothing is kept.
  }
}
