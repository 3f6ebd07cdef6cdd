// socket.c -- what is set on every ZeroMQ socket, and why (libzmq 4.3, without draft parts).
//
// A peer may be stopped, killed, restarted, behind a broken network or hostile. Nothing here waits
// for one: connecting, handshakes and silence have time limits, and a message that cannot be sent
// now is dropped, because whoever needs it will ask again.
#define _GNU_SOURCE  // sched_getaffinity()
#include "socket.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "codec.h"
#include "endpoint.h"

typedef struct int_option {
    int name;
    int value;
} int_option;

// Of both ends. Times in ms but for the TTL.
static const int_option common_options[] = {
    {ZMQ_LINGER, 0},             // close at once, whatever is still queued
    {ZMQ_HANDSHAKE_IVL, 10000},  // a peer that never finishes its handshake
    {ZMQ_HEARTBEAT_IVL, 5000},   // finds links that died without a word,
    {ZMQ_HEARTBEAT_TIMEOUT, 15000},
    {ZMQ_HEARTBEAT_TTL, 15000},  // and lets the peer find them too
    // A queued message may be as large as the largest, so this queue is short. One client has one
    // request under way per session; it is for one that serves many sessions over one socket.
    {ZMQ_SNDHWM, 16},
    // No limit: libzmq aborts the process if a connection whose queue is full ends before the queue
    // is read and a heartbeat is due or to be answered. A server cuts who says too much instead.
    {ZMQ_RCVHWM, 0},
};

static const int_option router_options[] = {
    {ZMQ_ROUTER_MANDATORY, 1},  // tells that a peer is gone or slow instead of dropping silently
    {ZMQ_BACKLOG, 1024},        // a lab's clients reconnect all at once after a restart
};

static const int_option dealer_options[] = {
    {ZMQ_CONNECT_TIMEOUT, 10000},
    {ZMQ_RECONNECT_IVL, 20},        // a server that restarts is found soon,
    {ZMQ_RECONNECT_IVL_MAX, 1000},  // one that stays away costs little
    {ZMQ_IMMEDIATE, 1},             // no queue without a connection; see socket_connect()
};

// ---- contexts -------------------------------------------------------------------------------

// Both ends find the same core, unless they may run on different ones. That a thread's cores may be
// set at all is tried first, because libzmq aborts if they may not.
static void choose_core(void *context, const char *endpoint)
{
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0 ||
        sched_setaffinity(0, sizeof(allowed), &allowed) != 0) {
        return;
    }
    uint64_t skip = codec_hash(endpoint, strlen(endpoint)) % (uint64_t) CPU_COUNT(&allowed);
    int core = 0;
    while (!CPU_ISSET(core, &allowed) || skip-- > 0) {
        core++;
    }
    zmq_ctx_set(context, ZMQ_THREAD_AFFINITY_CPU_ADD, core);
}

void *socket_context(const char *endpoint)
{
    void *context = zmq_ctx_new();
    if (context != NULL && endpoint != NULL && strncmp(endpoint, "ipc://", strlen("ipc://")) == 0) {
        choose_core(context, endpoint);
    }
    return context;
}

// ---- life of a socket -----------------------------------------------------------------------

static bool set_options(void *socket, const int_option *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (zmq_setsockopt(socket, options[i].name, &options[i].value, sizeof(int)) != 0) {
            return false;
        }
    }
    return true;
}

#define SET_OPTIONS(socket, options)                                                               \
    set_options(socket, options, sizeof(options) / sizeof(*options))

static bool set_text(void *socket, int name, const char *text)
{
    return zmq_setsockopt(socket, name, text, strlen(text)) == 0;
}

static bool set_keys(void *socket, int type, const keys *k)
{
    const int yes = 1;
    if (type == ZMQ_ROUTER) {
        return zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &yes, sizeof(yes)) == 0 &&
               set_text(socket, ZMQ_CURVE_SECRETKEY, k->secret_key) &&
               set_text(socket, ZMQ_ZAP_DOMAIN, "stepwire");  // without one nobody is asked
    }
    return set_text(socket, ZMQ_CURVE_SERVERKEY, k->server_key) &&
           set_text(socket, ZMQ_CURVE_PUBLICKEY, k->public_key) &&
           set_text(socket, ZMQ_CURVE_SECRETKEY, k->secret_key);
}

