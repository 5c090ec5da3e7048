// Round-trip times as they come, beside what the server's kernel measures. Knows no socket.
import { useEffect, useRef, useState, type ReactElement } from "react";
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { countText, millisecondsText } from "@socketlab/page-kit";
import type { RoundTrips, Summary } from "./round-trips.ts";

const SHOWN_SECONDS = 60;
const HEIGHT_PX = 240;
const PERIOD_MS = 250;
// A page's clock is not finer, and a logarithm knows no zero.
const FINEST_MS = 0.005;

export interface RoundTripPlotProps {
  readonly trips: RoundTrips;
  /** TCP's own round-trip time, as the server's kernel sees it. */
  readonly kernelMs: number | undefined;
}

export function RoundTripPlot({ trips, kernelMs }: RoundTripPlotProps): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const kernel = useRef(kernelMs);
  kernel.current = kernelMs;
  const summary = useSummary(trips);

  useEffect(() => {
    const element = box.current!;
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    let plot = draw(element);
    const kernelTrips: [number, number | null][] = [];
    const timer = setInterval(() => {
      const now = performance.now();
      kernelTrips.push([now, kernel.current ?? null]);
      if (kernelTrips.length > (SHOWN_SECONDS * 1000) / PERIOD_MS) kernelTrips.shift();
      plot.setData(dataOf(trips, kernelTrips, now));
    }, PERIOD_MS);
    const resizing = new ResizeObserver(() =>
      plot.setSize({ width: element.clientWidth, height: HEIGHT_PX }),
    );
    resizing.observe(element);
    const recolour = (): void => {
      plot.destroy();
      plot = draw(element);
    };
    dark.addEventListener("change", recolour);
    return () => {
      clearInterval(timer);
      resizing.disconnect();
      dark.removeEventListener("change", recolour);
      plot.destroy();
    };
  }, [trips]);

  return (
    <>
      <div
        ref={box}
        className="plot"
        role="img"
        aria-label={`Round-trip times of the last minute. ${sentence(summary)}`}
      />
      <p className="legend">
        <span className="legend-echo">your echoes, measured by this page</span>
        <span className="legend-kernel">TCP alone, measured by the server’s kernel</span>
      </p>
      <p className="hint figures">{sentence(summary)}</p>
    </>
  );
}

function sentence({ sent, received, lost, min, median, p99, last }: Summary): string {
  const counts = `${countText(sent)} sent, ${countText(received)} back, ${countText(lost)} lost`;
  if (last === undefined || min === undefined || median === undefined || p99 === undefined) return counts;
  const [lastText, minText, medianText, p99Text] = [last, min, median, p99].map(millisecondsText);
  return `${counts} · last ${lastText} · least ${minText} · median ${medianText} · 99 % within ${p99Text}`;
}

function useSummary(trips: RoundTrips): Summary {
  const [summary, setSummary] = useState(() => trips.summary());
  useEffect(() => {
    const timer = setInterval(() => setSummary(trips.summary()), 2 * PERIOD_MS);
    return () => clearInterval(timer);
  }, [trips]);
  return summary;
}

/** Both series on one axis: seconds before now. */
function dataOf(
  trips: RoundTrips,
  kernelTrips: readonly [number, number | null][],
  now: number,
): UPlot.AlignedData {
  const ago = (timeMs: number): number => (timeMs - now) / 1000;
  const echoes: UPlot.AlignedData = [
    trips.timesMs.map(ago),
    trips.tripsMs.map((trip) => Math.max(trip, FINEST_MS)),
  ];
  const kernel: UPlot.AlignedData = [
    kernelTrips.map(([timeMs]) => ago(timeMs)),
    kernelTrips.map(([, trip]) => trip),
  ];
  return UPlot.join([echoes, kernel]);
}

function draw(element: HTMLElement): UPlot {
  const style = getComputedStyle(element);
  const colour = (name: string): string => resolved(element, style.getPropertyValue(name));
  const axis = {
    stroke: colour("--muted"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
  const options: UPlot.Options = {
    width: element.clientWidth,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: [-SHOWN_SECONDS, 0] },
      // Logarithmic: TCP's round trips and a busy page's are orders of magnitude apart.
      // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- its enum exists in types only
      y: { distr: 3, log: 10, range: (_plot, min, max) => decades(min, max) },
    },
    axes: [
      {
        ...axis,
        label: "seconds before now",
        labelSize: 20,
        size: 30,
        values: (_plot, splits) => splits.map((split) => String(Math.abs(split))),
      },
      { ...axis, label: "round trip in ms", labelSize: 22, size: 56 },
    ],
    series: [
      {},
      {
        stroke: colour("--accent"),
        width: 1.5,
        points: { size: 5, fill: colour("--accent") },
        spanGaps: true,
      },
      { stroke: colour("--server"), width: 2, dash: [6, 4], points: { show: false }, spanGaps: true },
    ],
  };
  return new UPlot(options, [[], [], []], element);
}

/** Whole decades around what there is to show; 0.1 to 10 ms while there is nothing. */
function decades(min: number | null, max: number | null): [number, number] {
  const [low, high] = [min ?? 0.1, max ?? 10].map((value) => Math.log10(Math.max(value, FINEST_MS)));
  return [10 ** Math.floor(low!), 10 ** Math.max(Math.ceil(high!), Math.floor(low!) + 1)];
}

/** A canvas knows no `light-dark()`: the colour as the browser computes it. */
function resolved(element: HTMLElement, value: string): string {
  const probe = document.createElement("span");
  probe.style.color = value;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
