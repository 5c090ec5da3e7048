// The picture that comes first: two processes, their doors, and the network between, from live numbers (the book's Figure 2.3).
import { useSyncExternalStore, type ReactElement } from "react";
import type { Doors } from "../door-watch.ts";
import { countText } from "../format.ts";
import type { MessageLog } from "../message-log.ts";
import { networkLines, pageFills, segmentNote, serverFills, tableRows } from "./describe.ts";
import { House } from "./house.tsx";
import { narrow, wide, type Layout } from "./layout.ts";
import { areMany, Envelopes, Stream, useRates, type Rates } from "./traffic.tsx";

export interface DoorPanelProps {
  readonly view: Pick<Doors, "client" | "server"> & { readonly phase: { readonly name: string } };
  readonly log: MessageLog;
  /** What the server's process is called. */
  readonly serverName: string;
}

export function DoorPanel({
  view: { client, server, phase },
  log,
  serverName,
}: DoorPanelProps): ReactElement {
  const layout = useIsNarrow() ? narrow : wide;
  const rates = useRates(log);
  const { trip, lines, measured } = networkLines(server);
  const transport =
    (server?.transport ?? client?.transport) === "wss" ? "WebSocket over TLS over TCP" : "WebSocket over TCP";
  const connected = client !== undefined;
  const isStream = areMany(rates);
  return (
    <figure className="door-panel" data-open={connected}>
      <svg
        viewBox={`0 0 ${layout.width} ${layout.height}`}
        role="img"
        aria-label={`Two processes and their doors. Client: this page. Server: ${serverName}. Round trip ${trip || "not known"}. State: ${phase.name}.`}
      >
        <Pipe layout={layout} isStream={isStream} />
        <NetworkText layout={layout} trip={trip} lines={lines} measured={measured} rates={rates} />
        <House
          at={layout.client}
          role="client"
          name="this page"
          process="a tab of your browser; its pid is not told"
          end={server?.remote}
          unknown={connected ? "only the server sees this address" : "no door is open"}
          transport={transport}
          fills={pageFills(client)}
          note="the system’s buffers: not told to a page"
          measured={connected ? "by this page; the address by the server" : ""}
        />
        <House
          at={layout.server}
          role="server"
          name={serverName}
          process={server?.pid === undefined ? "process" : `process ${server.pid}`}
          end={server?.local}
          unknown={connected ? "the server has not told yet" : "no door is open"}
          transport={transport}
          fills={serverFills(server)}
          note={segmentNote(server)}
          measured={server === undefined ? "" : "by the server, 4 times a second"}
        />
        {!isStream && <Envelopes log={log} layout={layout} />}
      </svg>
      <details>
        <summary>All numbers as a table</summary>
        <Numbers rows={tableRows(client, server)} />
      </details>
    </figure>
  );
}

function Pipe({ layout, isStream }: { layout: Layout; isStream: boolean }): ReactElement {
  const line = layout.pipe.map(({ x, y }) => `${x},${y}`).join(" ");
  return (
    <g className="pipe">
      <polyline className="pipe-wall" points={line} />
      <polyline className="pipe-inside" points={line} />
      {isStream && layout.pipe.slice(1).map((end, i) => <Stream key={i} start={layout.pipe[i]!} end={end} />)}
    </g>
  );
}

interface NetworkTextProps {
  layout: Layout;
  trip: string;
  lines: string[];
  measured: string;
  rates: Rates;
}

function NetworkText({ layout, trip, lines, measured, rates }: NetworkTextProps): ReactElement {
  const { x, y } = layout.network;
  const top = layout === wide ? y - 142 : y - 44;
  const rateTop = layout === wide ? y + 36 : y + 86;
  return (
    <g className="network">
      <text className="network-trip" x={x} y={top + 26} textAnchor="middle">
        {trip}
      </text>
      {lines.map((line, i) => (
        <text key={i} className="house-small" x={x} y={top + 48 + i * 19} textAnchor="middle">
          {line}
        </text>
      ))}
      <text className="network-rate" data-role="client" x={x} y={rateTop} textAnchor="middle">
        → {countText(rates.fromClient)} messages/s
      </text>
      <text className="network-rate" data-role="server" x={x} y={rateTop + 18} textAnchor="middle">
        ← {countText(rates.fromServer)} messages/s
      </text>
      <text className="house-measured" x={x} y={top + 48 + lines.length * 19} textAnchor="middle">
        {measured}
      </text>
    </g>
  );
}

function Numbers({ rows }: { rows: [string, string, string][] }): ReactElement {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">what</th>
          <th scope="col">client: this page</th>
          <th scope="col">server</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([what, ofClient, ofServer]) => (
          <tr key={what}>
            <th scope="row">{what}</th>
            <td>{ofClient}</td>
            <td>{ofServer}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const narrowScreen = "(max-width: 719px)";

function subscribeNarrow(onChange: () => void): () => void {
  const query = window.matchMedia(narrowScreen);
  query.addEventListener("change", onChange);
  return () => query.removeEventListener("change", onChange);
}

function useIsNarrow(): boolean {
  return useSyncExternalStore(subscribeNarrow, () => window.matchMedia(narrowScreen).matches);
}
