#include "endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

// What follows `prefix` in `address`; NULL if it begins otherwise.
static const char *after(const char *address, const char *prefix)
{
    const size_t n = strlen(prefix);
    return strncmp(address, prefix, n) == 0 ? address + n : NULL;
}

// Copies HOST of tcp://HOST:PORT to host [ENDPOINT_MAX_HOST]; false if the address is of another
// form.
static bool read_host(const char *address, char *host)
{
    const char *start = after(address, "tcp://");
    const char *end = start == NULL ? NULL : strrchr(start, ':');
    if (end == NULL || end - start >= ENDPOINT_MAX_HOST) {
        return false;
    }
    memcpy(host, start, (size_t) (end - start));
    host[end - start] = '\0';
    return true;
}

bool endpoint_host(const char *endpoint, char *host)
{
    if (after(endpoint, "ipc://") != NULL) {
        strcpy(host, "localhost");
        return true;
    }
    char text[ENDPOINT_MAX_HOST];
    if (!read_host(endpoint, text)) {
        return false;
    }
    const char *own = strchr(text, ';');  // what precedes it is an address of our own
    const char *start = own != NULL ? own + 1 : text;
    size_t size = strlen(start);
    if (size >= 2 && start[0] == '[' && start[size - 1] == ']') {
        start++;
        size -= 2;
    }
    if (size == 0 || strchr(start, '/') != NULL) {
        return false;
    }
    memcpy(host, start, size);
    host[size] = '\0';
    return true;
}

bool endpoint_is_local(const char *endpoint)
{
    if (after(endpoint, "ipc://") != NULL) {
        return true;
    }
    char host[ENDPOINT_MAX_HOST];
    if (!read_host(endpoint, host)) {
        return false;
    }
    // only a whole address counts: 127.example.com is a name like any other
    struct in_addr v4;
    return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
           (inet_pton(AF_INET, host, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127);
}

static bool is_port(const char *text, bool is_servers)
{
    if (is_servers && strcmp(text, "*") == 0) {
        return true;
    }
    enum { MAX_PORT = 65535, MAX_DIGITS = 5 };
    const size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > MAX_DIGITS || text[digits] != '\0') {
        return false;
    }
    const long port = strtol(text, NULL, 10);
    return port >= (is_servers ? 0 : 1) && port <= MAX_PORT;
}

sw_status endpoint_check_form(const char *address, bool is_servers)
{
    const char *path = after(address, "ipc://");
    if (path != NULL && path[0] != '\0') {
        return SW_OK;
    }
    char host[ENDPOINT_MAX_HOST];
    if (!read_host(address, host) || host[0] == '\0') {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "'%s' is no endpoint; expected tcp://HOST:PORT or ipc://PATH, such as "
                       "tcp://127.0.0.1:5555",
                       address);
    }
    const char *port = strrchr(address, ':') + 1;
    if (!is_port(port, is_servers)) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "'%s': '%s' is no port; expected a number up to 65535%s", address, port,
                       is_servers ? ", or * for any that is free" : "");
    }
    return SW_OK;
}

// Does a process answer at this unix socket?
static bool is_alive(const struct sockaddr_un *name)
{
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return false;
    }
    const bool alive =
        connect(fd, (const struct sockaddr *) name, sizeof(*name)) == 0 || errno == EAGAIN;
    close(fd);
    return alive;
}

sw_status endpoint_check_bind(const char *address)
{
    const sw_status st = endpoint_check_form(address, true);
    const char *path = after(address, "ipc://");
    if (st != SW_OK || path == NULL) {
        return st;
    }
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(name.sun_path)) {
        return sw_fail(SW_IO, "%s: the path has %zu bytes, at most %zu are allowed", address,
                       strlen(path), sizeof(name.sun_path) - 1);
    }
    if (path[0] == '@') {
        return sw_fail(SW_IO, "%s: an abstract socket is open to every user of this machine",
                       address);
    }
    strcpy(name.sun_path, path);
    struct stat what;
    if (lstat(path, &what) != 0) {
        return SW_OK;  // nothing there, or bind will say what is wrong
    }
    // ZeroMQ deletes whatever stands there before it binds
    if (!S_ISSOCK(what.st_mode)) {
        return sw_fail(SW_IO, "%s: there is a file of another kind", address);
    }
    if (is_alive(&name)) {
        return sw_fail(SW_IO, "%s: in use by another process", address);
    }
    return SW_OK;
}

sw_status endpoint_check_connect(const char *address)
{
    const sw_status st = endpoint_check_form(address, false);
    if (st != SW_OK) {
        return st;
    }
    char host[ENDPOINT_MAX_HOST];
    // [v6] is no name, and what precedes a ';' is an address of our own
    if (!read_host(address, host) || strpbrk(host, "[;") != NULL) {
        return SW_OK;
    }
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    const int rc = getaddrinfo(host, NULL, &hints, &found);
    if (rc == 0) {
        freeaddrinfo(found);
    }
    // only a clear no counts: name servers that do not answer now may do so later
    return rc == EAI_NONAME ? sw_fail(SW_UNAVAILABLE, "%s: no such host", address) : SW_OK;
}
