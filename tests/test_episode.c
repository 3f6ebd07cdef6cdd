// test_episode.c -- agent/run/episode.c
#include "episode.h"

#include <stepwire/spec.h>

#include "test.h"

static void an_end_gives_the_episode_and_begins_another(void **state)
{
    (void) state;
    episodes running;
    episode ended;
    assert_ok(episodes_init(&running, 1));
    assert_false(episodes_step(&running, 0, 1.5, 0, &ended));
    assert_true(episodes_step(&running, 0, 2.5, SW_TERMINATED, &ended));
    assert_near(ended.total, 4, 0);
    assert_int_equal(ended.length, 2);
    assert_true(episodes_step(&running, 0, 7, SW_TRUNCATED, &ended));
    assert_near(ended.total, 7, 0);
    assert_int_equal(ended.length, 1);
    episodes_free(&running);
}

// 2^24 + 1, which a float would round to 2^24
static void returns_are_summed_in_double(void **state)
{
    (void) state;
    episodes running;
    episode ended;
    assert_ok(episodes_init(&running, 1));
    episodes_step(&running, 0, 16777216, 0, &ended);
    episodes_step(&running, 0, 1, SW_TERMINATED, &ended);
    assert_near(ended.total, 16777217, 0);
    episodes_free(&running);
}

static void a_step_that_did_not_happen_makes_its_episode_faulty_and_no_longer(void **state)
{
    (void) state;
    episodes running;
    episode ended;
    assert_ok(episodes_init(&running, 1));
    episodes_step(&running, 0, 1, 0, &ended);
    assert_true(episodes_step(&running, 0, 0, SW_TRUNCATED | SW_FAULTY, &ended));
    assert_true(ended.faulty);
    assert_int_equal(ended.length, 1);
    assert_true(episodes_step(&running, 0, 1, SW_TERMINATED, &ended));
    assert_false(ended.faulty);
    episodes_free(&running);
}

// returns 0 .. 149, of which 50 .. 149 are kept: mean 99.5
static void means_are_of_the_last_hundred(void **state)
{
    (void) state;
    recent r = {0};
    for (int i = 0; i < 150; i++) {
        recent_add(&r, &(episode){.total = i, .length = 2 * i});
    }
    assert_int_equal(r.count, 150);
    assert_near(recent_return(&r), 99.5, 1e-12);
    assert_near(recent_length(&r), 199, 1e-12);
}

static void fewer_than_a_hundred_are_averaged_alone(void **state)
{
    (void) state;
    recent r = {0};
    assert_true(isnan(recent_return(&r)));
    recent_add(&r, &(episode){.total = 3, .length = 1});
    recent_add(&r, &(episode){.total = 5, .length = 2});
    recent_add(&r, &(episode){.total = 1000, .length = 9, .faulty = true});
    assert_near(recent_return(&r), 4, 1e-12);
    assert_near(recent_length(&r), 1.5, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_end_gives_the_episode_and_begins_another),
        cmocka_unit_test(returns_are_summed_in_double),
        cmocka_unit_test(a_step_that_did_not_happen_makes_its_episode_faulty_and_no_longer),
        cmocka_unit_test(means_are_of_the_last_hundred),
        cmocka_unit_test(fewer_than_a_hundred_are_averaged_alone),
    };
    return cmocka_run_group_tests_name("episode", tests, NULL, NULL);
}
