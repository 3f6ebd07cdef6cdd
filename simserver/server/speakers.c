// speakers.c -- see the header.
//
// The connections are ZeroMQ's: its I/O thread may close one at any time, and its number may be
// given to another file at once. So a number is good only for looking: what is cut must be a TCP
// connection to the server's port. Should it be a newer one than was meant, its client connects
// again, as after any loss.
//
// No honest client is cut, however slow the threads: what came and is in no request that was read
// is one unfinished request, and requests that ZeroMQ completed after they were looked for. These
// are read before the next look, which then acquits. Heartbeats count too, some 30 bytes a second:
// who says nothing else for weeks may be cut, and loses nothing by it.
#include "speakers.h"

#include <linux/tcp.h>  // that of libc has an older tcp_info
#include <malloc.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static const int64_t slack = 256 << 10;  // for handshake, headers and heartbeats

void speakers_init(speakers *s, const char *endpoint, size_t max_message)
{
    const char *port = strrchr(endpoint, ':');
    *s = (speakers){.most = (int64_t) max_message + slack,
                    .port = port == NULL ? 0 : (int) strtol(port + 1, NULL, 10)};
}

void speakers_free(speakers *s)
{
    free(s->by_fd);
    s->by_fd = NULL;
    s->capacity = 0;
}

// Is it a connection to the server?
static bool is_ours(const speakers *s, int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } name;
    socklen_t size = sizeof(name);
    if (getsockname(fd, &name.any, &size) != 0) {
        return false;
    }
    const sa_family_t family = name.any.sa_family;
    return (family == AF_INET && ntohs(name.v4.sin_port) == s->port) ||
           (family == AF_INET6 && ntohs(name.v6.sin6_port) == s->port);
}

// The bytes that came over a connection, and how many of these ZeroMQ has taken. False if it is
// none.
static bool measure(int fd, int64_t *came, int64_t *taken)
{
    struct tcp_info info = {.tcpi_bytes_received = 0};
    socklen_t size = sizeof(info);
    int unread = 0;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
        ioctl(fd, FIONREAD, &unread) != 0) {  // second: `taken` may be too little, never too much
        return false;
    }
    *came = (int64_t) info.tcpi_bytes_received;
    *taken = *came - unread;
    return true;
}

void speakers_add(speakers *s, int fd)
{
    enum { FIRST_CAPACITY = 64 };
    int64_t came, taken;
    if (!is_ours(s, fd) || !measure(fd, &came, &taken)) {
        return;
    }
    if (fd >= s->capacity) {
        const int capacity = fd < FIRST_CAPACITY ? FIRST_CAPACITY : 2 * fd;
        speaker *grown = realloc(s->by_fd, (size_t) capacity * sizeof(*grown));
        if (grown == NULL) {
            return;
        }
        memset(grown + s->capacity, 0, (size_t) (capacity - s->capacity) * sizeof(*grown));
        s->by_fd = grown;
        s->capacity = capacity;
    }
    // requests that came before this may have been read already
    s->by_fd[fd] = (speaker){.present = true, .mark = came};
}

void speakers_hear(speakers *s, int fd)
{
    if (fd >= 0 && fd < s->capacity) {
        s->by_fd[fd].heard = true;
    }
}

// ZeroMQ finds the end of the connection and closes it; with a reset, for a peer that is kept
// waiting to send would not hear of it for minutes.
static bool cut(int fd)
{
    const struct linger none = {.l_onoff = 1, .l_linger = 0};
    return setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none)) == 0 &&
           shutdown(fd, SHUT_RDWR) == 0;
}

// Looks at one who is present. True if it was cut.
static bool cut_if_endless(const speakers *s, int fd)
{
    speaker *one = &s->by_fd[fd];
    int64_t came, taken;
    if (!measure(fd, &came, &taken)) {
        one->present = false;
        return false;
    }
    if (one->heard) {
        one->mark = came;
        one->heard = one->suspected = false;
        return false;
    }
    if (taken - one->mark <= s->most) {
        return false;
    }
    if (!one->suspected) {
        one->suspected = true;
        return false;
    }
    one->present = false;
    return is_ours(s, fd) && cut(fd);
}

int speakers_cut_endless(speakers *s)
{
    int count = 0;
    for (int fd = 0; fd < s->capacity; fd++) {
        count += s->by_fd[fd].present && cut_if_endless(s, fd);
    }
    // By now ZeroMQ has freed what came over those that were cut last time; libc would keep it.
    if (s->cut_one) {
        malloc_trim(0);
    }
    s->cut_one = count > 0;
    return count;
}
