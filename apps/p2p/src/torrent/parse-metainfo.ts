// A .torrent file (BEP 3, 12): the info dictionary, and where to find others who have it. Reads no file.
import { ProtocolError } from "@socketlab/core/browser";
import { decodeParts } from "../bencode/decode.ts";
import { integerAt, isList, listAt, textAt, textOf, type Dictionary, type Value } from "../bencode/value.ts";
import type { Metainfo } from "./info.ts";
import { parseInfo } from "./parse-info.ts";

/** @throws ProtocolError `bad-bencode`, `bad-torrent`, `bad-name`, `v2-only`. */
export function parseMetainfo(bytes: Uint8Array): Metainfo {
  const { value, parts } = decodeParts(bytes);
  const info = parts.get("info");
  if (info === undefined) throw new ProtocolError("bad-torrent", 'it has no "info", and so is no torrent');
  return {
    info: parseInfo(info),
    trackers: trackersOf(value),
    comment: textAt(value, "comment.utf-8") ?? textAt(value, "comment"),
    createdBy: textAt(value, "created by"),
    creationDate: integerAt(value, "creation date"),
  };
}

/** Where there is a list of tiers, `announce` does not count (BEP 12); and some have an empty list. */
function trackersOf(metainfo: Dictionary): string[][] {
  const tiers = (listAt(metainfo, "announce-list") ?? []).map(urlsOf).filter((tier) => tier.length > 0);
  const announce = textAt(metainfo, "announce") ?? "";
  return tiers.length === 0 && announce !== "" ? [[announce]] : tiers;
}

/** Some write a tier of one tracker without its list. */
function urlsOf(tier: Value): string[] {
  return (isList(tier) ? tier : [tier])
    .map((url) => {
      if (url instanceof Uint8Array) return textOf(url).trim();
      throw new ProtocolError("bad-torrent", "its trackers are not all strings");
    })
    .filter((url) => url !== "");
}
