#include "core_drive.h"

#include <stdlib.h>
#include <string.h>

#include "step.h"

static uint64_t next_random(void *context)
{
    drive *d = context;
    return d->last_random++;
}

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

void drive_init(drive *d, const sw_env_class *task)
{
    *d = (drive){.last_random = 1000, .peer = {.size = 1, .name = "A"}};
    const server_config config = {.limits = {.max_sessions = 4,
                                             .max_rows = 8,
                                             .max_envs = 16,
                                             .max_message = 1 << 16,
                                             .max_lease = 60},
                                  .name = "test",
                                  .random = next_random,
                                  .context = d};
    require(server_init(&d->core, &config, d->now) == SW_OK);
    require(server_add(&d->core, task) == SW_OK);
}

static void forget_reply(drive *d)
{
    if (d->reply != NULL) {
        stepwire__reply__free_unpacked(d->reply, NULL);
        d->reply = NULL;
    }
}

void drive_free(drive *d)
{
    forget_reply(d);
    server_free(&d->core);
}

int drive_setup(void **state)
{
    static drive d;
    drive_init(&d, &fake_env);
    *state = &d;
    return 0;
}

int drive_teardown(void **state)
{
    drive_free(*state);
    return 0;
}

static void take_reply(drive *d)
{
    server_reply reply;
    if (server_next_reply(&d->core, &reply)) {
        forget_reply(d);
        d->reply = reply_parse(reply.bytes, reply.size);
        d->to = reply.peer;
    }
}

static void run_job(drive *d, session *x)
{
    const int rows = x->job_rows;
    step_rows(x, 0, rows, &d->core.config.log);
    for (int n = 0; n < rows; n++) {
        server_row_done(&d->core, x, session_job_row(x, n), d->now);
    }
}

// Takes what a call to the core left behind.
static void follow(drive *d)
{
    take_reply(d);
    session *x;
    while ((x = server_next_job(&d->core)) != NULL) {
        if (d->hold) {
            d->held[d->held_count++] = x;
        } else {
            run_job(d, x);
            take_reply(d);
        }
    }
}

const Stepwire__Reply *drive_send(drive *d)
{
    forget_reply(d);
    server_request(&d->core, &d->peer, d->request.bytes, d->request.size, d->now);
    follow(d);
    return d->reply;
}

const Stepwire__Reply *drive_ask(drive *d, uint64_t id, uint64_t seq,
                                 Stepwire__Request__KindCase kind, const void *body)
{
    request_make(&d->request, id, seq, kind, body);
    return drive_send(d);
}

const Stepwire__Reply *drive_release(drive *d)
{
    session *x = d->held[0];
    forget_reply(d);
    memmove(d->held, d->held + 1, (size_t) --d->held_count * sizeof(d->held[0]));
    run_job(d, x);
    follow(d);
    return d->reply;
}

const Stepwire__Reply *drive_give_up(drive *d, int row)
{
    forget_reply(d);
    server_give_up(&d->core, d->held[0], row, d->now);
    follow(d);
    return d->reply;
}

void drive_tick(drive *d, int64_t ms)
{
    d->now += ms;
    server_tick(&d->core, d->now);
    follow(d);
}

uint64_t drive_begin(drive *d, uint64_t token, uint32_t rows)
{
    const Stepwire__Open open = open_fake(token, rows);
    const Stepwire__Reset reset = STEPWIRE__RESET__INIT;
    const Stepwire__Reply *reply = drive_ask(d, 0, 1, STEPWIRE__REQUEST__KIND_OPEN, &open);
    require(reply != NULL && reply->result_case == STEPWIRE__REPLY__RESULT_OPENED);
    const uint64_t id = reply->opened->session;
    reply = drive_ask(d, id, 1, STEPWIRE__REQUEST__KIND_RESET, &reset);
    require(reply != NULL && reply->result_case == STEPWIRE__REPLY__RESULT_RESET);
    return id;
}

Stepwire__ErrorCode error_of(const Stepwire__Reply *reply)
{
    return reply != NULL && reply->result_case == STEPWIRE__REPLY__RESULT_ERROR
               ? reply->error->code
               : STEPWIRE__ERROR_CODE__ERROR_NONE;
}
