// The limit: a TCP echo server in C, one thread, one epoll, no framing. It prints its port and dies with its parent.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
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

// What a client has sent and not taken back yet. While there is some, nothing more is read from that client.
struct client {
  int fd;
  size_t start, end;
  unsigned char block[BLOCK_BYTES];
};

static int poller;

static _Noreturn void die(const char *what) {
  perror(what);
  exit(1);
}

static void watch(struct client *client, uint32_t events, int operation) {
  struct epoll_event event = {.events = events, .data.ptr = client};
  if (epoll_ctl(poller, operation, client->fd, &event) != 0) die("epoll_ctl");
}

static void drop(struct client *client) {
  close(client->fd);
  free(client);
}

static void serve(struct client *client) {
  int was_full = client->start < client->end;
  if (!was_full) {
    ssize_t got = read(client->fd, client->block, sizeof client->block);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return drop(client);
    client->start = 0;
    client->end = (size_t)got;
  }
  while (client->start < client->end) {
    ssize_t taken = write(client->fd, client->block + client->start, client->end - client->start);
    if (taken < 0 && errno == EAGAIN) break;
    if (taken < 0) return drop(client);
    client->start += (size_t)taken;
  }
  int is_full = client->start < client->end;
  if (is_full != was_full) watch(client, is_full ? EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
}

int main(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGPIPE, SIG_IGN);
  int yes = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 4096) != 0) die("listen");
  getsockname(listener, (struct sockaddr *)&address, &length);
  poller = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
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
        struct client *client = malloc(sizeof *client);
        if (client == NULL) die("malloc");
        client->fd = fd;
        client->start = client->end = 0;
        watch(client, EPOLLIN, EPOLL_CTL_ADD);
      }
    }
  }
}
