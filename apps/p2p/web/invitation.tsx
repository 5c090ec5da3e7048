// How one more peer joins: commands for another terminal. Runs none.
import type { ReactElement } from "react";
import { foreignText } from "./words.ts";

export function Invitation({ commands }: { commands: readonly string[] }): ReactElement | null {
  if (commands.length === 0) return null;
  return (
    <section className="card" aria-labelledby="invitation">
      <h2 id="invitation">One more peer</h2>
      <p>In another terminal, one of ours, or one of the world’s:</p>
      {commands.map((command) => (
        <pre key={command} className="command" tabIndex={0} aria-label="A command">
          {foreignText(command)}
        </pre>
      ))}
    </section>
  );
}
