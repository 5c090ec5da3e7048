// Fan-out: one sender, many receivers in its room. It says `window` messages at once, waits until every receiver has every one
// of them, and says the next ones. Each message must reach each receiver once, in order, and as the same bytes.
#include "chat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define READ_BYTES (256 * 1024)
#define STALL_S 5
#define MAX_WINDOW 256
#define QUIET_S 0.5

struct receiver {
  int fd;
  unsigned got;             // messages of this round
  unsigned char *rest;      // a frame of which only the beginning has come
  size_t rest_bytes;
};

// A message of this round; as which frame the first receiver got it, so do all.
struct round_message {
  struct say say;
  unsigned char frame[2 * MAX_SAY_BYTES];
  size_t frame_bytes;
};

static const struct options *options;
static struct receiver *receivers; // the last one is the sender
static struct round_message *due;
static unsigned said;              // of `due`, in this round
static uint64_t delivered;         // in this round

// What is not the expected bytes: the first copy of a message, a message where none is due, or something else entirely.
static void inspect_frame(unsigned index, const unsigned char *frame, size_t bytes) {
  struct receiver *receiver = &receivers[index];
  enum frame kind = frame_kind(options->protocol, frame, bytes);
  if (kind == REFUSED) fail_refused(frame, bytes, index);
  if (kind != MESSAGE || index == options->connections) return;
  if (receiver->got == said) fail("connection %u: more came back than was sent: %.*s", index, (int)bytes, (const char *)frame);
  struct round_message *message = &due[receiver->got];
  if (message->frame_bytes != 0) fail("connection %u got another frame than others did: %.*s", index, (int)bytes, (const char *)frame);
  if (memmem(frame, bytes, message->say.text, message->say.text_bytes) == NULL)
    fail("wrong message on connection %u: %.*s, not one with %.*s", index, (int)bytes, (const char *)frame,
         (int)message->say.text_bytes, message->say.text);
  if (bytes > sizeof message->frame) fail("a frame of %zu bytes is too long", bytes);
  memcpy(message->frame, frame, bytes);
  message->frame_bytes = bytes;
  receiver->got++;
}

// Reads once. Returns how many messages that completed.
static unsigned receive(unsigned index) {
  static unsigned char buffer[READ_BYTES];
  struct receiver *receiver = &receivers[index];
  memcpy(buffer, receiver->rest, receiver->rest_bytes);
  ssize_t got = read(receiver->fd, buffer + receiver->rest_bytes, sizeof buffer - receiver->rest_bytes);
  if (got < 0 && errno == EAGAIN) return 0;
  if (got <= 0) fail("the server ended connection %u: %s", index, got == 0 ? "end of stream" : strerror(errno));
  size_t at = 0, count = receiver->rest_bytes + (size_t)got;
  unsigned before = receiver->got;
  while (at < count) {
    // What the sender itself gets, as a member of the room, is not counted.
    struct round_message *message = index < options->connections && receiver->got < said ? &due[receiver->got] : NULL;
    if (message != NULL && message->frame_bytes != 0 && message->frame_bytes <= count - at &&
        memcmp(buffer + at, message->frame, message->frame_bytes) == 0) {
      receiver->got++;
      at += message->frame_bytes;
      continue;
    }
    size_t bytes = frame_bytes(options->protocol, buffer + at, count - at);
    if (bytes == 0) break;
    inspect_frame(index, buffer + at, bytes);
    at += bytes;
  }
  receiver->rest_bytes = count - at;
  if (receiver->rest_bytes > 0) {
    if (receiver->rest_bytes > MAX_SAY_BYTES * 8) fail("connection %u: a frame does not end", index);
    if (receiver->rest == NULL) receiver->rest = malloc(MAX_SAY_BYTES * 8);
    memcpy(receiver->rest, buffer + at, receiver->rest_bytes);
  }
  return receiver->got - before;
}

// Polls rather than sleeps: else each delivery would also pay for waking us.
static double poll_once(int poller, double sent_at, struct delays *delays) {
  struct epoll_event events[256];
  int count = epoll_wait(poller, events, 256, 0);
  for (int i = 0; i < count; i++) {
    unsigned index = events[i].data.u32, messages = receive(index);
    if (messages == 0) continue;
    delivered += messages;
    if (delays != NULL) add_delay(delays, now_s() - sent_at, messages);
  }
  return now_s();
}

static void run_round(int poller, uint64_t number, struct delays *delays) {
  static unsigned char requests[MAX_WINDOW * MAX_SAY_BYTES];
  size_t bytes = 0;
  for (unsigned i = 0; i < options->window; i++) {
    encode_say(options, &due[i].say, 0, number + i);
    due[i].frame_bytes = 0;
    memcpy(requests + bytes, due[i].say.request, due[i].say.request_bytes);
    bytes += due[i].say.request_bytes;
  }
  for (unsigned i = 0; i < options->connections; i++) receivers[i].got = 0;
  said = options->window;
  delivered = 0;
  double sent_at = now_s(), progressed = sent_at;
  if (write(receivers[options->connections].fd, requests, bytes) != (ssize_t)bytes) fail("the sender cannot send: %s", strerror(errno));
  for (uint64_t before = 0; delivered < (uint64_t)said * options->connections; before = delivered) {
    double time = poll_once(poller, sent_at, delays);
    if (delivered > before) progressed = time;
    else if (time - progressed > STALL_S)
      fail("no delivery for %d s: %llu of %llu have come", STALL_S, (unsigned long long)delivered, (unsigned long long)said * options->connections);
  }
}

void run_fan_out(const struct options *given) {
  options = given;
  if (options->window > MAX_WINDOW) fail("at most %d messages at once", MAX_WINDOW);
  receivers = calloc(options->connections + 1, sizeof *receivers);
  due = calloc(options->window, sizeof *due);
  int poller = epoll_create1(0);
  for (unsigned i = 0; i <= options->connections; i++) {
    int fd = receivers[i].fd = open_chat(options, i);
    bool may_only_receive = options->protocol == REDIS; // once it has subscribed
    if (i < options->connections || !(may_only_receive || options->protocol == RELAY)) join_room(options, fd, i, 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl: %s", strerror(errno));
  }
  // Who has come is told for a while after.
  for (double until = now_s() + QUIET_S; poll_once(poller, 0, NULL) < until;) {}

  uint64_t number = 0, rounds = 0;
  for (double until = now_s() + options->warmup_s; now_s() < until; number += options->window) run_round(poller, number, NULL);
  struct delays *delays = new_delays();
  double began = now_s(), cpu_began = cpu_s(options->pid);
  for (; rounds == 0 || now_s() - began < options->measure_s; number += options->window, rounds++) run_round(poller, number, delays);
  double seconds = now_s() - began, cpu = cpu_s(options->pid) - cpu_began;
  // Nothing may come that was not said.
  for (double until = now_s() + 0.05; poll_once(poller, 0, NULL) < until;) {}

  double deliveries = (double)rounds * options->window * options->connections;
  printf("{\"deliveries\":%.0f,\"seconds\":%.6f,\"deliveriesPerSecond\":%.1f,\"cpuMicrosPerDelivery\":%.5f,"
         "\"p50Micros\":%.0f,\"p99Micros\":%.0f}\n",
         deliveries, seconds, deliveries / seconds, cpu * 1e6 / deliveries, delay_percentile_us(delays, 50), delay_percentile_us(delays, 99));
}
