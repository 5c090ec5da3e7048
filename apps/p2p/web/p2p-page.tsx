// The page of the swarm: its picture, one peer of it, rates, tables, and this page's own doors. Knows no socket.
import { memo, useEffect, useMemo, useState, useSyncExternalStore, type ReactElement } from "react";
import { ConnectionState, DoorPanel, Foldable, MessageList, useConversation } from "@socketlab/page-kit";
import { observation } from "../src/observe/protocol.ts";
import { Announcer } from "./announcer.tsx";
import { ConversationsTable } from "./conversations-table.tsx";
import { graphOf } from "./graph.ts";
import { Invitation } from "./invitation.tsx";
import { PeerDetail } from "./peer-detail.tsx";
import { PeersTable } from "./peers-table.tsx";
import { RatePlot } from "./rate-plot.tsx";
import { SwarmPicture } from "./swarm-picture.tsx";
import { WatchedSwarm } from "./swarm-view.ts";
import { TorrentChoice, torrentsOf } from "./torrents.tsx";
import { summaryText } from "./words.ts";

const origin = location.origin.replace(/^http/, "ws");

export function P2pPage(): ReactElement {
  const [swarm] = useState(() => new WatchedSwarm());
  const { conversation, view } = useConversation({
    protocol: observation,
    endpoint: (token) => `${origin}/watch/${token}`,
    hello: { type: "watch" },
    onMessage: swarm.heed,
    onLost: swarm.forget,
  });
  return (
    <main className="page">
      <header className="page-head">
        <div>
          <h1>P2P</h1>
          <p>Every process is both client and server. Watch the pieces spread.</p>
        </div>
        <ConnectionState phase={view.phase} onRetry={conversation.retry} />
      </header>
      <LiveSwarm swarm={swarm} />
      <Foldable title="How this page knows: two processes, two doors" keptAs="p2p.doors">
        <DoorPanel view={view} log={conversation.log} serverName="the observer" />
      </Foldable>
      <section className="card" aria-labelledby="messages">
        <h2 id="messages">What crossed the door</h2>
        <MessageList log={conversation.log} />
      </section>
    </main>
  );
}

/** Drawn when something of the swarm has changed, and not with every look at the page's own doors. */
const LiveSwarm = memo(function LiveSwarm({ swarm }: { swarm: WatchedSwarm }): ReactElement {
  const { peers, commands } = useSyncExternalStore(swarm.subscribe, swarm.view);
  const [chosenTorrent, chooseTorrent] = useState<string>();
  const [chosenPeer, choosePeer] = useState<string>();
  const torrents = torrentsOf(peers);
  const torrent = torrents.find(({ infoHash }) => infoHash === chosenTorrent) ?? torrents[0];
  const pieces = torrent?.pieces ?? 0;
  const graph = useMemo(
    () => graphOf(peers.filter(({ identity }) => identity.torrent.infoHash === torrent?.infoHash)),
    [peers, torrent?.infoHash],
  );
  const peer = graph.nodes.find(({ key }) => key === chosenPeer);
  // Who has left is not chosen any more when it comes back.
  useEffect(() => {
    if (peer === undefined) choosePeer(undefined);
  }, [peer]);
  return (
    <>
      <section className="card" aria-labelledby="swarm">
        <h2 id="swarm">The swarm</h2>
        <TorrentChoice torrents={torrents} chosen={torrent} onChoose={chooseTorrent} />
        <p className="figures">{summaryText(graph, pieces)}</p>
        <Announcer graph={graph} pieces={pieces} />
        <SwarmPicture graph={graph} pieces={pieces} chosen={peer} onChoose={choosePeer} />
      </section>
      <Invitation commands={commands} />
      <div className="columns">
        <PeerDetail node={peer} pieces={pieces} onClose={() => choosePeer(undefined)} />
        <section className="card" aria-labelledby="rates">
          <h2 id="rates">How fast</h2>
          <RatePlot graph={graph} chosen={peer} />
        </section>
      </div>
      <section className="card" aria-labelledby="conversations">
        <h2 id="conversations">
          {peer === undefined ? "All conversations" : `Conversations of ${peer.name}`}
        </h2>
        <ConversationsTable graph={graph} chosen={peer} />
      </section>
      <Foldable title="All peers" keptAs="p2p.peers">
        <PeersTable graph={graph} pieces={pieces} onChoose={choosePeer} />
      </Foldable>
    </>
  );
});
