// The chat page: the doors, who one is, the rooms, what crossed the door. Knows no socket.
import { useEffect, useState, useSyncExternalStore, type ReactElement } from "react";
import { DoorWatch, Foldable, LiveDoors, LiveState, MessageList } from "@socketlab/page-kit";
import type { Session } from "../src/client/session.ts";
import type { SessionView } from "../src/client/view.ts";
import { Entrance } from "./entrance.tsx";
import { keepIdentity, keepRoomNames, lastName, tabIdentity, type Identity } from "./identity.ts";
import { openSession, shownPhase } from "./open-session.ts";
import { Talk } from "./talk.tsx";

/** Refusals that another name or a token cures. */
const notWelcome = new Set(["bad-name", "name-taken", "token-needed", "bad-token"]);

export function ChatPage(): ReactElement {
  const [doors] = useState(() => new DoorWatch());
  const [identity, setIdentity] = useState(tabIdentity);
  const [session, setSession] = useState(() => identity && openSession(identity, doors));
  useEffect(() => session?.start(), [session]);
  const view = useSession(session);
  useKeptRooms(view);
  useUnsentWarning(session);

  const enter = (next: Identity): void => {
    keepIdentity(next);
    setIdentity(next);
    setSession(openSession(next, doors));
  };
  const leave = (): void => {
    keepIdentity(undefined);
    setSession(undefined);
  };
  const phase = view?.phase;
  const refusal = phase?.name === "refused" && notWelcome.has(phase.code) ? phase : undefined;
  return (
    <main className="page">
      <header className="page-head">
        <div>
          <h1>Chat</h1>
          <p>What you say, everybody in the room hears. Nothing is lost.</p>
        </div>
        {session !== undefined && view !== undefined && refusal === undefined && (
          <LiveState doors={doors} phase={shownPhase(view.phase)} onRetry={session.retry} />
        )}
      </header>
      <Foldable title="Two processes, two doors" keptAs="chat.doors">
        <LiveDoors
          doors={doors}
          phaseName={phase?.name ?? "no conversation yet"}
          serverName="the chat server"
        />
      </Foldable>
      {session === undefined || view === undefined || refusal !== undefined ? (
        <Entrance
          initialName={identity?.name ?? lastName()}
          refusal={refusal}
          onEnter={enter}
          key={refusal?.why}
        />
      ) : (
        <Talk session={session} view={view} onLeave={leave} />
      )}
      <section className="card" aria-labelledby="messages">
        <h2 id="messages">What crossed the door</h2>
        <MessageList log={doors.log} />
      </section>
    </main>
  );
}

const never = (): (() => void) => () => {};
const nothing = (): undefined => undefined;

function useSession(session: Session | undefined): SessionView | undefined {
  return useSyncExternalStore<SessionView | undefined>(session?.subscribe ?? never, session?.view ?? nothing);
}

function useKeptRooms(view: SessionView | undefined): void {
  const names = view && JSON.stringify(view.rooms.map(({ room }) => room));
  useEffect(() => {
    if (names !== undefined) keepRoomNames(JSON.parse(names) as string[]);
  }, [names]);
}

/** Whoever closes the tab now loses what the server has not yet stored. */
function useUnsentWarning(session: Session | undefined): void {
  useEffect(() => {
    if (session === undefined) return undefined;
    const warn = (event: BeforeUnloadEvent): void => {
      if (session.sending > 0) event.preventDefault();
    };
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [session]);
}
