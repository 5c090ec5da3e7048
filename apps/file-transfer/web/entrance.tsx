// Asks for the token that the server wants. Knows no conversation.
import { useState, type FormEvent, type ReactElement } from "react";

export function Entrance(props: { why: string; onToken: (token: string) => void }): ReactElement {
  const { why, onToken } = props;
  const [token, setToken] = useState("");
  const enter = (event: FormEvent): void => {
    event.preventDefault();
    if (token.trim() !== "") onToken(token.trim());
  };
  return (
    <section className="card" aria-labelledby="entrance">
      <h2 id="entrance">Who are you?</h2>
      <form className="entrance" onSubmit={enter}>
        <label htmlFor="token">Your token</label>
        <input
          id="token"
          type="text"
          autoComplete="off"
          spellCheck={false}
          className="mono"
          value={token}
          aria-describedby="token-problem"
          onChange={(event) => setToken(event.target.value)}
        />
        <p id="token-problem" className="problem" role="alert">
          The server says: {why}.
        </p>
        <button type="submit">Come in</button>
        <p className="hint">Whoever runs the server can make you one. It is kept in this browser.</p>
      </form>
    </section>
  );
}