// A socket with all its options; NULL, with errno set, if it cannot be had.
static void *new_socket(void *context, int type, const char *address, const socket_options *options)
{
    void *socket = zmq_socket(context, type);
    if (socket == NULL) {
        return NULL;
    }
    enum { CURVE_BYTES = 33 };  // of a frame, beside what it encrypts (ZeroMQ RFC 26)
    const int64_t most = (int64_t) options->max_message + (options->keys != NULL ? CURVE_BYTES : 0);
    // IPv6 only where it is asked for by a numeric address: with it, names prefer IPv6 and
    // 127.0.0.1 would be written [::ffff:127.0.0.1]
    const int ipv6 = strchr(address, '[') != NULL;
    bool ok = SET_OPTIONS(socket, common_options) &&
              zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &most, sizeof(most)) == 0 &&
              zmq_setsockopt(socket, ZMQ_IPV6, &ipv6, sizeof(ipv6)) == 0;
    ok = ok && (type == ZMQ_ROUTER ? SET_OPTIONS(socket, router_options)
                                   : SET_OPTIONS(socket, dealer_options));
    ok = ok && (options->keys == NULL || set_keys(socket, type, options->keys));
    if (!ok) {
        const int why = errno;
        zmq_close(socket);
        errno = why;
        return NULL;
    }
    return socket;
}

static int bind_private(void *socket, const char *address)
{
    // An ipc file must not be open to others even for a moment. The mask is the process's, so a
    // file that another thread creates just now may get fewer rights, never more.
    const mode_t before = umask(0177);
    const int rc = zmq_bind(socket, address);
    const int why = errno;
    umask(before);
    errno = why;
    return rc;
}

sw_status socket_bind(void *context, const char *address, const socket_options *options,
                      void **socket, void **monitor)
{
    const sw_status st = endpoint_check_bind(address);
    if (st != SW_OK) {
        return st;
    }
    void *watch = NULL;
    void *router = new_socket(context, ZMQ_ROUTER, address, options);
    if (router == NULL || (monitor != NULL && (watch = monitor_new(context, router)) == NULL) ||
        bind_private(router, address) != 0) {
        const int why = errno;
        socket_close(router, watch);
        return sw_fail(SW_IO, "cannot bind %s: %s", address, zmq_strerror(why));
    }
    *socket = router;
    if (monitor != NULL) {
        *monitor = watch;
    }
    return SW_OK;
}

void socket_endpoint(void *socket, char *endpoint)
{
    size_t size = SOCKET_MAX_ENDPOINT;
    if (zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &size) != 0) {
        endpoint[0] = '\0';
    }
}

sw_status socket_connect(void *context, const char *address, const socket_options *options,
                         void **socket, void **monitor)
{
    const sw_status st = endpoint_check_connect(address);
    if (st != SW_OK) {
        return st;
    }
    void *watch = NULL;
    void *dealer = new_socket(context, ZMQ_DEALER, address, options);
    if (dealer == NULL || (monitor != NULL && (watch = monitor_new(context, dealer)) == NULL)) {
        const int why = errno;
        socket_close(dealer, watch);
        return sw_fail(SW_IO, "%s: no socket: %s", address, zmq_strerror(why));
    }
    if (zmq_connect(dealer, address) != 0) {
        const int why = errno;
        socket_close(dealer, watch);
        return sw_fail(SW_INVALID_ARGUMENT,
                       "cannot connect to '%s': %s; expected tcp://HOST:PORT or ipc://PATH",
                       address, zmq_strerror(why));
    }
    *socket = dealer;
    if (monitor != NULL) {
        *monitor = watch;
    }
    return SW_OK;
}

void socket_close(void *socket, void *monitor)
{
    if (socket != NULL) {
        // first: an event that finds its PAIR gone would block the context's I/O thread for ever
        zmq_socket_monitor(socket, NULL, 0);
        zmq_close(socket);
    }
    if (monitor != NULL) {
        zmq_close(monitor);
    }
}


// ---- messages -------------------------------------------------------------------------------

static sw_status interrupted(void)
{
    return sw_fail(SW_INTERRUPTED, "a signal came while waiting");
}

// Reads and drops the rest of a message whose last frame read was `message`.
static void drop_rest(void *socket, zmq_msg_t *message)
{
    while (zmq_msg_more(message)) {
        if (zmq_msg_recv(message, socket, 0) < 0) {
            return;
        }
    }
}

// A send looks at what happened to the connections, at new ones and at queues that have been
// emptied, at most once a millisecond; asking for events always does. To be done before
// EAGAIN is believed.
static void look_at_connections(void *socket)
{
    int events;
    size_t size = sizeof(events);
    zmq_getsockopt(socket, ZMQ_EVENTS, &events, &size);
}

