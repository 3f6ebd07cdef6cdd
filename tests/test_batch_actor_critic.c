// test_batch_actor_critic.c -- agent/algo/batch_actor_critic.c: when targets thaw, and that every
// credit learns.
#include <batch_actor_critic.h>

#include "learner.h"

static void set(learner *l, const char *name, const char *value)
{
    strcpy(fake_value(&algo_actor_critic, l->values, name)->s, value);
}

// A critic that is a table, and nothing at first: V of cells 3, 2 and 1 after one update. The first
// is next to the reward.
static void values_after(int target_updates, double *value)
{
    learner l;
    learner_begin(&l, &algo_actor_critic, FAKE_CORRIDOR, 1);
    set(&l, "hidden", "");
    set(&l, "estimator", "td");
    set(&l, "target", "td");
    fake_value(&algo_actor_critic, l.values, "obs_norm")->b = false;
    fake_value(&algo_actor_critic, l.values, "reward_norm")->b = false;
    fake_value(&algo_actor_critic, l.values, "critic_lr")->f = 0.02;
    fake_value(&algo_actor_critic, l.values, "critic_epochs")->i = 500;
    fake_value(&algo_actor_critic, l.values, "target_updates")->i = target_updates;
    learner_open(&l, 1, 1);
    mlp *critic = &((on_policy *) l.algo)->ac.critic;
    memset(critic->params, 0, (size_t) critic->param_count * sizeof(float));
    learner_run(&l, 1);
    for (int i = 0; i < 3; i++) {
        float obs[FAKE_OBS] = {0};
        obs[3 - i] = 1;
        value[i] = (double) mlp_forward(critic, obs, 1)[0];
    }
    learner_close(&l);
}

// About half the steps from cell 3 earn 1. What cell 2 is worth is known once V(3) is.
static void news_of_a_reward_travels_a_step_per_freeze(void **state)
{
    (void) state;
    double value[3];
    values_after(1, value);
    assert_near(value[0], 0.5, 0.15);
    assert_near(value[1], 0, 0.02);
    values_after(2, value);
    assert_true(value[1] > 0.15);
    assert_near(value[2], 0, 0.02);
    values_after(3, value);
    assert_true(value[2] > 0.05);
}

// The policy learns from the values of the critic that has learned.
static void credits_are_of_the_newest_critic(void **state)
{
    (void) state;
    learner l;
    learner_begin(&l, &algo_actor_critic, FAKE_CORRIDOR, 1);
    learner_open(&l, 1, 1);
    learner_run(&l, 2);
    actor_critic *ac = &((on_policy *) l.algo)->ac;
    const rollout *r = &ac->collector.data;
    for (int i = r->rows; i < r->steps * r->rows; i++) {
        const double v = (double) mlp_forward(&ac->critic, r->obs + i * r->obs_dim, 1)[0];
        assert_near(v, r->value[i], 1e-5);
    }
    learner_close(&l);
}

static void every_credit_learns_the_way_out_of_a_corridor(void **state)
{
    (void) state;
    static const char *const credits[] = {"baseline", "q", "td", "n_step", "gae"};
    static const char *const targets[] = {"mc", "td", "td", "n_step", "lambda"};
    for (int i = 0; i < 5; i++) {
        learner l;
        learner_begin(&l, &algo_actor_critic, FAKE_CORRIDOR, 2);
        set(&l, "estimator", credits[i]);
        set(&l, "target", targets[i]);
        fake_value(&algo_actor_critic, l.values, "lr")->f = 0.02;
        learner_open(&l, 2, 1);
        assert_true(learner_reward(&l, 1) < 0.25);
        learner_reward(&l, 40);
        assert_true(learner_reward(&l, 5) > 0.4);
        learner_close(&l);
    }
}

// A random policy pays -(1/3 + 1) per step. A critic that is slower than the policy would not do
// for q, which has nothing else to go by.
static void every_credit_learns_to_hit_a_target(void **state)
{
    (void) state;
    static const char *const credits[] = {"baseline", "q", "td", "n_step", "gae"};
    for (int i = 0; i < 5; i++) {
        learner l;
        learner_begin(&l, &algo_actor_critic, FAKE_TARGET, 2);
        set(&l, "estimator", credits[i]);
        set(&l, "target", "mc");
        fake_value(&algo_actor_critic, l.values, "critic_lr")->f = 0.01;
        fake_value(&algo_actor_critic, l.values, "lr")->f = 0.02;
        learner_open(&l, 2, 1);
        assert_true(learner_reward(&l, 1) < -0.8);
        learner_reward(&l, 150);
        assert_true(learner_reward(&l, 5) > -0.1);
        learner_close(&l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(news_of_a_reward_travels_a_step_per_freeze),
        cmocka_unit_test(credits_are_of_the_newest_critic),
        cmocka_unit_test(every_credit_learns_the_way_out_of_a_corridor),
        cmocka_unit_test(every_credit_learns_to_hit_a_target),
    };
    return cmocka_run_group_tests_name("batch_actor_critic", tests, NULL, NULL);
}
