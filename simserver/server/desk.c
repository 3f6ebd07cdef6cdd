// desk.c -- see the header.
#include "desk.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "clock.h"
#include "keys.h"

enum {
    LINGER_MS = 200,               // for the last replies to leave
    REQUESTS_AT_ONCE = 64,         // before finished jobs get their turn
    TICK_MS = SERVER_TICK_MS / 4,  // between looks at the leases
    COMPLAINT_MS = 1000,           // between log lines about peers that were refused
    // Requests after which all were heard who had one waiting: ROUTER takes its peers in turn.
    FAIR_SHARE = 4096
};

static uint64_t random_id(void *context)
{
    (void) context;
    uint64_t id;
    while (getrandom(&id, sizeof(id), 0) != (ssize_t) sizeof(id)) {  // a signal, early in a boot
    }
    return id;
}

// Binds the endpoint, behind the gate if there is one.
static sw_status bind_endpoint(desk *d, const sw_server_options *options)
{
    keys own;
    socket_options transport = {.max_message = options->limits.max_message};
    sw_status st = SW_OK;
    if (options->keys != NULL) {
        transport.keys = &own;
        st = keys_read_server(options->keys, &own);
    }
    if (st == SW_OK && options->keys != NULL) {
        st = gate_open(d->context, options->keys, &options->log, &d->gate);
    }
    if (st == SW_OK) {
        st = socket_bind(d->context, options->endpoint, &transport, &d->router, &d->monitor);
    }
    if (st == SW_OK) {
        socket_endpoint(d->router, d->endpoint);
        speakers_init(&d->speakers, d->endpoint, options->limits.max_message,
                      options->keys != NULL);
    }
    return st;
}

sw_status desk_open(desk *d, const sw_server_options *options, workers *crew)
{
    const server_config config = {
        .limits = options->limits, .name = options->name, .random = random_id, .log = options->log};
    const sw_status st = server_init(&d->core, &config, clock_ms());
    if (st != SW_OK) {
        return st;
    }
    d->crew = crew;
    d->context = socket_context(options->endpoint);
    if (d->context == NULL) {
        return sw_fail(SW_IO, "no ZeroMQ context: %s", zmq_strerror(errno));
    }
    return bind_endpoint(d, options);
}

void desk_hang_up(desk *d)
{
    if (d->router != NULL) {
        const int linger = LINGER_MS;
        zmq_setsockopt(d->router, ZMQ_LINGER, &linger, sizeof(linger));
    }
    socket_close(d->router, d->monitor);
    gate_close(d->gate);
    speakers_free(&d->speakers);
    if (d->context != NULL) {
        zmq_ctx_term(d->context);
    }
}

// Of a message that has left; on a thread of ZeroMQ's.
static void give_back(void *bytes, void *held)
{
    (void) bytes;
    loan_return(held);
}

// What stands in a loan is sent from there, all else is copied. False if there is no memory.
static bool make_message(const server_reply *reply, zmq_msg_t *message)
{
    if (reply->loan == NULL) {
        if (zmq_msg_init_size(message, reply->size) != 0) {
            return false;
        }
        memcpy(zmq_msg_data(message), reply->bytes, reply->size);
        return true;
    }
    loan_share(reply->loan);
    if (zmq_msg_init_data(message, (void *) reply->bytes, reply->size, give_back, reply->loan) !=
        0) {
        loan_return(reply->loan);
        return false;
    }
    return true;
}

static void send_reply(desk *d, const server_reply *reply)
{
    zmq_msg_t message;
    if (!make_message(reply, &message)) {
        return;  // as good as lost on the way: it will be asked for again
    }
    socket_reply(d->router, reply->peer.name, reply->peer.size, &message);
}

