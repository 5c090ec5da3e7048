// The message log in a React component: rendered at most once a frame.
import { useSyncExternalStore } from "react";
import type { LoggedMessages, MessageLog } from "./message-log.ts";

export function useMessages(log: MessageLog): LoggedMessages {
  return useSyncExternalStore(log.subscribe, log.snapshot);
}
