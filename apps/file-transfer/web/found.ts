// What somebody has dropped or chosen: files with their paths, folders walked through. Knows no server.

/** Where a file is to be found again when the page has been loaded anew: only where the browser lets a page keep that. */
export interface Whereabouts {
  /** What was dropped or chosen. */
  readonly root: FileSystemHandle;
  /** From there on; "" is the root itself. */
  readonly inner: string;
}

export interface Found {
  /** From what was dropped on: "photos/2026/a.jpg". */
  readonly path: string;
  /** Undefined: an empty folder. */
  readonly file: File | undefined;
  readonly whereabouts?: Whereabouts | undefined;
}

/** To be called while the event lasts: later nobody is told what was dropped. */
export function fromDrop(items: DataTransferItemList): AsyncGenerator<Found> {
  const things = Array.from(items)
    .filter(({ kind }) => kind === "file")
    .map((item) => ({
      handle: item.getAsFileSystemHandle?.().catch(() => null),
      entry: item.webkitGetAsEntry(),
      file: item.getAsFile(),
    }));
  return (async function* () {
    for (const { handle: promised, entry, file } of things) {
      const handle = await promised;
      if (handle) yield* fromHandle(handle);
      else if (entry !== null) yield* fromEntry(entry);
      else if (file !== null) yield { path: file.name, file };
    }
  })();
}

/** From an `<input type="file">`, of a folder too. */
export async function* fromInput(files: readonly File[]): AsyncGenerator<Found> {
  for (const file of files) yield { path: file.webkitRelativePath || file.name, file };
}

export async function* fromHandles(handles: Iterable<FileSystemHandle>): AsyncGenerator<Found> {
  for (const handle of handles) yield* fromHandle(handle);
}

async function* fromHandle(root: FileSystemHandle, inner = "", handle = root): AsyncGenerator<Found> {
  const path = inner === "" ? root.name : `${root.name}/${inner}`;
  const whereabouts = { root, inner };
  if (isFile(handle)) return yield { path, file: await handle.getFile(), whereabouts };
  if (!isFolder(handle)) return;
  let isEmpty = true;
  for await (const child of handle.values()) {
    isEmpty = false;
    yield* fromHandle(root, inner === "" ? child.name : `${inner}/${child.name}`, child);
  }
  if (isEmpty) yield { path, file: undefined };
}

async function* fromEntry(entry: FileSystemEntry, above = ""): AsyncGenerator<Found> {
  const path = above + entry.name;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    return yield { path, file };
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (let count = 0; ;) {
    // A hundred at a time, until there are none.
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    for (const inner of entries) yield* fromEntry(inner, `${path}/`);
    if (entries.length === 0 && count === 0) yield { path, file: undefined };
    if (entries.length === 0) return;
    count += entries.length;
  }
}

/** The file again. @throws DOMException when it is gone, or may not be read. */
export async function openAgain({ root, inner }: Whereabouts): Promise<File> {
  let handle = root;
  const names = inner === "" ? [] : inner.split("/");
  for (const [i, name] of names.entries()) {
    const folder = handle as FileSystemDirectoryHandle;
    handle = await (i === names.length - 1 ? folder.getFileHandle(name) : folder.getDirectoryHandle(name));
  }
  return (handle as FileSystemFileHandle).getFile();
}

/** @param mayAsk whether the reader may be asked now, which takes a click. */
export async function mayRead(root: FileSystemHandle, mayAsk: boolean): Promise<boolean> {
  try {
    const state = (await root.queryPermission?.({ mode: "read" })) ?? "granted";
    if (state === "granted" || !mayAsk) return state === "granted";
    return (await root.requestPermission?.({ mode: "read" })) === "granted";
  } catch {
    return false;
  }
}

function isFile(handle: FileSystemHandle): handle is FileSystemFileHandle {
  return handle.kind === "file";
}

function isFolder(handle: FileSystemHandle): handle is FileSystemDirectoryHandle {
  return handle.kind === "directory";
}
