// A conversation in a React component. Knows nothing of how it connects.
import { useEffect, useState, useSyncExternalStore } from "react";
import { Conversation, type ConversationSettings, type ConversationView } from "./conversation.ts";

/** Converses as long as the component lives. `settings` are taken once. */
export function useConversation<In, Out>(
  settings: ConversationSettings<In, Out>,
): { readonly conversation: Conversation<In, Out>; readonly view: ConversationView } {
  const [conversation] = useState(() => new Conversation(settings));
  useEffect(conversation.start, [conversation]);
  const view = useSyncExternalStore(conversation.subscribe, conversation.view);
  return { conversation, view };
}
