// Messages on their way: an envelope each while they are few, a stream with its rate when they are many. Knows no door.
import { useEffect, useRef, useState, type ReactElement } from "react";
import type { MessageLog } from "../message-log.ts";
import { frames, type Layout, type Point } from "./layout.ts";

const TRAVEL_MS = 900;
const MOST_ENVELOPES = 10;
/** Of more messages a second no eye follows each, and to draw them would keep a busy page from its work. */
const MOST_PER_SECOND = 5;
const RATE_PERIOD_MS = 1000;
/** Dash and gap: after so many units a stream looks as before, and its movement begins again (style.css). */
const STREAM_PERIOD = 24;
/** Of the pipe. */
const WIDTH = 26;

/** Messages a second, each way. */
export interface Rates {
  readonly fromClient: number;
  readonly fromServer: number;
}

/** To be shown as a stream, then, instead of as envelopes. */
export function areMany({ fromClient, fromServer }: Rates): boolean {
  return Math.max(fromClient, fromServer) > MOST_PER_SECOND;
}

export function useRates(log: MessageLog): Rates {
  const [rates, setRates] = useState<Rates>({ fromClient: 0, fromServer: 0 });
  useEffect(() => {
    let seenId = nextIdOf(log);
    const timer = setInterval(() => {
      const { messages, firstId } = log.snapshot();
      const fresh = messages.slice(Math.max(0, seenId - firstId));
      seenId = nextIdOf(log);
      const fromClient = fresh.filter(({ from }) => from === "client").length;
      const fromServer = fresh.length - fromClient;
      setRates((last) =>
        last.fromClient === fromClient && last.fromServer === fromServer ? last : { fromClient, fromServer },
      );
    }, RATE_PERIOD_MS);
    return () => clearInterval(timer);
  }, [log]);
  return rates;
}

/** The envelopes in flight. They are moved by the browser, not by React. */
export function Envelopes({ log, layout }: { log: MessageLog; layout: Layout }): ReactElement {
  const group = useRef<SVGGElement>(null);
  useEffect(() => {
    let seenId = nextIdOf(log);
    let flying = 0;
    const there = frames(layout.way);
    const back = frames(layout.way.toReversed());
    const still = window.matchMedia("(prefers-reduced-motion: reduce)");
    return log.subscribe(() => {
      const { messages, firstId } = log.snapshot();
      for (const { from } of messages.slice(Math.max(0, seenId - firstId))) {
        if (flying >= MOST_ENVELOPES || still.matches || group.current === null) break;
        flying++;
        const envelope = drawEnvelope(from);
        group.current.append(envelope);
        const flight = envelope.animate(from === "client" ? there : back, {
          duration: TRAVEL_MS,
          easing: "ease-in-out",
        });
        flight.addEventListener("finish", () => {
          flying--;
          envelope.remove();
        });
      }
      seenId = nextIdOf(log);
    });
  }, [log, layout]);
  return <g ref={group} />;
}

/**
 * Dashes along one straight piece of the pipe, both ways. They are moved as a whole and cut off at its ends, which a browser
 * does without drawing anything: dashes that move along a still line it would draw anew, with the page around them, for every
 * frame, and a page that is busy has no time for that.
 */
export function Stream({ start, end }: { start: Point; end: Point }): ReactElement {
  const length = Math.hypot(end.x - start.x, end.y - start.y) + WIDTH;
  const degrees = (Math.atan2(end.y - start.y, end.x - start.x) * 180) / Math.PI;
  return (
    <g transform={`translate(${start.x} ${start.y}) rotate(${degrees})`}>
      <svg x={-WIDTH / 2} y={-WIDTH / 2} width={length} height={WIDTH}>
        <line className="pipe-stream" data-role="client" x1={-STREAM_PERIOD} x2={length} y1="9" y2="9" />
        <line className="pipe-stream" data-role="server" x1={-STREAM_PERIOD} x2={length} y1="17" y2="17" />
      </svg>
    </g>
  );
}

function drawEnvelope(from: string): SVGGElement {
  const envelope = document.createElementNS("http://www.w3.org/2000/svg", "g");
  envelope.setAttribute("class", "envelope");
  envelope.dataset["role"] = from;
  const paper = document.createElementNS("http://www.w3.org/2000/svg", "path");
  paper.setAttribute("d", "M-11 -7.5 H11 V7.5 H-11 Z M-11 -7.5 L0 1.5 L11 -7.5");
  envelope.append(paper);
  return envelope;
}

function nextIdOf(log: MessageLog): number {
  const { messages, firstId } = log.snapshot();
  return firstId + messages.length;
}
