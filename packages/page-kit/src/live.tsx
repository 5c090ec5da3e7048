// Both doors, and the state of the connection, as a DoorWatch sees them: drawn when it sees something new, and nothing around
// them is. Knows no conversation.
import { memo, useSyncExternalStore, type ReactElement } from "react";
import { ConnectionState } from "./connection-state.tsx";
import { DoorPanel } from "./door-panel/door-panel.tsx";
import type { DoorWatch } from "./door-watch.ts";
import type { Phase } from "./phase.ts";

export interface LiveDoorsProps {
  readonly doors: DoorWatch;
  readonly phaseName: string;
  readonly serverName: string;
}

export const LiveDoors = memo(function LiveDoors(props: LiveDoorsProps): ReactElement {
  const { doors, phaseName, serverName } = props;
  const { client, server } = useSyncExternalStore(doors.subscribe, doors.view);
  const view = { client, server, phase: { name: phaseName } };
  return <DoorPanel view={view} log={doors.log} serverName={serverName} />;
});

export interface LiveStateProps {
  readonly doors: DoorWatch;
  readonly phase: Phase;
  readonly onRetry: () => void;
}

/** An open conversation is shown as slow when nothing is heard of the server. */
export function LiveState({ doors, phase, onRetry }: LiveStateProps): ReactElement {
  const { silentMs } = useSyncExternalStore(doors.subscribe, doors.view);
  const shown = phase.name === "open" && silentMs > 0 ? ({ name: "slow", silentMs } as const) : phase;
  return <ConnectionState phase={shown} onRetry={onRetry} />;
}
