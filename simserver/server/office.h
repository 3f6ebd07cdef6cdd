// office.h -- a desk and the threads around it: workers, a painter, a clerk who waits at the desk,
// a deputy.
//
// All functions are for the one thread that opens the office.
#ifndef SERVER_OFFICE_H
#define SERVER_OFFICE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "deputy.h"
#include "desk.h"
#include "workers.h"

typedef struct office {
    desk desk;
    pthread_mutex_t lock;  // of the desk, while there are threads
    bool has_lock;
    workers crew;  // whose threads clerk and deputy are too
    bool has_crew;
    deputy deputy;
    sw_log log;
    bool was_open;        // environments were run on threads of the office
    int left_in;          // threads that office_leave() left alone
    int router_fd;        // readable when there may be something at the desk
    atomic_bool visited;  // by a worker that had done a job, since the clerk last asked
    int wake_fd;          // an eventfd, readable when the clerk is to look at the desk or to end
    atomic_bool closing;  // takes no more requests; set under the lock
} office;

// Binds the endpoint. Nobody is in yet: requests wait. Errors of sw_server_open(), after which
// office_free() takes down what is there.
sw_status office_init(office *o, const sw_server_options *options);

// Closes sessions and socket. False if somebody was left in, or an environment does not come back
// from being closed within 5 s: then the socket is closed, but the rest, which a thread may still
// need, is not freed.
bool office_free(office *o);

// Starts `threads` workers, painter, clerk and deputy. SW_NO_MEMORY: then nobody is in.
sw_status office_start(office *o, int threads);

// Gives up sessions one of whose rows has been running for `timeout` ms and has others take over
// the duties of the threads that run them, as many times as there are workers. `now` is of any
// clock, in ms. SW_ENVIRONMENT, in a text that says what to do, if a duty is left without anybody.
sw_status office_replace_stuck(office *o, int64_t now, int64_t timeout);

// Opens no more sessions, see server_drain(). Returns how many there still are that somebody may
// use.
int office_drain(office *o);

// Takes no more requests; jobs go on and are answered.
void office_close(office *o);

// After office_close(): waits until nothing runs any more, at most `timeout_ms`. False if something
// does.
bool office_wait(office *o, int timeout_ms);

// Nothing runs any more but what was given up.
bool office_is_stuck(office *o);

// After office_close(): ends all threads but those that are inside an environment, which are left
// alone. Returns how many those are. If there is none, the office may be started again.
int office_leave(office *o);

#endif
