// A session of this page with its own server, both doors watched. Knows nothing of what is shown.
import { connect, realClock } from "@socketlab/core";
import { randomToken, whyLost, type DoorWatch, type Phase } from "@socketlab/page-kit";
import { Session } from "../src/client/session.ts";
import type { Phase as SessionPhase } from "../src/client/view.ts";
import { chat } from "../src/protocol.ts";
import { storedKey, tabRoomNames, type Identity } from "./identity.ts";

const origin = location.origin.replace(/^http/, "ws");

export function openSession({ name, token }: Identity, doors: DoorWatch): Session {
  return new Session({
    name,
    token,
    key: storedKey(),
    rooms: tabRoomNames(),
    clock: realClock,
    random: Math.random,
    async dial(signal) {
      const door = randomToken();
      const socket = await connect(chat, `${origin}/chat/${door}`, { signal, trace: doors.trace });
      doors.watch(socket, door);
      return socket;
    },
  });
}

/** The session's phase in the words of every page. */
export function shownPhase(phase: SessionPhase): Phase {
  switch (phase.name) {
    case "open":
      return phase;
    case "waiting":
      return {
        name: "waiting",
        untilMs: phase.retryAtMs,
        because: whyLost({ code: phase.code, message: phase.why }),
      };
    case "refused":
      return { name: "refused", because: phase.why };
    case "connecting":
    case "closed":
      return { name: "connecting" };
  }
}
