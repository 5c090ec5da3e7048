// The limit: a TCP echo server in C, one thread, one epoll, no framing. It prints its port and dies with its parent.
#include "server.h"

// What a client has sent and not taken back yet. While there is some, nothing more is read from that client.
struct client {
  int fd;
  size_t start, end;
  unsigned char block[BLOCK_BYTES];
};

static struct client *welcome(int fd) {
  struct client *client = malloc(sizeof *client);
  if (client == NULL) die("malloc");
  client->fd = fd;
  client->start = client->end = 0;
  return client;
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
  if (is_full != was_full) watch(client->fd, client, is_full ? EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
}

int main(void) {
  run();
}
