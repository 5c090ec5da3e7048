// Bytes in hexadecimal: as people write an info-hash, and as the key of a Map. Knows no torrent.

export function hexOf({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString("hex");
}
