// test_replay.c -- agent/rl/replay.c: what is kept, by hand.
#include <headroom.h>
#include <replay.h>

#include "test.h"

enum { CAPACITY = 4, ROWS = 2, MOST = 64 };

typedef struct fixture {
    replay r;
    replay_batch b;
    float time[ROWS];  // what was seen last
} fixture;

static void make(fixture *f, int n_steps, bool bytes)
{
    *f = (fixture){0};
    const replay_options options = {.capacity = CAPACITY,
                                    .rows = ROWS,
                                    .obs_dim = 2,
                                    .act_dim = 1,
                                    .bytes = bytes,
                                    .n_steps = n_steps,
                                    .gamma = 0.5};
    assert_ok(replay_init(&f->r, &options));
    assert_ok(replay_batch_init(&f->b, &f->r, MOST));
}

static void finish(fixture *f)
{
    replay_batch_free(&f->b);
    replay_free(&f->r);
}

enum { RUNS, TERMINATES, TRUNCATES, BOTH };

// Row `row` sees (t, row), does 10 t, is paid `reward` and sees (t + 1, row).
static void step(fixture *f, int row, float reward, int end)
{
    const float t = f->time[row]++;
    const float obs[2] = {t, (float) row}, next[2] = {t + 1, (float) row}, act = 10 * t;
    replay_add(&f->r, row,
               &(replay_step){.obs = obs,
                              .act = &act,
                              .reward = reward,
                              .next = next,
                              .is_terminated = end == TERMINATES || end == BOTH,
                              .is_truncated = end == TRUNCATES || end == BOTH});
}

// The one that began at time t in `row` among many drawn; -1 if there is none.
static int find(fixture *f, float t, int row)
{
    random_state random = random_seed(1);
    replay_sample(&f->r, &random, MOST, &f->b);
    for (int i = 0; i < MOST; i++) {
        if (f->b.obs[2 * i] == t && f->b.obs[2 * i + 1] == (float) row) {
            return i;
        }
    }
    return -1;
}

static void check(fixture *f, float t, int row, double reward, double discount, float next)
{
    const int i = find(f, t, row);
    assert_true(i >= 0);
    const float input[3] = {t, (float) row, 10 * t};
    assert_memory_equal(f->b.input + 3 * i, input, sizeof(input));
    assert_near(f->b.reward[i], reward, 1e-6);
    assert_near(f->b.discount[i], discount, 1e-6);
    assert_near(f->b.next[2 * i], next, 0);
    assert_near(f->b.next[2 * i + 1], row, 0);
}

static void a_step_is_kept_as_it_was(void **state)
{
    (void) state;
    for (int bytes = 0; bytes < 2; bytes++) {
        fixture f;
        make(&f, 1, bytes);
        step(&f, 0, 3, RUNS);
        step(&f, 1, 4, RUNS);
        assert_int_equal(f.r.count, 2);
        check(&f, 0, 0, 3, 0.5, 1);
        check(&f, 0, 1, 4, 0.5, 1);
        finish(&f);
    }
}

static void only_termination_says_that_nothing_follows(void **state)
{
    (void) state;
    fixture f;
    make(&f, 1, false);
    step(&f, 0, 1, TERMINATES);
    step(&f, 0, 2, TRUNCATES);
    step(&f, 0, 3, BOTH);
    check(&f, 0, 0, 1, 0, 1);
    check(&f, 1, 0, 2, 0.5, 2);
    check(&f, 2, 0, 3, 0, 3);
    finish(&f);
}

static void the_oldest_makes_room(void **state)
{
    (void) state;
    fixture f;
    make(&f, 1, false);
    for (int t = 0; t < CAPACITY + 1; t++) {
        step(&f, 0, (float) t, RUNS);
    }
    assert_int_equal(f.r.count, CAPACITY);
    assert_int_equal(find(&f, 0, 0), -1);
    for (int t = 1; t < CAPACITY + 1; t++) {
        check(&f, (float) t, 0, t, 0.5, (float) (t + 1));
    }
    finish(&f);
}

// 8 + 4 / 2 + 2 / 4, then V a factor 1/8 later
static void n_steps_are_one_transition(void **state)
{
    (void) state;
    fixture f;
    make(&f, 3, false);
    step(&f, 0, 8, RUNS);
    step(&f, 1, 100, RUNS);  // another row's business
    step(&f, 0, 4, RUNS);
    assert_int_equal(f.r.count, 0);
    step(&f, 0, 2, RUNS);
    assert_int_equal(f.r.count, 1);
    check(&f, 0, 0, 10.5, 0.125, 3);
    step(&f, 0, 16, RUNS);
    check(&f, 1, 0, 4 + 1 + 4, 0.125, 4);
    finish(&f);
}

