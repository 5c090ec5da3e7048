// What a door's state says, in the words of the picture; and who measured it. Draws nothing.
import type { DoorState } from "@socketlab/core";
import { bytesText, countText, millisecondsText } from "../format.ts";
import type { Fill } from "./house.tsx";

const unknown = "—";
/** At this much unsent a page is made to wait. */
const PAGE_ROOM_BYTES = 64 * 1024;
const PAGE_UNREAD_BYTES = 128 * 1024;

function fill(label: string, bytes: number | undefined, ofBytes: number | undefined): Fill {
  if (bytes === undefined) return { label, value: "not known", part: undefined };
  const value = ofBytes === undefined ? bytesText(bytes) : `${bytesText(bytes)} of ${bytesText(ofBytes)}`;
  return { label, value, part: ofBytes === undefined ? undefined : bytes / ofBytes };
}

/** The buffers of a page: only those in front of the operating system. */
export function pageFills(state: DoorState | undefined): Fill[] {
  return [
    fill("waiting to be sent", state?.sendQueueBytes, PAGE_ROOM_BYTES),
    fill("received, not read", state?.receiveQueueBytes, PAGE_UNREAD_BYTES),
  ];
}

/** The buffers of a server: in the process and in the operating system together. */
export function serverFills(state: DoorState | undefined): Fill[] {
  const notSent = state && state.sendQueueBytes + (state.tcpInfo?.notSentBytes ?? 0);
  return [
    fill("send buffer", notSent, state?.sendBufferBytes),
    fill("receive buffer", state?.receiveQueueBytes, state?.receiveBufferBytes),
  ];
}

export function segmentNote(state: DoorState | undefined): string {
  const bytes = state?.maxSegmentBytes ?? state?.tcpInfo?.sendMaxSegmentBytes;
  return bytes === undefined
    ? "maximum segment size: not known"
    : `maximum segment size ${countText(bytes)} bytes`;
}

/** What the network between does, as the server's kernel sees it. */
export function networkLines(state: DoorState | undefined): {
  trip: string;
  lines: string[];
  measured: string;
} {
  const info = state?.tcpInfo;
  if (info === undefined) {
    return {
      trip: "",
      lines: [],
      measured: state === undefined ? "" : "the server's system does not tell more",
    };
  }
  const { roundTripMs, roundTripVarianceMs, congestionWindowSegments, retransmits } = info;
  return {
    trip: roundTripMs === undefined ? unknown : millisecondsText(roundTripMs),
    lines: [
      `round trip${roundTripVarianceMs === undefined ? "" : ` (± ${millisecondsText(roundTripVarianceMs)})`}`,
      `congestion window ${congestionWindowSegments === undefined ? unknown : `${countText(congestionWindowSegments)} segments`}`,
      `sent again: ${retransmits === undefined ? unknown : `${countText(retransmits)} segments`}`,
    ],
    measured: "measured by the server’s kernel",
  };
}

/** Every number of the picture as text: what, on which side, and who says so. */
export function tableRows(
  client: DoorState | undefined,
  server: DoorState | undefined,
): [string, string, string][] {
  const count = (value: number | undefined): string => (value === undefined ? unknown : countText(value));
  const bytes = (value: number | undefined): string => (value === undefined ? unknown : bytesText(value));
  const address = (end: DoorState["local"] | undefined): string =>
    end === undefined || end.host === "" ? unknown : `${end.host} : ${end.port}`;
  return [
    ["address and port", `${address(server?.remote)} (the server says so)`, address(server?.local)],
    ["address as a number", count(server?.remote.addressInteger), count(server?.local.addressInteger)],
    ["process id", "not told to a page", server?.pid === undefined ? unknown : String(server.pid)],
    ["messages in", count(client?.messagesIn), count(server?.messagesIn)],
    ["messages out", count(client?.messagesOut), count(server?.messagesOut)],
    ["bytes in", bytes(client?.bytesIn), bytes(server?.bytesIn)],
    ["bytes out", bytes(client?.bytesOut), bytes(server?.bytesOut)],
    ["received, not read", bytes(client?.receiveQueueBytes), bytes(server?.receiveQueueBytes)],
    ["waiting to be sent", bytes(client?.sendQueueBytes), bytes(server?.sendQueueBytes)],
    ["send buffer", "not told to a page", bytes(server?.sendBufferBytes)],
    ["receive buffer", "not told to a page", bytes(server?.receiveBufferBytes)],
    ["maximum segment size", "not told to a page", bytes(server?.maxSegmentBytes)],
  ];
}
