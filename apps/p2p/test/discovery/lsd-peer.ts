// A process that looks for one torrent on the local network: address of the interface, info-hash, port; prints whom it hears.
import { openLsd } from "../../src/discovery/lsd.ts";

const [host = "", hex = "", port = ""] = process.argv.slice(2);
try {
  const lsd = await openLsd({ host });
  lsd.onPeer((_, peer) => console.log(`${peer.host} ${peer.port}`));
  lsd.announce(Buffer.from(hex, "hex"), Number(port));
  setTimeout(() => void lsd.close(), 4000);
} catch (error) {
  console.log((error as { code?: string }).code);
}
