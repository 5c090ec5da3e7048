// One peer: its process and its door, and what it has. Knows no other.
import type { ReactElement } from "react";
import { bytesText, countText } from "@socketlab/page-kit";
import { ipv4ToInteger, isIpv4 } from "@socketlab/core/browser";
import type { Node } from "./graph.ts";
import { foreignText, rateText, shareText } from "./words.ts";

export interface PeerDetailProps {
  readonly node: Node | undefined;
  readonly pieces: number;
  readonly onClose: () => void;
}

export function PeerDetail({ node, pieces, onClose }: PeerDetailProps): ReactElement {
  if (node === undefined)
    return (
      <section className="card" aria-labelledby="peer">
        <h2 id="peer">One peer</h2>
        <p className="hint">Choose a house in the picture, and see its door and its conversations.</p>
      </section>
    );
  return (
    <section className="card" aria-labelledby="peer">
      <div className="card-head">
        <h2 id="peer">{node.name}</h2>
        <button type="button" className="quiet small" onClick={onClose}>
          Show all
        </button>
      </div>
      <dl className="facts">
        {factsOf(node, pieces).map(([term, text]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function factsOf({ key, client, seen, has, upload, download }: Node, pieces: number): [string, string][] {
  const moved: [string, string][] = [
    ["Pieces", `${countText(has)} of ${countText(pieces)} (${shareText(has, pieces)})`],
    ["Sends", rateText(upload)],
    ["Receives", rateText(download)],
  ];
  const peerId: [string, string] = ["Peer id", key];
  if (seen === undefined)
    return [
      ["Program", foreignText(client)],
      ["Reports", "no: this is what the others see of it"],
      ...moved,
      peerId,
    ];
  const { pid, door, torrent, uploadLimit } = seen.identity;
  const { conversations } = seen.state;
  const asClient = [...conversations.values()].filter(({ role }) => role === "client").length;
  return [
    ["Program", `${foreignText(client)}, process ${pid}`],
    [
      "IP address",
      isIpv4(door.host) ? `${door.host} (${countText(ipv4ToInteger(door.host))} as a number)` : door.host,
    ],
    ["Port of its door", String(door.port)],
    ["Is the client in", conversationsText(asClient)],
    ["Is the server in", conversationsText(conversations.size - asClient)],
    ...moved,
    ["May send", uploadLimit === null ? "as fast as it can" : `${rateText(uploadLimit)} at most`],
    ["Has of it", bytesText(Math.min(torrent.bytes, pieces === 0 ? 0 : (torrent.bytes * has) / pieces))],
    peerId,
  ];
}

function conversationsText(count: number): string {
  return `${countText(count)} ${count === 1 ? "conversation" : "conversations"}`;
}
