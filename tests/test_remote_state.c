// test_remote_state.c -- states and sessions that move between clients and server processes: what
// follows is the same, bit for bit.
//
// SIMSERVER is the path of stepwire-simserver.
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <stepwire/client.h>

#include "counter.h"
#include "embedded.h"
#include "player.h"
#include "test.h"
#include "twin.h"

enum { ROWS = PLAYER_ROWS, LIMIT = PLAYER_LIMIT, FUTURE = 200 };

typedef struct fixture {
    embedded *one, *two;  // server processes
    sw_client *names;     // knows the tasks
} fixture;

static sw_client *connect_to(const embedded *server)
{
    sw_client_options options = SW_CLIENT_OPTIONS;
    options.endpoint = embedded_endpoint(server);
    sw_client *client = NULL;
    assert_ok(sw_client_connect(&options, &client));
    return client;
}

static int setup(void **state)
{
    static fixture f;
    static const char *const quiet[] = {"--log", "warning", NULL};
    const embedded_options options = {.program = SIMSERVER, .arguments = quiet};
    assert_ok(embedded_start(&options, &f.one));
    assert_ok(embedded_start(&options, &f.two));
    f.names = connect_to(f.one);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    sw_client_close(f->names);
    assert_int_equal(embedded_stop(f->one), 0);
    assert_int_equal(embedded_stop(f->two), 0);
    return 0;
}

// Calls `test` for every task with states, each in the mode after that of the task before: modes
// are the server's, and the same for all tasks.
static void for_every_task(fixture *f, void (*test)(fixture *, const char *, sw_autoreset))
{
    enum { MODES = SW_DISABLED - SW_SAME_STEP + 1 };
    int count;
    const char *const *ids = sw_client_tasks(f->names, &count);
    assert_true(count >= MODES);
    for (int i = 0; i < count; i++) {
        sw_spec spec;
        assert_ok(sw_client_describe(f->names, ids[i], NULL, 0, &spec));
        if (spec.supports_state && local_env_is_typical(ids[i])) {
            test(f, ids[i], (sw_autoreset) (SW_SAME_STEP + i % MODES));
        }
        sw_spec_free(&spec);
    }
}


// ---- states -------------------------------------------------------------------------------------

// States that outlive the client's next call.
typedef struct blobs {
    sw_states states;
    const void *bytes[ROWS];
    size_t sizes[ROWS];
} blobs;

static void copy_states(const player *p, const char *format, blobs *b)
{
    const sw_states *states = NULL;
    assert_ok(sw_client_get_state(p->client, NULL, 0, format, &states));
    assert_int_equal(states->count, ROWS);
    *b = (blobs){.states = {.format = format, .count = ROWS}};
    for (int i = 0; i < ROWS; i++) {
        void *copy = malloc(states->sizes[i]);
        assert_non_null(copy);
        memcpy(copy, states->states[i], states->sizes[i]);
        b->bytes[i] = copy;
        b->sizes[i] = states->sizes[i];
    }
    b->states.states = b->bytes;
    b->states.sizes = b->sizes;
}

static void free_states(blobs *b)
{
    for (int i = 0; i < ROWS; i++) {
        free((void *) b->bytes[i]);
    }
}

static void restore(player *p, const blobs *b)
{
    const sw_batch *batch = NULL;
    assert_ok(sw_client_set_state(p->client, NULL, 0, &b->states, &batch));
    assert_int_equal(batch->rows, ROWS);
    player_note_ends(p, NULL, batch);
}

// Saves after `steps`, goes on, and goes on from there again: in the same session, and in a new one
// of another process whose own seeds are others.
static void save_and_go_on(fixture *f, const char *id, sw_autoreset mode, int steps)
{
    player here, there;
    record first, again, elsewhere;
    blobs saved;
    player_open(&here, embedded_endpoint(f->one), id, mode, 5);
    player_open(&there, embedded_endpoint(f->two), id, mode, 99);
    player_reset(&here, NULL, 0);
    player_play(&here, steps, 1, NULL);
    copy_states(&here, "", &saved);
    player_play(&here, FUTURE, 2, &first);
    restore(&here, &saved);
    player_play(&here, FUTURE, 2, &again);
    restore(&there, &saved);
    player_play(&there, FUTURE, 2, &elsewhere);
    record_compare(&first, &again);
    record_compare(&first, &elsewhere);
    record_free(&first);
    record_free(&again);
    record_free(&elsewhere);
    free_states(&saved);
    player_close(&here);
    player_close(&there);
}

