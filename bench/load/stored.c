// Stored: many senders, a window of messages in flight on each; a message is done when the server has acknowledged that it is
// stored. What is said to the senders' rooms comes back to them, too, and is thrown away.
#include "chat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define READ_BYTES (256 * 1024)
#define REST_BYTES 65536
#define STALL_S 10
#define MAX_WINDOW 64

struct sender {
  int fd;
  unsigned room;
  uint64_t next, lowest;         // the next message; the first one that is not acknowledged
  bool acknowledged[MAX_WINDOW]; // by number % MAX_WINDOW, from `lowest` on
  double sent_at[MAX_WINDOW];
  unsigned char rest[REST_BYTES];
  size_t rest_bytes;
};

static const struct options *options;
static struct sender *senders;
static struct delays *delays; // once it is measured
static uint64_t total_acknowledged;

static void send_more(unsigned index) {
  static unsigned char requests[MAX_WINDOW * MAX_SAY_BYTES];
  static struct say say;
  struct sender *sender = &senders[index];
  size_t bytes = 0;
  for (double time = now_s(); sender->next < sender->lowest + options->window; sender->next++) {
    encode_say(options, &say, sender->room, sender->next);
    memcpy(requests + bytes, say.request, say.request_bytes);
    bytes += say.request_bytes;
    sender->acknowledged[sender->next % MAX_WINDOW] = false;
    sender->sent_at[sender->next % MAX_WINDOW] = time;
  }
  if (bytes > 0 && write(sender->fd, requests, bytes) != (ssize_t)bytes) fail("sender %u cannot send: %s", index, strerror(errno));
}

static void acknowledge(unsigned index, const unsigned char *frame, size_t bytes) {
  struct sender *sender = &senders[index];
  const char *id = memmem(frame, bytes, "\"id\":\"", 6);
  uint64_t number = id == NULL ? UINT64_MAX : strtoull(id + 6, NULL, 10);
  if (number < sender->lowest || number >= sender->next || sender->acknowledged[number % MAX_WINDOW])
    fail("sender %u: a message is acknowledged that is not in flight: %.*s", index, (int)bytes, (const char *)frame);
  sender->acknowledged[number % MAX_WINDOW] = true;
  if (delays != NULL) add_delay(delays, now_s() - sender->sent_at[number % MAX_WINDOW], 1);
  total_acknowledged++;
  while (sender->lowest < sender->next && sender->acknowledged[sender->lowest % MAX_WINDOW]) sender->lowest++;
}

static void receive(unsigned index) {
  static unsigned char buffer[REST_BYTES + READ_BYTES];
  struct sender *sender = &senders[index];
  memcpy(buffer, sender->rest, sender->rest_bytes);
  ssize_t got = read(sender->fd, buffer + sender->rest_bytes, READ_BYTES);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) fail("the server ended connection %u: %s", index, got == 0 ? "end of stream" : strerror(errno));
  size_t at = 0, count = sender->rest_bytes + (size_t)got;
  for (size_t bytes; at < count && (bytes = frame_bytes(options->protocol, buffer + at, count - at)) > 0; at += bytes) {
    enum frame kind = frame_kind(options->protocol, buffer + at, bytes);
    if (kind == REFUSED) fail_refused(buffer + at, bytes, index);
    if (kind == STORED) acknowledge(index, buffer + at, bytes);
  }
  sender->rest_bytes = count - at;
  if (sender->rest_bytes > REST_BYTES) fail("connection %u: a frame does not end", index);
  memcpy(sender->rest, buffer + at, sender->rest_bytes);
}

void run_stored(const struct options *given) {
  options = given;
  if (options->protocol != CHAT && options->protocol != CHAT_WEBSOCKET) fail("only chat and chat-ws acknowledge what is stored");
  if (options->window > MAX_WINDOW) fail("at most %d messages in flight", MAX_WINDOW);
  senders = calloc(options->connections, sizeof *senders);
  int poller = epoll_create1(0);
  for (unsigned i = 0; i < options->connections; i++) {
    senders[i].fd = open_chat(options, i);
    senders[i].room = i % options->rooms;
    join_room(options, senders[i].fd, i, senders[i].room);
    fcntl(senders[i].fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, senders[i].fd, &event) != 0) fail("epoll_ctl: %s", strerror(errno));
  }
  for (unsigned i = 0; i < options->connections; i++) send_more(i);

  // Three phases: warm up, measure, then say nothing more and wait for every acknowledgement that is still due.
  enum { WARM_UP, MEASURE, DRAIN } phase = WARM_UP;
  double began = now_s(), cpu_began = 0, seconds = 0, cpu = 0, progressed = began;
  struct delays *counted = new_delays();
  uint64_t before = 0, measured = 0;
  for (unsigned done = 0; done < options->connections;) {
    struct epoll_event events[256];
    // Sleeps where throughput polls: the disk decides, and the server's other threads need the core.
    int count = epoll_wait(poller, events, 256, 10);
    uint64_t total_before = total_acknowledged;
    for (int i = 0; i < count; i++) {
      receive(events[i].data.u32);
      if (phase != DRAIN) send_more(events[i].data.u32);
    }
    double time = now_s();
    if (total_acknowledged > total_before) progressed = time;
    else if (time - progressed > STALL_S) fail("nothing was acknowledged for %d s", STALL_S);
    if (phase == WARM_UP && time - began >= options->warmup_s) {
      phase = MEASURE, began = time, cpu_began = cpu_s(options->pid), before = total_acknowledged, delays = counted;
    } else if (phase == MEASURE && time - began >= options->measure_s) {
      phase = DRAIN, seconds = time - began, cpu = cpu_s(options->pid) - cpu_began, measured = total_acknowledged - before, delays = NULL;
    }
    done = 0;
    if (phase == DRAIN) for (unsigned i = 0; i < options->connections; i++) done += senders[i].lowest == senders[i].next;
  }
  if (measured == 0) fail("nothing was acknowledged within the %g s that were measured", options->measure_s);
  printf("{\"messages\":%llu,\"seconds\":%.6f,\"messagesPerSecond\":%.1f,\"cpuMicrosPerMessage\":%.5f,"
         "\"p50Micros\":%.0f,\"p99Micros\":%.0f}\n",
         (unsigned long long)measured, seconds, (double)measured / seconds, cpu * 1e6 / (double)measured,
         delay_percentile_us(counted, 50), delay_percentile_us(counted, 99));
}
