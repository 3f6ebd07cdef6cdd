// test_client_state.c -- agent/client/state.c and resets of some rows: a client and a scripted
// server.
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "adder.h"
#include "test.h"

// ---- resets -------------------------------------------------------------------------------------

static void a_reset_of_some_rows_is_answered_by_just_those(void **state)
{
    (void) state;
    adder f = adder_open(NULL, NULL);
    const sw_batch *batch;
    assert_ok(adder_step(f.client, 1, &batch));
    const uint32_t rows[] = {0, 2};
    const uint64_t seeds[] = {40, 41}, episodes[] = {0, 3};
    const sw_reset which = {.rows = rows, .row_count = 2, .seeds = seeds, .episodes = episodes};
    assert_ok(sw_client_send_reset(f.client, &which));
    assert_ok(sw_client_recv(f.client, &batch));
    assert_int_equal(batch->rows, 2);
    assert_int_equal(batch->seeds[0], 40);
    assert_int_equal(batch->seeds[1], 44);  // the peer adds seed and episode
    assert_true(batch->flags[1] == SW_FIRST && adder_sum(batch, 1) == 0);
    assert_ok(adder_step(f.client, 1, &batch));
    assert_true(adder_sum(batch, 0) == 1 && adder_sum(batch, 1) == 4 && adder_sum(batch, 2) == 3);
    adder_close(&f);
}

static void rows_that_do_not_ascend_or_do_not_exist_are_named_and_not_sent(void **state)
{
    (void) state;
    adder f = adder_open(NULL, NULL);
    const uint32_t lists[][2] = {{2, 1}, {1, 1}, {0, 3}};
    const char *const named[] = {"row 1", "row 1", "row 3"};
    for (int i = 0; i < 3; i++) {
        const sw_reset which = {.rows = lists[i], .row_count = 2};
        const sw_states *states;
        assert_int_equal(sw_client_send_reset(f.client, &which), SW_INVALID_ARGUMENT);
        assert_says(named[i]);
        assert_int_equal(sw_client_get_state(f.client, lists[i], 2, NULL, &states),
                         SW_INVALID_ARGUMENT);
    }
    assert_int_equal(peer_count(f.peer, STEPWIRE__REQUEST__KIND_RESET), 1);
    assert_int_equal(peer_count(f.peer, STEPWIRE__REQUEST__KIND_GET_STATE), 0);
    adder_close(&f);
}


// ---- states -------------------------------------------------------------------------------------

static void a_saved_state_goes_back_into_the_client_it_came_from(void **state)
{
    (void) state;
    adder f = adder_open(NULL, NULL);
    const sw_batch *batch;
    const sw_states *states;
    const uint32_t rows[] = {1, 2}, swapped[] = {0, 1};
    assert_ok(adder_step(f.client, 1, &batch));
    assert_ok(sw_client_get_state(f.client, rows, 2, NULL, &states));
    assert_int_equal(states->count, 2);
    assert_string_equal(states->format, "sum");
    assert_int_equal(states->sizes[1], sizeof(double));
    assert_ok(sw_client_set_state(f.client, swapped, 2, states, &batch));
    assert_int_equal(batch->rows, 2);
    assert_true(adder_sum(batch, 0) == 2 && adder_sum(batch, 1) == 3);
    assert_true(batch->rewards[0] == 0 && batch->seeds[1] == 0 && batch->final_index[1] == -1);
    assert_null(batch->infos);
    assert_ok(adder_step(f.client, 10, &batch));
    assert_true(adder_sum(batch, 0) == 12 && adder_sum(batch, 1) == 23 &&
                adder_sum(batch, 2) == 33);
    adder_close(&f);
}

