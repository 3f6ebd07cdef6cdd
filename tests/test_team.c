// test_team.c -- agent/nn/team.c: every part once, whoever computes it.
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include <team.h>

#include "test.h"

enum { PARTS = 7, ROUNDS = 5000 };

typedef struct tally {
    int done[PARTS];  // times each part was computed
    pthread_t by[PARTS];
} tally;

static void count(void *context, int part)
{
    tally *t = context;
    t->done[part]++;
    t->by[part] = pthread_self();
}

static void check_rounds(int threads)
{
    team *t;
    tally all = {{0}, {0}};
    assert_ok(team_new(threads, &t));
    for (int i = 1; i <= ROUNDS; i++) {
        team_run(t, count, &all, PARTS);
        for (int k = 0; k < PARTS; k++) {
            assert_int_equal(all.done[k], i);
        }
    }
    team_close(t);
}

static void every_part_is_computed_once_before_run_returns(void **state)
{
    (void) state;
    for (int threads = 1; threads <= 3; threads++) {
        check_rounds(threads);
    }
}

static void parts_are_dealt_to_the_threads_in_turn(void **state)
{
    (void) state;
    team *t;
    tally all = {{0}, {0}};
    assert_ok(team_new(2, &t));
    team_run(t, count, &all, PARTS);
    for (int k = 0; k < PARTS; k++) {
        assert_true(pthread_equal(all.by[k], pthread_self()) == (k % 2 == 0));
    }
    team_close(t);
}

static void nothing(void *context, int part)
{
    tally *t = context;
    t->by[part] = pthread_self();
}

// Waking someone up takes longer than doing nothing.
static void a_team_stops_working_together_where_that_is_slower(void **state)
{
    (void) state;
    team *t;
    tally all = {{0}, {0}};
    assert_ok(team_new(2, &t));
    team_run(t, nothing, &all, 2);
    assert_false(pthread_equal(all.by[1], pthread_self()));
    // a spell together, a spell alone to compare; who is put aside in that compares again much
    // later
    enum { MANY = 256 * 256 };
    int alone = 0;
    for (int i = 0; i < MANY; i++) {
        team_run(t, nothing, &all, 2);
        alone += pthread_equal(all.by[1], pthread_self()) != 0;
    }
    assert_true(alone > MANY / 2);
    team_close(t);
}

static void doze(void *context, int part)
{
    const struct timespec pause = {.tv_nsec = 300000000};
    nanosleep(&pause, NULL);
    nothing(context, part);
}

// One round each: together, alone to compare, and together again.
static void a_team_with_long_rounds_does_not_compare_for_long(void **state)
{
    (void) state;
    team *t;
    tally all = {{0}, {0}};
    assert_ok(team_new(2, &t));
    for (int i = 0; i < 3; i++) {
        team_run(t, doze, &all, 2);
        assert_true(pthread_equal(all.by[1], pthread_self()) == (i == 1));
    }
    team_close(t);
}

static void helpers_that_sleep_are_woken(void **state)
{
    (void) state;
    const struct timespec pause = {.tv_nsec = 20000000};
    team *t;
    tally all = {{0}, {0}};
    assert_ok(team_new(3, &t));
    for (int i = 1; i <= 5; i++) {
        nanosleep(&pause, NULL);
        team_run(t, count, &all, PARTS);
        assert_int_equal(all.done[1], i);
        assert_int_equal(all.done[2], i);
    }
    team_close(t);
}

static void a_team_that_never_worked_closes(void **state)
{
    (void) state;
    team *t;
    assert_ok(team_new(3, &t));
    team_close(t);
    team_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part_is_computed_once_before_run_returns),
        cmocka_unit_test(parts_are_dealt_to_the_threads_in_turn),
        cmocka_unit_test(a_team_stops_working_together_where_that_is_slower),
        cmocka_unit_test(a_team_with_long_rounds_does_not_compare_for_long),
        cmocka_unit_test(helpers_that_sleep_are_woken),
        cmocka_unit_test(a_team_that_never_worked_closes),
    };
    return cmocka_run_group_tests_name("team", tests, NULL, NULL);
}
