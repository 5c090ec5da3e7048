// Throughput: many connections, a fixed number of messages in flight on each; every byte that comes back is compared.
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define READ_BYTES (256 * 1024)
#define STALL_S 5

// Positions count bytes since a connection's beginning. Connection k begins at another slot than its neighbours, so that a
// reply which comes back on the wrong connection does not compare equal.
struct stream {
  int fd;
  uint64_t sent, received;           // bytes
  uint64_t first_slot;
  bool waits_for_room;
};

static const struct wire *wire;
static struct stream *streams;
static int poller;
static uint64_t total_received;

static void watch(unsigned index, uint32_t events, int operation) {
  struct epoll_event event = {.events = events, .data.u32 = index};
  if (epoll_ctl(poller, operation, streams[index].fd, &event) != 0) fail("epoll_ctl: %s", strerror(errno));
}

// Sends up to the end of the message number `limit` of this connection, as far as the kernel takes it.
static void send_until(unsigned index, uint64_t limit) {
  struct stream *stream = &streams[index];
  size_t ring_bytes = wire->slots * wire->request_bytes;
  uint64_t end = limit * wire->request_bytes;
  while (stream->sent < end) {
    size_t at = (stream->first_slot * wire->request_bytes + stream->sent) % ring_bytes;
    ssize_t taken = write(stream->fd, wire->requests + at, (size_t)(end - stream->sent));
    if (taken < 0 && errno != EAGAIN) fail("connection %u: %s", index, strerror(errno));
    if (taken < 0) break;
    stream->sent += (uint64_t)taken;
  }
  bool full = stream->sent < end;
  if (full != stream->waits_for_room) {
    stream->waits_for_room = full;
    watch(index, EPOLLIN | (full ? EPOLLOUT : 0), EPOLL_CTL_MOD);
  }
}

static void receive(unsigned index) {
  static unsigned char buffer[READ_BYTES];
  struct stream *stream = &streams[index];
  ssize_t got = read(stream->fd, buffer, sizeof buffer);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) fail("the server ended connection %u: %s", index, got == 0 ? "end of stream" : strerror(errno));
  // A message that is sent in part only is not answered yet, so this bound holds for servers that echo bytes, too.
  uint64_t due = (stream->sent + wire->request_bytes - 1) / wire->request_bytes * wire->reply_bytes;
  if (stream->received + (uint64_t)got > due) fail("connection %u: more came back than was sent", index);
  size_t at = (stream->first_slot * wire->reply_bytes + stream->received) % (wire->slots * wire->reply_bytes);
  check_reply(buffer, wire->replies + at, (size_t)got, stream->received, index);
  stream->received += (uint64_t)got;
  total_received += (uint64_t)got;
}

void run_throughput(const struct options *options) {
  if (options->protocol == UDP || options->protocol == TLS) fail("throughput is not measured over UDP or TLS");
  unsigned slots = options->window < 64 ? 64 : options->window;
  struct wire messages = encode_messages(options->protocol, slots, options->bytes);
  wire = &messages;
  streams = calloc(options->connections, sizeof *streams);
  poller = epoll_create1(0);
  for (unsigned i = 0; i < options->connections; i++) {
    streams[i] = (struct stream){.fd = open_connection(options, i), .first_slot = i * 7 % slots};
    fcntl(streams[i].fd, F_SETFL, O_NONBLOCK);
    watch(i, EPOLLIN, EPOLL_CTL_ADD);
  }
  for (unsigned i = 0; i < options->connections; i++) send_until(i, options->window);

  // Three phases: warm up, measure, then send nothing more and wait for every reply that is still due.
  enum { WARM_UP, MEASURE, DRAIN } phase = WARM_UP;
  double began = now_s(), cpu_began = 0, seconds = 0, cpu = 0, progressed = began;
  uint64_t received_before = 0, measured = 0;
  for (unsigned answered = 0; answered < options->connections;) {
    struct epoll_event events[256];
    // Polls rather than sleeps: else each reply of a slow server would also pay for waking us, which costs a
    // virtual machine several times the system call itself.
    int count = epoll_wait(poller, events, 256, 0);
    uint64_t total_before = total_received;
    for (int i = 0; i < count; i++) {
      unsigned index = events[i].data.u32;
      struct stream *stream = &streams[index];
      if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(index);
      if (phase != DRAIN) send_until(index, stream->received / wire->reply_bytes + options->window);
      else send_until(index, (stream->sent + wire->request_bytes - 1) / wire->request_bytes);
    }
    double time = now_s();
    if (total_received > total_before) progressed = time;
    else if (time - progressed > STALL_S) fail("no reply for %d s", STALL_S);
    if (phase == WARM_UP && time - began >= options->warmup_s) {
      phase = MEASURE, began = time, cpu_began = cpu_s(options->pid), received_before = total_received;
    } else if (phase == MEASURE && time - began >= options->measure_s) {
      phase = DRAIN, seconds = time - began, cpu = cpu_s(options->pid) - cpu_began, measured = total_received - received_before;
    }
    if (phase != DRAIN) continue;
    answered = 0;
    for (unsigned i = 0; i < options->connections; i++)
      answered += streams[i].sent % wire->request_bytes == 0 &&
                  streams[i].received / wire->reply_bytes == streams[i].sent / wire->request_bytes;
  }
  double count = (double)measured / (double)wire->reply_bytes;
  if (measured == 0) fail("no reply within the %g s that were measured", options->measure_s);
  printf("{\"messages\":%.0f,\"seconds\":%.6f,\"messagesPerSecond\":%.1f,\"cpuMicrosPerMessage\":%.5f}\n", count, seconds,
         count / seconds, cpu * 1e6 / count);
}
