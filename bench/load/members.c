// Members: what one more joining costs in a room of 10, and in a room of `connections`; then holds all members, who say nothing,
// until stdin ends.
#include "chat.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define FEW 10
#define JOINS 2000
#define DRAIN_EVERY 200

static int by_value(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

// Presence is told to all members, who take it, so that it does not pile up.
static void drain(const int *members, unsigned count) {
  unsigned char buffer[65536];
  for (unsigned i = 0; i < count; i++)
    while (recv(members[i], buffer, sizeof buffer, MSG_DONTWAIT) > 0) {}
}

struct cost {
  double median_us, mean_us;
};

// A visitor joins and leaves again and again. The mean has all of what the server did meanwhile; the median only what each
// single visit costs, without what is done a few times a second for all that came and went since.
static struct cost measure_joins(const struct options *options, int visitor, const int *members, unsigned count) {
  static double costs[JOINS];
  double total = 0;
  for (unsigned i = 0; i < JOINS; i++) {
    double before = cpu_s(options->pid);
    join_room(options, visitor, options->connections, 0);
    leave_room(options, visitor, options->connections, 0);
    costs[i] = (cpu_s(options->pid) - before) * 1e6;
    total += costs[i];
    if (i % DRAIN_EVERY == 0) drain(members, count);
  }
  qsort(costs, JOINS, sizeof *costs, by_value);
  return (struct cost){.median_us = costs[JOINS / 2], .mean_us = total / JOINS};
}

void run_members(const struct options *options) {
  if (options->protocol != CHAT && options->protocol != CHAT_WEBSOCKET) fail("only chat and chat-ws join and leave");
  if (options->connections <= FEW) fail("members needs more than %d connections", FEW);
  int *members = calloc(options->connections, sizeof *members);
  int visitor = open_chat(options, options->connections);
  struct cost few = {0};
  for (unsigned i = 0; i < options->connections; i++) {
    if (i == FEW) {
      measure_joins(options, visitor, members, i); // until the server's code is compiled
      few = measure_joins(options, visitor, members, i);
    }
    members[i] = open_chat(options, i);
    join_room(options, members[i], i, 0);
    if (i % DRAIN_EVERY == 0) drain(members, i + 1);
  }
  struct cost many = measure_joins(options, visitor, members, options->connections);
  usleep(500 * 1000);
  drain(members, options->connections);
  printf("{\"joinMicrosFew\":%.3f,\"joinMicrosMany\":%.3f,\"joinMeanMicrosFew\":%.3f,\"joinMeanMicrosMany\":%.3f}\n",
         few.median_us, many.median_us, few.mean_us, many.mean_us);
  fflush(stdout);
  while (getchar() != EOF) {}
  for (unsigned i = 0; i < options->connections; i++) close(members[i]);
  free(members);
}