// Does what the core asks for after each call.
static void follow(desk *d)
{
    server_reply reply;
    while (server_next_reply(&d->core, &reply)) {
        send_reply(d, &reply);
    }
    session *x;
    while ((x = server_next_job(&d->core)) != NULL) {
        if (workers_is_short(x)) {
            x->next = NULL;
            *(d->first_short == NULL ? &d->first_short : &d->last_short->next) = x;
            d->last_short = x;
        } else {
            workers_submit(d->crew, x);
        }
    }
}

void desk_finish_jobs(desk *d)
{
    session *x;
    while ((x = workers_next_done(d->crew)) != NULL) {
        const int64_t now = clock_ms();
        const int rows = x->job_rows;
        for (int n = 0; n < rows; n++) {
            server_row_done(&d->core, x, session_job_row(x, n), now);
        }
        follow(d);
    }
}

// False if more requests are waiting.
static bool take_requests(desk *d)
{
    bool drained = false;
    zmq_msg_t message;
    zmq_msg_init(&message);
    for (int i = 0; i < REQUESTS_AT_ONCE && !drained; i++) {
        server_peer peer = {.size = 0};
        drained = !socket_next_request(d->router, peer.name, &peer.size, &message);
        if (!drained) {
            speakers_hear(&d->speakers, socket_source(&message), zmq_msg_size(&message));
            d->taken++;
        }
        // one without a key was let in by nobody, as may be when the gate is closing
        if (!drained && (d->gate == NULL || socket_peer_key(&message, peer.key))) {
            server_request(&d->core, &peer, zmq_msg_data(&message), zmq_msg_size(&message),
                           clock_ms());
            follow(d);
        }
    }
    zmq_msg_close(&message);
    return drained;
}

static void note_refusals(desk *d, const char *why, int count)
{
    if (count > 0) {
        d->refusal = why;
        d->refusals += count;
    }
}

// Who is refused has no voice, and who tries often must not fill a disk.
static void look_at_connections(desk *d, bool drained, int64_t now)
{
    d->looked = now;
    d->taken = 0;
    socket_event event;
    int fd;
    while ((event = monitor_next(d->monitor, &fd)) != SOCKET_NOTHING) {
        if (event == SOCKET_ACCEPTED) {
            speakers_add(&d->speakers, fd);
        }
        const char *why = monitor_refusal(event);
        note_refusals(d, why, why != NULL);
    }
    note_refusals(d, "cut a connection that sent without end, or more than could be answered",
                  speakers_look(&d->speakers, drained));
    if (d->refusals > 0 && now - d->complained >= COMPLAINT_MS) {
        log_line(&d->core.config.log, SW_LOG_WARNING, "%s (%d since the last such line)",
                 d->refusal, d->refusals);
        d->complained = now;
        d->refusals = 0;
    }
}

// Requests come last: sending may swallow what the file descriptor would tell of them.
bool desk_take_turn(desk *d)
{
    desk_finish_jobs(d);
    const bool drained = take_requests(d);
    const int64_t now = clock_ms();
    if (drained && now - d->core.ticked >= TICK_MS) {
        server_tick(&d->core, now);  // which sends nothing
        follow(d);
    }
    if (now - d->looked >= SPEAKERS_LOOK_MS && (drained || d->taken >= FAIR_SHARE)) {
        look_at_connections(d, drained, now);
    }
    return drained;
}

session *desk_take_short_job(desk *d)
{
    session *x = d->first_short;
    if (x != NULL) {
        d->first_short = x->next;
    }
    return x;
}

void desk_submit_short_jobs(desk *d)
{
    session *x;
    while ((x = desk_take_short_job(d)) != NULL) {
        workers_submit(d->crew, x);
    }
}

void desk_lose_sessions(desk *d)
{
    const int64_t now = clock_ms();
    for (int i = 0; i < d->core.session_count; i++) {
        if (d->core.sessions[i]->job == JOB_NONE) {
            server_lose(&d->core, d->core.sessions[i], now);
        }
    }
    follow(d);
}

void desk_give_up(desk *d, session *x, int row)
{
    server_give_up(&d->core, x, row, clock_ms());
    follow(d);
}
