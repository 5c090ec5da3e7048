// What every page of this repository is built from. The public name of the page kit.
export { backoffMs } from "./backoff.ts";
export { ConnectionState } from "./connection-state.tsx";
export { Conversation, type ConversationSettings, type ConversationView } from "./conversation.ts";
export { DoorPanel } from "./door-panel/door-panel.tsx";
export { DoorWatch, randomToken, type Doors } from "./door-watch.ts";
export { EntranceForm, TokenField } from "./entrance.tsx";
export { Foldable } from "./foldable.tsx";
export { bytesText, countText, millisecondsText, timeText, visibleControls } from "./format.ts";
export { LiveDoors, LiveState } from "./live.tsx";
export { whyLost } from "./loss.ts";
export { MessageList } from "./message-list/message-list.tsx";
export { rowWindow } from "./message-list/window.ts";
export { MessageLog, type LoggedMessage } from "./message-log.ts";
export type { Phase } from "./phase.ts";
export { Reconnector, type Ended, type ReconnectorSettings } from "./reconnector.ts";
export { keep, kept, type Keeper } from "./storage.ts";
export { useConversation } from "./use-conversation.ts";
export { useMessages } from "./use-messages.ts";
