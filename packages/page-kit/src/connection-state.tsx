// Says honestly how the connection is. Knows nothing of sockets.
import { useEffect, useState, type ReactElement } from "react";
import type { Phase } from "./phase.ts";

/** One line that never spins without a word; a screen reader hears what changes, not the countdown. */
export function ConnectionState({ phase, onRetry }: { phase: Phase; onRetry: () => void }): ReactElement {
  const seconds = useSecondsUntil(phase.name === "waiting" ? phase.untilMs : undefined);
  const canRetry = phase.name === "waiting" || phase.name === "refused";
  return (
    <div className="connection" data-phase={phase.name}>
      <span className="connection-dot" aria-hidden="true" />
      <p>
        <span role="status" aria-live="polite">
          {phase.name === "waiting" ? "reconnecting" : phase.name}
        </span>
        {phase.name === "slow" && (
          <span aria-hidden="true">: nothing heard for {Math.floor(phase.silentMs / 1000)} s</span>
        )}
        {phase.name === "waiting" && (
          <span aria-hidden="true"> {seconds === 0 ? "now" : `in ${seconds} s`}</span>
        )}
        {canRetry && <span className="connection-why"> because {phase.because}</span>}
      </p>
      {canRetry && (
        <button type="button" className="quiet" onClick={onRetry}>
          Try now
        </button>
      )}
    </div>
  );
}

function useSecondsUntil(untilMs: number | undefined): number {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    if (untilMs === undefined) return undefined;
    setNowMs(Date.now());
    const timer = setInterval(() => setNowMs(Date.now()), 250);
    return () => clearInterval(timer);
  }, [untilMs]);
  return untilMs === undefined ? 0 : Math.max(0, Math.ceil((untilMs - nowMs) / 1000));
}
