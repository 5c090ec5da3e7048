// One place: what was said there, who is typing, and what one says oneself. Knows no socket.
import { useRef, useState, type ReactElement } from "react";
import { countText } from "@socketlab/page-kit";
import type { Session } from "../src/client/session.ts";
import type { RoomView, SessionView } from "../src/client/view.ts";
import { Composer } from "./composer.tsx";
import { LineView } from "./line-view.tsx";
import { firstUnread, type Line } from "./lines.ts";
import type { Place } from "./places.ts";
import { Timeline, type TimelineHandle } from "./timeline.tsx";

export interface ConversationProps {
  readonly place: Place;
  /** Undefined where one whispers. */
  readonly room: RoomView | undefined;
  readonly lines: readonly Line[];
  readonly phase: SessionView["phase"];
  readonly session: Session;
  /** Whether the reader is at the end. */
  readonly atEnd: boolean;
  readonly onAtEnd: (atEnd: boolean) => void;
  readonly onLeaveRoom: (room: RoomView) => void;
}

export function Conversation(props: ConversationProps): ReactElement {
  const { place, room, lines, phase, session, atEnd, onAtEnd, onLeaveRoom } = props;
  const timeline = useRef<TimelineHandle>(null);
  // Where one had left off when one came here; it stays in its place while one reads on.
  const [unreadFrom] = useState(() => firstUnread(lines, place.unread));
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set());
  const toggle = (key: string): void =>
    setUnfolded((last) => {
      const next = new Set(last);
      if (!next.delete(key)) next.add(key);
      return next;
    });

  const say = (text: string): Promise<unknown> =>
    room === undefined ? session.whisper(place.shown, text) : session.say(room.room, text);
  const sayAgain = (line: Line): void => {
    session.dismiss(line.id);
    void say(line.text);
  };
  return (
    <div className="conversation">
      <div className="conversation-head">
        <h2>
          <span className="place-sign" aria-hidden="true">
            {place.id[0]}
          </span>
          <bdi>{place.shown}</bdi>
        </h2>
        {room !== undefined && (
          <button type="button" className="quiet small" onClick={() => onLeaveRoom(room)}>
            Leave
          </button>
        )}
      </div>
      <Notice phase={phase} room={room} session={session} />
      <div className="timeline-frame">
        <Timeline
          ref={timeline}
          label={`Messages in ${place.shown}`}
          lines={lines}
          draw={(line) => (
            <LineView
              line={line}
              unreadBegins={line.key === unreadFrom}
              isUnfolded={unfolded.has(line.key)}
              onUnfold={() => toggle(line.key)}
              onSayAgain={() => sayAgain(line)}
              onDismiss={() => session.dismiss(line.id)}
            />
          )}
          beginning={beginningOf(room, lines)}
          onNearBeginning={
            room?.state === "joined" && room.more && !room.loading
              ? () => session.history(room.room)
              : undefined
          }
          onAtEnd={onAtEnd}
        />
        {!atEnd && (
          <button type="button" className="to-end" onClick={() => timeline.current?.toEnd()}>
            ↓ {place.unread > 0 ? `${countText(place.unread)} new` : "to the end"}
          </button>
        )}
      </div>
      <p className="typing" aria-live="off">
        {room !== undefined && <Typing names={room.typing} />}
      </p>
      <Composer
        to={place}
        disabled={room?.state === "refused"}
        isOnline={phase.name === "open"}
        onSay={(text) => {
          timeline.current?.toEnd();
          return say(text);
        }}
        onType={() => room !== undefined && session.typing(room.room)}
      />
    </div>
  );
}

function beginningOf(room: RoomView | undefined, lines: readonly Line[]): string {
  if (room === undefined) return "Only the two of you see this, and nothing of it is kept.";
  if (room.state === "refused") return "";
  if (room.loading) return "fetching what was said before …";
  if (room.state === "joining" && lines.length === 0) return "joining …";
  if (room.more) return "there is more above";
  return lines.length === 0 ? "Nobody has said anything here yet." : "This is where it began.";
}

/** What keeps one from talking, and what to do about it. */
function Notice(props: {
  phase: SessionView["phase"];
  room: RoomView | undefined;
  session: Session;
}): ReactElement | null {
  const { phase, room, session } = props;
  if (phase.name === "refused")
    return (
      <div className="notice" role="alert">
        <p>
          {phase.code === "replaced"
            ? "You came in from elsewhere with this name, so this page was let go. It shows what was said until then."
            : `The server ended the conversation: ${phase.why}.`}
        </p>
        <button type="button" className="quiet small" onClick={session.retry}>
          {phase.code === "replaced" ? "Come back here" : "Try again"}
        </button>
      </div>
    );
  if (room?.state === "refused")
    return (
      <div className="notice" role="alert">
        <p>You cannot come into this room: {room.why}.</p>
        <button type="button" className="quiet small" onClick={() => session.join(room.room)}>
          Try again
        </button>
      </div>
    );
  return null;
}

function Typing({ names }: { names: readonly string[] }): ReactElement | null {
  const [one, two] = names;
  if (one === undefined) return null;
  if (two === undefined)
    return (
      <>
        <bdi>{one}</bdi> is typing …
      </>
    );
  if (names.length > 2) return <>{names.length} people are typing …</>;
  return (
    <>
      <bdi>{one}</bdi> and <bdi>{two}</bdi> are typing …
    </>
  );
}
