// test_anchor.c -- agent/algo/anchor.c: how far a linear Gaussian policy went, by hand.
#include <anchor.h>

#include "fake_task.h"
#include "test.h"

enum { STEPS = 5 };

typedef struct fixture {
    fake_task task;
    policy policy;
    rollout data;
    anchor anchor;
} fixture;

// mean(x) = 2 x, log-std 0, on observations 0, 1, 2, 3, 4; batches of 2.
static void make(fixture *f)
{
    random_state random = random_seed(1);
    const policy_options options = {.max_batch = 2};
    fake_init(&f->task, FAKE_TARGET, 1, 1);
    assert_ok(policy_init(&f->policy, &f->task.spec, &options, &random));
    assert_ok(rollout_init(&f->data, STEPS, 1, 1, 1));
    assert_ok(anchor_init(&f->anchor, &f->policy, &f->data, 2));
    for (int t = 0; t < STEPS; t++) {
        f->data.obs[t] = (float) t;
    }
    f->policy.net.layers[0].weight[0] = 2;
    f->policy.net.layers[0].bias[0] = 0;
    anchor_take(&f->anchor, &f->data);
}

static void finish(fixture *f)
{
    anchor_free(&f->anchor);
    rollout_free(&f->data);
    policy_free(&f->policy);
    fake_free(&f->task);
}

// Observations of rows `index` [2].
static double measure(fixture *f, const int *index)
{
    const float obs[] = {f->data.obs[index[0]], f->data.obs[index[1]]};
    anchor_gather(&f->anchor, index, 2);
    const dist_batch pi = policy_forward(&f->policy, obs, 2);
    return anchor_measure(&f->anchor, &pi);
}

static void a_policy_that_stayed_has_kl_0(void **state)
{
    (void) state;
    fixture f;
    make(&f);
    assert_near(measure(&f, (const int[]){4, 1}), 0, 0);
    finish(&f);
}

// mean(x) = 3 x: KL = (3 x - 2 x)^2 / 2
static void every_row_is_measured_against_its_own_old_distribution(void **state)
{
    (void) state;
    fixture f;
    make(&f);
    f.policy.net.layers[0].weight[0] = 3;
    assert_near(measure(&f, (const int[]){4, 1}), 8.5, 1e-5);
    assert_near(f.anchor.kl[0], 8, 1e-5);
    assert_near(f.anchor.kl[1], 0.5, 1e-6);
    finish(&f);
}

// log-std 0 -> log 2: KL = log 2 + 1 / (2 4) - 1/2
static void the_old_log_std_is_kept_too(void **state)
{
    (void) state;
    fixture f;
    make(&f);
    f.policy.net.extra[0] = logf(2);
    assert_near(measure(&f, (const int[]){0, 3}), 2 * (log(2) + 0.125 - 0.5), 1e-6);
    finish(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_policy_that_stayed_has_kl_0),
        cmocka_unit_test(every_row_is_measured_against_its_own_old_distribution),
        cmocka_unit_test(the_old_log_std_is_kept_too),
    };
    return cmocka_run_group_tests_name("anchor", tests, NULL, NULL);
}
