// One message, decoded and as bytes, side by side. Knows nothing of the list.
import type { ReactElement } from "react";
import { bytesText, countText, visibleText } from "../format.ts";
import type { LoggedMessage } from "../message-log.ts";
import { decodedText, hexRows } from "./hex.ts";

export function MessageDetail({ message }: { message: LoggedMessage | undefined }): ReactElement {
  if (message === undefined) {
    return <p className="message-detail message-none">Choose a message to see it decoded and as bytes.</p>;
  }
  const { payload, bytes, from, type, cut } = message;
  const text = decodedText(payload);
  const rows = hexRows(payload);
  return (
    <section className="message-detail" aria-label="The chosen message">
      <h3>
        <span data-role={from}>{from}</span> said <code>{type}</code>, {countText(bytes)} bytes
      </h3>
      <div className="message-sides">
        <pre tabIndex={0} aria-label="Decoded">
          {text === undefined ? "(not text)" : visibleText(text)}
        </pre>
        <pre tabIndex={0} aria-label="As bytes: offset, hexadecimal, text" className="message-hex">
          {rows.map(({ offset, hex, text: characters }) => (
            <span key={offset}>
              <i>{offset}</i> {hex.padEnd(23)} <b>{characters}</b>
              {"\n"}
            </span>
          ))}
        </pre>
      </div>
      {cut && <p className="message-none">Only the beginning of its {bytesText(bytes)} is kept.</p>}
    </section>
  );
}
