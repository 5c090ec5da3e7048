// The JSON message of the benchmark: its fields and their rules, for the server and for the yardstick.
import { z } from "zod";

export const say = {
  room: z.string().min(1).max(64),
  id: z.string().min(1).max(64),
  text: z.string().max(4096),
};
