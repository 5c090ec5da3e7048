// What `get` and `share` do alike: one torrent's session on this peer, observed if that is wanted, and what troubles it told.
import type { Discoveries } from "../discovery/discovery.ts";
import type { Observed } from "../observe/client/observe.ts";
import { Session, type SessionOptions } from "../peer/session.ts";
import { isAnyOn } from "./discovery-flags.ts";
import type { PeerSetting, Tell } from "./peer-flags.ts";
import type { StatusLine } from "./status-line.ts";

export interface TakePartOptions extends Pick<
  SessionOptions,
  "peer" | "metainfo" | "storage" | "peers" | "liars" | "sequential"
> {
  readonly discoveries: Discoveries;
  readonly tell: Tell;
  readonly status: StatusLine;
}

/** A session that has begun; all of it ends when it is disposed of. */
export async function takePart(
  setting: PeerSetting,
  { tell, status, ...options }: TakePartOptions,
): Promise<AsyncDisposable & { readonly session: Session }> {
  const { limits, slots, peers, discovery, observer } = setting;
  await using opened = new AsyncDisposableStack();
  const session = opened.use(new Session({ limits, slots, peers, ...options, ...tellTrouble(tell) }));
  if (options.metainfo.info.isPrivate && isAnyOn(discovery))
    tell(
      { event: "private" },
      "a private torrent: its trackers alone are asked, neither the DHT nor the local network",
    );
  session.start();
  opened.use(
    await observe({
      observer,
      peer: options.peer,
      swarm: session.swarm,
      uploadRate: limits.upload.bytesPerSecond,
      onRefused: (sentence) => status.say(sentence),
    }),
  );
  const all = opened.move();
  return { session, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** What goes wrong, and keeps nobody from going on. */
export function tellTrouble(tell: Tell): Required<Pick<SessionOptions, "onTrackerFailed" | "onUnreadable">> {
  return {
    onTrackerFailed: (url, { message }) =>
      tell({ event: "tracker-failed", url, message }, message.includes(url) ? message : `${url}: ${message}`),
    onUnreadable: ({ message }) =>
      tell({ event: "unreadable", message }, `cannot give to others: ${message}`),
  };
}

/** Tells the observer, if there is one, what goes on. @returns what ends it. */
async function observe({
  observer,
  ...observed
}: Observed & Pick<PeerSetting, "observer">): Promise<AsyncDisposable | undefined> {
  if (observer === undefined) return undefined;
  // Most peers are not observed, and start sooner without.
  return (await import("../observe/client/observe.ts")).observe(observer, observed);
}
