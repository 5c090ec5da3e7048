// Where one talks: the places on one side, what is said in the chosen one on the other. Knows no socket.
import { useEffect, useMemo, useState, useSyncExternalStore, type ReactElement } from "react";
import type { Session } from "../src/client/session.ts";
import type { RoomView, SessionView } from "../src/client/view.ts";
import { Announcer } from "./announcer.tsx";
import { Conversation } from "./conversation.tsx";
import { linesOf } from "./lines.ts";
import {
  personId,
  placesOf,
  roomId,
  whisperLines,
  whispersWith,
  type Place,
  type PlaceId,
  type Whisperings,
} from "./places.ts";
import { Sidebar } from "./sidebar.tsx";

export interface TalkProps {
  readonly session: Session;
  readonly view: SessionView;
  /** Somebody wants to be somebody else. */
  readonly onLeave: () => void;
}

export function Talk({ session, view, onLeave }: TalkProps): ReactElement {
  const [chosen, choose] = useState<PlaceId>();
  const [whisperings, setWhisperings] = useState<Whisperings>({ chosen: [], seen: {} });
  const [atEnd, setAtEnd] = useState(true);
  const [sidebarOpen, setSidebarOpen] = useState(false);
  const visible = useSyncExternalStore(subscribeVisible, isVisible);

  const places = placesOf(view, whisperings);
  const place = places.find(({ id }) => id === chosen) ?? places[0];
  const room = place?.kind === "room" ? view.rooms.find(({ key }) => roomId(key) === place.id) : undefined;

  const roomLines = useMemo(
    () => (room === undefined ? [] : linesOf(room.messages, room.outgoing, view.name)),
    [room?.messages, room?.outgoing, view.name],
  );
  const lines = place?.kind === "person" ? whisperLines(view, place.id) : roomLines;

  const isLookedAt = visible && atEnd;
  useEffect(() => session.look(isLookedAt ? room?.key : undefined), [session, room?.key, isLookedAt]);
  const lastWhisper =
    isLookedAt && place?.kind === "person" ? whispersWith(view, place.id).at(-1)?.id : undefined;
  useEffect(() => {
    if (lastWhisper === undefined || place === undefined) return;
    setWhisperings(({ chosen: people, seen }) => {
      return { chosen: people, seen: { ...seen, [place.id]: lastWhisper } };
    });
  }, [place?.id, lastWhisper]);
  useTitle(places);

  const go = (id: PlaceId): void => {
    choose(id);
    setAtEnd(true);
    setSidebarOpen(false);
  };
  const whisperTo = (name: string): void => {
    setWhisperings((last) => ({ ...last, chosen: [...new Set([...last.chosen, name])] }));
    go(personId(name));
  };
  return (
    <section className="card talk" aria-label="Talk">
      <div className="talk-columns">
        <Sidebar
          view={view}
          places={places}
          place={place}
          room={room}
          open={sidebarOpen}
          onToggle={setSidebarOpen}
          onGo={go}
          onJoin={(name) => go(roomId(session.join(name)))}
          onWhisper={whisperTo}
          onLeave={onLeave}
        />
        {place === undefined ? (
          <p className="nowhere">You are in no room. Join one: everybody in it hears what you say there.</p>
        ) : (
          <Conversation
            key={place.id}
            place={place}
            room={room}
            lines={lines}
            phase={view.phase}
            session={session}
            atEnd={atEnd}
            onAtEnd={setAtEnd}
            onLeaveRoom={(left: RoomView) => session.leave(left.room)}
          />
        )}
      </div>
      <Announcer session={session} />
    </section>
  );
}

function useTitle(places: readonly Place[]): void {
  const unread = places.reduce((sum, place) => sum + place.unread, 0);
  useEffect(() => {
    document.title = `${unread === 0 ? "" : `(${unread}) `}Chat · Socketlab`;
  }, [unread]);
}

function subscribeVisible(onChange: () => void): () => void {
  document.addEventListener("visibilitychange", onChange);
  return () => document.removeEventListener("visibilitychange", onChange);
}

function isVisible(): boolean {
  return document.visibilityState === "visible";
}
