// What the two sides of the guessing game may say to each other. Shared by client and server; opens nothing.
import { defineProtocol, lines, type MessageFromClient, type MessageFromServer } from "@socketlab/core";
import { z } from "zod";

export const game = defineProtocol({
  name: "guess",
  version: 1,
  framing: lines({ maxBytes: 1024 }),
  client: {
    guess: { number: z.int().min(1).max(100) },
  },
  server: {
    answer: { verdict: z.enum(["higher", "lower", "right"]) },
    refused: { code: z.string(), message: z.string() },
  },
  farewell: ({ code, message }) => ({ type: "refused", code, message }),
});

export type FromClient = MessageFromClient<typeof game>;
export type FromServer = MessageFromServer<typeof game>;