static void states_move_to_another_server(void **state)
{
    (void) state;
    adder from = adder_open(NULL, NULL), to = adder_open(NULL, NULL);
    const sw_batch *batch;
    const sw_states *states;
    assert_ok(adder_step(from.client, 5, &batch));
    assert_ok(sw_client_get_state(from.client, NULL, 0, "sum", &states));
    assert_ok(sw_client_set_state(to.client, NULL, 0, states, &batch));
    assert_int_equal(batch->rows, ADDER_ROWS);
    assert_true(adder_sum(batch, 2) == 15);
    adder_close(&from);
    adder_close(&to);
}

static void as_many_states_as_rows_are_needed(void **state)
{
    (void) state;
    adder f = adder_open(NULL, NULL);
    const sw_batch *batch;
    const double sum = 1;
    const void *const bytes[] = {&sum};
    const size_t sizes[] = {sizeof(sum)};
    const sw_states one = {.format = "sum", .count = 1, .states = bytes, .sizes = sizes};
    assert_int_equal(sw_client_set_state(f.client, NULL, 0, &one, &batch), SW_INVALID_ARGUMENT);
    assert_says("1 states for 3 rows");
    assert_int_equal(peer_count(f.peer, STEPWIRE__REQUEST__KIND_SET_STATE), 0);
    adder_close(&f);
}

static peer_answer refuse_states(void *context, const Stepwire__Request *request,
                                 Stepwire__Reply *reply)
{
    static Stepwire__Error error;
    const Stepwire__ErrorCode *code = context;
    if (reply != NULL && (request->kind_case == STEPWIRE__REQUEST__KIND_GET_STATE ||
                          request->kind_case == STEPWIRE__REQUEST__KIND_RENDER)) {
        stepwire__error__init(&error);
        error.code = *code;
        error.text = "not this one";
        reply->result_case = STEPWIRE__REPLY__RESULT_ERROR;
        reply->error = &error;
    }
    return PEER_SEND;
}

static void no_error_about_a_state_or_a_picture_ends_the_session(void **state)
{
    (void) state;
    const Stepwire__ErrorCode codes[] = {
        STEPWIRE__ERROR_CODE__NOT_FOUND, STEPWIRE__ERROR_CODE__FAILED_PRECONDITION,
        STEPWIRE__ERROR_CODE__ENVIRONMENT, STEPWIRE__ERROR_CODE__UNIMPLEMENTED,
        STEPWIRE__ERROR_CODE__TOO_LARGE};
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        const sw_view view = {.width = 1, .height = 1};
        const sw_states *states;
        const sw_image *image;
        const sw_batch *batch;
        Stepwire__ErrorCode code = codes[i];
        adder f = adder_open(refuse_states, &code);
        assert_int_equal(sw_client_get_state(f.client, NULL, 0, NULL, &states), code);
        assert_says("not this one");
        assert_int_equal(sw_client_render(f.client, 0, &view, &image), code);
        assert_ok(adder_step(f.client, 1, &batch));
        assert_true(adder_sum(batch, 0) == 1);
        adder_close(&f);
    }
}


// ---- lies ---------------------------------------------------------------------------------------

static peer_answer lie_about_states(void *context, const Stepwire__Request *request,
                                    Stepwire__Reply *reply)
{
    (void) request;
    if (reply == NULL) {
        return PEER_SEND;
    }
    if (reply->result_case == STEPWIRE__REPLY__RESULT_STATES) {
        switch (*(const int *) context) {
        case 0: reply->states->n_states = 2; break;
        case 1: reply->states->format = "product"; break;
        default: break;
        }
    } else if (reply->result_case == STEPWIRE__REPLY__RESULT_RENDERED) {
        switch (*(const int *) context) {
        case 2: reply->rendered->rgb.len--; break;
        case 3: reply->rendered->width++; break;
        case 4: reply->rendered->height = 0; break;
        default: break;
        }
    } else if (reply->result_case == STEPWIRE__REPLY__RESULT_STATE_SET) {
        switch (*(const int *) context) {
        case 5: reply->state_set->flags.len--; break;
        case 6: reply->state_set->observations[0].len--; break;
        case 7: reply->state_set->n_observations = 0; break;
        default: break;
        }
    }
    return PEER_SEND;
}