bool socket_reply(void *router, const void *peer, size_t peer_size, zmq_msg_t *message)
{
    int rc = zmq_send(router, peer, peer_size, ZMQ_DONTWAIT | ZMQ_SNDMORE);
    if (rc < 0 && errno == EAGAIN) {
        look_at_connections(router);
        rc = zmq_send(router, peer, peer_size, ZMQ_DONTWAIT | ZMQ_SNDMORE);
    }
    if (rc < 0 || zmq_msg_send(message, router, ZMQ_DONTWAIT) < 0) {
        zmq_msg_close(message);
        return false;
    }
    return true;
}

bool socket_next_request(void *router, void *peer, size_t *peer_size, zmq_msg_t *message)
{
    while (zmq_msg_recv(message, router, ZMQ_DONTWAIT) >= 0) {
        const size_t size = zmq_msg_size(message);
        assert(size <= SOCKET_MAX_PEER && zmq_msg_more(message));  // ROUTER's own first frame
        memcpy(peer, zmq_msg_data(message), size);
        if (zmq_msg_recv(message, router, 0) < 0) {
            return false;
        }
        if (!zmq_msg_more(message)) {
            *peer_size = size;
            return true;
        }
        drop_rest(router, message);
    }
    return false;
}

bool socket_peer_key(zmq_msg_t *message, char *key)
{
    const char *user = zmq_msg_gets(message, "User-Id");  // the ZAP handler's reply, RFC 27
    if (user == NULL || strlen(user) != KEYS_TEXT - 1) {
        return false;
    }
    memcpy(key, user, KEYS_TEXT);
    return true;
}

int socket_source(zmq_msg_t *message)
{
    return zmq_msg_get(message, ZMQ_SRCFD);
}

sw_status socket_send(void *dealer, zmq_msg_t *message)
{
    int rc = zmq_msg_send(message, dealer, ZMQ_DONTWAIT);
    if (rc < 0 && errno == EAGAIN) {
        look_at_connections(dealer);  // so that the first message after SOCKET_CONNECTED is sent
        rc = zmq_msg_send(message, dealer, ZMQ_DONTWAIT);
    }
    if (rc < 0) {
        const int why = errno;
        zmq_msg_close(message);
        return sw_fail(SW_UNAVAILABLE, "cannot send: %s",
                       why == EAGAIN ? "not connected, or the peer does not read"
                                     : zmq_strerror(why));
    }
    return SW_OK;
}

bool socket_receive(void *dealer, zmq_msg_t *message)
{
    while (zmq_msg_recv(message, dealer, ZMQ_DONTWAIT) >= 0) {
        if (!zmq_msg_more(message)) {
            return true;
        }
        drop_rest(dealer, message);
    }
    return false;
}

sw_status socket_receive_within(void *dealer, int timeout_ms, zmq_msg_t *message, bool *received)
{
    // one wait inside ZeroMQ; zmq_poll() makes twice as many system calls
    zmq_setsockopt(dealer, ZMQ_RCVTIMEO, &timeout_ms, sizeof(timeout_ms));
    *received = zmq_msg_recv(message, dealer, 0) >= 0;
    if (!*received) {
        return errno == EINTR ? interrupted() : SW_OK;
    }
    if (zmq_msg_more(message)) {
        drop_rest(dealer, message);
        *received = false;
    }
    return SW_OK;
}

int socket_fd(void *socket)
{
    int fd = -1;
    size_t size = sizeof(fd);
    zmq_getsockopt(socket, ZMQ_FD, &fd, &size);
    return fd;
}

sw_status socket_wait(void *const *sockets, int count, int fd, int timeout_ms, bool *ready)
{
    assert(count < SOCKET_MAX_WAIT);
    // zmq_poll() and not poll() on ZMQ_FD, which is edge-triggered and misses what came before
    zmq_pollitem_t items[SOCKET_MAX_WAIT];
    int which[SOCKET_MAX_WAIT];
    int n = 0;
    for (int i = 0; i <= count; i++) {
        ready[i] = false;
        if (i < count ? sockets[i] != NULL : fd >= 0) {
            items[n] = (zmq_pollitem_t){.socket = i < count ? sockets[i] : NULL,
                                        .fd = i < count ? 0 : fd,
                                        .events = ZMQ_POLLIN};
            which[n++] = i;
        }
    }
    if (zmq_poll(items, n, timeout_ms) < 0) {
        return errno == EINTR ? interrupted()
                              : sw_fail(SW_IO, "cannot wait: %s", zmq_strerror(errno));
    }
    for (int i = 0; i < n; i++) {
        ready[which[i]] = items[i].revents != 0;
    }
    return SW_OK;
}
