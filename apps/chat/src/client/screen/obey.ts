// Does what a person has written: says it, or what the command means. Knows no keys and no terminal.
import { ExitCode } from "@socketlab/core/terminal";
import type { Session } from "../session.ts";
import type { RoomView } from "../view.ts";
import { commandHelp, parseCommand, type Command } from "./commands.ts";
import type { PaintStyle } from "./paint.ts";

/** Where a person stands, and what the screen does for a command. */
export interface Stage {
  readonly session: Session;
  /** The room that is shown. */
  readonly room: () => RoomView | undefined;
  /** Shows another one. */
  readonly show: (key: string | undefined) => void;
  /** Tells this person alone. */
  readonly tell: (text: string, style: PaintStyle) => void;
  readonly fetchHistory: () => void;
  readonly leave: (exitCode: number) => void;
}

export class Obedience {
  readonly #stage: Stage;
  #isQuitting = false;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  obey(line: string): void {
    const { room, tell } = this.#stage;
    try {
      this.#do(parseCommand(line, room()?.names ?? []));
    } catch (error) {
      tell((error as Error).message, "red");
    }
  }

  /** Leaves at once if everything is stored; else the second time. */
  quit(): void {
    const { session, tell, leave } = this.#stage;
    if (session.sending > 0 && !this.#isQuitting) {
      this.#isQuitting = true;
      tell(`${session.sending} not stored yet; /quit again leaves without them`, "yellow");
      return;
    }
    leave(session.sending > 0 ? ExitCode.partlyDone : ExitCode.done);
  }

  #do(command: Command): void {
    const { session, show, tell, fetchHistory } = this.#stage;
    switch (command.do) {
      case "say":
        return this.#say(command.text);
      case "join":
        return show(session.join(command.what));
      case "leave":
        return this.#leave(command.what);
      case "whisper":
        session.whisper(command.to, command.text).catch((error: Error) => tell(error.message, "red"));
        return;
      case "who":
        return this.#who();
      case "history":
        return fetchHistory();
      case "name":
        return session.rename(command.what);
      case "help":
        return tell(commandHelp.map(([usage, meaning]) => `${usage.padEnd(20)}${meaning}`).join("\n"), "dim");
      case "quit":
        return this.quit();
      case "complain":
        return tell(command.why, "yellow");
    }
  }

  #say(text: string): void {
    const { session, room, tell } = this.#stage;
    const here = room();
    if (here === undefined) return tell("you are in no room: /join one first", "yellow");
    // Who says something new has seen what was refused.
    for (const { id, state } of here.outgoing) if (state === "refused") session.dismiss(id);
    session.say(here.key, text).catch((error: Error) => {
      // What the server refuses shows beside the message itself.
      const isShown = room()?.outgoing.some((outgoing) => outgoing.why === error.message);
      if (isShown !== true) tell(error.message, "red");
    });
  }

  #leave(what: string | undefined): void {
    const { session, room, show, tell } = this.#stage;
    const { rooms } = session.view();
    const leaving = what === undefined ? room() : rooms.find((one) => one.room === what || one.key === what);
    if (leaving === undefined)
      return tell(what === undefined ? "you are in no room" : `you are not in ${what}`, "yellow");
    const at = rooms.indexOf(leaving);
    const isHere = leaving.key === room()?.key;
    session.leave(leaving.key);
    if (isHere) show((rooms[at + 1] ?? rooms[at - 1])?.key);
  }

  #who(): void {
    const { room, tell } = this.#stage;
    const here = room();
    if (here === undefined) return;
    const unnamed = here.people - here.names.length;
    tell(`${here.people} here: ${here.names.join(", ")}${unnamed > 0 ? ` and ${unnamed} more` : ""}`, "dim");
  }
}
