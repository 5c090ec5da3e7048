// The full-screen client: keys in, frames out, and between them one session. Knows no escape sequence.
import { realClock } from "@socketlab/core";
import { ExitCode, type Terminal } from "@socketlab/core/terminal";
import { harmless } from "../harmless.ts";
import type { Session } from "../session.ts";
import type { RoomView, SessionEvent } from "../view.ts";
import { commandHelp, commandNames, parseCommand, type Command } from "./commands.ts";
import { completions } from "./complete.ts";
import { emptyLine, insert, move, Past, remove, type Line, type Motion } from "./editor.ts";
import type { Notice, Scroll } from "./feed.ts";
import { layOut } from "./layout.ts";
import { paintFor, type PaintStyle } from "./paint.ts";
import { toColumn, Tty, type Key } from "./tty.ts";

const FRAME_MS = 33;
const MAX_NOTICES = 200;

const motions: Readonly<Record<string, Motion>> = {
  left: "left",
  right: "right",
  home: "start",
  end: "end",
  "ctrl-a": "start",
  "ctrl-e": "end",
  "ctrl-b": "left",
  "ctrl-f": "right",
  "ctrl-left": "word-left",
  "ctrl-right": "word-right",
  "meta-b": "word-left",
  "meta-f": "word-right",
};
const removals: Readonly<Record<string, Motion>> = {
  backspace: "left",
  "ctrl-h": "left",
  delete: "right",
  "ctrl-w": "word-left",
  "meta-backspace": "word-left",
  "ctrl-u": "start",
  "ctrl-k": "end",
};

/** @param where the server, as it is shown. @returns the exit code, when the person leaves. */
export function talkOnScreen(session: Session, terminal: Terminal, where: string): Promise<number> {
  return new Screen(session, terminal, where).run();
}

class Screen {
  readonly #session: Session;
  readonly #terminal: Terminal;
  readonly #where: string;
  readonly #tty: Tty;
  readonly #paint;
  readonly #notices = new Map<string, Notice[]>();
  readonly #past = new Past();
  readonly #left = Promise.withResolvers<number>();
  #active: string | undefined;
  #line: Line = emptyLine;
  #scroll: Scroll | undefined;
  #page = 1;
  #isAtTop = false;
  #isPasting = false;
  #isQuitting = false;
  /** What Tab goes through. */
  #tabs: { readonly lines: readonly Line[]; readonly at: number } | undefined;
  #frame: NodeJS.Timeout | undefined;

