// plain_listener.h -- a TCP socket that listens and knows nothing of ZeroMQ.
#ifndef TESTS_PLAIN_LISTENER_H
#define TESTS_PLAIN_LISTENER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

#include "test.h"

// On a free port of this machine; the caller closes it. Writes its ZeroMQ endpoint.
static inline int plain_listen(char *endpoint, size_t size)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(name);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *) &name, sizeof(name)), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *) &name, &length), 0);
    snprintf(endpoint, size, "tcp://127.0.0.1:%d", ntohs(name.sin_port));
    return fd;
}

#endif
