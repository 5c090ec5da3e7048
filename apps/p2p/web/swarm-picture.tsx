// The picture of the swarm: houses around an ellipse, lanes between them, and what one can choose. Knows no socket.
import { memo, useMemo, useRef, type ReactElement } from "react";
import type { Graph, Node } from "./graph.ts";
import { House } from "./house.tsx";
import { EdgeLanes } from "./lanes.tsx";
import { layoutOf, type Layout, type Point } from "./layout.ts";
import { Legend } from "./legend.tsx";
import { useWidth } from "./use-width.ts";
import { peerText } from "./words.ts";

/** More conversations in full detail are a web that nobody can read. */
const MOST_EDGES = 20;

export interface SwarmPictureProps {
  readonly graph: Graph;
  readonly pieces: number;
  readonly chosen: Node | undefined;
  readonly onChoose: (key: string | undefined) => void;
}

export const SwarmPicture = memo(function SwarmPicture(props: SwarmPictureProps): ReactElement {
  const { graph, pieces, chosen, onChoose } = props;
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const count = graph.nodes.length;
  const layout = useMemo(() => layoutOf(count, width), [count, width]);
  const places = new Map(graph.nodes.map(({ key }, at) => [key, layout.places[at]!]));
  const isBusy = graph.edges.length > MOST_EDGES;
  return (
    <>
      <div className="swarm" ref={box} data-detail={layout.detail}>
        {graph.nodes.length > 0 && (
          <svg
            viewBox={`0 0 ${width} ${layout.height}`}
            width={width}
            height={layout.height}
            aria-hidden="true"
          >
            {graph.edges.map((edge) => (
              <EdgeLanes
                key={edge.key}
                edge={edge}
                from={places.get(edge.client.key)!}
                to={places.get(edge.server.key)!}
                layout={layout}
                emphasis={emphasisOf(chosen, edge.client, edge.server)}
                isBusy={isBusy}
              />
            ))}
            {graph.nodes.map((node) => (
              <House
                key={node.key}
                node={node}
                pieces={pieces}
                place={places.get(node.key)!}
                layout={layout}
              />
            ))}
          </svg>
        )}
        <Spots {...props} layout={layout} places={places} onChoose={onChoose} />
      </div>
      {isBusy && (
        <p className="hint">
          Of so many conversations, only what moves is drawn. Choose a peer, and see all of its own.
        </p>
      )}
      <Legend />
    </>
  );
});

/** What is chosen by mouse, finger and keyboard: a radio button over each house. */
function Spots(
  props: SwarmPictureProps & { readonly layout: Layout; readonly places: ReadonlyMap<string, Point> },
): ReactElement {
  const { graph, pieces, chosen, onChoose, layout, places } = props;
  const { width, height } = layout.house;
  return (
    <fieldset className="spots">
      <legend className="visually-hidden">Peers: choose one to see its conversations</legend>
      {graph.nodes.map((node) => {
        const { x, y } = places.get(node.key)!;
        return (
          <label
            key={node.key}
            className="spot"
            title={peerText(node, pieces)}
            data-chosen={chosen?.key === node.key}
            style={{ left: x - width / 2, top: y - height / 2, width, height }}
          >
            <input
              type="radio"
              name="peer"
              checked={chosen?.key === node.key}
              onChange={() => onChoose(node.key)}
              onKeyDown={(event) => {
                if (event.key === "Escape") onChoose(undefined);
              }}
            />
            <span className="visually-hidden">{peerText(node, pieces)}</span>
          </label>
        );
      })}
    </fieldset>
  );
}

function emphasisOf(chosen: Node | undefined, one: Node, other: Node): "usual" | "strong" | "faint" {
  if (chosen === undefined) return "usual";
  return chosen.key === one.key || chosen.key === other.key ? "strong" : "faint";
}
