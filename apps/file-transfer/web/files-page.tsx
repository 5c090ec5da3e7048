// The file-transfer page: the doors, what is sent, what is there, what crossed the door. Knows no socket.
import { useEffect, useState, useSyncExternalStore, type ReactElement } from "react";
import { DoorWatch, Foldable, keep, kept, LiveDoors, LiveState, MessageList } from "@socketlab/page-kit";
import { DropZone } from "./drop-zone.tsx";
import { Entrance } from "./entrance.tsx";
import { FolderList } from "./folder-list.tsx";
import { Folder, type FolderView } from "./folder.ts";
import { Link } from "./link.ts";
import { folderOf, hashOf } from "./links.ts";
import { Memory } from "./remembered.ts";
import { UploadList } from "./upload-list.tsx";
import { Uploads } from "./uploads.ts";

const TOKEN = "file-transfer.token";

/** What the page is made of, for as long as it is open. */
function makeParts(): { doors: DoorWatch; link: Link; folder: Folder; uploads: Uploads } {
  const doors = new DoorWatch();
  const folder = new Folder(folderOf(location.hash));
  const uploads = new Uploads(new Memory(), (path) => folder.changed(path));
  return { doors, link: new Link(doors, kept("browser", TOKEN)), folder, uploads };
}

export function FilesPage(): ReactElement {
  const [{ doors, link, folder, uploads }] = useState(makeParts);
  useEffect(link.start, [link]);
  const linked = useSyncExternalStore(link.subscribe, link.view);
  const here = useSyncExternalStore(folder.subscribe, folder.view);
  useEffect(() => {
    const [root] = linked.roots;
    // Who may not look everywhere begins where he may.
    if (root !== undefined && !linked.roots.includes("") && folderOf(location.hash) === "") {
      folder.go(root);
      location.hash = hashOf(root);
    }
    folder.setRemote(linked.remote);
    uploads.setRemote(linked.remote);
  }, [folder, uploads, linked.remote, linked.roots]);
  useEffect(() => recallAlone(uploads), [uploads]);
  useAddress(folder);

  return (
    <main className="page">
      <header className="page-head">
        <div>
          <h1>File transfer</h1>
          <p>Files and folders, each byte verified. Whatever interrupts them, they go on where they were.</p>
        </div>
        <LiveState doors={doors} phase={linked.phase} onRetry={link.retry} />
      </header>
      <Foldable title="Two processes, two doors" keptAs="file-transfer.doors">
        <LiveDoors doors={doors} phaseName={linked.phase.name} serverName="the file server" />
      </Foldable>
      {linked.wantsToken ? (
        <Entrance
          why={linked.phase.name === "refused" ? linked.phase.because : ""}
          onToken={(token) => {
            keep("browser", TOKEN, token);
            link.useToken(token);
          }}
        />
      ) : (
        <>
          <Send uploads={uploads} here={here} canWrite={linked.canWrite} />
          <FolderList
            folder={folder}
            view={here}
            canWrite={linked.canWrite !== false}
            token={kept("browser", TOKEN)}
          />
        </>
      )}
      <section className="card" aria-labelledby="messages">
        <h2 id="messages">What crossed the door</h2>
        <MessageList log={doors.log} />
      </section>
    </main>
  );
}

/** One page at a time remembers what is not complete: what a second tab sends is its own. */
function recallAlone(uploads: Uploads): void {
  // Only pages that came over TLS, or from this machine, have locks.
  if (!("locks" in navigator)) return void uploads.recall();
  void navigator.locks.request("file-transfer uploads", async () => {
    await uploads.recall();
    await new Promise(() => {});
  });
}

function useAddress(folder: Folder): void {
  useEffect(() => {
    const go = (): void => folder.go(folderOf(location.hash));
    window.addEventListener("hashchange", go);
    return () => window.removeEventListener("hashchange", go);
  }, [folder]);
}

function Send(props: { uploads: Uploads; here: FolderView; canWrite: boolean | undefined }): ReactElement {
  const { uploads, here, canWrite } = props;
  const view = useSyncExternalStore(uploads.subscribe, uploads.view);
  return (
    <section className="card" aria-labelledby="send">
      <h2 id="send">Send</h2>
      <DropZone
        folder={here.path}
        canWrite={canWrite}
        onFound={(found) => void uploads.add(found, here.path)}
      />
      <UploadList uploads={uploads} view={view} />
    </section>
  );
}
