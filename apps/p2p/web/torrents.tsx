// Which torrent's swarm is shown: mostly there is one. Knows no swarm.
import { useId, type ReactElement } from "react";
import { bytesText, countText } from "@socketlab/page-kit";
import type { PeerIdentity } from "../src/observe/protocol.ts";
import type { SeenPeer } from "./swarm-view.ts";
import { foreignText } from "./words.ts";

type Torrent = PeerIdentity["torrent"];

/** Those with the most peers first. */
export function torrentsOf(peers: readonly SeenPeer[]): Torrent[] {
  const counts = new Map<string, { torrent: Torrent; peers: number }>();
  for (const { identity } of peers) {
    const { torrent } = identity;
    const before = counts.get(torrent.infoHash);
    counts.set(torrent.infoHash, { torrent, peers: 1 + (before?.peers ?? 0) });
  }
  return [...counts.values()].toSorted((one, other) => other.peers - one.peers).map(({ torrent }) => torrent);
}

export interface TorrentChoiceProps {
  readonly torrents: readonly Torrent[];
  readonly chosen: Torrent | undefined;
  readonly onChoose: (infoHash: string) => void;
}

export function TorrentChoice({ torrents, chosen, onChoose }: TorrentChoiceProps): ReactElement {
  const id = useId();
  if (chosen === undefined) return <p className="hint">No peer reports yet.</p>;
  if (torrents.length === 1) return <p className="hint">{describe(chosen)}</p>;
  return (
    <p className="torrent-choice">
      <label htmlFor={id}>Torrent</label>
      <select id={id} value={chosen.infoHash} onChange={(event) => onChoose(event.target.value)}>
        {torrents.map((torrent) => (
          <option key={torrent.infoHash} value={torrent.infoHash}>
            {describe(torrent)}
          </option>
        ))}
      </select>
    </p>
  );
}

function describe({ name, bytes, pieces }: Torrent): string {
  return `${foreignText(name)}: ${bytesText(bytes)} in ${countText(pieces)} pieces`;
}
