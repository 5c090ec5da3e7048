// What is there: a folder's entries, the way into the next one and back, links, and to remove things. Knows no conversation.
import { useRef, useState, type ReactElement } from "react";
import { bytesText, countText } from "@socketlab/page-kit";
import type { Entry } from "../src/protocol.ts";
import type { Folder, FolderView } from "./folder.ts";
import { hashOf, linkTo } from "./links.ts";

export interface FolderListProps {
  readonly folder: Folder;
  readonly view: FolderView;
  readonly canWrite: boolean;
  readonly token: string | undefined;
}

export function FolderList({ folder, view, canWrite, token }: FolderListProps): ReactElement {
  const { entries, before, more, why } = view;
  return (
    <section className="card" aria-labelledby="there">
      <h2 id="there">What is there</h2>
      <Way path={view.path} />
      {why !== undefined && (
        <p className="problem" role="alert">
          {why}.
        </p>
      )}
      {entries?.length === 0 && why === undefined && <p className="hint">Nothing is here yet.</p>}
      {entries === undefined && <p className="hint">asking the server …</p>}
      {entries !== undefined && entries.length > 0 && (
        <ul className="entries" aria-label="Files and folders">
          {entries.map((entry) => (
            <Row key={entry.path} entry={entry} folder={folder} canWrite={canWrite} token={token} />
          ))}
        </ul>
      )}
      {(before > 0 || more) && (
        <p className="pager">
          <button
            type="button"
            className="quiet small"
            disabled={before === 0}
            onClick={() => folder.previous()}
          >
            Previous
          </button>
          <span>
            {countText(before + 1)}–{countText(before + (entries?.length ?? 0))}
            {more ? " and more" : ""}
          </span>
          <button type="button" className="quiet small" disabled={!more} onClick={() => folder.next()}>
            Next
          </button>
        </p>
      )}
    </section>
  );
}

/** From the top to here. */
function Way({ path }: { path: string }): ReactElement {
  const names = path === "" ? [] : path.split("/");
  return (
    <nav className="way" aria-label="Where you are">
      <ol>
        {["", ...names].map((name, i) => {
          const to = names.slice(0, i).join("/");
          const text = i === 0 ? "Top" : name;
          return (
            <li key={to}>
              {i === names.length ? (
                <bdi aria-current="page">{text}</bdi>
              ) : (
                <a href={hashOf(to)}>
                  <bdi>{text}</bdi>
                </a>
              )}
            </li>
          );
        })}
      </ol>
    </nav>
  );
}

interface RowProps {
  entry: Entry;
  folder: Folder;
  canWrite: boolean;
  token: string | undefined;
}

function Row({ entry, folder, canWrite, token }: RowProps): ReactElement {
  const { path, kind, size, mtimeMs } = entry;
  const name = path.slice(path.lastIndexOf("/") + 1);
  const [isAsking, setAsking] = useState(false);
  const isFolder = kind === "folder";
  return (
    <li className="entry" data-kind={kind}>
      {isFolder ? (
        <a className="entry-name" href={hashOf(path)}>
          <bdi>{name}</bdi>/<span className="visually-hidden"> folder</span>
        </a>
      ) : (
        <a className="entry-name" href={linkTo(path, { download: true, token })} download={name}>
          <bdi>{name}</bdi>
        </a>
      )}
      <span className="entry-size">{isFolder ? "" : bytesText(size)}</span>
      <time className="entry-time" dateTime={new Date(mtimeMs).toISOString()}>
        {timeOf(mtimeMs)}
      </time>
      {isAsking ? (
        <p className="entry-sure" role="alertdialog" aria-label={`Remove ${name}?`}>
          <span>Remove {isFolder ? "it and all that is in it" : "it"}?</span>
          <button
            type="button"
            className="small"
            autoFocus
            onClick={() => {
              setAsking(false);
              void folder.remove(path, isFolder);
            }}
          >
            Remove
          </button>
          <button type="button" className="quiet small" onClick={() => setAsking(false)}>
            Keep
          </button>
        </p>
      ) : (
        <div className="entry-buttons">
          {!isFolder && <CopyLink name={name} url={linkTo(path)} />}
          {canWrite && (
            <button type="button" className="quiet small" onClick={() => setAsking(true)}>
              Remove<span className="visually-hidden"> {name}</span>
            </button>
          )}
        </div>
      )}
    </li>
  );
}

function CopyLink({ name, url }: { name: string; url: string }): ReactElement {
  const [state, setState] = useState<"" | "copied" | "shown">("");
  const field = useRef<HTMLInputElement>(null);
  const copy = (): void => {
    // Without TLS a page of another machine has no clipboard: then the link is shown, to be copied by hand.
    const copied = navigator.clipboard?.writeText(url) ?? Promise.reject(new Error("no clipboard"));
    copied.then(
      () => setState("copied"),
      () => setState("shown"),
    );
  };
  if (state === "shown")
    return (
      <input
        ref={field}
        type="text"
        className="mono"
        readOnly
        autoFocus
        value={url}
        aria-label={`Link to ${name}`}
        onFocus={() => field.current!.select()}
      />
    );
  return (
    <>
      <button type="button" className="quiet small" onClick={copy}>
        {state === "copied" ? "Copied" : "Copy link"}
        <span className="visually-hidden"> to {name}</span>
      </button>
      <span className="visually-hidden" role="status">
        {state === "copied" ? "The link is copied" : ""}
      </span>
    </>
  );
}

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

function timeOf(ms: number): string {
  return day.format(ms);
}
