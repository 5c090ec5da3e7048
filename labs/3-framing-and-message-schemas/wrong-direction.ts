// Chapter 3: mistakes that do not compile. Each line marked so must be an error, or compiling this file is one.
import { connect } from "@socketlab/core";
import { game } from "./protocol.ts";

await using socket = await connect(game, "tcp://127.0.0.1:7030");

// @ts-expect-error: a client does not answer, it guesses.
await socket.send({ type: "answer", verdict: "right" });

// @ts-expect-error: a number is a number.
await socket.send({ type: "guess", number: "42" });

const message = await socket.receive();
if (message?.type === "answer") {
  // @ts-expect-error: "nearly" is not one of the three verdicts.
  if (message.verdict === "nearly") console.log("so close");
}
