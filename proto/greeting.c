#include "greeting.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "endpoint.h"

// The layout of a greeting: signature [10], version [2], mechanism [20], and more.
enum { SIGNATURE = 10, VERSION = 12, MECHANISM = 20, NEEDED = VERSION + MECHANISM };

// Waits until the connection can be read or written; false after `deadline`.
static bool wait_for(int fd, short events, int64_t deadline)
{
    struct pollfd item = {.fd = fd, .events = events};
    int64_t left;
    while ((left = deadline - clock_ms()) > 0) {
        const int rc = poll(&item, 1, (int) left);
        if (rc != 0 && !(rc < 0 && errno == EINTR)) {
            return rc > 0;
        }
    }
    return false;
}

// A connection, not yet there; -1 if there is none.
static int begin(const struct sockaddr *address, socklen_t size)
{
    const int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, address, size) != 0 && errno != EINPROGRESS) {
        close(fd);
        return -1;
    }
    return fd;
}

static int begin_ipc(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(name.sun_path)) {
        return -1;
    }
    strcpy(name.sun_path, path);
    return begin((const struct sockaddr *) &name, sizeof(name));
}

// As ZeroMQ does: the first address that a name has, IPv6 only where it is asked for.
static int begin_tcp(const char *endpoint)
{
    char host[ENDPOINT_MAX_HOST];
    const char *port = strrchr(endpoint, ':');
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_family = strchr(endpoint, '[') ? AF_INET6 : AF_INET};
    struct addrinfo *found;
    if (!endpoint_host(endpoint, host) || getaddrinfo(host, port + 1, &hints, &found) != 0) {
        return -1;
    }
    const int fd = begin(found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return fd;
}

static bool is_connected(int fd, int64_t deadline)
{
    int error = 0;
    socklen_t size = sizeof(error);
    return wait_for(fd, POLLOUT, deadline) &&
           getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

static greeting judge(const uint8_t *bytes, size_t size, bool closed)
{
    if (size < NEEDED && (size == 0 || bytes[0] == 0xff)) {
        return closed ? GREETING_CLOSED : GREETING_SILENT;
    }
    if (bytes[0] != 0xff || (bytes[SIGNATURE - 1] & 1) == 0) {
        return GREETING_FOREIGN;
    }
    const char *mechanism = (const char *) bytes + VERSION;
    return strncmp(mechanism, "NULL", MECHANISM) == 0    ? GREETING_PLAIN
           : strncmp(mechanism, "CURVE", MECHANISM) == 0 ? GREETING_CURVE
                                                         : GREETING_OTHER;
}

// Reads as much of a greeting as comes, to bytes [NEEDED]. *closed if that is all.
static size_t receive(int fd, uint8_t *bytes, int64_t deadline, bool *closed)
{
    size_t size = 0;
    *closed = false;
    while (size < NEEDED && !*closed && (size == 0 || bytes[0] == 0xff) &&
           wait_for(fd, POLLIN, deadline)) {
        const ssize_t n = recv(fd, bytes + size, NEEDED - size, 0);
        *closed = n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN);
        size += n > 0 ? (size_t) n : 0;
    }
    return size;
}

static greeting converse(int fd, int timeout_ms)
{
    // ours up to the major version, after which the other end sends all of its own
    static const char hello[] = "\xff\0\0\0\0\0\0\0\x01\x7f\x03";
    const int64_t start = clock_ms();
    uint8_t bytes[NEEDED];
    bool closed;
    if (!is_connected(fd, start + timeout_ms)) {
        return GREETING_NONE;
    }
    (void) send(fd, hello, sizeof(hello) - 1, MSG_NOSIGNAL);
    size_t size = receive(fd, bytes, start + timeout_ms / 2, &closed);
    if (size == 0 && !closed) {
        // ZeroMQ speaks first; others, a web server say, wait for a line
        static const char line[] = "\r\n\r\n";
        (void) send(fd, line, sizeof(line) - 1, MSG_NOSIGNAL);
        size = receive(fd, bytes, start + timeout_ms, &closed);
    }
    return judge(bytes, size, closed);
}

greeting greeting_ask(const char *endpoint, int timeout_ms)
{
    static const char ipc[] = "ipc://";
    const bool is_ipc = strncmp(endpoint, ipc, strlen(ipc)) == 0;
    const int fd = is_ipc ? begin_ipc(endpoint + strlen(ipc)) : begin_tcp(endpoint);
    if (fd < 0) {
        return GREETING_NONE;
    }
    const greeting who = converse(fd, timeout_ms);
    close(fd);
    return who;
}
