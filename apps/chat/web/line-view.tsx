// One message: who said it, when, and what became of it. Text is text, and what it does to directions ends with it.
import type { ReactElement } from "react";
import { timeText, visibleControls } from "@socketlab/page-kit";
import type { Line } from "./lines.ts";

export interface LineViewProps {
  readonly line: Line;
  /** The first one that one has not read. */
  readonly unreadBegins: boolean;
  /** Of a long one. */
  readonly isUnfolded: boolean;
  readonly onUnfold: () => void;
  readonly onSayAgain: () => void;
  readonly onDismiss: () => void;
}

/** What is longer is folded at first. */
const LONG_CHARACTERS = 1200;
const LONG_LINES = 12;
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const hour = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

export function LineView(props: LineViewProps): ReactElement {
  const { line, unreadBegins, isUnfolded, onUnfold, onSayAgain, onDismiss } = props;
  const { from, text, at, seq, isOwn, state, why, goesOn, beginsDay } = line;
  const isLong = text.length > LONG_CHARACTERS || text.split("\n", LONG_LINES + 1).length > LONG_LINES;
  return (
    <>
      {beginsDay && <p className="line-day">{day.format(at)}</p>}
      {unreadBegins && <p className="line-unread">new</p>}
      <div className="said" data-own={isOwn} data-state={state} data-goes-on={goesOn && !unreadBegins}>
        <p className="said-head">
          <bdi className="said-from">{from}</bdi>
          <time
            dateTime={new Date(at).toISOString()}
            title={seq === undefined ? timeText(at) : `${timeText(at)}, position ${seq}`}
          >
            {hour.format(at)}
          </time>
        </p>
        <bdi className="said-text" data-folded={isLong && !isUnfolded}>
          {visibleControls(text)}
        </bdi>
        {state === "stored" && (
          <span className="said-state">
            <span className="said-state-word">stored</span> <span aria-hidden="true">✓</span>
          </span>
        )}
        {state === "sending" && <span className="said-state">sending …</span>}
        {isLong && (
          <button type="button" className="quiet small" aria-expanded={isUnfolded} onClick={onUnfold}>
            {isUnfolded ? "Show less" : "Show all"}
          </button>
        )}
        {state === "refused" && (
          <p className="said-refused">
            Not sent: {why}{" "}
            <button type="button" className="quiet small" onClick={onSayAgain}>
              Say it again
            </button>{" "}
            <button type="button" className="quiet small" onClick={onDismiss}>
              Forget it
            </button>
          </p>
        )}
      </div>
    </>
  );
}
