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
//
// When all has been read, whatever came of one who was heard is accounted for. When not, only what
// was read is, and what is left, divided by the mean size of its requests, says how many wait: an
// honest client has one for each of its sessions. A large request behind many small ones may be
// taken for a queue then; it is sent again over the next connection.
#include "speakers.h"

#include <linux/tcp.h>  // that of libc has an older tcp_info
#include <malloc.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static const int64_t slack = 256 << 10;    // for handshake, headers and heartbeats
static const int64_t most_waiting = 1000;  // requests of one connection

void speakers_init(speakers *s, const char *endpoint, size_t max_message, bool curve)
{
    const char *port = strrchr(endpoint, ':');
    *s = (speakers){.most = (int64_t) max_message + slack,
                    .curve = curve,
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

// The bytes of a request on the wire: ZMTP 3.1 (RFC 37), and what CURVE (RFC 26) adds to a message.
static int64_t wire_size(const speakers *s, size_t size)
{
    const size_t body = size + (s->curve ? 33 : 0);
    return (int64_t) body + (body > 255 ? 9 : 2);
}

void speakers_hear(speakers *s, int fd, size_t size)
{
    if (fd >= 0 && fd < s->capacity) {
        s->by_fd[fd].requests++;
        s->by_fd[fd].said += wire_size(s, size);
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

// Does more wait than should, of one over which so many bytes were taken?
static bool has_too_much(const speakers *s, speaker *one, bool drained, int64_t came, int64_t taken)
{
    if (one->requests == 0) {
        return taken - one->mark > s->most;
    }
    if (drained) {
        one->mark = came;
        return false;
    }
    one->mark += one->said;
    return taken - one->mark > most_waiting * one->said / one->requests;
}

// Looks at one who is present. True if it was cut.
static bool look_at(const speakers *s, int fd, bool drained)
{
    speaker *one = &s->by_fd[fd];
    int64_t came, taken;
    if (!measure(fd, &came, &taken)) {
        one->present = false;
        return false;
    }
    const bool was_suspected = one->suspected;
    one->suspected = has_too_much(s, one, drained, came, taken);
    one->requests = one->said = 0;
    if (!was_suspected || !one->suspected) {
        return false;
    }
    one->present = false;
    return is_ours(s, fd) && cut(fd);
}

int speakers_look(speakers *s, bool drained)
{
    int count = 0;
    for (int fd = 0; fd < s->capacity; fd++) {
        count += s->by_fd[fd].present && look_at(s, fd, drained);
    }
    // By now ZeroMQ has freed what came over those that were cut last time; libc would keep it.
    if (s->cut_one) {
        malloc_trim(0);
    }
    s->cut_one = count > 0;
    return count;
}
