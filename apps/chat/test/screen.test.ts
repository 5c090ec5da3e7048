// The screen's pure parts: what is shown of a state, what keys make of a line, what may be shown at all.
import fc from "fast-check";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { harmless, harmlessJson, harmlessLine } from "../src/client/harmless.ts";
import { parseCommand } from "../src/client/screen/commands.ts";
import { completions } from "../src/client/screen/complete.ts";
import { emptyLine, insert, move, Past, remove, type Line } from "../src/client/screen/editor.ts";
import { actionOf } from "../src/client/screen/keys.ts";
import { layOut, type Frame, type ScreenState } from "../src/client/screen/layout.ts";
import { unpainted } from "../src/client/screen/paint.ts";
import { fit, wrap } from "../src/client/screen/width.ts";
import type { RoomView } from "../src/client/view.ts";

const WIDE = "漢字 e\u0301 👩\u200d👩\u200d👧 ｆ";
const hostile = [
  "\u001b[2J\u001b[31mred\u001b]0;title\u0007",
  "\u009b31mred\u009d0;title\u009c",
  "\u202eevil\u202c \u2066x\u2069 \u200e\u200f\u061c",
  "a\rb\bc\vd\fe\u007f",
  "\u{e0041}\u{e0042}\ufeff\u00ad\u2028\u2029\ud800",
  `z${"\u0335".repeat(500)}`,
  "\ue000\u{10ffff}",
];

