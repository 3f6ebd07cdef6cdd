// test_server_memory.c -- a session that steps lives on the memory it was opened with.
#include <stdlib.h>

#include "allocations.h"
#include "core_drive.h"
#include "mujoco_tasks.h"
#include "step.h"
#include "test.h"

enum { ROWS = 4, STEPS = 300, ACTIONS = 3 };

static uint64_t open_hopper(drive *d)
{
    Stepwire__Open open = STEPWIRE__OPEN__INIT;
    open.token = 7;
    open.env_id = "Hopper-v5";
    open.rows = ROWS;
    open.base_seed = 1;
    open.info = true;
    const Stepwire__Reply *reply = drive_ask(d, 0, 1, STEPWIRE__REQUEST__KIND_OPEN, &open);
    assert_int_equal(error_of(reply), 0);
    const uint64_t id = reply->opened->session;
    Stepwire__Reset reset = STEPWIRE__RESET__INIT;
    assert_int_equal(error_of(drive_ask(d, id, 1, STEPWIRE__REQUEST__KIND_RESET, &reset)), 0);
    return id;
}

// All that the server does for a step, from the request's bytes to the reply's. Counts the rows
// that ended.
static int step(drive *d, const request *r, server_reply *reply)
{
    int ended = 0;
    server_request(&d->core, &d->peer, r->bytes, r->size, 0);
    session *x = server_next_job(&d->core);
    step_rows(x, 0, ROWS, &d->core.config.log);
    for (int i = 0; i < ROWS; i++) {
        ended += x->flags[i] != 0;
        server_row_done(&d->core, x, i, 0);
    }
    assert_true(server_next_reply(&d->core, reply));
    return ended;
}

static void steps_and_the_resets_among_them_allocate_nothing(void **state)
{
    (void) state;
    static drive d;
    drive_init(&d, &mujoco_hopper_v5);
    const uint64_t id = open_hopper(&d);

    double actions[ROWS * ACTIONS];
    for (int i = 0; i < ROWS * ACTIONS; i++) {
        actions[i] = 0.3 * (i % ACTIONS) - 0.2;
    }
    ProtobufCBinaryData tensor = {.data = (uint8_t *) actions, .len = sizeof(actions)};
    Stepwire__Step body = STEPWIRE__STEP__INIT;
    body.actions = &tensor;
    body.n_actions = 1;

    int ended = 0;
    for (uint64_t seq = 2; seq < 2 + STEPS; seq++) {
        server_reply reply;
        request_make(&d.request, id, seq, STEPWIRE__REQUEST__KIND_STEP, &body);
        const int before = allocations_count();
        ended += step(&d, &d.request, &reply);
        assert_int_equal(allocations_count(), before);
        assert_true(reply.size > ROWS * sizeof(double));
    }
    assert_true(ended > 0);
    drive_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_and_the_resets_among_them_allocate_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
