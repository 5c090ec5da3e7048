// Meters what each host of a network has sent and received over TCP, as the kernel counts it (sock_diag, TCP_INFO): payload
// that was acknowledged, and payload that has come in. A line of JSON for each sample, by the last byte of the host's address.
// Knows nothing of what is said, nor by whom.
//
// The kernel also tells of each socket's end (its destroy group), so that what moved between a sample and the end counts too.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HOSTS 256
#define SLOTS 65536 // of sockets, ended ones included; a power of two
#define MOST_SPACES 256
#define TOLD_BYTES (8 << 20) // of ends that the kernel may hold until the next sample
#define STATE_TIME_WAIT 6
#define STATE_LISTEN 10

struct slot {
  uint64_t cookie; // the kernel's name of the socket; 0: free
  uint64_t sent, received;
};

static struct slot slots[SLOTS];
static uint64_t sent[HOSTS], received[HOSTS];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static double now_s(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct slot *find(uint64_t cookie) {
  size_t at = (cookie * 0x9e3779b97f4a7c15u) >> 48;
  for (size_t tries = 0; tries < SLOTS; tries++, at = (at + 1) % SLOTS) {
    if (slots[at].cookie == cookie) return &slots[at];
    if (slots[at].cookie == 0) {
      slots[at].cookie = cookie;
      return &slots[at];
    }
  }
  fprintf(stderr, "more than %d sockets\n", SLOTS);
  exit(1);
}

static void count(const struct inet_diag_msg *message, size_t bytes, uint32_t network, uint16_t tracker_port) {
  uint32_t host = ntohl(message->id.idiag_src[0]);
  if ((host & 0xffffff00) != network) return;
  if (ntohs(message->id.idiag_sport) == tracker_port || ntohs(message->id.idiag_dport) == tracker_port) return;
  size_t left = bytes - NLMSG_ALIGN(sizeof *message);
  const struct rtattr *attribute = (const struct rtattr *)((const char *)message + NLMSG_ALIGN(sizeof *message));
  for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    if (attribute->rta_type != INET_DIAG_INFO) continue;
    struct tcp_info info = {0};
    size_t known = RTA_PAYLOAD(attribute);
    memcpy(&info, RTA_DATA(attribute), known < sizeof info ? known : sizeof info);
    struct slot *slot = find(((uint64_t)message->id.idiag_cookie[1] << 32) | message->id.idiag_cookie[0]);
    if (info.tcpi_bytes_acked < slot->sent || info.tcpi_bytes_received < slot->received) continue; // older than its end
    sent[host & 0xff] += info.tcpi_bytes_acked - slot->sent;
    received[host & 0xff] += info.tcpi_bytes_received - slot->received;
    slot->sent = info.tcpi_bytes_acked;
    slot->received = info.tcpi_bytes_received;
  }
}

/** Asks for all sockets that are connected, and counts them and those that have ended since. */
static void sample(int netlink, uint32_t network, uint16_t tracker_port) {
  static char buffer[256 * 1024];
  struct {
    struct nlmsghdr header;
    struct inet_diag_req_v2 body;
  } request = {
      .header = {.nlmsg_len = sizeof request,
                 .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
      .body = {.sdiag_family = AF_INET,
               .sdiag_protocol = IPPROTO_TCP,
               .idiag_ext = 1 << (INET_DIAG_INFO - 1),
               .idiag_states = 0xfff & ~(1u << STATE_LISTEN | 1u << STATE_TIME_WAIT)},
  };
  if (send(netlink, &request, sizeof request, 0) < 0) fail("netlink");
  for (;;) {
    ssize_t bytes = recv(netlink, buffer, sizeof buffer, 0);
    if (bytes < 0 && (errno == EINTR || errno == ENOBUFS)) continue; // ENOBUFS: more ends than it could hold
    if (bytes < 0) fail("netlink");
    size_t left = (size_t)bytes;
    for (struct nlmsghdr *one = (struct nlmsghdr *)buffer; NLMSG_OK(one, left); one = NLMSG_NEXT(one, left)) {
      if (one->nlmsg_type == NLMSG_DONE) return;
      if (one->nlmsg_type == NLMSG_ERROR) fail("sock_diag");
      count(NLMSG_DATA(one), one->nlmsg_len - NLMSG_HDRLEN, network, tracker_port);
    }
  }
}

static void print(const char *name, const uint64_t *values) {
  printf(",\"%s\":{", name);
  const char *comma = "";
  for (int host = 0; host < HOSTS; host++) {
    if (values[host] == 0) continue;
    printf("%s\"%d\":%llu", comma, host, (unsigned long long)values[host]);
    comma = ",";
  }
  printf("}");
}

static int open_netlink(const char *space) {
  if (space != NULL) {
    char path[256];
    snprintf(path, sizeof path, "/run/netns/%s", space);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || setns(file, CLONE_NEWNET) != 0) fail(path);
    close(file);
  }
  int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = 1 << (SKNLGRP_INET_TCP_DESTROY - 1)};
  if (netlink < 0 || bind(netlink, (struct sockaddr *)&address, sizeof address) != 0) fail("netlink");
  int bytes = TOLD_BYTES;
  if (setsockopt(netlink, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0)
    setsockopt(netlink, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  return netlink;
}

static volatile sig_atomic_t is_last;
static void stop(int signal_number) { is_last = signal_number == SIGTERM; }

int main(int argc, char **argv) {
  struct in_addr network;
  if (argc < 4 || argc - 4 > MOST_SPACES || inet_pton(AF_INET, argv[1], &network) != 1) {
    fprintf(stderr, "usage: meter NETWORK TRACKER_PORT INTERVAL_MS [NETWORK_NAMESPACE…]\n"
                    "  NETWORK is that of 256 hosts, 127.0.7.0; what goes to or from the tracker's port does not count\n");
    return 2;
  }
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  struct sigaction action = {.sa_handler = stop}; // without SA_RESTART: it ends the pause
  sigaction(SIGTERM, &action, NULL);
  uint16_t tracker_port = (uint16_t)atoi(argv[2]);
  long interval_ms = atol(argv[3]);
  int sockets[MOST_SPACES], spaces = 0;
  if (argc == 4) sockets[spaces++] = open_netlink(NULL);
  for (int i = 4; i < argc; i++) sockets[spaces++] = open_netlink(argv[i]);

  for (bool is_over = false; !is_over;) {
    is_over = is_last;
    double at = now_s();
    for (int i = 0; i < spaces; i++) sample(sockets[i], ntohl(network.s_addr), tracker_port);
    printf("{\"seconds\":%.6f", at);
    print("sent", sent);
    print("received", received);
    printf("}\n");
    if (fflush(stdout) != 0) return 0; // nobody listens any more
    struct timespec pause = {.tv_sec = interval_ms / 1000, .tv_nsec = interval_ms % 1000 * 1000000};
    if (!is_last) nanosleep(&pause, NULL);
  }
}
