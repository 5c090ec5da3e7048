// Rooms as each server speaks of them: joining, saying, and cutting what comes back into frames. It measures nothing.
#include "chat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HANDSHAKE_S 10

static bool is_websocket(enum protocol protocol) { return protocol == CHAT_WEBSOCKET || protocol == SOCKETIO; }

static size_t frame_text(enum protocol protocol, unsigned char *out, const char *text, size_t bytes) {
  if (is_websocket(protocol)) return websocket_frame(out, 1, text, bytes, MASKED);
  memcpy(out, text, bytes);
  out[bytes] = '\n';
  return bytes + 1;
}

void encode_say(const struct options *options, struct say *say, unsigned room, uint64_t number) {
  char head[128], line[MAX_SAY_BYTES];
  const char *tail = "";
  int head_bytes = 0;
  unsigned long long id = (unsigned long long)number;
  enum protocol protocol = options->protocol;
  if (protocol == CHAT || protocol == CHAT_WEBSOCKET) {
    head_bytes = sprintf(head, "{\"type\":\"say\",\"room\":\"room%u\",\"id\":\"%0*llu\",\"text\":\"", room, NUMBER_DIGITS, id);
    tail = "\"}";
  } else if (protocol == SOCKETIO) {
    head_bytes = sprintf(head, "42[\"say\",{\"room\":\"room%u\",\"id\":\"%0*llu\",\"text\":\"", room, NUMBER_DIGITS, id);
    tail = "\"}]";
  }
  size_t overhead = (size_t)head_bytes + strlen(tail);
  if (options->bytes < overhead + NUMBER_DIGITS || options->bytes > MAX_SAY_BYTES / 2)
    fail("a message must have %zu to %d bytes", overhead + NUMBER_DIGITS, MAX_SAY_BYTES / 2);
  say->text_bytes = options->bytes - overhead;
  fill_payload((unsigned char *)say->text, say->text_bytes, (unsigned)(number % 64), true);
  char digits[NUMBER_DIGITS + 1]; // so that no two messages are alike
  snprintf(digits, sizeof digits, "%0*llu", NUMBER_DIGITS, id);
  memcpy(say->text, digits, NUMBER_DIGITS);
  int bytes = snprintf(line, sizeof line, "%.*s%.*s%s", head_bytes, head, (int)say->text_bytes, say->text, tail);
  if (protocol == REDIS)
    say->request_bytes = (size_t)snprintf((char *)say->request, sizeof say->request, "*3\r\n$7\r\nPUBLISH\r\n$5\r\nroom%u\r\n$%d\r\n%s\r\n",
                                          room, bytes, line);
  else say->request_bytes = frame_text(protocol, say->request, line, (size_t)bytes);
}

static size_t line_bytes(const unsigned char *data, size_t count) {
  const unsigned char *end = memchr(data, '\n', count);
  return end == NULL ? 0 : (size_t)(end - data) + 1;
}

// RESP: one line, or an array of lines and of texts that announce their length.
static size_t redis_bytes(const unsigned char *data, size_t count) {
  size_t at = line_bytes(data, count);
  if (at == 0 || data[0] != '*') return at;
  for (int items = atoi((const char *)data + 1); items > 0; items--) {
    size_t line = line_bytes(data + at, count - at);
    if (line == 0) return 0;
    size_t text = data[at] == '$' ? (size_t)atoi((const char *)data + at + 1) + 2 : 0;
    at += line + text;
    if (at > count) return 0;
  }
  return at;
}

static size_t websocket_head_bytes(const unsigned char *data) { return (data[1] & 127) == 126 ? 4 : 2; }

static size_t websocket_bytes(const unsigned char *data, size_t count) {
  if (count < 2 || count < websocket_head_bytes(data)) return 0;
  if ((data[1] & 127) == 127) fail("a WebSocket frame of more than 65,535 bytes came");
  size_t payload = (data[1] & 127) == 126 ? (size_t)(data[2] << 8 | data[3]) : data[1] & 127;
  size_t bytes = websocket_head_bytes(data) + payload;
  return bytes <= count ? bytes : 0;
}

size_t frame_bytes(enum protocol protocol, const unsigned char *data, size_t count) {
  if (is_websocket(protocol)) return websocket_bytes(data, count);
  return protocol == REDIS ? redis_bytes(data, count) : line_bytes(data, count);
}

static bool begins(const unsigned char *data, size_t count, const char *with) {
  return count >= strlen(with) && memcmp(data, with, strlen(with)) == 0;
}

