// Asks who one wants to be, and says at once what is wrong with it. Knows no conversation.
import { useState, type ReactElement } from "react";
import { EntranceForm, TokenField } from "@socketlab/page-kit";
import { nameRule, parseName } from "../src/names.ts";
import type { Identity } from "./identity.ts";

export interface EntranceProps {
  readonly initialName: string;
  /** The server's word on the last try. */
  readonly refusal: { readonly code: string; readonly why: string } | undefined;
  readonly onEnter: (identity: Identity) => void;
}

export function Entrance({ initialName, refusal, onEnter }: EntranceProps): ReactElement {
  const [name, setName] = useState(initialName);
  const [token, setToken] = useState("");
  const [touched, setTouched] = useState(false);
  const wantsToken = refusal?.code === "token-needed" || refusal?.code === "bad-token";
  const isWrong = parseName(name) === undefined && (name !== "" || touched);
  const isRefused = refusal !== undefined && name === initialName && !wantsToken;
  const problem = isWrong
    ? `A name has ${nameRule}.`
    : isRefused
      ? `That name was refused: ${refusal.why}.`
      : "";

  const enter = (): void => {
    setTouched(true);
    const parsed = parseName(name);
    if (parsed === undefined) return;
    onEnter({ name: parsed.shown, token: token.trim() === "" ? undefined : token.trim() });
  };
  const hint = wantsToken ? (
    <>
      Whoever runs the server makes a token: <code>chat token --name NAME --secret-file FILE</code>.
    </>
  ) : (
    "Kept in this browser with a secret key, so that you can come back as the same person."
  );
  return (
    <EntranceForm hint={hint} onEnter={enter}>
      <label htmlFor="name">Your name</label>
      <input
        id="name"
        type="text"
        autoComplete="nickname"
        spellCheck={false}
        dir="auto"
        value={name}
        aria-invalid={problem !== ""}
        aria-describedby="name-problem"
        onChange={(event) => setName(event.target.value)}
      />
      <p id="name-problem" className="problem" role="alert">
        {problem}
      </p>
      {wantsToken && <TokenField value={token} why={refusal.why} onChange={setToken} />}
    </EntranceForm>
  );
}