  constructor(session: Session, terminal: Terminal, where: string) {
    this.#session = session;
    this.#terminal = terminal;
    this.#where = where;
    this.#paint = paintFor(terminal.stdout);
    this.#tty = new Tty(
      terminal,
      (key) => this.#press(key),
      () => this.#draw(),
    );
    this.#active = session.view().rooms[0]?.key;
  }

  async run(): Promise<number> {
    const { signal } = this.#terminal;
    const interrupted = (): void => this.#left.resolve(ExitCode.interrupted);
    signal.addEventListener("abort", interrupted, { once: true });
    this.#session.onEvent((event) => this.#happened(event));
    this.#session.subscribe(() => this.#drawSoon());
    // For the seconds until the next attempt.
    const tick = setInterval(() => this.#session.view().phase.name === "waiting" && this.#drawSoon(), 1000);
    this.#tty.open();
    const stop = this.#session.start();
    try {
      return await this.#left.promise;
    } finally {
      clearInterval(tick);
      clearTimeout(this.#frame);
      signal.removeEventListener("abort", interrupted);
      this.#tty.close();
      stop();
    }
  }

  #drawSoon(): void {
    this.#frame ??= setTimeout(() => this.#draw(), FRAME_MS);
  }

  #draw(): void {
    clearTimeout(this.#frame);
    this.#frame = undefined;
    // Who reads back has not seen what is new.
    this.#session.look(this.#scroll === undefined ? this.#active : undefined);
    const frame = layOut(
      {
        view: this.#session.view(),
        active: this.#active,
        notices: this.#notices.get(this.#active ?? "") ?? [],
        scroll: this.#scroll,
        line: this.#line,
        nowMs: realClock.now(),
        where: this.#where,
      },
      this.#tty.size,
      this.#paint,
      toColumn,
    );
    this.#scroll = frame.scroll;
    this.#isAtTop = frame.isAtTop;
    this.#page = frame.page;
    this.#tty.draw(frame);
  }

  #press(key: Key): void {
    const name = `${key.ctrl ? "ctrl-" : ""}${key.meta ? "meta-" : ""}${key.name ?? ""}`;
    if (name !== "tab") this.#tabs = undefined;
    const motion = motions[name];
    const removal = removals[name];
    if (motion !== undefined) this.#line = move(this.#line, motion);
    else if (removal !== undefined) this.#line = remove(this.#line, removal);
    else if (!this.#act(name) && key.text !== undefined && !key.ctrl && !key.meta) this.#type(key.text);
    this.#drawSoon();
  }

  /** @returns whether the key does something but write. */
  #act(name: string): boolean {
    switch (name) {
      case "paste-start":
      case "paste-end":
        this.#isPasting = name === "paste-start";
        return true;
      case "return":
      case "enter":
        if (this.#isPasting) this.#type("\n");
        else this.#enter();
        return true;
      case "tab":
        if (this.#isPasting) this.#type(" ");
        else this.#complete();
        return true;
      case "up":
      case "down":
        this.#line = this.#past.recall(name === "up" ? 1 : -1, this.#line);
        return true;
      case "pageup":
      case "pagedown":
        this.#scrollBy((name === "pageup" ? 1 : -1) * Math.max(1, this.#page - 2));
        return true;
      case "ctrl-n":
      case "ctrl-p":
        this.#go(name === "ctrl-n" ? 1 : -1);
        return true;
      case "ctrl-l":
        this.#tty.repaint();
        return true;
      case "ctrl-c":
        this.#terminal.interrupt();
        return true;
      case "ctrl-d":
        if (this.#line.text === "") this.#quit();
        else this.#line = remove(this.#line, "right");
        return true;
      case "ctrl-z":
        // The whole group, as the terminal would: whoever started us waits, too.
        if (this.#terminal.onSuspend !== undefined) process.kill(0, "SIGTSTP");
        return true;
      default:
        return false;
    }
  }

  #type(text: string): void {
    const typed = harmless(text);
    if (typed === "") return;
    this.#line = insert(this.#line, typed);
    if (this.#active !== undefined && !this.#line.text.startsWith("/")) this.#session.typing(this.#active);
  }

  #enter(): void {
    const { text } = this.#line;
    this.#line = emptyLine;
    if (text.trim() === "") return;
    this.#past.add(text);
    this.#obey(parseCommand(text, this.#room()?.names ?? []));
  }

  #obey(command: Command): void {
    const session = this.#session;
    try {
      switch (command.do) {
        case "say":
          return this.#say(command.text);
        case "join":
          this.#show(session.join(command.what));
          return;
        case "leave":
          return this.#leave(command.what);
        case "whisper":
          session.whisper(command.to, command.text).catch((error: Error) => this.#tell(error.message, "red"));
          return;
        case "who":
          return this.#tellWho();
        case "history":
          return this.#scrollBy(this.#page, true);
        case "name":
          session.rename(command.what);
          return;
        case "help":
          for (const [usage, meaning] of commandHelp) this.#tell(`${usage.padEnd(20)}${meaning}`, "dim");
          return;
        case "quit":
          return this.#quit();
        case "complain":
          return this.#tell(command.why, "yellow");
      }
    } catch (error) {
      this.#tell((error as Error).message, "red");
    }
  }

  #say(text: string): void {
    this.#scroll = undefined;
    if (this.#active === undefined) {
      this.#tell("you are in no room: /join one first", "yellow");
      return;
    }
    this.#session.say(this.#active, text).catch((error: Error & { code: string }) => {
      // What the server refuses shows beside the message itself.
      if (!this.#room()?.outgoing.some((outgoing) => outgoing.text === text && outgoing.state === "refused"))
        this.#tell(error.message, "red");
    });
  }

  #leave(what: string | undefined): void {
    const rooms = this.#session.view().rooms;
    const leaving =
      what === undefined ? this.#room() : rooms.find(({ room, key }) => [room, key].includes(what));
    if (leaving === undefined) {
      this.#tell(what === undefined ? "you are in no room" : `you are not in ${what}`, "yellow");
      return;
    }
    const at = rooms.indexOf(leaving);
    this.#session.leave(leaving.key);
    this.#notices.delete(leaving.key);
    if (leaving.key === this.#active) this.#show((rooms[at + 1] ?? rooms[at - 1])?.key);
  }

  #tellWho(): void {
    const room = this.#room();
    if (room === undefined) return;
    const unnamed = room.people - room.names.length;
    const more = unnamed > 0 ? ` and ${unnamed} more` : "";
    this.#tell(`${room.people} here: ${room.names.join(", ")}${more}`, "dim");
  }

  #quit(): void {
    const { sending } = this.#session;
    if (sending > 0 && !this.#isQuitting) {
      this.#isQuitting = true;
      this.#tell(`${sending} not stored yet; /quit again leaves without them`, "yellow");
      return;
    }
    this.#left.resolve(sending > 0 ? ExitCode.partlyDone : ExitCode.done);
  }

  #complete(): void {
    if (this.#tabs === undefined) {
      const rooms = this.#session.view().rooms.map(({ room }) => room);
      const words = { commands: commandNames, names: this.#room()?.names ?? [], rooms };
      const lines = completions(this.#line, words);
      if (lines.length === 0) {
        this.#tty.bell();
        return;
      }
      this.#tabs = { lines, at: -1 };
    }
    const at = (this.#tabs.at + 1) % this.#tabs.lines.length;
    this.#tabs = { lines: this.#tabs.lines, at };
    this.#line = this.#tabs.lines[at]!;
  }

  /** @param rows up, if positive. */
  #scrollBy(rows: number, always = false): void {
    const room = this.#room();
    if (room === undefined) return;
    if (rows > 0 && (this.#isAtTop || always)) this.#session.history(room.key);
    const before = this.#scroll ?? { seq: room.messages.at(-1)?.seq ?? room.lastSeq, rows: 0 };
    const after = before.rows + rows;
    this.#scroll = after <= 0 ? undefined : { seq: before.seq, rows: after };
  }

  #go(step: 1 | -1): void {
    const { rooms } = this.#session.view();
    const at = rooms.findIndex(({ key }) => key === this.#active);
    if (rooms.length > 0) this.#show(rooms[(at + step + rooms.length) % rooms.length]!.key);
  }

  #show(room: string | undefined): void {
    this.#active = room;
    this.#scroll = undefined;
  }

  #room(): RoomView | undefined {
    return this.#session.view().rooms.find(({ key }) => key === this.#active);
  }

  #happened(event: SessionEvent): void {
    switch (event.event) {
      case "whispered": {
        const isOwn = event.from === this.#session.view().name;
        this.#tell(
          isOwn ? `you whisper to ${event.to}: ${event.text}` : `${event.from} whispers: ${event.text}`,
          "magenta",
        );
        if (!isOwn) this.#tty.bell();
        break;
      }
      case "refused":
        if (event.id === undefined) this.#tell(event.detail, "red");
        break;
      case "joined":
        if (event.again) this.#tell("connected again", "dim", event.room);
        break;
      default:
    }
  }

  #tell(text: string, style: PaintStyle, room: string | undefined = this.#active): void {
    const view = this.#session.view().rooms.find(({ key, room: shown }) => [key, shown].includes(room ?? ""));
    const key = view?.key ?? "";
    const notices = this.#notices.get(key) ?? [];
    this.#notices.set(key, notices);
    notices.push({ afterSeq: view?.lastSeq ?? 0, text, style });
    if (notices.length > MAX_NOTICES) notices.shift();
    this.#drawSoon();
  }
}
