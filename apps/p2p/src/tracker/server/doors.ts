// The doors at which a tracker waits. People write http://; the door behind is the one that core has for HTTP. Opens none.
import { formatEndpoint, UsageError, type Endpoint } from "@socketlab/core";
import { parseDoors } from "@socketlab/core/server-kit";

export const trackerDoors: readonly string[] = ["http://127.0.0.1:6969", "udp://127.0.0.1:6969"];

/** @throws UsageError `bad-endpoint`, `bad-door`. */
export function readDoors(texts: readonly string[]): Endpoint[] {
  const doors = texts.length === 0 ? trackerDoors : texts;
  for (const text of doors)
    if (!/^(https?|udp):\/\//iu.test(text))
      throw new UsageError(
        "bad-door",
        `${text} is no door of a tracker: there are http://, https:// and udp://`,
      );
  return parseDoors(doors.map(fromHttp), [], () => undefined);
}

/** As people write it: what clients announce to. */
export function showDoor(endpoint: Endpoint): string {
  const url = formatEndpoint(endpoint);
  return isHttp(endpoint.transport) ? `${inHttpWords(url)}/announce` : url;
}

/** `ws://127.0.0.1:6969` in a sentence, as http://. */
export function inHttpWords(text: string): string {
  return text.replaceAll(/\bws(s?):\/\//g, "http$1://");
}

function fromHttp(text: string): string {
  const bare = text.replace(/^(https?:\/\/[^/?#]*)\/(?:announce)?$/i, "$1");
  if (/^https?:\/\/[^/?#]*[/?#]/i.test(bare))
    throw new UsageError("bad-door", `${text}: a tracker's door has no path but /announce`);
  return bare.replace(/^http(s?):\/\//i, "ws$1://");
}

function isHttp(transport: Endpoint["transport"]): boolean {
  return transport === "ws" || transport === "wss";
}