static void what_is_gathered_is_what_was_asked_for(void **state)
{
    (void) state;
    fixture f;
    const int which[] = {2, 0, 2};
    make(&f, 1, false);
    for (int t = 0; t < CAPACITY; t++) {
        step(&f, 0, (float) t, RUNS);
    }
    replay_gather(&f.r, which, 3, &f.b);
    assert_int_equal(f.b.n, 3);
    for (int i = 0; i < 3; i++) {
        assert_near(f.b.obs[2 * i], which[i], 0);
        assert_near(f.b.input[3 * i + 2], 10 * which[i], 0);
        assert_near(f.b.reward[i], which[i], 0);
        assert_near(f.b.next[2 * i], which[i] + 1, 0);
    }
    finish(&f);
}

static void an_end_makes_shorter_ones(void **state)
{
    (void) state;
    fixture f;
    for (int end = TERMINATES; end <= TRUNCATES; end++) {
        make(&f, 3, false);
        step(&f, 0, 8, RUNS);
        step(&f, 0, 4, end);
        assert_int_equal(f.r.count, 2);
        check(&f, 0, 0, 10, end == TERMINATES ? 0 : 0.25, 2);
        check(&f, 1, 0, 4, end == TERMINATES ? 0 : 0.5, 2);
        step(&f, 0, 1, RUNS);  // of the next episode
        assert_int_equal(f.r.count, 2);
        finish(&f);
    }
}

// After two of three steps: 8 + 4 / 2, and 4, before what was seen then.
static void what_breaks_off_counts_as_truncated_there(void **state)
{
    (void) state;
    fixture f;
    make(&f, 3, false);
    step(&f, 0, 8, RUNS);
    step(&f, 0, 4, RUNS);
    step(&f, 1, 100, RUNS);  // another row goes on
    replay_break(&f.r, 0);
    replay_break(&f.r, 0);  // and what has not begun, cannot
    assert_int_equal(f.r.count, 2);
    check(&f, 0, 0, 10, 0.25, 2);
    check(&f, 1, 0, 4, 0.5, 2);
    step(&f, 0, 1, TERMINATES);
    assert_int_equal(f.r.count, 3);
    check(&f, 2, 0, 1, 0, 3);
    finish(&f);
}

// What has room left has no hole before its next transition.
static void a_replay_that_cannot_be_is_refused(void **state)
{
    (void) state;
    fixture f;
    make(&f, 1, false);
    step(&f, 0, 1, RUNS);
    assert_ok(replay_check(&f.r));
    const struct {
        int64_t count, next;
    } wrong[] = {{-1, 0}, {5, 0}, {4, 4}, {4, -1}, {2, 1}, {0, 3}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        f.r.count = wrong[i].count;
        f.r.next = wrong[i].next;
        assert_int_equal(replay_check(&f.r), SW_INVALID_ARGUMENT);
    }
    f.r.count = 4;
    f.r.next = 2;
    assert_ok(replay_check(&f.r));
    f.r.pending_count[1] = 1;
    assert_int_equal(replay_check(&f.r), SW_INVALID_ARGUMENT);
    finish(&f);
}

// 4 equally likely ones, drawn 4000 times: 1000 each, standard deviation 27.
static void all_are_drawn_alike(void **state)
{
    (void) state;
    fixture f;
    int times[CAPACITY] = {0};
    random_state random = random_seed(3);
    make(&f, 1, false);
    for (int t = 0; t < CAPACITY; t++) {
        step(&f, 0, 0, RUNS);
    }
    for (int k = 0; k < 4000 / 50; k++) {
        replay_sample(&f.r, &random, 50, &f.b);
        for (int i = 0; i < 50; i++) {
            times[(int) f.b.obs[2 * i]]++;
        }
    }
    for (int t = 0; t < CAPACITY; t++) {
        assert_in_range(times[t], 1000 - 110, 1000 + 110);
    }
    finish(&f);
}

// A transition of 2 observations and 1 action has 7 floats.
static void a_buffer_larger_than_what_is_left_is_refused_at_once(void **state)
{
    (void) state;
    replay r;
    const int64_t left = (int64_t) (headroom_bytes() / 28);
    const int64_t too_many[] = {left, INT64_MAX / 2};
    for (int i = 0; i < 2; i++) {
        const replay_options options = {
            .capacity = too_many[i], .rows = 1, .obs_dim = 2, .act_dim = 1, .n_steps = 1};
        assert_int_equal(replay_init(&r, &options), SW_NO_MEMORY);
        assert_says("transitions of 28 bytes needs");
        assert_says("lower buffer");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_is_kept_as_it_was),
        cmocka_unit_test(only_termination_says_that_nothing_follows),
        cmocka_unit_test(the_oldest_makes_room),
        cmocka_unit_test(n_steps_are_one_transition),
        cmocka_unit_test(what_is_gathered_is_what_was_asked_for),
        cmocka_unit_test(an_end_makes_shorter_ones),
        cmocka_unit_test(what_breaks_off_counts_as_truncated_there),
        cmocka_unit_test(a_replay_that_cannot_be_is_refused),
        cmocka_unit_test(all_are_drawn_alike),
        cmocka_unit_test(a_buffer_larger_than_what_is_left_is_refused_at_once),
    };
    return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
