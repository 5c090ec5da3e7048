// What the two sides of a transfer say to each other, whichever of them is the client. Only types.
import type { FromClient } from "../protocol.ts";

// The tables of both directions have these in common.
type Said<Type extends FromClient["type"]> = Extract<FromClient, { type: Type }>;

export type ChunkMessage = Said<"chunk">;
export type HashesMessage = Said<"hashes">;
export type WholeMessage = Said<"whole">;
export type WantMessage = Said<"want">;
export type CheckMessage = Said<"check">;
export type SumMessage = Said<"sum">;

export type FromSender = ChunkMessage | HashesMessage | WholeMessage;
export type FromReceiver = WantMessage | CheckMessage | SumMessage;