describe("what others wrote", () => {
  test("steers no terminal, reverses nothing and piles up no marks", () => {
    for (const text of hostile) {
      expect(harmless(text)).not.toMatch(/(?![\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/u);
      expect(harmlessLine(text)).not.toContain("\n");
    }
    expect(harmless(hostile[5]!).length).toBe(7);
    expect(harmless("a\tb\r\nc")).toBe("a b\nc");
    expect(harmless(WIDE)).toBe(WIDE);
  });

  test("is the same for programs, but for its writing", () => {
    for (const text of [...hostile, WIDE]) {
      const json = harmlessJson({ text });
      expect(json).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(JSON.parse(json)).toEqual({ text });
    }
  });
});

describe("columns", () => {
  const anyText = fc.string({
    unit: fc.oneof(fc.string({ unit: "grapheme", maxLength: 3 }), fc.constant(" ")),
  });

  test("what is fitted takes exactly so many", () => {
    expect(fit(WIDE, 5)).toBe("漢字…");
    expect(fit("漢字", 4)).toBe("漢字");
    expect(fit("漢字", 3)).toBe("漢…");
    expect(fit("漢字漢", 4)).toBe("漢… ");
    fc.assert(
      fc.property(anyText, fc.integer({ min: 2, max: 30 }), (text, columns) => {
        expect(stringWidth(fit(harmlessLine(text), columns))).toBe(columns);
      }),
    );
  });

  test("what is wrapped takes at most so many, and nothing but spaces is lost", () => {
    expect(wrap("one two three", 8)).toEqual(["one two", "three"]);
    expect(wrap("a\n\nb", 8)).toEqual(["a", "", "b"]);
    expect(wrap("漢字漢字漢字", 5)).toEqual(["漢字", "漢字", "漢字"]);
    fc.assert(
      fc.property(anyText, fc.integer({ min: 2, max: 30 }), (text, columns) => {
        const lines = wrap(harmless(text), columns);
        for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
        expect(lines.join("").replaceAll(" ", "")).toBe(harmless(text).replaceAll(/[ \n]/g, ""));
      }),
    );
  });
});

describe("the line", () => {
  const typed = (text: string): Line => insert(emptyLine, text);

  test("moves and deletes by characters as people see them", () => {
    const line = typed(`ab${WIDE.slice(0, 2)}e\u0301👩\u200d👩\u200d👧`);
    expect(remove(line, "left").text).toBe("ab漢字e\u0301");
    expect(remove(remove(line, "left"), "left").text).toBe("ab漢字");
    expect(insert(move(line, "start"), "x").text.startsWith("xab")).toBe(true);
    expect(remove(move(line, "start"), "right").text.startsWith("b漢")).toBe(true);
    expect(move(move(line, "left"), "right")).toEqual(line);
  });

  test("moves and deletes by words", () => {
    const line = typed("one two  three ");
    expect(remove(line, "word-left").text).toBe("one two  ");
    expect(move(move(line, "start"), "word-right").cursor).toBe(3);
    expect(remove(line, "start")).toEqual(emptyLine);
    expect(remove(move(line, "word-left"), "end").text).toBe("one two  ");
    expect(remove(emptyLine, "word-left")).toEqual(emptyLine);
  });

  test("comes back from the past, and so does what was being typed", () => {
    const past = new Past();
    past.add("one");
    past.add("two");
    past.add("two");
    const now = typed("now");
    expect(past.recall(1, now).text).toBe("two");
    expect(past.recall(1, typed("two")).text).toBe("one");
    expect(past.recall(1, typed("one")).text).toBe("one");
    expect(past.recall(-1, typed("one")).text).toBe("two");
    expect(past.recall(-1, typed("two"))).toEqual(now);
    expect(past.recall(-1, now)).toEqual(now);
  });

  test("is completed with commands, rooms and names", () => {
    const words = { commands: ["/who", "/whisper"], names: ["Ann", "anna b", "bob"], rooms: ["lobby"] };
    const texts = (text: string): string[] => completions(typed(text), words).map((line) => line.text);
    expect(texts("/wh")).toEqual(["/who ", "/whisper "]);
    expect(texts("an")).toEqual(["Ann: ", "anna b: "]);
    expect(texts("hello @b")).toEqual(["hello bob "]);
    expect(texts("/join l")).toEqual(["/join lobby"]);
    expect(texts("/whisper anna")).toEqual(["/whisper anna b "]);
    expect(texts("/whisper bob hello a")).toEqual(["/whisper bob hello Ann ", "/whisper bob hello anna b "]);
    expect(texts("x")).toEqual([]);
    expect(texts("")).toEqual([]);
  });

  test("is typed with keys, and what is pasted does nothing else", () => {
    const key = (name: string, text?: string, ctrl = false) => ({ name, text, ctrl, meta: false });
    expect(actionOf(key("a", "a"), false)).toEqual({ do: "write", text: "a" });
    expect(actionOf(key("a", "\u0001", true), false)).toEqual({ do: "move", motion: "start" });
    expect(actionOf(key("return", "\r"), false)).toEqual({ do: "enter" });
    expect(actionOf(key("return", "\r"), true)).toEqual({ do: "write", text: "\n" });
    expect(actionOf(key("tab", "\t"), true)).toEqual({ do: "write", text: " " });
    expect(actionOf(key("f1"), false)).toEqual({ do: "nothing" });
    expect(actionOf(key("q", "\u0011", true), false)).toEqual({ do: "nothing" });
  });

  test("is a command after a slash", () => {
    expect(parseCommand("hello", [])).toEqual({ do: "say", text: "hello" });
    expect(parseCommand("//who", [])).toEqual({ do: "say", text: "/who" });
    expect(parseCommand("/join the lobby", [])).toEqual({ do: "join", what: "the lobby" });
    expect(parseCommand("/leave", [])).toEqual({ do: "leave", what: undefined });
    expect(parseCommand("/whisper ann b psst", ["ann", "Ann B"])).toEqual({
      do: "whisper",
      to: "Ann B",
      text: "psst",
    });
    expect(parseCommand("/whisper bob psst", [])).toEqual({ do: "whisper", to: "bob", text: "psst" });
    expect(parseCommand("/whisper bob", ["bob"])).toMatchObject({ do: "complain" });
    expect(parseCommand("/wisper bob x", [])).toMatchObject({ why: expect.stringMatching(/mean \/whisper/) });
  });
});

describe("the screen", () => {
  const lobby: RoomView = {
    room: "lobby",
    key: "lobby",
    state: "joined",
    messages: [],
    outgoing: [],
    lastSeq: 0,
    more: false,
    loading: false,
    people: 2,
    names: ["ann", "bob"],
    typing: [],
    unread: 0,
  };
  const said = (seq: number, text: string, from = "bob") => ({ seq, id: `${seq}`, from, text, at: 0 });
  const stateOf = (room: Partial<RoomView>, state: Partial<ScreenState> = {}): ScreenState => ({
    view: {
      phase: { name: "open" },
      name: "ann",
      rooms: [
        { ...lobby, ...room },
        { ...lobby, room: "dev", key: "dev", unread: 3 },
      ],
      whispers: [],
      whispering: [],
    },
    active: "lobby",
    notices: [],
    scroll: undefined,
    line: emptyLine,
    nowMs: 0,
    where: "tcp://127.0.0.1:4001",
    ...state,
  });
  const draw = (state: ScreenState, columns = 100, rows = 12): Frame =>
    layOut(state, { columns, rows }, unpainted);
  const lines = (state: ScreenState, columns?: number): string => draw(state, columns).lines.join("\n");

  test("shows rooms with what is unread, messages, and people", () => {
    const shown = lines(stateOf({ messages: [said(1, "hello"), said(2, WIDE, "ann")], typing: ["bob"] }));
    expect(shown).toMatch(/▸lobby +│.*│ people/);
    expect(shown).toMatch(/ dev +3│/);
    expect(shown).toMatch(/\d\d:\d\d bob: hello/);
    expect(shown).toContain(`ann: ${WIDE}`);
    expect(shown).toMatch(/│ bob …/);
    expect(shown).toContain("bob is typing");
    expect(shown).toContain("● ann at tcp://127.0.0.1:4001");
  });

  test("marks what is on its way, and what was refused with why", () => {
    const outgoing = [
      { id: "1", text: "on its way", saidMs: 0, state: "sending" },
      { id: "2", text: "no good", saidMs: 0, state: "refused", why: "not that" },
    ] as const;
    const shown = lines(stateOf({ outgoing }));
    expect(shown).toMatch(/… {5}ann: on its way/);
    expect(shown).toMatch(/✗ {5}ann: no good/);
    expect(shown).toContain("not that");
  });

  test("says honestly where the conversation stands", () => {
    const phase = {
      name: "waiting",
      retryInMs: 3000,
      retryAtMs: 3000,
      why: "\u001b[2Jgone",
      code: "reset",
    } as const;
    const state = stateOf({});
    const waiting = lines({ ...state, view: { ...state.view, phase }, nowMs: 500 });
    expect(waiting).toContain("reconnecting in 3 s: [2Jgone");
  });

  test("is as wide and as high as the terminal, whatever is said and however small it is", () => {
    const text = fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom(...hostile, WIDE));
    fc.assert(
      fc.property(
        fc.array(text, { maxLength: 20 }),
        fc.integer({ min: 20, max: 120 }),
        fc.integer({ min: 4, max: 30 }),
        text,
        (texts, columns, rows, typed) => {
          const messages = texts.map((one, at) => said(at + 1, one, one));
          const line = insert(emptyLine, harmless(typed));
          const state = stateOf(
            { messages, room: texts[0] ?? "lobby", names: texts, typing: texts },
            { line },
          );
          const frame = draw(state, columns, rows);
          expect(frame.lines.length).toBe(rows);
          for (const one of frame.lines) {
            expect(stringWidth(one)).toBeLessThanOrEqual(columns);
            expect(one).not.toMatch(/(?![\u200c\u200d])[\p{Cc}\p{Cf}]/u);
          }
          expect(frame.cursor.row).toBe(rows - 1);
          expect(frame.cursor.column).toBeLessThan(columns);
        },
      ),
    );
  });

  test("scrolls back to the first message and no further, and stays there when something is said", () => {
    const messages = Array.from({ length: 50 }, (_, at) => said(at + 1, `message ${at + 1}`));
    const scroll = { seq: 50, rows: 5 };
    const back = draw(stateOf({ messages }, { scroll }));
    expect(back.lines.join("\n")).toContain("message 45");
    expect(back.lines.join("\n")).not.toContain("message 46");
    const later = draw(stateOf({ messages: [...messages, said(51, "new")] }, { scroll }));
    expect(later.lines.slice(1, -2)).toEqual(back.lines.slice(1, -2));
    const top = draw(stateOf({ messages, more: true }, { scroll: { seq: 50, rows: 1000 } }));
    expect(top.lines[1]).toContain("PageUp fetches what was said before");
    expect(top.lines[2]).toContain("message 1 ");
    expect([top.isAtTop, top.scroll]).toEqual([true, { seq: 50, rows: 42 }]);
  });

  test("shows what is told to this person alone where it was told", () => {
    const notices = [{ afterSeq: 1, text: "only you\nsee this", style: "dim" }] as const;
    const shown = lines(stateOf({ messages: [said(1, "one"), said(2, "two")] }, { notices }));
    expect(shown).toMatch(/one[^]*only you[^]*see this[^]*two/);
  });

  test("shows the part of a long line around the cursor", () => {
    const line = move(insert(emptyLine, `${"start ".repeat(40)}\nend`), "left");
    const { lines: shown, cursor } = draw(stateOf({}, { line }), 40);
    expect(shown.at(-1)).toMatch(/⏎end/);
    expect(cursor.column).toBe(38);
  });
});
