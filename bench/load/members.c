// Members: `connections` in one room, and 10 in another. Visitors join and leave the one and the other in turn, so that what slows
// the machine for a while slows both. Then it holds all members, who say nothing, until stdin ends.
#include "chat.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define FEW 10
// Not always the same one: in a Map of V8, what was deleted under one key stays in its chain until the next rehash, and nobody else
// pays for it.
#define VISITORS 400
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

enum { MANY_ROOM, FEW_ROOM };

static double visit(const struct options *options, const int *visitors, unsigned room) {
  static unsigned turn;
  unsigned index = turn++ / 2 % VISITORS;
  double before = cpu_s(options->pid);
  join_room(options, visitors[index], options->connections + FEW + index, room);
  leave_room(options, visitors[index], options->connections + FEW + index, room);
  return (cpu_s(options->pid) - before) * 1e6;
}

// What a single visit costs, without what is done a few times a second for all that came and went since.
static void measure_medians(const struct options *options, const int *visitors, const int *members, double medians[2]) {
  unsigned visits = options->visits;
  double *costs[2] = {calloc(visits, sizeof(double)), calloc(visits, sizeof(double))};
  for (unsigned i = 0; i < 2 * visits; i++) {
    unsigned room = (i + i / 2) % 2; // a visitor's second visit is cheaper: each room has as many of those
    costs[room][i / 2] = visit(options, visitors, room);
    if (i % DRAIN_EVERY == 0) drain(members, options->connections + FEW);
  }
  for (unsigned room = 0; room < 2; room++) {
    qsort(costs[room], visits, sizeof **costs, by_value);
    medians[room] = costs[room][visits / 2];
    free(costs[room]);
  }
}

// All that the server does while somebody comes and goes as fast as it can, presence told to every member included.
static double measure_mean(const struct options *options, const int *visitors, const int *members, unsigned room) {
  double total = 0;
  for (unsigned i = 0; i < options->visits; i++) {
    total += visit(options, visitors, room);
    if (i % DRAIN_EVERY == 0) drain(members, options->connections + FEW);
  }
  return total / options->visits;
}

void run_members(const struct options *options) {
  if (options->protocol != CHAT && options->protocol != CHAT_WEBSOCKET) fail("only in chat and chat-ws one can leave");
  unsigned count = options->connections + FEW;
  int *members = calloc(count, sizeof *members);
  for (unsigned i = 0; i < count; i++) {
    members[i] = open_chat(options, i);
    join_room(options, members[i], i, i < options->connections ? MANY_ROOM : FEW_ROOM);
    if (i % DRAIN_EVERY == 0) drain(members, i + 1);
  }
  int visitors[VISITORS];
  for (unsigned i = 0; i < VISITORS; i++) visitors[i] = open_chat(options, count + i);
  double medians[2];
  measure_medians(options, visitors, members, medians); // until the server's code is compiled
  measure_medians(options, visitors, members, medians);
  double mean_many = measure_mean(options, visitors, members, MANY_ROOM);
  double mean_few = measure_mean(options, visitors, members, FEW_ROOM);
  usleep(500 * 1000);
  drain(members, count);
  printf("{\"joinMicrosFew\":%.3f,\"joinMicrosMany\":%.3f,\"joinMeanMicrosFew\":%.3f,\"joinMeanMicrosMany\":%.3f}\n",
         medians[FEW_ROOM], medians[MANY_ROOM], mean_few, mean_many);
  fflush(stdout);
  while (getchar() != EOF) {}
  for (unsigned i = 0; i < count; i++) close(members[i]);
  free(members);
}
