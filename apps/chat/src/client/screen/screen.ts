// The full-screen client: keys in, frames out, and between them one session. Knows no escape sequence.
import { realClock } from "@socketlab/core";
import { ExitCode, type Terminal } from "@socketlab/core/terminal";
import { parseName } from "../../names.ts";
import { harmless } from "../harmless.ts";
import type { Session } from "../session.ts";
import type { RoomView, SessionEvent } from "../view.ts";
import { commandNames } from "./commands.ts";
import { completions } from "./complete.ts";
import { emptyLine, insert, move, Past, remove, type Line } from "./editor.ts";
import type { Notice, Scroll } from "./feed.ts";
import { actionOf, type Key } from "./keys.ts";
import { layOut } from "./layout.ts";
import { Obedience } from "./obey.ts";
import { paintFor, type PaintStyle } from "./paint.ts";
import { toColumn, Tty } from "./tty.ts";

const FRAME_MS = 33;
const MAX_NOTICES = 200;

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
  readonly #obedience: Obedience;
  readonly #left = Promise.withResolvers<number>();
  #active: string | undefined;
  #line: Line = emptyLine;
  #scroll: Scroll | undefined;
  #page = 1;
  #isAtTop = false;
  #isPasting = false;
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
    this.#obedience = new Obedience({
      session,
      room: () => this.#room(),
      show: (room) => this.#show(room),
      tell: (text, style) => this.#tell(text, style),
      fetchHistory: () => this.#scrollBy(this.#page, true),
      leave: (exitCode) => this.#left.resolve(exitCode),
    });
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
    const action = actionOf(key, this.#isPasting);
    if (action.do !== "complete") this.#tabs = undefined;
    switch (action.do) {
      case "move":
        this.#line = move(this.#line, action.motion);
        break;
      case "remove":
        this.#line = remove(this.#line, action.motion);
        break;
      case "write":
        this.#write(action.text);
        break;
      case "recall":
        this.#line = this.#past.recall(action.step, this.#line);
        break;
      case "scroll":
        this.#scrollBy(action.step * Math.max(1, this.#page - 2));
        break;
      case "switch":
        this.#switch(action.step);
        break;
      case "paste":
        this.#isPasting = action.isPasting;
        break;
      case "enter":
        this.#enter();
        break;
      case "complete":
        this.#complete();
        break;
      case "repaint":
        this.#tty.repaint();
        break;
      case "interrupt":
        this.#terminal.interrupt();
        break;
      case "end":
        if (this.#line.text === "") this.#obedience.quit();
        else this.#line = remove(this.#line, "right");
        break;
      case "suspend":
        // The whole group, as the terminal would: whoever started us waits, too.
        if (this.#terminal.onSuspend !== undefined) process.kill(0, "SIGTSTP");
        break;
      case "nothing":
    }
    this.#drawSoon();
  }

  #write(text: string): void {
    const written = harmless(text);
    if (written === "") return;
    this.#line = insert(this.#line, written);
    if (this.#active !== undefined && !this.#line.text.startsWith("/")) this.#session.typing(this.#active);
  }

  #enter(): void {
    const { text } = this.#line;
    this.#line = emptyLine;
    if (text.trim() === "") return;
    this.#past.add(text);
    this.#scroll = undefined;
    this.#obedience.obey(text);
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

  #switch(step: 1 | -1): void {
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
      case "left":
        this.#notices.delete(parseName(event.room)?.key ?? event.room);
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
