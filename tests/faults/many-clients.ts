// Many plain TCP clients in one process. Arguments: port, how many. Says over IPC how many were answered and refused.
import { connect, type Socket } from "node:net";

const [port = 0, count = 0] = process.argv.slice(2).map(Number);
const AT_A_TIME = 500;
const open: Socket[] = [];
let refused = 0;

/** Connects and waits for the echo of its number; false if it was turned away. */
function begin(n: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    socket.on("close", () => resolve(false));
    socket.write(`client ${n}`);
    void (async () => {
      await answered(socket, `client ${n}`);
      open.push(socket);
      resolve(true);
    })();
  });
}

function answered(socket: Socket, text: string): Promise<void> {
  return new Promise((resolve) => {
    let came = "";
    const onData = (chunk: Buffer): void => {
      came += String(chunk);
      if (came !== text) return;
      socket.off("data", onData);
      resolve();
    };
    socket.on("data", onData);
  });
}

for (let n = 0; n < count; n += AT_A_TIME) {
  const batch = Array.from({ length: Math.min(AT_A_TIME, count - n) }, (_, i) => begin(n + i));
  refused += (await Promise.all(batch)).filter((admitted) => !admitted).length;
}
// All at once, once more.
await Promise.all(
  open.map((socket, n) => {
    socket.write(`again ${n}`);
    return answered(socket, `again ${n}`);
  }),
);
process.send?.({ answered: open.length, refused });
process.once("message", () => {
  for (const socket of open) socket.destroy();
  process.disconnect();
});
