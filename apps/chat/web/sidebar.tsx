// The rooms, the whispers and the people: where one can go. On a narrow screen behind a button. Knows no conversation.
import { useRef, useState, type FormEvent, type KeyboardEvent, type ReactElement } from "react";
import { countText } from "@socketlab/page-kit";
import { nameRule, parseName } from "../src/names.ts";
import type { RoomView, SessionView } from "../src/client/view.ts";
import { personId, type Place, type PlaceId } from "./places.ts";

/** Names drawn; of a room with more, the rest is counted. */
const MOST_NAMES = 200;

export interface SidebarProps {
  readonly view: SessionView;
  readonly places: readonly Place[];
  readonly place: Place | undefined;
  readonly room: RoomView | undefined;
  /** On a narrow screen. */
  readonly open: boolean;
  readonly onToggle: (open: boolean) => void;
  readonly onGo: (id: PlaceId) => void;
  readonly onJoin: (room: string) => void;
  readonly onWhisper: (name: string) => void;
  readonly onLeave: () => void;
}

export function Sidebar(props: SidebarProps): ReactElement {
  const { view, places, place, room, open, onToggle, onGo, onJoin, onWhisper, onLeave } = props;
  const rooms = places.filter(({ kind }) => kind === "room");
  const people = places.filter(({ kind }) => kind === "person");
  const unread = places.reduce((sum, each) => sum + (each === place ? 0 : each.unread), 0);
  const toggle = useRef<HTMLButtonElement>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !open) return;
    onToggle(false);
    toggle.current?.focus();
  };
  return (
    <div className="sidebar" data-open={open} onKeyDown={onKeyDown}>
      <div className="sidebar-head">
        <p>
          You are <bdi>{view.name}</bdi>
        </p>
        <button type="button" className="quiet small" onClick={onLeave}>
          Change<span className="visually-hidden"> name</span>
        </button>
        <button
          ref={toggle}
          type="button"
          className="quiet small sidebar-toggle"
          aria-expanded={open}
          aria-controls="places"
          onClick={() => onToggle(!open)}
        >
          Rooms and people
          {unread > 0 && <Badge count={unread} />}
        </button>
      </div>
      <div id="places" className="places">
        <nav aria-labelledby="rooms">
          <h3 id="rooms">Rooms</h3>
          <PlaceList places={rooms} current={place} onGo={onGo} />
          <JoinRoom onJoin={onJoin} />
        </nav>
        {people.length > 0 && (
          <nav aria-labelledby="whispers">
            <h3 id="whispers">Whispers</h3>
            <PlaceList places={people} current={place} onGo={onGo} />
          </nav>
        )}
        {room?.state === "joined" && (
          <section aria-labelledby="people">
            <h3 id="people">
              {room.people === 1 ? "1 person" : `${countText(room.people)} people`} in <bdi>{room.room}</bdi>
            </h3>
            <ul className="people">
              {room.names.slice(0, MOST_NAMES).map((name) => (
                <li key={name}>
                  <Person name={name} isSelf={personId(name) === personId(view.name)} onWhisper={onWhisper} />
                </li>
              ))}
            </ul>
            {room.people > room.names.length && (
              <p className="hint">and {countText(room.people - room.names.length)} more</p>
            )}
          </section>
        )}
      </div>
    </div>
  );
}

interface PlaceListProps {
  places: readonly Place[];
  current: Place | undefined;
  onGo: (id: PlaceId) => void;
}

function PlaceList({ places, current, onGo }: PlaceListProps): ReactElement {
  return (
    <ul>
      {places.map((place) => (
        <li key={place.id}>
          <button
            type="button"
            className="place"
            aria-current={place === current ? "page" : undefined}
            onClick={() => onGo(place.id)}
          >
            <span className="place-sign" aria-hidden="true">
              {place.id[0]}
            </span>
            <bdi>{place.shown}</bdi>
            {place.unread > 0 && <Badge count={place.unread} />}
          </button>
        </li>
      ))}
    </ul>
  );
}

function Badge({ count }: { count: number }): ReactElement {
  return (
    <span className="badge">
      {countText(count)}
      <span className="visually-hidden"> unread</span>
    </span>
  );
}

function Person(props: { name: string; isSelf: boolean; onWhisper: (name: string) => void }): ReactElement {
  const { name, isSelf, onWhisper } = props;
  if (isSelf)
    return (
      <p className="person">
        <bdi>{name}</bdi> <span className="hint">you</span>
      </p>
    );
  return (
    <button type="button" className="person" onClick={() => onWhisper(name)}>
      <span className="visually-hidden">Whisper to </span>
      <bdi>{name}</bdi>
      <span className="hint" aria-hidden="true">
        whisper
      </span>
    </button>
  );
}

function JoinRoom({ onJoin }: { onJoin: (room: string) => void }): ReactElement {
  const [name, setName] = useState("");
  const isWrong = name !== "" && parseName(name) === undefined;
  const join = (event: FormEvent): void => {
    event.preventDefault();
    if (parseName(name) === undefined) return;
    onJoin(name);
    setName("");
  };
  return (
    <form className="join" onSubmit={join}>
      <label className="visually-hidden" htmlFor="room">
        Room to join
      </label>
      <input
        id="room"
        type="text"
        dir="auto"
        placeholder="another room"
        autoComplete="off"
        spellCheck={false}
        value={name}
        aria-invalid={isWrong}
        aria-describedby="room-problem"
        onChange={(event) => setName(event.target.value)}
      />
      <button type="submit" className="quiet small">
        Join
      </button>
      <p id="room-problem" className="problem" role="alert">
        {isWrong ? `A room’s name has ${nameRule}.` : ""}
      </p>
    </form>
  );
}
