// Counts delays, many millions of them, and tells their percentiles. It knows nothing of what was delayed.
#include "chat.h"

#include <stdlib.h>

#define STEPS 2000000 // of 1 µs

struct delays {
  uint64_t total;
  uint32_t counts[STEPS + 1];
};

struct delays *new_delays(void) {
  struct delays *delays = calloc(1, sizeof *delays);
  if (delays == NULL) fail("not enough memory to count delays");
  return delays;
}

void add_delay(struct delays *delays, double seconds, unsigned times) {
  double micros = seconds * 1e6;
  delays->counts[micros < 0 ? 0 : micros >= STEPS ? STEPS : (size_t)micros] += times;
  delays->total += times;
}

double delay_percentile_us(const struct delays *delays, double percent) {
  uint64_t due = (uint64_t)((double)delays->total * percent / 100), passed = 0;
  for (size_t i = 0; i <= STEPS; i++) {
    passed += delays->counts[i];
    if (passed > due) return (double)i;
  }
  return STEPS;
}