enum frame frame_kind(enum protocol protocol, const unsigned char *frame, size_t count) {
  if (is_websocket(protocol)) {
    if ((frame[0] & 15) == 8) return REFUSED;
    size_t head = websocket_head_bytes(frame);
    frame += head, count -= head;
  }
  static const struct { enum protocol protocol; const char *with; enum frame kind; } known[] = {
      {CHAT, "{\"type\":\"said\"", MESSAGE},     {CHAT, "{\"type\":\"stored\"", STORED},
      {CHAT, "{\"type\":\"joined\"", JOINED},    {CHAT, "{\"type\":\"left\"", LEFT},
      {CHAT, "{\"type\":\"refused\"", REFUSED},  {SOCKETIO, "42[\"said\"", MESSAGE},
      {SOCKETIO, "42[\"joined\"", JOINED},       {REDIS, "*3\r\n$7\r\nmessage\r\n", MESSAGE},
      {REDIS, "*3\r\n$9\r\nsubscribe\r\n", JOINED}, {REDIS, "-", REFUSED},
      {RELAY, "joined\n", JOINED},               {RELAY, "", MESSAGE}};
  if (protocol == CHAT_WEBSOCKET) protocol = CHAT;
  for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
    if (known[i].protocol == protocol && begins(frame, count, known[i].with)) return known[i].kind;
  return OTHER;
}

void fail_refused(const unsigned char *frame, size_t count, unsigned connection) {
  fail("the server refused on connection %u: %.*s", connection, (int)count, (const char *)frame);
}

static void ask(enum protocol protocol, int fd, const char *text) {
  unsigned char out[512];
  size_t bytes = frame_text(protocol, out, text, strlen(text));
  if (write(fd, out, bytes) != (ssize_t)bytes) fail("cannot send %s: %s", text, strerror(errno));
}

// Takes frames until one is the answer, and not a byte more: what follows is the measurement's.
static void await_frame(enum protocol protocol, int fd, unsigned index, enum frame due) {
  unsigned char data[65536];
  double deadline = now_s() + HANDSHAKE_S;
  for (;;) {
    ssize_t seen = recv(fd, data, sizeof data, MSG_PEEK);
    if (seen <= 0) fail("connection %u was not answered: %s", index, seen == 0 ? "end of stream" : strerror(errno));
    size_t bytes = frame_bytes(protocol, data, (size_t)seen);
    if (bytes == 0) {
      if (now_s() > deadline) fail("connection %u: a frame did not end", index);
      usleep(200);
      continue;
    }
    if (recv(fd, data, bytes, 0) != (ssize_t)bytes) fail("connection %u: %s", index, strerror(errno));
    enum frame kind = frame_kind(protocol, data, bytes);
    if (kind == due) return;
    if (kind == REFUSED) fail_refused(data, bytes, index);
    if (now_s() > deadline) fail("connection %u was not answered within %d s", index, HANDSHAKE_S);
  }
}

int open_chat(const struct options *options, unsigned index) {
  if (options->protocol != SOCKETIO && options->protocol < CHAT) fail("rooms are spoken of in chat, chat-ws, socketio, relay and redis only");
  int fd = open_connection(options, index);
  char hello[64];
  snprintf(hello, sizeof hello, "{\"type\":\"hello\",\"name\":\"load%u\"}", index);
  if (options->protocol == CHAT || options->protocol == CHAT_WEBSOCKET) ask(options->protocol, fd, hello);
  return fd;
}

void join_room(const struct options *options, int fd, unsigned index, unsigned room) {
  static const char *const forms[] = {
      [SOCKETIO] = "42[\"join\",\"room%u\"]",
      [CHAT] = "{\"type\":\"join\",\"room\":\"room%u\"}",
      [CHAT_WEBSOCKET] = "{\"type\":\"join\",\"room\":\"room%u\"}",
      [RELAY] = "join", // all are in one room
      [REDIS] = "SUBSCRIBE room%u\r",
  };
  char text[128];
  snprintf(text, sizeof text, forms[options->protocol], room);
  ask(options->protocol, fd, text);
  await_frame(options->protocol, fd, index, JOINED);
}

void leave_room(const struct options *options, int fd, unsigned index, unsigned room) {
  char text[128];
  snprintf(text, sizeof text, "{\"type\":\"leave\",\"room\":\"room%u\"}", room);
  ask(options->protocol, fd, text);
  await_frame(options->protocol, fd, index, LEFT);
}
