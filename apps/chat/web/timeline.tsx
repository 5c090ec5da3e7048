// A long list of lines, ten thousand without a stutter: only those in sight are drawn. What one reads stays where it is,
// whatever comes before or after it. Knows no conversation.
import {
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useReducer,
  useRef,
  useState,
  type ReactElement,
  type ReactNode,
  type Ref,
} from "react";
import type { Line } from "./lines.ts";
import { RowHeights, rowAt } from "./row-heights.ts";

/** Drawn beyond what is seen, so that a quick scroll meets no gap. */
const OVERSCAN_PX = 400;
/** So near the beginning, older lines are asked for. */
const NEAR_BEGINNING_PX = 600;
/** An answer that does not come, or refuses, is not asked for again before. */
const ASK_AGAIN_MS = 1500;
const AT_END_PX = 32;

interface Standing {
  readonly lines: readonly Line[];
  readonly tops: readonly number[];
  readonly beforePx: number;
}

export interface TimelineHandle {
  toEnd(): void;
}

export interface TimelineProps {
  readonly ref?: Ref<TimelineHandle>;
  readonly label: string;
  readonly lines: readonly Line[];
  readonly draw: (line: Line) => ReactNode;
  /** Shown before the first line. */
  readonly beginning: ReactNode;
  /** Called when the reader comes near the beginning; undefined: there is nothing before. */
  readonly onNearBeginning: (() => void) | undefined;
  readonly onAtEnd: (atEnd: boolean) => void;
}

export function Timeline(props: TimelineProps): ReactElement {
  const { ref, label, lines, draw, beginning, onNearBeginning, onAtEnd } = props;
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const before = useRef<HTMLDivElement>(null);
  const [heights] = useState(() => new RowHeights());
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const [{ top, height }, setSight] = useState({ top: 0, height: 600 });
  const atEnd = useRef(true);
  /** Where everything stood when it was last drawn. */
  const stood = useRef<Standing>({ lines: [], tops: [0], beforePx: 0 });
  const asked = useRef<{ oldest: string | undefined; ms: number }>(undefined);

  const tops = heights.tops(lines);
  const first = rowAt(tops, top - OVERSCAN_PX);
  const end = lines.length === 0 ? 0 : rowAt(tops, top + height + OVERSCAN_PX) + 1;

  const settle = (): void => {
    const element = box.current!;
    if (atEnd.current) {
      element.scrollTop = element.scrollHeight;
      return;
    }
    // By how much the line at the top of what one sees has moved; where the reader has scrolled meanwhile, they stay.
    const last = stood.current;
    const row = rowAt(last.tops, element.scrollTop - last.beforePx);
    const index = lines.findIndex(({ key }) => key === last.lines[row]?.key);
    if (index < 0) return;
    const movedPx = before.current!.offsetHeight + tops[index]! - last.beforePx - last.tops[row]!;
    if (movedPx !== 0) element.scrollTop += movedPx;
  };

  // After each drawing: measure what is new, put back what one was reading, and see whether older lines are wanted.
  useLayoutEffect(() => {
    let news = false;
    for (const [i, row] of [...list.current!.children].entries())
      news = heights.measured(lines[first + i]!.key, row.getBoundingClientRect().height) || news;
    if (news) {
      redraw();
      return undefined;
    }
    settle();
    stood.current = { lines, tops, beforePx: before.current!.offsetHeight };
    const inside = box.current!.scrollTop - before.current!.offsetHeight;
    if (Math.abs(inside - top) >= 1) setSight({ top: inside, height });
    if (onNearBeginning === undefined || box.current!.scrollTop > NEAR_BEGINNING_PX) return undefined;
    const oldest = lines[0]?.key;
    const agoMs = performance.now() - (asked.current?.ms ?? -Infinity);
    if (asked.current?.oldest === oldest && agoMs < ASK_AGAIN_MS) {
      const timer = setTimeout(redraw, ASK_AGAIN_MS - agoMs + 1);
      return () => clearTimeout(timer);
    }
    asked.current = { oldest, ms: performance.now() };
    onNearBeginning();
    return undefined;
  });

  useEffect(() => {
    const element = box.current!;
    let width = element.clientWidth;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth !== width) heights.forget();
      width = element.clientWidth;
      setSight({ top: element.scrollTop, height: element.clientHeight });
      redraw();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [heights]);

  const onScroll = (): void => {
    const { scrollTop, scrollHeight, clientHeight } = box.current!;
    const isAtEnd = scrollTop + clientHeight >= scrollHeight - AT_END_PX;
    if (isAtEnd !== atEnd.current) onAtEnd(isAtEnd);
    atEnd.current = isAtEnd;
    const inside = scrollTop - before.current!.offsetHeight;
    setSight({ top: inside, height: clientHeight });
  };

  useImperativeHandle(ref, () => ({
    toEnd() {
      atEnd.current = true;
      onAtEnd(true);
      redraw();
    },
  }));

  return (
    <div ref={box} className="timeline" role="region" aria-label={label} tabIndex={0} onScroll={onScroll}>
      <div ref={before} className="timeline-beginning">
        {beginning}
      </div>
      <div style={{ height: tops.at(-1)! }}>
        <div ref={list} role="list" style={{ transform: `translateY(${tops[first]!}px)` }}>
          {lines.slice(first, end).map((line, i) => (
            <div
              key={line.key}
              className="line"
              role="listitem"
              aria-posinset={first + i + 1}
              aria-setsize={lines.length}
            >
              {draw(line)}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}
