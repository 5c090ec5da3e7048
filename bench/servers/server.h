// What the servers in C share: one thread, one epoll, a port that is printed, an end with the parent. It knows no client.
#ifndef SERVER_H
#define SERVER_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define BLOCK_BYTES (64 * 1024) // as much as Node.js reads at once

// Each server's own: what it keeps of a client, from when it is connected, and what is done when epoll tells of it.
struct client;
static struct client *welcome(int fd);
static void serve(struct client *client);

static int poller;

static _Noreturn void die(const char *what) {
  perror(what);
  exit(1);
}

static void watch(int fd, struct client *client, uint32_t events, int operation) {
  struct epoll_event event = {.events = events, .data.ptr = client};
  if (epoll_ctl(poller, operation, fd, &event) != 0) die("epoll_ctl");
}

static _Noreturn void run(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGPIPE, SIG_IGN);
  int yes = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 4096) != 0) die("listen");
  getsockname(listener, (struct sockaddr *)&address, &length);
  poller = epoll_create1(0);
  watch(listener, NULL, EPOLLIN, EPOLL_CTL_ADD);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);

  for (;;) {
    struct epoll_event events[256];
    int count = epoll_wait(poller, events, 256, -1);
    for (int i = 0; i < count; i++) {
      if (events[i].data.ptr != NULL) {
        serve(events[i].data.ptr);
        continue;
      }
      for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        watch(fd, welcome(fd), EPOLLIN, EPOLL_CTL_ADD);
      }
    }
  }
}

#endif
