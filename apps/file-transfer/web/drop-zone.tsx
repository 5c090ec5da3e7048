// Where files and folders are dropped, anywhere on the page, or chosen with a button. Knows no server.
import { useEffect, useRef, useState, type ReactElement } from "react";
import { fromDrop, fromHandles, fromInput, type Found } from "./found.ts";

export interface DropZoneProps {
  /** Where they will go; "" is the top. */
  readonly folder: string;
  /** Undefined: the server has not said yet. */
  readonly canWrite: boolean | undefined;
  readonly onFound: (found: AsyncIterable<Found>) => void;
}

/** An attribute that React's types do not know. */
const wholeFolders = { webkitdirectory: "" };

export function DropZone({ folder, canWrite, onFound }: DropZoneProps): ReactElement {
  const isOver = useDrop(canWrite !== false, onFound);
  const files = useRef<HTMLInputElement>(null);
  const folders = useRef<HTMLInputElement>(null);
  if (canWrite === false)
    return (
      <p className="drop-none" role="note">
        Nothing can be sent here: this server is read-only, or your token is. You may look and download.
      </p>
    );
  // With what Chromium gives a page, it may open the same file again after it was closed.
  const chooseFiles = (): void => {
    if (window.showOpenFilePicker === undefined) files.current!.click();
    else void pick(window.showOpenFilePicker({ multiple: true }), onFound);
  };
  const chooseFolder = (): void => {
    if (window.showDirectoryPicker === undefined) folders.current!.click();
    else
      void pick(
        window.showDirectoryPicker({ mode: "read" }).then((handle) => [handle]),
        onFound,
      );
  };
  const chosen = (input: HTMLInputElement): void => {
    // Its list is emptied with it, and it must be emptied, or the same file could not be chosen twice.
    onFound(fromInput(Array.from(input.files ?? [])));
    input.value = "";
  };
  return (
    <div className="drop-zone" data-over={isOver}>
      <p>
        Drop files and folders here. They go {folder === "" ? "to the top" : "into "}
        {folder !== "" && <bdi>{folder}</bdi>}.
      </p>
      <div className="drop-buttons">
        <button type="button" onClick={chooseFiles}>
          Choose files
        </button>
        <button type="button" className="quiet" onClick={chooseFolder}>
          Choose a folder
        </button>
      </div>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        aria-label="Files"
        onChange={({ target }) => chosen(target)}
      />
      <input
        ref={folders}
        type="file"
        {...wholeFolders}
        hidden
        aria-label="A folder"
        onChange={({ target }) => chosen(target)}
      />
    </div>
  );
}

async function pick(
  picking: Promise<readonly FileSystemHandle[]>,
  onFound: (found: AsyncIterable<Found>) => void,
): Promise<void> {
  // Who closes the picker wants nothing.
  const handles = await picking.catch(() => []);
  if (handles.length > 0) onFound(fromHandles(handles));
}

/** The whole page takes what is dropped: who misses the zone would otherwise leave the page. @returns whether something is held over it. */
function useDrop(isTaken: boolean, onFound: (found: AsyncIterable<Found>) => void): boolean {
  const [isOver, setOver] = useState(false);
  const take = useRef(onFound);
  take.current = onFound;
  useEffect(() => {
    const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
    const over = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      event.dataTransfer!.dropEffect = isTaken ? "copy" : "none";
      setOver(isTaken);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(false);
      if (isTaken) take.current(fromDrop(event.dataTransfer!.items));
    };
    window.addEventListener("dragover", over);
    window.addEventListener("dragleave", leave);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragover", over);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("drop", drop);
    };
  }, [isTaken]);
  return isOver;
}