static void test_restoring(fixture *f, const char *id, sw_autoreset mode)
{
    save_and_go_on(f, id, mode, LIMIT);      // the time limit has just ended what still ran
    save_and_go_on(f, id, mode, LIMIT + 7);  // in the middle of episodes
}

static void a_state_goes_on_bit_for_bit_in_another_process(void **state)
{
    for_every_task(*state, test_restoring);
}

// One state of the list, `bad` [size], is wrong; the others are right, but of another time.
static void refuse(player *p, blobs *others, int row, const void *bad, size_t size)
{
    const sw_batch *batch = NULL;
    const void *good = others->bytes[row];
    const size_t good_size = others->sizes[row];
    others->bytes[row] = bad;
    others->sizes[row] = size;
    assert_int_equal(sw_client_set_state(p->client, NULL, 0, &others->states, &batch),
                     SW_INVALID_ARGUMENT);
    others->bytes[row] = good;
    others->sizes[row] = good_size;
}

static void damage(player *p, blobs *others)
{
    random_state random = random_seed(3);
    for (int i = 0; i < 60; i++) {
        const int row = i % ROWS;
        const size_t size = others->sizes[row];
        uint8_t *bad = malloc(size + 1);
        assert_non_null(bad);
        memcpy(bad, others->bytes[row], size);
        bad[size] = 0;
        if (i < 3) {
            refuse(p, others, row, bad, (size_t[]){0, size - 1, size + 1}[i]);
        } else {
            // every byte of the server's part, and some of the environment's
            const size_t at = i < 43 ? (size_t) i - 3 : (size_t) random_below(&random, size);
            bad[at] ^= (uint8_t) (1 << random_below(&random, 8));
            refuse(p, others, row, bad, size);
        }
        free(bad);
    }
}

// A session that is given bad states goes on as one that is not.
static void test_damage(fixture *f, const char *id, sw_autoreset mode)
{
    player spared, tried;
    record expected, found;
    blobs old, before, after;
    player_open(&spared, embedded_endpoint(f->one), id, mode, 5);
    player_open(&tried, embedded_endpoint(f->two), id, mode, 5);
    player_reset(&spared, NULL, 0);
    player_reset(&tried, NULL, 0);
    copy_states(&tried, "", &old);
    player_play(&spared, LIMIT + 7, 1, NULL);
    player_play(&tried, LIMIT + 7, 1, NULL);
    copy_states(&tried, "", &before);
    damage(&tried, &old);
    copy_states(&tried, "", &after);
    for (int i = 0; i < ROWS; i++) {
        assert_int_equal(before.sizes[i], after.sizes[i]);
        assert_memory_equal(before.bytes[i], after.bytes[i], before.sizes[i]);
    }
    player_play(&spared, FUTURE, 2, &expected);
    player_play(&tried, FUTURE, 2, &found);
    record_compare(&expected, &found);
    record_free(&expected);
    record_free(&found);
    free_states(&old);
    free_states(&before);
    free_states(&after);
    player_close(&spared);
    player_close(&tried);
}

static void bad_states_are_refused_and_change_nothing(void **state)
{
    for_every_task(*state, test_damage);
}

static void test_other_format(fixture *f, const char *id, sw_autoreset mode, const char *format)
{
    player p;
    blobs saved;
    player_open(&p, embedded_endpoint(f->one), id, mode, 5);
    player_reset(&p, NULL, 0);
    player_play(&p, 20, 1, NULL);
    copy_states(&p, format, &saved);
    const sw_batch *batch = NULL;
    assert_ok(sw_client_set_state(p.client, NULL, 0, &saved.states, &batch));
    for (int row = 0; row < ROWS; row++) {
        twin t;
        twin_open(&t, id, mode, LIMIT, row);
        assert_ok(local_env_load(&t.env, format, saved.bytes[row]));
        t.flags = SW_FIRST;
        twin_compare(&t, batch, row);
        twin_close(&t);
    }
    memset((void *) saved.bytes[0], 0xff, saved.sizes[0]);  // NaN
    refuse(&p, &saved, 0, saved.bytes[0], saved.sizes[0]);
    free_states(&saved);
    player_close(&p);
}

