// Who may do what: whoever shows a token, whoever shows none. Knows no conversation and no HTTP.
import { TokenError, verifyToken } from "@socketlab/core/server-kit";
import { Refusal } from "./refusal.ts";
import { allows, describeScope, everything, nothing, scopeOf, type Action, type Scope } from "./scope.ts";

/** Somebody whose token has been looked at. */
export interface Visitor {
  readonly scope: Scope;
  /** Milliseconds since 1970; undefined: there is no end. */
  readonly expiresAtMs?: number;
  /**
   * To be asked before anything is read or written.
   * @param path as `parsePath` returns it
   * @throws Refusal `token-needed`, `not-allowed`; TokenError `bad-token` when it has expired meanwhile.
   */
  assertMay(action: Action, path: string): void;
}

/** The same, for whoever it is now. @returns the path. */
export type May = (action: Action, path: string) => string;

export interface GateOptions {
  /** What signs tokens. Undefined: everybody may do everything, and tokens say nothing. */
  readonly secret?: Uint8Array | undefined;
  readonly isReadOnly?: boolean;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export class Gate {
  /** Who has shown no token. */
  readonly stranger: Visitor;
  readonly #options: GateOptions;
  readonly #now: () => number;

  constructor(options: GateOptions = {}) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    const needsToken = options.secret !== undefined;
    const scope = this.#limit(needsToken ? nothing : everything);
    this.stranger = {
      scope,
      assertMay: (action) => {
        if (needsToken) throw new Refusal("token-needed", "this server asks for a token");
        this.#assertOpen(action);
      },
    };
  }

  /** @throws TokenError `bad-token`. */
  async admit(token: string | undefined): Promise<Visitor> {
    const { secret } = this.#options;
    if (secret === undefined || token === undefined) return this.stranger;
    const { expiresAtMs, claims } = await verifyToken(secret, token, this.#now());
    const granted = scopeOf(claims);
    return {
      scope: this.#limit(granted),
      expiresAtMs,
      assertMay: (action, path) => {
        if (this.#now() >= expiresAtMs) throw new TokenError("bad-token", "the token has expired");
        this.#assertOpen(action);
        if (!allows(granted, action, path))
          throw new Refusal(
            "not-allowed",
            `this token does not allow to ${action} ${path === "" ? "everything" : JSON.stringify(path)}; it allows to ${describeScope(granted)}`,
          );
      },
    };
  }

  #limit(scope: Scope): Scope {
    return this.#options.isReadOnly === true ? { ...scope, write: [] } : scope;
  }

  #assertOpen(action: Action): void {
    if (action === "write" && this.#options.isReadOnly === true)
      throw new Refusal("not-allowed", "this server is read-only");
  }
}
