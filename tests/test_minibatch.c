// test_minibatch.c -- agent/rl/minibatch.c
#include <minibatch.h>

#include "test.h"

enum { STEPS = 3, ROWS = 2, OBS = 3, ACT = 2 };

// Every array counts up from a hundred of its own.
static void count_up(float *x, int n, int from)
{
    for (int i = 0; i < n; i++) {
        x[i] = (float) (from + i);
    }
}

static void a_minibatch_holds_the_rows_asked_for(void **state)
{
    (void) state;
    rollout r;
    minibatch b;
    assert_ok(rollout_init(&r, STEPS, ROWS, OBS, ACT));
    assert_ok(minibatch_init(&b, &r, 4));
    count_up(r.obs, STEPS * ROWS * OBS, 100);
    count_up(r.act, STEPS * ROWS * ACT, 200);
    count_up(r.logp, STEPS * ROWS, 300);
    count_up(r.value, STEPS * ROWS, 400);
    count_up(r.adv, STEPS * ROWS, 500);
    count_up(r.ret, STEPS * ROWS, 600);
    minibatch_gather(&b, &r, (const int[]){5, 0, 2}, 3);
    assert_int_equal(b.n, 3);
    assert_near(b.obs[0], 115, 0);
    assert_near(b.obs[2], 117, 0);
    assert_near(b.obs[3], 100, 0);
    assert_near(b.act[1], 211, 0);
    assert_near(b.act[4], 204, 0);
    assert_near(b.logp[0], 305, 0);
    assert_near(b.value[1], 400, 0);
    assert_near(b.adv[2], 502, 0);
    assert_near(b.ret[0], 605, 0);
    minibatch_free(&b);
    rollout_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_minibatch_holds_the_rows_asked_for),
    };
    return cmocka_run_group_tests_name("minibatch", tests, NULL, NULL);
}
