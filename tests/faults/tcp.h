// tcp.h -- plain TCP sockets on this machine, none of which wait.
#ifndef FAULTS_TCP_H
#define FAULTS_TCP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { TCP_MAX_ENDPOINT = 64 };

// Listens on a free port; `endpoint` [TCP_MAX_ENDPOINT] receives tcp://127.0.0.1:PORT. Aborts if it
// cannot.
int tcp_listen(char *endpoint);

// The next connection to a listener; -1: there is none.
int tcp_accept(int listener);

// Connects to tcp://127.0.0.1:PORT. -1 if nobody listens there.
int tcp_connect(const char *endpoint);

// Reads or writes what goes now: the bytes done, 0 if none, -1 if the connection has ended.
ssize_t tcp_read(int fd, void *bytes, size_t size);
ssize_t tcp_write(int fd, const void *bytes, size_t size);

// Closes; `abrupt`: with a reset, so that the peer loses what it has not read. -1 is allowed.
void tcp_close(int fd, bool abrupt);

#endif
