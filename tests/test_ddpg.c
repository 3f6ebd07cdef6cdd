// test_ddpg.c -- agent/algo/ddpg.c: what it does not share with td3.
#include <ddpg.h>

#include "learner.h"

// mu^- = tanh(s') and Q^- = 2 s' + 3 a' + 1 by hand: s' = 0.5, r = -1, discount 0.9.
static void a_target_is_the_target_networks_and_has_no_noise(void **state)
{
    (void) state;
    learner l;
    learner_begin(&l, &algo_ddpg, FAKE_TARGET, 1);
    strcpy(fake_value(&algo_ddpg, l.values, "hidden")->s, "");
    learner_open(&l, 1, 1);
    deterministic *d = (deterministic *) l.algo;
    replay_batch *b = &d->base.batch;
    const float mu[] = {1, 0}, q[] = {2, 3, 1};
    memcpy(d->target.params, mu, sizeof(mu));
    memcpy(d->critics.target[0].params, q, sizeof(q));
    b->n = 1;
    b->next[0] = 0.5f;
    b->reward[0] = -1;
    b->discount[0] = 0.9f;
    d->base.kind->learn(&d->base);
    assert_int_equal(d->critics.count, 1);
    assert_near(d->critics.y[0], -1 + 0.9 * (1 + 3 * tanh(0.5) + 1), 1e-5);
    learner_close(&l);
}

static void every_step_moves_actor_critic_and_targets(void **state)
{
    (void) state;
    learner l;
    learner_begin(&l, &algo_ddpg, FAKE_TARGET, 1);
    learner_open(&l, 1, 1);
    learner_run(&l, 1);  // 1000 transitions, of which the first 64 at random
    const deterministic *d = (deterministic *) l.algo;
    assert_near(learner_stat(&l, "updates"), 1000 - 64, 0);
    assert_int_equal(d->adam.steps, 1000 - 64);
    assert_int_equal(d->critics.adam[0].steps, 1000 - 64);
    assert_true(d->target.params[0] != d->actor.params[0]);
    learner_close(&l);
}

static void it_learns_to_hit_the_target(void **state)
{
    (void) state;
    learner l;
    learner_begin(&l, &algo_ddpg, FAKE_TARGET, 2);
    fake_value(&algo_ddpg, l.values, "lr")->f = 3e-3;
    fake_value(&algo_ddpg, l.values, "critic_lr")->f = 3e-3;
    learner_learns(&l, 3, 1, -0.1);
}

static void categories_are_not_for_it(void **state)
{
    (void) state;
    learner l;
    learner_begin(&l, &algo_ddpg, FAKE_CORRIDOR, 1);
    const algo_problem problem = fake_problem(&l.task, 1, 1024, 1);
    assert_int_equal(algo_ddpg.open(&problem, l.values, &l.algo), SW_INVALID_ARGUMENT);
    assert_says("ddpg learns one float32 action");
    fake_free(&l.task);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_is_the_target_networks_and_has_no_noise),
        cmocka_unit_test(every_step_moves_actor_critic_and_targets),
        cmocka_unit_test(it_learns_to_hit_the_target),
        cmocka_unit_test(categories_are_not_for_it),
    };
    return cmocka_run_group_tests_name("ddpg", tests, NULL, NULL);
}
