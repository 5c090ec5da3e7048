// All peers, a row each: the houses of the picture in words. Knows no picture.
import { memo, type ReactElement } from "react";
import { countText } from "@socketlab/page-kit";
import type { Graph } from "./graph.ts";
import { ScrollingTable } from "./scrolling-table.tsx";
import { foreignText, rateText, shareText } from "./words.ts";

export interface PeersTableProps {
  readonly graph: Graph;
  readonly pieces: number;
  readonly onChoose: (key: string) => void;
}

export const PeersTable = memo(function PeersTable({
  graph,
  pieces,
  onChoose,
}: PeersTableProps): ReactElement {
  return (
    <ScrollingTable
      label="Peers"
      columns={["Door", "Program", "Pieces", "Sends", "Receives", "Client in", "Server in"]}
    >
      {graph.nodes.map(({ key, name, client, has, upload, download }) => (
        <tr key={key}>
          <th scope="row">
            <button type="button" className="quiet small" onClick={() => onChoose(key)}>
              {name}
            </button>
          </th>
          <td>{foreignText(client)}</td>
          <td>
            {countText(has)} ({shareText(has, pieces)})
          </td>
          <td>{rateText(upload)}</td>
          <td>{rateText(download)}</td>
          <td>{countText(graph.edges.filter((edge) => edge.client.key === key).length)}</td>
          <td>{countText(graph.edges.filter((edge) => edge.server.key === key).length)}</td>
        </tr>
      ))}
    </ScrollingTable>
  );
});
