// One conversation, as the hall remembers it. Decides nothing.
import { TokenBucket, type MessageSocket, type Rate, type Timer } from "@socketlab/core";
import type { Named } from "../names.ts";
import type { FromClient, FromServer } from "../protocol.ts";
import type { Place } from "./room.ts";
import type { Admission } from "./tokens.ts";

export type ChatSocket = MessageSocket<FromClient, FromServer>;

const nowhere: readonly Place[] = [];

export class Member {
  readonly socket: ChatSocket;
  readonly bucket: TokenBucket;
  /** Who it is; undefined until it has said hello and was welcomed. */
  person: Named | undefined;
  /** What its token lets it do, if it came with one. */
  admission: Admission | undefined;
  /** One in each of its rooms. Thousands of members are in one or two: an array is the smallest that holds them. */
  places: readonly Place[] = nowhere;
  /** Messages that the store has not yet answered for. */
  outstanding = 0;
  refusedInARow = 0;
  /** The conversation is over, or its name has gone to somebody else: nothing is done for it any more. */
  isGone = false;
  helloTimer: Timer | undefined;

  constructor(socket: ChatSocket, rate: Rate) {
    this.socket = socket;
    this.bucket = new TokenBucket(rate);
  }

  /** @param name the room's key */
  placeIn(name: string): Place | undefined {
    return this.places.find(({ room }) => room.name === name);
  }

  /** Says something to this one alone. The promise is for those who say much: it settles when there is room. */
  tell(message: FromServer): Promise<void> {
    return this.socket.send(message);
  }
}
