// Tells a screen reader who comes, leaves, or has got everything; not each piece. Shows nothing.
import { useEffect, useRef, useState, type ReactElement } from "react";
import type { Graph } from "./graph.ts";

export function Announcer({ graph, pieces }: { graph: Graph; pieces: number }): ReactElement {
  const known = useRef<ReadonlyMap<string, { name: string; isSeed: boolean }>>(new Map());
  const [sentence, say] = useState("");
  useEffect(() => {
    const now = new Map(graph.nodes.map(({ key, name, has }) => [key, { name, isSeed: has >= pieces }]));
    const news: string[] = [];
    for (const [key, { name, isSeed }] of now) {
      const before = known.current.get(key);
      if (before === undefined) news.push(`${name} has come.`);
      else if (isSeed && !before.isSeed) news.push(`${name} has everything.`);
    }
    for (const [key, { name }] of known.current) if (!now.has(key)) news.push(`${name} has left.`);
    known.current = now;
    if (news.length > 0)
      say(news.length > 3 ? `${news.length} changes; ${now.size} peers are there.` : news.join(" "));
  }, [graph, pieces]);
  return (
    <p className="visually-hidden" aria-live="polite" data-testid="announcer">
      {sentence}
    </p>
  );
}
