// The load generator's command line: which mode, which protocol. One line of JSON on stdout, errors on stderr.
#include "load.h"

#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("load: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(1);
}

static double seconds_of(clockid_t clock) {
  struct timespec time;
  if (clock_gettime(clock, &time) != 0) fail("cannot read the clock (is the server still running?)");
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

double now_s(void) { return seconds_of(CLOCK_MONOTONIC); }

// User and system time of all threads of a process, in nanosecond steps (/proc/PID/stat has steps of 10 ms).
double cpu_s(pid_t pid) {
  if (pid == 0) return 0;
  clockid_t clock;
  if (clock_getcpuclockid(pid, &clock) != 0) fail("no process %d whose CPU time could be read", (int)pid);
  return seconds_of(clock);
}

static enum protocol protocol_named(const char *name) {
  static const char *const names[] = {"raw", "prefixed", "lines", "ws",      "ws-zero-mask", "socketio",
                                      "udp", "tls",      "chat",  "chat-ws", "relay",        "redis"};
  for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(name, names[i]) == 0) return (enum protocol)i;
  fail("unknown protocol %s: one of raw prefixed lines ws ws-zero-mask socketio udp tls chat chat-ws relay redis", name);
}

// The idle case needs a descriptor for each connection.
static void raise_descriptor_limit(unsigned connections) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) fail("cannot read the limit of open files");
  rlim_t needed = (rlim_t)connections + 1000;
  if (limit.rlim_cur >= needed) return;
  if (limit.rlim_max < needed) limit.rlim_max = needed; // works as root only
  limit.rlim_cur = needed;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) fail("%u connections need a higher limit of open files (ulimit -n)", connections);
}

int main(int count, char **arguments) {
  struct options options = {
      .host = "127.0.0.1", .connections = 1, .rooms = 1, .window = 1, .visits = 2000, .bytes = 64, .warmup_s = 1, .measure_s = 2};
  static const struct option known[] = {
      {"protocol", required_argument, 0, 'P'}, {"host", required_argument, 0, 'h'},
      {"port", required_argument, 0, 'p'},     {"pid", required_argument, 0, 'i'},
      {"connections", required_argument, 0, 'c'}, {"window", required_argument, 0, 'w'},
      {"rooms", required_argument, 0, 'r'},  {"visits", required_argument, 0, 'v'},
      {"bytes", required_argument, 0, 'b'},    {"warmup", required_argument, 0, 'u'},
      {"seconds", required_argument, 0, 's'},  {"one-core", no_argument, 0, 'o'},
      {0, 0, 0, 0}};
  for (int letter; (letter = getopt_long(count, arguments, "", known, NULL)) != -1;) switch (letter) {
    case 'P': options.protocol = protocol_named(optarg); break;
    case 'h': options.host = optarg; break;
    case 'p': options.port = atoi(optarg); break;
    case 'i': options.pid = (pid_t)atoi(optarg); break;
    case 'c': options.connections = (unsigned)atoi(optarg); break;
    case 'w': options.window = (unsigned)atoi(optarg); break;
    case 'v': options.visits = (unsigned)atoi(optarg); break;
    case 'r': options.rooms = (unsigned)atoi(optarg); break;
    case 'b': options.bytes = (size_t)atol(optarg); break;
    case 'u': options.warmup_s = atof(optarg); break;
    case 's': options.measure_s = atof(optarg); break;
    case 'o': options.one_core = true; break;
    default: return 1; // getopt has said what is wrong
    }
  if (optind != count - 1 || options.port <= 0 || options.connections == 0 || options.rooms == 0 ||
      options.window == 0 || options.visits == 0 || options.bytes == 0)
    fail("usage: load throughput|ping-pong|idle|fan-out|stored|members --port PORT [--protocol raw] [--host 127.0.0.1]\n"
         "  [--pid SERVER] [--connections 1] [--rooms 1] [--window 1] [--visits 2000] [--bytes 64] [--warmup 1]\n"
         "  [--seconds 2] [--one-core]");

  signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit(options.connections);
  const char *mode = arguments[optind];
  if (strcmp(mode, "throughput") == 0) run_throughput(&options);
  else if (strcmp(mode, "ping-pong") == 0) run_ping_pong(&options);
  else if (strcmp(mode, "idle") == 0) run_idle(&options);
  else if (strcmp(mode, "fan-out") == 0) run_fan_out(&options);
  else if (strcmp(mode, "stored") == 0) run_stored(&options);
  else if (strcmp(mode, "members") == 0) run_members(&options);
  else fail("unknown mode %s: one of throughput ping-pong idle fan-out stored members", mode);
  return 0;
}
