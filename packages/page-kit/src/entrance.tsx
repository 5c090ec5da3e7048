// Who comes in says who he is: the form around it, and the field for a token. Knows no server, and not what else is asked.
import type { FormEvent, ReactElement, ReactNode } from "react";

/** @param props.children what is asked, as labels and fields. */
export function EntranceForm(props: {
  readonly children: ReactNode;
  readonly hint: ReactNode;
  readonly onEnter: () => void;
}): ReactElement {
  const { children, hint, onEnter } = props;
  const enter = (event: FormEvent): void => {
    event.preventDefault();
    onEnter();
  };
  return (
    <section className="card" aria-labelledby="entrance">
      <h2 id="entrance">Who are you?</h2>
      <form className="entrance" onSubmit={enter}>
        {children}
        <button type="submit">Come in</button>
        <p className="hint">{hint}</p>
      </form>
    </section>
  );
}

/** @param props.why the server's word on the last one, or on there being none. */
export function TokenField(props: {
  readonly value: string;
  readonly why: string;
  readonly onChange: (token: string) => void;
}): ReactElement {
  const { value, why, onChange } = props;
  return (
    <>
      <label htmlFor="token">Your token</label>
      <input
        id="token"
        type="text"
        autoComplete="off"
        spellCheck={false}
        className="mono"
        value={value}
        aria-describedby="token-problem"
        onChange={(event) => onChange(event.target.value)}
      />
      <p id="token-problem" className="problem" role="alert">
        The server says: {why}.
      </p>
    </>
  );
}
