// How a page's conversation with its server is, and what a person should know of it. Only types.
export type Phase =
  | { readonly name: "connecting" }
  | { readonly name: "open" }
  | { readonly name: "slow"; readonly silentMs: number }
  | { readonly name: "waiting"; readonly untilMs: number; readonly because: string }
  | { readonly name: "refused"; readonly because: string };
