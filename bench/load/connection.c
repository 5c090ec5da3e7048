// Opening a connection: TCP or UDP, then the handshake of WebSocket or socket.io. It knows nothing of what is measured.
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define REPLY_TIMEOUT_S 5

static void read_exactly(int fd, unsigned char *out, size_t count) {
  for (size_t at = 0; at < count;) {
    ssize_t got = read(fd, out + at, count - at);
    if (got <= 0) fail("the server ended the handshake: %s", got == 0 ? "end of stream" : strerror(errno));
    at += (size_t)got;
  }
}

// The example of RFC 6455, section 1.3: its key and the only right answer to it.
static void upgrade_to_websocket(int fd, const char *path) {
  char text[2048];
  int length = snprintf(text, sizeof text,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n", path);
  if (write(fd, text, (size_t)length) != length) fail("cannot send the WebSocket handshake: %s", strerror(errno));
  size_t at = 0; // byte by byte: what follows the headers are frames already
  do {
    if (at == sizeof text - 1) fail("the answer to the WebSocket handshake is too long");
    read_exactly(fd, (unsigned char *)text + at++, 1);
  } while (at < 4 || memcmp(text + at - 4, "\r\n\r\n", 4) != 0);
  text[at] = 0;
  if (strncmp(text, "HTTP/1.1 101 ", 13) != 0 || strstr(text, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == NULL)
    fail("the server refused the WebSocket handshake: %.60s", text);
}

static void expect_text_frame(int fd, char first, char second) {
  unsigned char head[4], body[65536];
  read_exactly(fd, head, 2);
  size_t length = head[1];
  if (length == 126) {
    read_exactly(fd, head + 2, 2);
    length = (size_t)(head[2] << 8 | head[3]);
  }
  if (head[0] != 0x81 || head[1] > 126) fail("socket.io handshake: not a short text frame");
  read_exactly(fd, body, length);
  if (length < 2 || body[0] != first || (second != 0 && body[1] != second)) fail("socket.io handshake: got %.*s", (int)length, body);
}

// Engine.io 4 straight over WebSocket: the server opens ("0{…}"), we join the default namespace ("40"), it agrees ("40{…}").
static void open_socketio(int fd) {
  upgrade_to_websocket(fd, "/socket.io/?EIO=4&transport=websocket");
  expect_text_frame(fd, '0', 0);
  static const unsigned char join[] = {0x81, 0x82, 0, 0, 0, 0, '4', '0'};
  if (write(fd, join, sizeof join) != sizeof join) fail("socket.io handshake: %s", strerror(errno));
  expect_text_frame(fd, '4', '0');
}

int open_connection(const struct options *options, unsigned index) {
  int fd = socket(AF_INET, options->protocol == UDP ? SOCK_DGRAM : SOCK_STREAM, 0);
  if (fd < 0) fail("cannot make socket %u: %s", index, strerror(errno));
  int yes = 1;
  struct timeval timeout = {.tv_sec = REPLY_TIMEOUT_S};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options->port)};
  if (inet_pton(AF_INET, options->host, &server.sin_addr) != 1) fail("%s is not an IPv4 address", options->host);
  if (options->connections >= 1000) { // eight source addresses, so that runs in a row do not use up the local ports
    struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + index % 8)};
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)&local, sizeof local) != 0) fail("cannot bind socket %u: %s", index, strerror(errno));
  }
  if (connect(fd, (struct sockaddr *)&server, sizeof server) != 0)
    fail("cannot connect to %s:%d (connection %u): %s", options->host, options->port, index, strerror(errno));
  if (options->protocol != UDP) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (options->protocol == WEBSOCKET || options->protocol == WEBSOCKET_ZERO_MASK || options->protocol == CHAT_WEBSOCKET)
    upgrade_to_websocket(fd, "/");
  if (options->protocol == SOCKETIO) open_socketio(fd);
  return fd;
}
