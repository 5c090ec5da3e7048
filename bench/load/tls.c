// TLS for ping-pong, by OpenSSL; built with NO_TLS where its headers are absent. It knows nothing of messages.
#include "load.h"

#ifdef NO_TLS

void *tls_open(int fd) { fail("descriptor %d: this program was built without OpenSSL, so TLS cannot be measured", fd); }
ssize_t tls_write(void *session, const void *data, size_t count) { return session && data && count ? -1 : -1; }
ssize_t tls_read(void *session, void *data, size_t count) { return session && data && count ? -1 : -1; }

#else

#include <openssl/err.h>
#include <openssl/ssl.h>

// The certificate is not verified: the server is one that the benchmark itself has started.
void *tls_open(int fd) {
  SSL_CTX *context = SSL_CTX_new(TLS_client_method());
  SSL *session = context ? SSL_new(context) : NULL;
  if (session == NULL || SSL_set_fd(session, fd) != 1) fail("cannot set up TLS");
  if (SSL_connect(session) != 1) fail("TLS handshake: %s", ERR_reason_error_string(ERR_get_error()));
  return session;
}

ssize_t tls_write(void *session, const void *data, size_t count) { return SSL_write(session, data, (int)count); }
ssize_t tls_read(void *session, void *data, size_t count) { return SSL_read(session, data, (int)count); }

#endif
