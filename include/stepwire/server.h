// stepwire/server.h -- serve environments to agents on other processes and machines.
//
//     sw_server *server;
//     sw_server_options options = SW_SERVER_OPTIONS;
//     if (sw_server_open(&options, &server) == SW_OK &&
//         sw_server_add(server, &my_task) == SW_OK && sw_server_run(server) == SW_OK) ...
//     sw_server_close(server);
#ifndef STEPWIRE_SERVER_H
#define STEPWIRE_SERVER_H

#include <stepwire/env.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sw_server sw_server;

// Sizes that peers control; each is checked before anything is allocated.
typedef struct sw_limits {
    int max_sessions;    // open at once
    int max_rows;        // of one session
    int max_envs;        // environments in all sessions together
    size_t max_message;  // bytes of one request or reply. To parse one takes at most 1 MiB and
                         // eight times as much, most of it given back afterwards; pictures and
                         // states of all sessions together at most four times as much
    double max_lease;    // seconds that a silent client's session may ask to be kept
} sw_limits;

typedef struct sw_server_options {
    const char *endpoint;  // ZeroMQ endpoint to bind; tcp port * picks a free one
    int threads;           // workers that step environments; 0: one per core
    sw_limits limits;
    const char *name;     // what Welcome calls this server
    const char *keys;     // directory with server.key and clients/*.pub: only peers with one of
                          // those keys come in, encrypted; NULL: no keys
    bool insecure;        // allow an address off loopback without keys
    double step_timeout;  // seconds after which an environment that does not come back is given up;
                          // 0: never
    sw_log log;
} sw_server_options;

// The defaults, to start from.
#define SW_SERVER_OPTIONS                                                                          \
    {                                                                                              \
        .endpoint = "tcp://127.0.0.1:5555", .name = "stepwire", .step_timeout = 300,               \
        .limits = {.max_sessions = 1024,                                                           \
                   .max_rows = 4096,                                                               \
                   .max_envs = 16384,                                                              \
                   .max_message = (size_t) 64 << 20,                                               \
                   .max_lease = 600},                                                              \
    }

// Binds the endpoint; clients that connect wait until run or poll. SW_IO naming the endpoint if it
// is taken; SW_INVALID_ARGUMENT naming the option that is malformed or out of range, or if the
// endpoint is neither loopback nor ipc and there are no keys nor `insecure`, or both; SW_NO_MEMORY.
// What is wrong with the keys names the file: SW_NOT_FOUND, SW_INVALID_ARGUMENT, SW_IO. After an
// error there is no server.
SW_API sw_status sw_server_open(const sw_server_options *options, sw_server **server);

// Offers a task; `task` must outlive the server. Before run or poll. SW_INVALID_ARGUMENT if the
// class is malformed (its describe fails with default settings, say) or its id is taken;
// SW_CAPACITY above 256 tasks. After an error the server offers what it did.
SW_API sw_status sw_server_add(sw_server *server, const sw_env_class *task);

// The endpoint in full, with the port that was picked. Valid until close.
SW_API const char *sw_server_endpoint(const sw_server *server);

// Serves with `threads` workers until sw_server_stop() or sw_server_drain(). Requests are answered
// however long a step takes: environments run on the workers, but for steps known to take
// microseconds, which run where the request was read; should one take 10 ms after all, another
// thread reads the next requests. Pictures are drawn by one more thread, one after the other and at
// a lower priority, so that steps need not wait for them.
//
// A call into an environment, of whatever kind, that takes `step_timeout` is given up: its session
// is lost, which the client is told with the row, and a new thread replaces the one inside. That
// one ends if it comes back, and then the session's memory is freed. As many threads may be
// replaced as there are workers; one more that hangs, and SW_ENVIRONMENT says how many environments
// do.
//
// SW_OK when stopped or drained, even if some call did not come back in time and its thread had to
// be left behind. SW_NO_MEMORY: there are no threads. SW_FAILED_PRECONDITION: threads were left
// behind by an earlier run. In any case sessions stay, and run may be called again if no thread was
// left behind.
SW_API sw_status sw_server_run(sw_server *server);

// Makes sw_server_run() return soon: no more requests are read, and what runs is answered if it
// takes at most 1 s more. May be called from a signal handler and from any thread.
SW_API void sw_server_stop(sw_server *server);

// Makes sw_server_run() return as soon as no session is left. Until then clients, who are told, can
// go on and leave, but no session is opened. After 5 s no more requests are read, and what runs is
// answered if it takes at most 5 s more. It cannot be taken back, but sw_server_stop() cuts it
// short. May be called as sw_server_stop() may.
SW_API void sw_server_drain(sw_server *server);

// For engines that own their loop, instead of run: waits up to `timeout_ms` for requests, handles
// what came, stepping environments on the calling thread, and returns: SW_OK, also if nothing came
// or a signal did; SW_IO if the socket fails. Nobody watches the time that a step takes. After
// sw_server_drain() it opens no more sessions.
SW_API sw_status sw_server_poll(sw_server *server, int timeout_ms);

// Closes the sessions, their environments and the socket. NULL is allowed. If sw_server_run() left
// threads behind, or environments that it ran do not come back within 5 s from being closed, the
// memory that threads may still use stays until the process ends, and with it all sessions.
SW_API void sw_server_close(sw_server *server);

#ifdef __cplusplus
}
#endif

#endif
