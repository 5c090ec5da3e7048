// Where the prompt is: the folder on the server, and a connection that is made again when it is needed. Knows no command.
import { UsageError } from "@socketlab/core";
import { parsePath } from "../../paths.ts";
import type { Dial } from "../dial.ts";
import type { FileSocket, Remote } from "../remote.ts";

interface Connection {
  readonly stop: AbortController;
  readonly made: Promise<Remote>;
  socket: FileSocket | undefined;
}

export class Session {
  /** Of the server, as `parsePath` returns it. */
  folder = "";
  readonly #dial: Dial;
  readonly #onLost: (error: Error | undefined) => void;
  #connection: Connection | undefined;
  #closing: Promise<unknown> = Promise.resolve();

  /** @param onLost when the server, or the network, has ended the connection */
  constructor(dial: Dial, onLost: (error: Error | undefined) => void) {
    this.#dial = dial;
    this.#onLost = onLost;
  }

  get socket(): FileSocket | undefined {
    return this.#connection?.socket;
  }

  /** Connected, anew if it has to be. @throws what keeps it from connecting. */
  remote(): Promise<Remote> {
    return (this.#connection ??= this.#connect()).made;
  }

  /** Ends all that is under way. The next one to ask connects again. */
  drop(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection === undefined) return;
    connection.stop.abort();
    this.#closing = connection.made.then(
      (remote) => remote[Symbol.asyncDispose](),
      () => {},
    );
  }

  async close(): Promise<void> {
    this.drop();
    await this.#closing;
  }

  /** A path as people write it: from the folder where the prompt is, or with "/" from the top; ".." is one up. */
  resolve(text: string): string {
    const names = text.startsWith("/") || this.folder === "" ? [] : this.folder.split("/");
    for (const name of text.split("/")) {
      if (name === "..") names.pop();
      else if (name !== "" && name !== ".") names.push(name);
    }
    return parsePath(names.join("/"));
  }

  /** @throws UsageError `bad-argument` if it is no folder; what the server refuses. */
  async enter(text: string): Promise<void> {
    const folder = this.resolve(text);
    if (folder !== "") {
      const remote = await this.remote();
      const { entry } = await remote.ask<"stat">({ type: "stat", path: folder });
      if (entry.kind !== "folder")
        throw new UsageError("bad-argument", `${JSON.stringify(folder)} is no folder`);
    }
    this.folder = folder;
  }

  #connect(): Connection {
    const stop = new AbortController();
    const forget = (): boolean => {
      if (this.#connection !== connection) return false;
      this.#connection = undefined;
      return true;
    };
    const make = async (): Promise<Remote> => {
      // What the last one was doing has to be over there, too.
      await this.#closing;
      try {
        const { socket, remote } = await this.#dial(stop.signal);
        connection.socket = socket;
        void socket.closed.then(({ error }) => forget() && this.#onLost(error));
        return remote;
      } catch (error) {
        forget();
        throw error;
      }
    };
    const connection: Connection = { stop, made: make(), socket: undefined };
    return connection;
  }
}
