// The swarm in words: for tables, for screen readers, and beside the picture. Knows no page.
import { bytesText, countText, visibleControls } from "@socketlab/page-kit";
import { allRates, type Graph, type Lane, type Node } from "./graph.ts";

/** "96 KiB/s" */
export function rateText(bytesPerSecond: number): string {
  return `${bytesText(bytesPerSecond)}/s`;
}

/** "26 %": 100 only when nothing is missing. */
export function shareText(has: number, pieces: number): string {
  return `${pieces === 0 ? 100 : Math.floor((100 * has) / pieces)} %`;
}

/** Text of another machine, as it can be shown. */
export function foreignText(text: string): string {
  return visibleControls(text);
}

export function peerText({ name, client, has, seen }: Node, pieces: number): string {
  const what = has >= pieces ? "a seed" : `has ${countText(has)} of ${countText(pieces)} pieces`;
  return `${name}, ${seen === undefined ? `${foreignText(client)}, not observed, ` : ""}${what}`;
}

/** The protocol's own words for what one side sends: choked, interested, snubbed. */
export function laneWords({ rate, isChoked, isInterested, isSnubbed }: Lane): string {
  const words = [isInterested ? "interested" : "not interested", isChoked ? "choked" : "unchoked"];
  if (isSnubbed) words.push("snubbed");
  return `${rate > 0 ? `${rateText(rate)}, ` : ""}${words.join(", ")}`;
}

export function summaryText(graph: Graph, pieces: number): string {
  const { nodes, edges } = graph;
  if (nodes.length === 0) return "Nobody is there.";
  const seeds = nodes.filter(({ has }) => has >= pieces).length;
  const share =
    nodes.reduce((sum, { has }) => sum + Math.min(1, pieces === 0 ? 1 : has / pieces), 0) / nodes.length;
  return [
    counted(nodes.length, "peer", "peers"),
    `${countText(seeds)} with everything`,
    `${Math.floor(share * 100)} % of all pieces are where they are wanted`,
    counted(edges.length, "conversation", "conversations"),
    `${rateText(allRates(graph))} in all`,
  ].join(" · ");
}

function counted(count: number, one: string, many: string): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}
