// What the signs in the picture mean, drawn as they are there. Knows no swarm.
import type { ReactElement, ReactNode } from "react";

export function Legend(): ReactElement {
  return (
    <ul className="legend">
      <Item text="the client of a conversation: it began it">
        <RoleSign role="client" letter="C">
          <circle r={8} />
        </RoleSign>
      </Item>
      <Item text="its server: it was contacted">
        <RoleSign role="server" letter="S">
          <rect x={-7.5} y={-7.5} width={15} height={15} />
        </RoleSign>
      </Item>
      <Item text="pieces on their way">
        <Lane role="client" state="flows">
          <path className="lane-arrow" d="M38 10l-9 -5v10z" />
        </Lane>
      </Item>
      <Item text="interested: the receiver wants something">
        <Lane role="server" state="waits">
          <circle className="lane-wish" cx={26} cy={10} r={4} />
        </Lane>
      </Item>
      <Item text="choked: the sender does not send, for now">
        <Lane role="server" state="choked">
          <path className="lane-gate" d="M8 4v12m4 -12v12" />
        </Lane>
      </Item>
      <Item text="snubbed: promised a minute ago, and nothing has come">
        <Lane role="client" state="waits">
          <path className="lane-cross" d="M14 4l12 12m0 -12l-12 12" />
        </Lane>
      </Item>
    </ul>
  );
}

interface SignProps {
  readonly role: "client" | "server";
  readonly children: ReactNode;
}

function RoleSign({ role, letter, children }: SignProps & { readonly letter: string }): ReactElement {
  return (
    <g className="role-sign" data-role={role} transform="translate(20 10)">
      {children}
      <text y={4}>{letter}</text>
    </g>
  );
}

function Lane({
  role,
  state,
  children,
}: SignProps & { readonly state: "flows" | "waits" | "choked" }): ReactElement {
  return (
    <g className="lane" data-role={role} data-state={state}>
      {/* It ends below the arrow's head. */}
      <line className="lane-line" x1={2} x2={state === "flows" ? 30 : 38} y1={10} y2={10} />
      {children}
    </g>
  );
}

function Item({ text, children }: { text: string; children: ReactNode }): ReactElement {
  return (
    <li>
      <svg viewBox="0 0 40 20" width={40} height={20} aria-hidden="true">
        {children}
      </svg>
      {text}
    </li>
  );
}
