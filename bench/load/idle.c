// Idle: opens the connections, one after the other, says when all are open, and holds them until stdin ends.
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void run_idle(const struct options *options) {
  if (options->protocol == UDP || options->protocol == TLS) fail("idle connections are not measured over UDP or TLS");
  double began = now_s();
  int *descriptors = calloc(options->connections, sizeof *descriptors);
  for (unsigned i = 0; i < options->connections; i++) descriptors[i] = open_connection(options, i);
  printf("{\"open\":%u,\"seconds\":%.3f}\n", options->connections, now_s() - began);
  fflush(stdout);
  while (getchar() != EOF) {}
  for (unsigned i = 0; i < options->connections; i++) close(descriptors[i]);
  free(descriptors);
}