static void test_other_formats(fixture *f, const char *id, sw_autoreset mode)
{
    const sw_env_class *task = local_env_task(id);
    for (int i = 1; task->state_formats[i] != NULL; i++) {
        test_other_format(f, id, mode, task->state_formats[i]);
    }
}

static void a_state_in_another_format_begins_the_same_episode_as_locally(void **state)
{
    for_every_task(*state, test_other_formats);
}

static void test_preconditions(fixture *f, const char *id, sw_autoreset mode)
{
    const uint32_t first = 0;
    const sw_states *states = NULL;
    player p;
    player_open(&p, embedded_endpoint(f->one), id, mode, 5);
    assert_int_equal(sw_client_get_state(p.client, NULL, 0, NULL, &states), SW_FAILED_PRECONDITION);
    assert_int_equal(sw_client_get_state(p.client, NULL, 0, "no/such", &states), SW_NOT_FOUND);
    assert_says(local_env_task(id)->state_formats[0]);
    player_reset(&p, &first, 1);
    assert_int_equal(sw_client_get_state(p.client, NULL, 0, NULL, &states), SW_FAILED_PRECONDITION);
    assert_ok(sw_client_get_state(p.client, &first, 1, NULL, &states));
    player_reset(&p, NULL, 0);
    player_play(&p, 1, 1, NULL);
    player_close(&p);
}

static void only_what_was_reset_has_a_state(void **state)
{
    for_every_task(*state, test_preconditions);
}


// ---- resuming -----------------------------------------------------------------------------------

static void test_resuming(fixture *f, const char *id, sw_autoreset mode)
{
    player undisturbed, left, heir;
    record expected, found;
    player_open(&undisturbed, embedded_endpoint(f->one), id, mode, 5);
    player_open(&left, embedded_endpoint(f->one), id, mode, 5);
    player_reset(&undisturbed, NULL, 0);
    player_reset(&left, NULL, 0);
    player_play(&undisturbed, LIMIT, 1, NULL);
    player_play(&left, LIMIT, 1, NULL);
    player_resume(&heir, embedded_endpoint(f->one), &left);
    player_play(&undisturbed, FUTURE, 2, &expected);
    player_play(&heir, FUTURE, 2, &found);
    record_compare(&expected, &found);
    record_free(&expected);
    record_free(&found);
    player_close(&undisturbed);
    player_close(&heir);
    player_close(&left);
}

static void a_resumed_session_goes_on_bit_for_bit(void **state)
{
    for_every_task(*state, test_resuming);
}

// The sum in row 2 of a session that is resumed while, it is hoped, 3 is being added there.
static double resume_in_a_long_step(fixture *f)
{
    player left;
    player_open(&left, embedded_endpoint(f->one), "Counter-v0", SW_SAME_STEP, 5);
    player_reset(&left, NULL, 0);
    const double add[ROWS] = {1, 2, 3};
    const int32_t command[ROWS] = {COUNTER_HANG};  // for a second
    const void *const actions[] = {add, command};
    assert_ok(sw_client_send_step(left.client, actions));
    poll(NULL, 0, 100);
    sw_client *client = connect_to(f->one);
    const sw_batch *batch = NULL;
    assert_ok(sw_client_resume(client, sw_client_session(left.client), &batch));
    const double sum = ((const double *) batch->observations[0])[2 * 2];
    sw_client_close(client);
    player_close(&left);
    return sum;
}

// The two clients race to the server. If the one that resumes wins, nothing has happened.
static void a_session_is_resumed_when_its_long_step_is_done(void **state)
{
    double sum = 0;
    for (int tries = 0; tries < 20 && sum == 0; tries++) {
        sum = resume_in_a_long_step(*state);
    }
    assert_near(sum, 3, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_goes_on_bit_for_bit_in_another_process),
        cmocka_unit_test(bad_states_are_refused_and_change_nothing),
        cmocka_unit_test(a_state_in_another_format_begins_the_same_episode_as_locally),
        cmocka_unit_test(only_what_was_reset_has_a_state),
        cmocka_unit_test(a_resumed_session_goes_on_bit_for_bit),
        cmocka_unit_test(a_session_is_resumed_when_its_long_step_is_done),
    };
    return cmocka_run_group_tests_name("remote states", tests, setup, teardown);
}
