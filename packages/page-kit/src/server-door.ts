// Hears from the server what is behind its door. Knows nothing of the conversation but its token.
import type { DoorState } from "@socketlab/core";

/** Calls `onState` four times a second while the conversation lasts; the returned function ends it. */
export function watchServerDoor(token: string, onState: (state: DoorState) => void): () => void {
  const source = new EventSource(`/doors/${token}`);
  source.addEventListener("message", (event: MessageEvent<string>) =>
    onState(JSON.parse(event.data) as DoorState),
  );
  // Without this the browser would ask again, for a conversation that is over.
  source.addEventListener("closed", () => source.close());
  return () => source.close();
}
