// The limit of fan-out: a line relay in C, one thread, one epoll. The line "join" makes a client a receiver; whole lines of any
// other client go to every receiver, as many at once as came at once. It parses nothing, prints its port, dies with its parent.
#include "server.h"

struct client {
  int fd;
  int place;          // among the receivers; -1 if it is none
  size_t count;       // of the block: the beginning of a line
  unsigned char *block;
};

static struct client **receivers;
static int receiver_count, receiver_room;

static struct client *welcome(int fd) {
  struct client *client = calloc(1, sizeof *client);
  if (client == NULL) die("calloc");
  client->fd = fd;
  client->place = -1;
  return client;
}

static void join(struct client *client) {
  if (receiver_count == receiver_room) {
    receiver_room = receiver_room == 0 ? 64 : 2 * receiver_room;
    receivers = realloc(receivers, (size_t)receiver_room * sizeof *receivers);
    if (receivers == NULL) die("realloc");
  }
  client->place = receiver_count++;
  receivers[client->place] = client;
  if (write(client->fd, "joined\n", 7) != 7) die("joined");
}

static void drop(struct client *client) {
  if (client->place >= 0) {
    receivers[client->place] = receivers[--receiver_count];
    receivers[client->place]->place = client->place;
  }
  close(client->fd);
  free(client->block);
  free(client);
}

// Who has no room for it is cut off: it would hold the others up, or need a queue. Its end is noticed by epoll.
static void relay(const unsigned char *lines, size_t count) {
  for (int i = 0; i < receiver_count; i++)
    if (write(receivers[i]->fd, lines, count) != (ssize_t)count) shutdown(receivers[i]->fd, SHUT_RDWR);
}

static void serve(struct client *client) {
  if (client->block == NULL && (client->block = malloc(BLOCK_BYTES)) == NULL) die("malloc");
  ssize_t got = read(client->fd, client->block + client->count, BLOCK_BYTES - client->count);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return drop(client);
  client->count += (size_t)got;
  unsigned char *last = memrchr(client->block, '\n', client->count);
  if (last == NULL && client->count == BLOCK_BYTES) return drop(client);
  if (last == NULL) return;
  size_t whole = (size_t)(last - client->block) + 1;
  if (whole == 5 && memcmp(client->block, "join\n", 5) == 0) join(client);
  else relay(client->block, whole);
  client->count -= whole;
  memmove(client->block, client->block + whole, client->count);
  if (client->place < 0) return;
  free(client->block); // a receiver seldom says anything
  client->block = NULL;
}

int main(void) {
  run();
}
