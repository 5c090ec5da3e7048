// The conversations of the swarm, or of one peer: the picture in words. Knows no picture.
import { memo, type ReactElement } from "react";
import { countText } from "@socketlab/page-kit";
import type { Edge, Graph, Lane, Node } from "./graph.ts";
import { ScrollingTable } from "./scrolling-table.tsx";
import { laneWords } from "./words.ts";

/** More, nobody reads; of one peer all are shown. */
const MOST_ROWS = 60;

export interface ConversationsTableProps {
  readonly graph: Graph;
  readonly chosen: Node | undefined;
}

export const ConversationsTable = memo(function ConversationsTable(
  props: ConversationsTableProps,
): ReactElement {
  const { graph, chosen } = props;
  const all = chosen === undefined ? graph.edges : graph.edges.filter((edge) => isOf(edge, chosen));
  const shown = chosen === undefined && all.length > MOST_ROWS ? all.filter(moves).slice(0, MOST_ROWS) : all;
  if (all.length === 0)
    return <p className="hint">Nobody talks. Two who have everything have nothing to say to each other.</p>;
  return (
    <>
      <ScrollingTable
        label="Conversations"
        columns={["Client: began it", "Server: was contacted", "The client sends", "The server sends"]}
      >
        {shown.map((edge) => (
          <tr key={edge.key}>
            <td data-role="client">
              <End node={edge.client} door={edge.clientDoor} />
            </td>
            <td data-role="server">
              <End node={edge.server} door={edge.serverDoor} />
            </td>
            <LaneCell lane={edge.fromClient} />
            <LaneCell lane={edge.fromServer} />
          </tr>
        ))}
      </ScrollingTable>
      {shown.length < all.length && (
        <p className="hint">
          {countText(shown.length)} of {countText(all.length)}: those in which something moves. Choose a peer
          to see all of its own.
        </p>
      )}
      <p className="hint">
        Interested: the other one wants something of it. Choked: it is not sent, for now. Snubbed: it was
        promised a minute ago, and has not come.
      </p>
    </>
  );
});

function End({ node, door }: { node: Node; door: string }): ReactElement {
  return (
    <>
      <strong>{node.name}</strong>
      {door !== node.name && <span className="hint"> from {door}</span>}
    </>
  );
}

function LaneCell({ lane }: { lane: Lane }): ReactElement {
  return (
    <td className="lane-words" data-flows={lane.rate > 0} data-snubbed={lane.isSnubbed}>
      {laneWords(lane)}
    </td>
  );
}

function isOf({ client, server }: Edge, { key }: Node): boolean {
  return client.key === key || server.key === key;
}

function moves({ fromClient, fromServer }: Edge): boolean {
  return fromClient.rate > 0 || fromServer.rate > 0;
}
