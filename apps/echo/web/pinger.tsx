// Says something again and again, at a rate that a person chooses. Knows no socket.
import { useEffect, useState, type ReactElement } from "react";

/** Steps of the slider: messages a second. */
const rates = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
const TICK_MS = 20;
// Whoever comes back to a hidden tab must not send all that was missed at once.
const MOST_AT_ONCE = 100;

export interface PingerProps {
  readonly open: boolean;
  readonly onPing: (message: string) => Promise<void>;
}

export function Pinger({ open, onPing }: PingerProps): ReactElement {
  const [step, setStep] = useState(1);
  const [running, setRunning] = useState(false);
  const rate = rates[step]!;

  useEffect(() => {
    if (!running || !open) return undefined;
    let count = 0;
    let owed = 1;
    let room = true;
    let lastMs = performance.now();
    const tick = async (): Promise<void> => {
      const nowMs = performance.now();
      owed = Math.min(owed + ((nowMs - lastMs) / 1000) * rate, MOST_AT_ONCE);
      lastMs = nowMs;
      if (!room) return;
      room = false;
      for (; owed >= 1; owed--) await onPing(`ping ${++count}`);
      room = true;
    };
    // A conversation that ends meanwhile is told by the state of the connection.
    const timer = setInterval(() => void tick().catch(() => {}), TICK_MS);
    return () => clearInterval(timer);
  }, [running, open, rate]);

  return (
    <div className="pinger">
      <label htmlFor="rate">
        Ping <strong>{rate}</strong> times a second
      </label>
      <input
        id="rate"
        type="range"
        min={0}
        max={rates.length - 1}
        step={1}
        value={step}
        aria-valuetext={`${rate} a second`}
        onChange={(event) => setStep(event.target.valueAsNumber)}
      />
      <button type="button" className="quiet" aria-pressed={running} onClick={() => setRunning(!running)}>
        {running ? "Stop pinging" : "Start pinging"}
      </button>
    </div>
  );
}