static void a_reply_that_does_not_fit_what_was_asked_ends_the_session(void **state)
{
    (void) state;
    for (int what = 0; what < 8; what++) {
        adder f = adder_open(lie_about_states, &what);
        const sw_view view = {.width = 4, .height = 2};
        const sw_states *states;
        const sw_image *image;
        const sw_batch *batch;
        sw_status st = sw_client_get_state(f.client, NULL, 0, "sum", &states);
        st = st == SW_OK ? sw_client_set_state(f.client, NULL, 0, states, &batch) : st;
        st = st == SW_OK ? sw_client_render(f.client, 0, &view, &image) : st;
        assert_int_equal(st, SW_PROTOCOL);
        assert_says("Adder-v0");
        assert_int_equal(adder_step(f.client, 1, &batch), SW_PROTOCOL);
        sw_client_close(f.client);
        assert_int_equal(peer_count(f.peer, STEPWIRE__REQUEST__KIND_CLOSE), 1);  // all the same
        peer_stop(f.peer);
    }
}


// ---- pictures -----------------------------------------------------------------------------------

static void a_picture_is_of_the_row_and_size_that_were_asked_for(void **state)
{
    (void) state;
    adder f = adder_open(NULL, NULL);
    const sw_view view = {.width = 40, .height = 30};
    const sw_image *image;
    assert_ok(sw_client_render(f.client, 2, &view, &image));
    assert_int_equal(image->width, 40);
    assert_int_equal(image->height, 30);
    assert_true(image->rgb[0] == 2 && image->rgb[3 * 40 * 30 - 1] == 2);
    assert_int_equal(sw_client_render(f.client, 3, &view, &image), SW_INVALID_ARGUMENT);
    adder_close(&f);
}


// ---- waiting ------------------------------------------------------------------------------------

static peer_answer lose_some(void *context, const Stepwire__Request *request,
                             Stepwire__Reply *reply)
{
    int *times = context;
    (void) reply;
    return request->kind_case == STEPWIRE__REQUEST__KIND_GET_STATE && reply != NULL && --*times >= 0
               ? PEER_DROP
               : PEER_SEND;
}

static void ignore_signal(int number)
{
    (void) number;
}

static void *interrupt(void *argument)
{
    const pthread_t *thread = argument;
    const struct timespec pause = {.tv_nsec = 10 * 1000000};
    for (int i = 0; i < 5; i++) {
        nanosleep(&pause, NULL);
        pthread_kill(*thread, SIGUSR1);
    }
    return NULL;
}

static void signals_do_not_interrupt_the_calls_that_wait(void **state)
{
    (void) state;
    const struct sigaction action = {.sa_handler = ignore_signal};
    sigaction(SIGUSR1, &action, NULL);
    int times = 3;
    adder f = adder_open(lose_some, &times);
    const sw_states *states;
    pthread_t self = pthread_self();
    pthread_t other;
    pthread_create(&other, NULL, interrupt, &self);
    assert_ok(sw_client_get_state(f.client, NULL, 0, NULL, &states));
    assert_int_equal(states->count, ADDER_ROWS);
    pthread_join(other, NULL);
    adder_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reset_of_some_rows_is_answered_by_just_those),
        cmocka_unit_test(rows_that_do_not_ascend_or_do_not_exist_are_named_and_not_sent),
        cmocka_unit_test(a_saved_state_goes_back_into_the_client_it_came_from),
        cmocka_unit_test(states_move_to_another_server),
        cmocka_unit_test(as_many_states_as_rows_are_needed),
        cmocka_unit_test(no_error_about_a_state_or_a_picture_ends_the_session),
        cmocka_unit_test(a_reply_that_does_not_fit_what_was_asked_ends_the_session),
        cmocka_unit_test(a_picture_is_of_the_row_and_size_that_were_asked_for),
        cmocka_unit_test(signals_do_not_interrupt_the_calls_that_wait),
    };
    return cmocka_run_group_tests_name("client states", tests, NULL, NULL);
}
