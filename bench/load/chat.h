// What the modes with rooms share. It knows nothing of what is measured.
#ifndef CHAT_H
#define CHAT_H

#include "load.h"

#define MAX_SAY_BYTES 8192
#define NUMBER_DIGITS 10

// One message as it is sent, and the text by which it is known again. Both begin anew with each number.
struct say {
  unsigned char request[MAX_SAY_BYTES];
  size_t request_bytes;
  char text[MAX_SAY_BYTES];
  size_t text_bytes;
};

// What a frame from the server is to us.
enum frame { MESSAGE, JOINED, STORED, LEFT, REFUSED, OTHER };

// Message `number` of `options->bytes` bytes: the line, the event's JSON or the payload, without framing.
void encode_say(const struct options *options, struct say *say, unsigned room, uint64_t number);
// The bytes of the first frame, framing included; 0 if it is not complete.
size_t frame_bytes(enum protocol protocol, const unsigned char *data, size_t count);
enum frame frame_kind(enum protocol protocol, const unsigned char *frame, size_t count);
_Noreturn void fail_refused(const unsigned char *frame, size_t count, unsigned connection);

// Opens connection number `index` and gives it a name, where the protocol has names.
int open_chat(const struct options *options, unsigned index);
void join_room(const struct options *options, int fd, unsigned index, unsigned room);
void leave_room(const struct options *options, int fd, unsigned index, unsigned room);

// Delays in steps of 1 µs up to 2 s; longer ones count as 2 s.
struct delays;
struct delays *new_delays(void);
void add_delay(struct delays *delays, double seconds, unsigned times);
double delay_percentile_us(const struct delays *delays, double percent);

#endif
