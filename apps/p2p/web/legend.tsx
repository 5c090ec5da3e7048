// What the signs in the picture mean, drawn as they are there. Knows no swarm.
import type { ReactElement, ReactNode } from "react";

export function Legend(): ReactElement {
  return (
    <ul className="legend">
      <Item text="the client of a conversation: it began it">
        <g className="role-sign" data-role="client" transform="translate(20 10)">
          <circle r={8} />
          <text y={4}>C</text>
        </g>
      </Item>
      <Item text="its server: it was contacted">
        <g className="role-sign" data-role="server" transform="translate(20 10)">
          <rect x={-7.5} y={-7.5} width={15} height={15} />
          <text y={4}>S</text>
        </g>
      </Item>
      <Item text="pieces on their way">
        <g className="lane" data-role="client" data-state="flows">
          <line className="lane-line" x1={2} x2={30} y1={10} y2={10} />
          <path className="lane-arrow" d="M38 10l-9 -5v10z" />
        </g>
      </Item>
      <Item text="interested: the receiver wants something">
        <g className="lane" data-role="server" data-state="waits">
          <line className="lane-line" x1={2} x2={38} y1={10} y2={10} />
          <circle className="lane-wish" cx={26} cy={10} r={4} />
        </g>
      </Item>
      <Item text="choked: the sender does not send, for now">
        <g className="lane" data-role="server" data-state="choked">
          <line className="lane-line" x1={2} x2={38} y1={10} y2={10} />
          <path className="lane-gate" d="M8 4v12m4 -12v12" />
        </g>
      </Item>
      <Item text="snubbed: promised a minute ago, and nothing has come">
        <g className="lane" data-role="client" data-state="waits">
          <line className="lane-line" x1={2} x2={38} y1={10} y2={10} />
          <path className="lane-cross" d="M14 4l12 12m0 -12l-12 12" />
        </g>
      </Item>
    </ul>
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
