#include "tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t) port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int without_waiting(int fd)
{
    const int on = 1;
    (void) fcntl(fd, F_SETFL, O_NONBLOCK);
    (void) fcntl(fd, F_SETFD, FD_CLOEXEC);
    (void) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

int tcp_listen(char *endpoint)
{
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof(address);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *) &address, size) != 0 || listen(fd, 128) != 0 ||
        getsockname(fd, (struct sockaddr *) &address, &size) != 0) {
        abort();
    }
    snprintf(endpoint, TCP_MAX_ENDPOINT, "tcp://127.0.0.1:%d", ntohs(address.sin_port));
    return without_waiting(fd);
}

int tcp_accept(int listener)
{
    const int fd = accept(listener, NULL, NULL);
    return fd < 0 ? -1 : without_waiting(fd);
}

int tcp_connect(const char *endpoint)
{
    int port;
    if (sscanf(endpoint, "tcp://127.0.0.1:%d", &port) != 1) {
        abort();
    }
    const struct sockaddr_in address = loopback(port);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) {
        return -1;
    }
    if (connect(fd, (const struct sockaddr *) &address, sizeof(address)) != 0) {
        close(fd);
        return -1;
    }
    return without_waiting(fd);
}

static ssize_t done(ssize_t n)
{
    return n >= 0 ? n : errno == EAGAIN || errno == EINTR ? 0 : -1;
}

ssize_t tcp_read(int fd, void *bytes, size_t size)
{
    const ssize_t n = recv(fd, bytes, size, 0);
    return n == 0 && size > 0 ? -1 : done(n);
}

ssize_t tcp_write(int fd, const void *bytes, size_t size)
{
    return done(send(fd, bytes, size, MSG_NOSIGNAL));
}

void tcp_close(int fd, bool abrupt)
{
    if (fd < 0) {
        return;
    }
    if (abrupt) {
        const struct linger none = {.l_onoff = 1, .l_linger = 0};
        (void) setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
    }
    close(fd);
}
