// What moves in the swarm, over the last two minutes, below what all may send together. An SVG of its own: the library that
// plots elsewhere would be a fifth of this page. Knows no socket.
import { useEffect, useRef, useState, type ReactElement } from "react";
import { allRates, type Graph, type Node } from "./graph.ts";
import { KEPT_MS, RateHistory, uploadBound } from "./rate-history.ts";
import { useWidth } from "./use-width.ts";
import { rateText } from "./words.ts";

const HEIGHT_PX = 220;
const PERIOD_MS = 500;
const KIB = 1024;
const KEPT_SECONDS = KEPT_MS / 1000;
/** Where the lines are, in the picture; around them the axes. */
const margin = { left: 52, right: 8, top: 8, bottom: 40 };
const TICKS = 4;

export function RatePlot({ graph, chosen }: { graph: Graph; chosen: Node | undefined }): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const [history, nowMs] = useHistory(graph);
  const bound = uploadBound(graph);
  const { all, upload, download } = history.series(chosen?.key, nowMs);
  const highest = Math.max(KIB, bound ?? 0, ...all.map(({ rate }) => rate));
  const tick = tickOf(highest / KIB);
  const top = Math.ceil(highest / KIB / tick) * tick * KIB;
  const x = (atMs: number): number =>
    margin.left + (1 - (nowMs - atMs) / KEPT_MS) * (width - margin.left - margin.right);
  const y = (rate: number): number =>
    margin.top + (1 - rate / top) * (HEIGHT_PX - margin.top - margin.bottom);
  const points = (samples: readonly { readonly atMs: number; readonly rate: number }[]): string =>
    samples.map(({ atMs, rate }) => `${x(atMs).toFixed(1)},${y(rate).toFixed(1)}`).join(" ");
  const label = `Rates of the last two minutes. Now ${rateText(allRates(graph))} in all.`;
  return (
    <>
      <div ref={box} className="plot">
        <svg
          viewBox={`0 0 ${width} ${HEIGHT_PX}`}
          width={width}
          height={HEIGHT_PX}
          role="img"
          aria-label={label}
        >
          {Array.from({ length: Math.round(top / KIB / tick) + 1 }, (_, n) => n * tick).map((kib) => (
            <g key={kib}>
              <line
                className="plot-grid"
                x1={margin.left}
                x2={width - margin.right}
                y1={y(kib * KIB)}
                y2={y(kib * KIB)}
              />
              <text className="plot-y" x={margin.left - 6} y={y(kib * KIB) + 4}>
                {kib}
              </text>
            </g>
          ))}
          {Array.from({ length: TICKS + 1 }, (_, n) => (n * KEPT_SECONDS) / TICKS).map((seconds) => (
            <text
              key={seconds}
              className="plot-x"
              x={x(nowMs - seconds * 1000)}
              y={HEIGHT_PX - margin.bottom + 16}
            >
              {seconds}
            </text>
          ))}
          <text className="plot-x" x={(width + margin.left) / 2} y={HEIGHT_PX - 6}>
            seconds before now
          </text>
          <text className="plot-x" transform={`translate(12 ${(HEIGHT_PX - margin.bottom) / 2}) rotate(-90)`}>
            KiB/s
          </text>
          {bound !== undefined && (
            <line
              className="plot-line plot-bound"
              x1={margin.left}
              x2={width - margin.right}
              y1={y(bound)}
              y2={y(bound)}
            />
          )}
          <polyline className="plot-line plot-download" points={points(download)} />
          <polyline className="plot-line plot-upload" points={points(upload)} />
          <polyline className="plot-line plot-all" points={points(all)} />
        </svg>
      </div>
      <p className="plot-legend">
        <Key line="all" text="in all" />
        {bound !== undefined && <Key line="bound" text={`what all may send: ${rateText(bound)}`} />}
        {chosen !== undefined && <Key line="upload" text={`${chosen.name} sends`} />}
        {chosen !== undefined && <Key line="download" text={`${chosen.name} receives`} />}
      </p>
    </>
  );
}

function Key({ line, text }: { line: "all" | "bound" | "upload" | "download"; text: string }): ReactElement {
  return (
    <span>
      <svg viewBox="0 0 28 8" width={28} height={8} aria-hidden="true">
        <line className={`plot-line plot-${line}`} x1={0} x2={28} y1={4} y2={4} />
      </svg>
      {text}
    </span>
  );
}

/** A round number, such that there are some of it. */
function tickOf(highest: number): number {
  const rough = highest / TICKS;
  const decade = 10 ** Math.floor(Math.log10(rough));
  return decade * ([1, 2, 5].find((step) => step * decade >= rough) ?? 10);
}

function useHistory(graph: Graph): [RateHistory, number] {
  const [history] = useState(() => new RateHistory());
  const [nowMs, setNowMs] = useState(() => performance.now());
  const latest = useRef(graph);
  latest.current = graph;
  useEffect(() => {
    const timer = setInterval(() => {
      const now = performance.now();
      history.add(latest.current, now);
      setNowMs(now);
    }, PERIOD_MS);
    return () => clearInterval(timer);
  }, [history]);
  return [history, nowMs];
}
