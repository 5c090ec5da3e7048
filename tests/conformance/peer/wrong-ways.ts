// In which ways the small peer can be wrong on purpose, and which check is to catch each. Knows no peer.

export const planted = {
  "greets-all": "seed-other-torrent", // answers whatever the info-hash
  "spare-bits": "seed-bitfield", // sets those behind the last piece
  "speaks-fast-to-all": "seed-no-extensions",
  "never-unchokes": "seed-unchoke",
  flips: "seed-request", // sends a wrong byte
  "drops-some": "seed-pipeline", // forgets every tenth request
  "hates-keep-alives": "seed-keep-alive",
  "serves-choked": "seed-choked-silence",
  pads: "seed-beyond: across the piece's end", // sends zeros for what nobody has
  "serves-one": "seed-two-at-once", // unchokes one at a time, for ever
  "never-rejects": "seed-fast-choked-reject",
  "answers-twice": "seed-fast-each-answered", // rejects what is cancelled, and sends it
  "keeps-pushers": "seed-fast-unasked",
  "allows-any": "seed-fast-allowed-set", // the set of another address
  "own-number": "seed-metadata", // answers with the number that it has given, not that which it was given
  "all-metadata": "seed-metadata-beyond",
  "never-disables": "seed-metadata-disabled",
  "tells-all": "private-no-peer-exchange",
  "falls-over": "seed-bad: a message of 4 GiB", // ends as a process
  "asks-choked": "leecher-patience",
  "always-interested": "leecher-interest",
  "stays-interested": "leecher-interest-ends",
  "asks-large": "leecher-block-size",
  "asks-all": "leecher-only-what-is-there",
  "one-at-a-time": "leecher-pipeline",
  "ignores-reqq": "leecher-reqq",
  "in-order": "leecher-rarest-first",
  "never-asks-again": "leecher-choke",
  "waits-for-ever": "leecher-end-game",
  believes: "leecher-hash", // takes a piece whatever its hash says
  "tells-early": "leecher-have",
  "takes-anything": "leecher-unasked",
  "begins-anew": "leecher-resume",
  trusts: "leecher-resume-changed",
  "dials-nobody": "leecher-dials",
  "says-nothing-of-it": "leecher-completed",
} as const;

export type Way = "nothing" | keyof typeof planted;
