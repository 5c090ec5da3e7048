// What is sent: each file with its bar and what can be done about it, and all of them in one line. Knows no conversation.
import { memo, useState, type ReactElement } from "react";
import { countText } from "@socketlab/page-kit";
import { stateWords, totalWords } from "./upload-words.ts";
import type { UploadsView, UploadView } from "./upload-view.ts";
import type { Uploads } from "./uploads.ts";

/** So many are drawn; of more, those that are done are counted only. */
const PAGE_ROWS = 50;

export function UploadList({ uploads, view }: { uploads: Uploads; view: UploadsView }): ReactElement | null {
  const [page, setPage] = useState(0);
  const { totals } = view;
  if (totals.files === 0) return null;
  const listed =
    totals.files <= PAGE_ROWS ? view.uploads : view.uploads.filter(({ state }) => state !== "done");
  const last = Math.max(0, Math.ceil(listed.length / PAGE_ROWS) - 1);
  const current = Math.min(page, last);
  const first = current * PAGE_ROWS;
  const shown = listed.slice(first, first + PAGE_ROWS);
  const has = (...states: readonly UploadView["state"][]): boolean =>
    view.uploads.some(({ state }) => states.includes(state));
  const mayGoOn = view.uploads.some(
    ({ state, isKnown }) => state === "paused" || (state === "missing" && isKnown),
  );
  return (
    <div className="uploads">
      <div className="uploads-head">
        <progress
          max={totals.bytes}
          value={totals.bytes === 0 ? 0 : totals.sentBytes}
          aria-label="All files"
          data-testid="total"
        />
        <p className="uploads-total">{totalWords(totals)}</p>
        <p className="visually-hidden" role="status">
          {summary(view, has)}
        </p>
        <div className="uploads-buttons">
          {has("sending", "waiting") && (
            <button type="button" className="quiet small" onClick={() => uploads.pauseAll()}>
              Pause all
            </button>
          )}
          {mayGoOn && (
            <button type="button" className="quiet small" onClick={() => void uploads.goOnAll()}>
              Go on with all
            </button>
          )}
          {has("done") && (
            <button type="button" className="quiet small" onClick={() => uploads.clear()}>
              Clear those that are done
            </button>
          )}
        </div>
      </div>
      <ul className="upload-rows" aria-label="Files being sent">
        {shown.map((upload) => (
          <Row key={upload.id} upload={upload} uploads={uploads} />
        ))}
      </ul>
      {last > 0 && (
        <p className="pager">
          <button
            type="button"
            className="quiet small"
            disabled={current === 0}
            onClick={() => setPage(current - 1)}
          >
            Previous
          </button>
          <span>
            {countText(first + 1)}–{countText(first + shown.length)} of {countText(listed.length)} that are
            not done
          </span>
          <button
            type="button"
            className="quiet small"
            disabled={current === last}
            onClick={() => setPage(current + 1)}
          >
            Next
          </button>
        </p>
      )}
    </div>
  );
}

const Row = memo(function Row({ upload, uploads }: { upload: UploadView; uploads: Uploads }): ReactElement {
  const { id, path, size, sentBytes, state, isKnown } = upload;
  const mayGoOn = state === "paused" || state === "refused" || (state === "missing" && isKnown);
  return (
    <li className="upload" data-state={state}>
      <p className="upload-path">
        <bdi>{path}</bdi>
      </p>
      <progress
        max={Math.max(1, size)}
        value={size === 0 && state === "done" ? 1 : sentBytes}
        aria-label={path}
      />
      <p className="upload-state">{stateWords(upload)}</p>
      <div className="upload-buttons">
        {(state === "sending" || state === "waiting") && (
          <Act word="Pause" path={path} onClick={() => uploads.pause(id)} />
        )}
        {mayGoOn && (
          <Act
            word={state === "refused" ? "Try again" : "Go on"}
            path={path}
            onClick={() => void uploads.goOn(id)}
          />
        )}
        {state !== "done" && <Act word="Cancel" path={path} onClick={() => uploads.cancel(id)} />}
      </div>
    </li>
  );
});

function Act({ word, path, onClick }: { word: string; path: string; onClick: () => void }): ReactElement {
  return (
    <button type="button" className="quiet small" onClick={onClick}>
      {word}
      <span className="visually-hidden"> {path}</span>
    </button>
  );
}

/** For who does not see it: what changes now and then, not each byte. */
function summary(
  { totals }: UploadsView,
  has: (...states: readonly UploadView["state"][]) => boolean,
): string {
  const refused = has("refused") ? "; some were not sent" : "";
  if (has("sending", "waiting")) return `sending${refused}`;
  if (has("paused")) return `paused${refused}`;
  return totals.done === totals.files ? "all sent" : `not all sent${refused}`;
}
