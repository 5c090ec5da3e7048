// The echo page: the doors, something to say, the round-trip times, the messages. Knows no socket.
import { useState, type ReactElement } from "react";
import { ConnectionState, DoorPanel, MessageList, useConversation } from "@socketlab/page-kit";
import { echo } from "../src/protocol.ts";
import { Composer } from "./composer.tsx";
import { Pinger } from "./pinger.tsx";
import { RoundTripPlot } from "./round-trip-plot.tsx";
import { RoundTrips } from "./round-trips.ts";

const origin = location.origin.replace(/^http/, "ws");

export function EchoPage(): ReactElement {
  const [trips] = useState(() => new RoundTrips());
  const { conversation, view } = useConversation({
    protocol: echo,
    endpoint: (token) => `${origin}/echo/${token}`,
    onMessage: () => trips.back(performance.now()),
    onLost: () => trips.lose(),
  });
  const open = view.phase.name === "open" || view.phase.name === "slow";
  const say = (message: string | Uint8Array): Promise<void> => {
    trips.out(performance.now());
    return conversation.send(message);
  };
  const kernelMs = view.server?.tcpInfo?.roundTripMs;
  return (
    <main className="page">
      <header className="page-head">
        <div>
          <h1>Echo</h1>
          <p>What you say comes back. Watch how.</p>
        </div>
        <ConnectionState phase={view.phase} onRetry={conversation.retry} />
      </header>
      <section className="card" aria-labelledby="doors">
        <h2 id="doors">Two processes, two doors</h2>
        <DoorPanel view={view} log={conversation.log} serverName="the echo server" />
      </section>
      <div className="columns">
        <section className="card" aria-labelledby="say">
          <h2 id="say">Say something</h2>
          <Composer open={open} onSay={say} />
          <Pinger open={open} onPing={say} />
        </section>
        <section className="card" aria-labelledby="trips">
          <h2 id="trips">Round-trip time</h2>
          <RoundTripPlot trips={trips} kernelMs={kernelMs} />
        </section>
      </div>
      <section className="card" aria-labelledby="messages">
        <h2 id="messages">What crossed the door</h2>
        <MessageList log={conversation.log} />
      </section>
    </main>
  );
}
