// What the files of the load generator share. It knows nothing of what kind of server it talks to.
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Of the two WebSockets the second masks with zero, which spares the server the unmasking of every byte.
// The last four, and socket.io, are spoken where many share a room (chat.c).
enum protocol { RAW, PREFIXED, LINES, WEBSOCKET, WEBSOCKET_ZERO_MASK, SOCKETIO, UDP, TLS, CHAT, CHAT_WEBSOCKET, RELAY, REDIS };

struct options {
  enum protocol protocol;
  const char *host; // IPv4, dotted
  int port;
  pid_t pid;        // of the server, whose CPU time is read; 0 if unknown
  unsigned connections;
  unsigned rooms;   // over which the connections are spread
  unsigned window;  // messages in flight on each connection
  unsigned visits;  // members: how often each room is joined and left, four times over
  size_t bytes;     // payload of a message
  double warmup_s, measure_s;
  bool one_core;    // ping-pong: client and server on one core
};

// All messages, encoded beforehand. Message n on the wire is slot n % slots, and so is the reply that is due for it.
// Both rings are laid down twice in a row, so that up to `slots` messages from any slot are one run of bytes.
struct wire {
  unsigned slots;
  size_t request_bytes, reply_bytes; // of one message, framing included; all messages have the same size
  unsigned char *requests, *replies;
};

_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
double now_s(void);
double cpu_s(pid_t pid);

enum masking { UNMASKED, ZERO_MASK, MASKED };
size_t websocket_frame(unsigned char *out, unsigned char opcode, const void *payload, size_t bytes, enum masking masking);
// A different payload for each slot, the same in every run; `text` keeps to letters that JSON need not escape.
void fill_payload(unsigned char *out, size_t bytes, unsigned slot, bool text);

struct wire encode_messages(enum protocol protocol, unsigned slots, size_t bytes);
void check_reply(const unsigned char *got, const unsigned char *due, size_t count, uint64_t offset, unsigned connection);

// Opens connection number `index` and speaks its opening handshake, if there is one. The descriptor is blocking.
int open_connection(const struct options *options, unsigned index);

void run_throughput(const struct options *options);
void run_ping_pong(const struct options *options);
void run_idle(const struct options *options);
void run_fan_out(const struct options *options);
void run_stored(const struct options *options);
void run_members(const struct options *options);

// TLS over a connected descriptor. Fails if this program was built without OpenSSL.
void *tls_open(int fd);
ssize_t tls_write(void *session, const void *data, size_t count);
ssize_t tls_read(void *session, void *data, size_t count);

#endif
