// What every page of this repository is built from. The public name of the page kit.
export { ConnectionState } from "./connection-state.tsx";
export {
  Conversation,
  type ConversationSettings,
  type ConversationView,
  type Phase,
} from "./conversation.ts";
export { DoorPanel } from "./door-panel/door-panel.tsx";
export { DoorWatch, randomToken, type Doors } from "./door-watch.ts";
export { bytesText, countText, millisecondsText, timeText, visibleControls } from "./format.ts";
export { whyLost } from "./loss.ts";
export { MessageList } from "./message-list/message-list.tsx";
export { MessageLog, type LoggedMessage } from "./message-log.ts";
export { useConversation } from "./use-conversation.ts";
export { useMessages } from "./use-messages.ts";
