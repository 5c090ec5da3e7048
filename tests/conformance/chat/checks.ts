// Which checks belong to a chat server's endpoint, and which to its command. Runs none.
import { ChatClient } from "../../chat-client.ts";
import type { Check } from "../check.ts";
import { historyChecks } from "./history-checks.ts";
import { inputChecks } from "./input-checks.ts";
import { namingChecks } from "./naming-checks.ts";
import { repeatChecks } from "./repeat-checks.ts";
import { roomChecks } from "./room-checks.ts";
import { sayingChecks } from "./saying-checks.ts";

export function checksAt(url: string, timeoutMs: number): Check[] {
  const transport = new URL(url).protocol.slice(0, -1);
  if (transport !== "tcp" && transport !== "ws") throw new Error(`${url}: chat is checked over tcp and ws`);
  const groups = [namingChecks, roomChecks, sayingChecks, repeatChecks, historyChecks, inputChecks];
  const checks = groups.flatMap((group) => group(url, timeoutMs));
  if (transport === "ws") checks.push(foreignPage(url, timeoutMs));
  return checks.map((check) => ({ ...check, name: `${transport}-${check.name}` }));
}

function foreignPage(url: string, timeoutMs: number): Check {
  return {
    name: "foreign-page",
    promise: "a page of another site cannot connect (its Origin is refused)",
    run: async () => {
      const opened = await ChatClient.open(url, timeoutMs, "http://evil.example").catch(() => undefined);
      opened?.reset();
      if (opened !== undefined)
        throw new Error("a handshake with the Origin http://evil.example was accepted");
    },
  };
}
