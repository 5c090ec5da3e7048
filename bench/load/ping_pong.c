// Ping-pong: one connection, one message in flight, the time of each round trip; over every transport, TLS and UDP too.
#include "load.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_SAMPLES 4000000

static int by_value(const void *left, const void *right) {
  float a = *(const float *)left, b = *(const float *)right;
  return (a > b) - (a < b);
}

// Two processes that take turns run three times faster when they share a core than when each must wake up another, and the
// scheduler's choice would decide the result. Only the server's main thread moves: its helpers stay where they are.
static void share_one_core(pid_t server) {
  cpu_set_t allowed, one;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) fail("sched_getaffinity: %s", strerror(errno));
  int core = CPU_SETSIZE - 1;
  while (!CPU_ISSET(core, &allowed)) core--;
  CPU_ZERO(&one);
  CPU_SET(core, &one);
  if (sched_setaffinity(0, sizeof one, &one) != 0 || sched_setaffinity(server, sizeof one, &one) != 0)
    fail("sched_setaffinity: %s", strerror(errno));
}

void run_ping_pong(const struct options *options) {
  unsigned char buffer[65536];
  struct wire wire = encode_messages(options->protocol, 64, options->bytes);
  if (wire.reply_bytes > sizeof buffer) fail("ping-pong is for messages up to %zu bytes", sizeof buffer);
  int fd = open_connection(options, 0);
  void *session = options->protocol == TLS ? tls_open(fd) : NULL;
  if (options->one_core && options->pid != 0) share_one_core(options->pid);

  float *micros = malloc(MAX_SAMPLES * sizeof *micros);
  size_t samples = 0;
  double start = now_s(), began = 0, cpu_began = 0;
  for (uint64_t n = 0; samples < MAX_SAMPLES; n++) {
    const unsigned char *request = wire.requests + n % wire.slots * wire.request_bytes;
    double before = now_s();
    if (began == 0 && before - start >= options->warmup_s) began = before, cpu_began = cpu_s(options->pid);
    if (began != 0 && before - began >= options->measure_s) break;
    ssize_t sent = session ? tls_write(session, request, wire.request_bytes) : write(fd, request, wire.request_bytes);
    if (sent != (ssize_t)wire.request_bytes) fail("cannot send message %llu: %s", (unsigned long long)n, strerror(errno));
    for (size_t at = 0; at < wire.reply_bytes;) {
      ssize_t got = session ? tls_read(session, buffer + at, sizeof buffer - at) : read(fd, buffer + at, sizeof buffer - at);
      if (got <= 0) fail("no reply to message %llu: %s", (unsigned long long)n, got == 0 ? "end of stream" : strerror(errno));
      at += (size_t)got;
      if (at > wire.reply_bytes) fail("the reply to message %llu is too long", (unsigned long long)n);
    }
    if (began != 0) micros[samples++] = (float)((now_s() - before) * 1e6);
    check_reply(buffer, wire.replies + n % wire.slots * wire.reply_bytes, wire.reply_bytes, n * wire.reply_bytes, 0);
  }
  double seconds = now_s() - began, cpu = cpu_s(options->pid) - cpu_began;
  if (samples == 0) fail("nothing was measured: the window is too short");
  qsort(micros, samples, sizeof *micros, by_value);
  printf("{\"messages\":%zu,\"seconds\":%.6f,\"messagesPerSecond\":%.1f,\"cpuMicrosPerMessage\":%.5f,"
         "\"p50Micros\":%.3f,\"p99Micros\":%.3f}\n",
         samples, seconds, (double)samples / seconds, cpu * 1e6 / (double)samples, micros[samples / 2],
         micros[samples - 1 - samples / 100]);
}
