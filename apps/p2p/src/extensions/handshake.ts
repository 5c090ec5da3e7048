// The handshake of the extension protocol (BEP 10): which extensions, under which numbers, and what else a peer says of itself.
import { addressFromBytes, addressToBytes } from "@socketlab/core/browser";
import { encode } from "../bencode/encode.ts";
import { isDictionary, textOf, type Dictionary } from "../bencode/value.ts";
import { bytesOrNone, decodePayload, integerWithin } from "./payload.ts";

/** The extensions that we know, and the numbers under which we want their messages. */
export const extensionIds = { ut_pex: 1, ut_metadata: 2, lt_donthave: 3 } as const;
export type ExtensionName = keyof typeof extensionIds;

/** As libtorrent has it. */
export const MAX_METADATA_BYTES = 31_457_280;
/** What a peer takes that does not say. */
export const DEFAULT_MAX_REQUESTS = 250;
const MAX_CLIENT_LENGTH = 64;

/** Everything is optional; what a peer has not said is undefined. */
export interface ExtensionHandshake {
  /** Under which number it wants an extension's messages; 0: no longer. */
  readonly ids?: Partial<Record<ExtensionName, number>> | undefined;
  /** `p`: where it listens. */
  readonly port?: number | undefined;
  /** `v`: which program it is, printable. */
  readonly client?: string | undefined;
  /** `yourip`: from where it sees us come. */
  readonly yourHost?: string | undefined;
  readonly ipv4?: string | undefined;
  readonly ipv6?: string | undefined;
  /** `reqq`: how many requests it keeps. */
  readonly maxRequests?: number | undefined;
  /** `metadata_size` (BEP 9): it has the info dictionary. */
  readonly metadataBytes?: number | undefined;
  /** BEP 21: it wants nothing, whether it has everything or not. */
  readonly isUploadOnly?: boolean | undefined;
}

export function encodeExtensionHandshake(handshake: ExtensionHandshake): Uint8Array {
  const {
    ids = {},
    port,
    client,
    yourHost,
    ipv4,
    ipv6,
    maxRequests,
    metadataBytes,
    isUploadOnly,
  } = handshake;
  const bytes = (host: string | undefined): Uint8Array | undefined =>
    host === undefined ? undefined : addressToBytes(host);
  return encode({
    m: { ...ids },
    p: port,
    v: client,
    yourip: bytes(yourHost),
    ipv4: bytes(ipv4),
    ipv6: bytes(ipv6),
    reqq: maxRequests,
    metadata_size: metadataBytes,
    upload_only: isUploadOnly === undefined ? undefined : Number(isUploadOnly),
  });
}

/** What is not known, or of a wrong kind, is left out. @throws ProtocolError for what is no dictionary. */
export function decodeExtensionHandshake(payload: Uint8Array): ExtensionHandshake {
  const { dictionary } = decodePayload(payload);
  const host = (key: string, length?: number): string | undefined => {
    const bytes = bytesOrNone(dictionary, key);
    if (bytes === undefined || (length !== undefined && bytes.length !== length)) return undefined;
    return addressFromBytes(bytes);
  };
  const v = bytesOrNone(dictionary, "v");
  const uploadOnly = integerWithin(dictionary, "upload_only", 0, Number.MAX_SAFE_INTEGER);
  return {
    ids: idsOf(dictionary),
    port: integerWithin(dictionary, "p", 1, 65_535),
    client: v && printable(textOf(v)),
    yourHost: host("yourip"),
    ipv4: host("ipv4", 4),
    ipv6: host("ipv6", 16),
    maxRequests: integerWithin(dictionary, "reqq", 1, Number.MAX_SAFE_INTEGER),
    metadataBytes: integerWithin(dictionary, "metadata_size", 1, MAX_METADATA_BYTES),
    isUploadOnly: uploadOnly === undefined ? undefined : uploadOnly !== 0,
  };
}

/** A handshake may be sent again: what it says counts from now on, what it does not say stays as it was. */
export function mergeHandshakes(before: ExtensionHandshake, later: ExtensionHandshake): ExtensionHandshake {
  const said = Object.fromEntries(Object.entries(later).filter(([, value]) => value !== undefined));
  return { ...before, ...said, ids: { ...before.ids, ...later.ids } };
}

/** Under which number a peer wants an extension's messages; undefined if it wants none. */
export function idFor(handshake: ExtensionHandshake, name: ExtensionName): number | undefined {
  const id = handshake.ids?.[name];
  return id === 0 ? undefined : id;
}

function idsOf(dictionary: Dictionary): Partial<Record<ExtensionName, number>> {
  const m = dictionary.get("m");
  const ids: Partial<Record<ExtensionName, number>> = {};
  if (m === undefined || !isDictionary(m)) return ids;
  for (const name of Object.keys(extensionIds) as ExtensionName[]) {
    const id = integerWithin(m, name, 0, 255);
    if (id !== undefined) ids[name] = id;
  }
  return ids;
}

/** It ends up in somebody's terminal. */
export function printable(text: string): string {
  return text
    .replace(/[\p{C}\p{Z}]+/gu, " ")
    .trim()
    .slice(0, MAX_CLIENT_LENGTH);
}
