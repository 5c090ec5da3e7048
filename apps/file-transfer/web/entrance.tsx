// Asks for the token that the server wants. Knows no conversation.
import { useState, type ReactElement } from "react";
import { EntranceForm, TokenField } from "@socketlab/page-kit";

export function Entrance(props: { why: string; onToken: (token: string) => void }): ReactElement {
  const { why, onToken } = props;
  const [token, setToken] = useState("");
  return (
    <EntranceForm
      hint="Whoever runs the server can make you one. It is kept in this browser."
      onEnter={() => token.trim() !== "" && onToken(token.trim())}
    >
      <TokenField value={token} why={why} onChange={setToken} />
    </EntranceForm>
  );
}
