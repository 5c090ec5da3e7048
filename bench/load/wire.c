// The messages as bytes: what is sent, and exactly what must come back. It does no I/O.
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OVERHEAD 128 // more than any framing below adds to a payload

void fill_payload(unsigned char *out, size_t bytes, unsigned slot, bool text) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .";
  uint32_t state = 2463534242u + slot * 2654435761u;
  for (size_t i = 0; i < bytes; i++) {
    state ^= state << 13, state ^= state >> 17, state ^= state << 5; // xorshift32
    out[i] = text ? (unsigned char)letters[state % 64] : (unsigned char)state;
  }
}

// RFC 6455, section 5.2. A client must mask and a server must not. One fixed mask costs a server as much as a new one each time.
size_t websocket_frame(unsigned char *out, unsigned char opcode, const void *payload, size_t bytes, enum masking masking) {
  static const unsigned char masks[][4] = {{0}, {0}, {0x37, 0xfa, 0x21, 0x3d}};
  const unsigned char *mask = masks[masking];
  size_t at = 0;
  unsigned char mask_bit = masking == UNMASKED ? 0 : 0x80;
  out[at++] = 0x80 | opcode;
  if (bytes < 126) {
    out[at++] = (unsigned char)(mask_bit | bytes);
  } else {
    unsigned length_bytes = bytes < 65536 ? 2 : 8;
    out[at++] = mask_bit | (length_bytes == 2 ? 126 : 127);
    for (unsigned i = length_bytes; i-- > 0;) out[at++] = (unsigned char)((uint64_t)bytes >> (8 * i));
  }
  if (masking != UNMASKED) {
    memcpy(out + at, mask, 4);
    at += 4;
  }
  for (size_t i = 0; i < bytes; i++) out[at + i] = ((const unsigned char *)payload)[i] ^ mask[i % 4];
  return at + bytes;
}

// One message of `bytes` payload as a client sends it (`reply` false) or as the server must answer it.
static size_t encode(enum protocol protocol, unsigned char *out, unsigned slot, size_t bytes, bool reply) {
  if (protocol == LINES) { // here `bytes` is the length of the client's line, without its end
    char head[MAX_OVERHEAD];
    int head_bytes = snprintf(head, sizeof head, "{\"type\":\"say\",\"room\":\"lobby\",\"id\":\"m-%06u\",\"text\":\"", slot);
    if (bytes < (size_t)head_bytes + 3) fail("a line needs at least %d bytes", head_bytes + 3);
    size_t text_bytes = bytes - (size_t)head_bytes - 2;
    if (reply) head_bytes = snprintf(head, sizeof head, "{\"type\":\"said\",\"room\":\"lobby\",\"id\":\"m-%06u\",\"text\":\"", slot);
    memcpy(out, head, (size_t)head_bytes);
    fill_payload(out + head_bytes, text_bytes, slot, true);
    memcpy(out + (size_t)head_bytes + text_bytes, "\"}\n", 3);
    return (size_t)head_bytes + text_bytes + 3;
  }
  if (protocol == SOCKETIO) { // "4" message of engine.io, "2" event of socket.io
    unsigned char *packet = malloc(bytes + MAX_OVERHEAD);
    size_t head_bytes = (size_t)sprintf((char *)packet, "42[\"echo\",\"");
    fill_payload(packet + head_bytes, bytes, slot, true);
    memcpy(packet + head_bytes + bytes, "\"]", 2);
    size_t total = websocket_frame(out, 1, packet, head_bytes + bytes + 2, reply ? UNMASKED : MASKED);
    free(packet);
    return total;
  }
  if (protocol == WEBSOCKET || protocol == WEBSOCKET_ZERO_MASK) {
    enum masking masking = reply ? UNMASKED : protocol == WEBSOCKET ? MASKED : ZERO_MASK;
    unsigned char *payload = malloc(bytes);
    fill_payload(payload, bytes, slot, false);
    size_t total = websocket_frame(out, 2, payload, bytes, masking);
    free(payload);
    return total;
  }
  if (protocol == PREFIXED) { // u32 big-endian length of what follows, id 1, data
    uint32_t length = (uint32_t)bytes + 1;
    for (int i = 0; i < 4; i++) out[i] = (unsigned char)(length >> (24 - 8 * i));
    out[4] = 1;
    fill_payload(out + 5, bytes, slot, false);
    return bytes + 5;
  }
  fill_payload(out, bytes, slot, false); // raw, UDP, TLS
  return bytes;
}

static unsigned char *encode_ring(enum protocol protocol, unsigned slots, size_t bytes, bool reply, size_t *message_bytes) {
  unsigned char *ring = malloc(2 * slots * (bytes + MAX_OVERHEAD));
  if (ring == NULL) fail("not enough memory for %u messages of %zu bytes", slots, bytes);
  size_t at = 0;
  for (unsigned i = 0; i < 2 * slots; i++) {
    *message_bytes = encode(protocol, ring + at, i % slots, bytes, reply);
    at += *message_bytes;
  }
  return ring;
}

struct wire encode_messages(enum protocol protocol, unsigned slots, size_t bytes) {
  struct wire wire = {.slots = slots};
  wire.requests = encode_ring(protocol, slots, bytes, false, &wire.request_bytes);
  wire.replies = encode_ring(protocol, slots, bytes, true, &wire.reply_bytes);
  return wire;
}

void check_reply(const unsigned char *got, const unsigned char *due, size_t count, uint64_t offset, unsigned connection) {
  if (memcmp(got, due, count) == 0) return;
  size_t at = 0;
  while (got[at] == due[at]) at++;
  fail("wrong reply on connection %u: byte %llu is 0x%02x, must be 0x%02x", connection, (unsigned long long)(offset + at),
       got[at], due[at]);
}
