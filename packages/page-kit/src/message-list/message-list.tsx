// The last messages, ten thousand without a stutter: only the rows in sight are drawn. Knows nothing of sockets.
import { useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactElement } from "react";
import { bytesText, timeText, visibleText } from "../format.ts";
import type { LoggedMessage, MessageLog } from "../message-log.ts";
import { useMessages } from "../use-messages.ts";
import { MessageDetail } from "./message-detail.tsx";
import { moveSelection, rowWindow } from "./window.ts";

const ROW_PX = 30;
const HEIGHT_PX = 360;
const EXCERPT_CHARACTERS = 120;

/** Direction, role, type, bytes, time of each message; the selected one is shown decoded and as bytes. */
export function MessageList({ log }: { log: MessageLog }): ReactElement {
  const { messages, firstId } = useMessages(log);
  const [selectedId, select] = useState<number>();
  const box = useRef<HTMLDivElement>(null);
  /** Where it is scrolled to; "end": it stays at its end, whatever comes. */
  const [place, setPlace] = useState<number | "end">("end");
  const lastFirstId = useRef(firstId);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    if (place === "end") element.scrollTop = element.scrollHeight;
    // Rows left at the top: what is being read stays where it is.
    else element.scrollTop -= (firstId - lastFirstId.current) * ROW_PX;
    lastFirstId.current = firstId;
  }, [messages, firstId, place]);

  if (messages.length === 0) return <p className="message-none">Nothing has crossed the door yet.</p>;

  const selected = selectedId === undefined ? undefined : messages[selectedId - firstId];
  const scrollTop = place === "end" ? Math.max(0, messages.length * ROW_PX - HEIGHT_PX) : place;
  const { first, end } = rowWindow(messages.length, ROW_PX, scrollTop, HEIGHT_PX);
  const onScroll = (): void => {
    const { scrollTop: top, scrollHeight, clientHeight } = box.current!;
    setPlace(top + clientHeight >= scrollHeight - ROW_PX ? "end" : top);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const from = selected === undefined ? messages.length : selected.id - firstId;
    const index = moveSelection(event.key, from, messages.length, Math.floor(HEIGHT_PX / ROW_PX) - 1);
    if (index === undefined) return;
    event.preventDefault();
    select(firstId + index);
    const element = box.current!;
    if (index * ROW_PX < element.scrollTop) element.scrollTop = index * ROW_PX;
    const below = (index + 1) * ROW_PX - element.clientHeight;
    if (below > element.scrollTop) element.scrollTop = below;
  };
  return (
    <div className="message-list">
      <div
        ref={box}
        className="message-rows"
        role="listbox"
        tabIndex={0}
        aria-label="Messages, oldest first"
        aria-activedescendant={selected === undefined ? undefined : `message-${selected.id}`}
        onScroll={onScroll}
        onKeyDown={onKeyDown}
      >
        <div role="presentation" style={{ height: first * ROW_PX }} />
        {messages.slice(first, end).map((message) => (
          <Row
            key={message.id}
            message={message}
            position={message.id - firstId + 1}
            count={messages.length}
            selected={message.id === selectedId}
            onSelect={select}
          />
        ))}
        <div role="presentation" style={{ height: (messages.length - end) * ROW_PX }} />
      </div>
      <MessageDetail message={selected} />
    </div>
  );
}

interface RowProps {
  message: LoggedMessage;
  position: number;
  count: number;
  selected: boolean;
  onSelect: (id: number) => void;
}

// The keys are handled by the list, which keeps the focus (WAI-ARIA Authoring Practices, listbox).
function Row({ message, position, count, selected, onSelect }: RowProps): ReactElement {
  const { id, direction, from, type, bytes, timeMs, payload } = message;
  const excerpt = typeof payload === "string" ? visibleText(payload.slice(0, EXCERPT_CHARACTERS)) : "";
  return (
    <div
      id={`message-${id}`}
      className="message-row"
      role="option"
      aria-selected={selected}
      aria-posinset={position}
      aria-setsize={count}
      data-role={from}
      onClick={() => onSelect(id)}
    >
      <span className="message-arrow" aria-label={direction === "out" ? "sent" : "received"} role="img">
        {direction === "out" ? "→" : "←"}
      </span>
      <span className="message-role">{from}</span>
      <span className="message-type">{type}</span>
      <bdi className="message-excerpt">{excerpt}</bdi>
      <span className="message-bytes">{bytesText(bytes)}</span>
      <time className="message-time">{timeText(timeMs)}</time>
    </div>
  );
}
