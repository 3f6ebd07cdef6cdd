// test_tensors.c -- agent/algo/tensors.c: the names that checkpoints use.
#include <a2c.h>
#include <awr.h>
#include <ppo.h>
#include <trpo.h>

#include "learner.h"

// The names of a learner with one hidden layer of 3, 8 rows in 2 groups.
static void check_names(const algo_class *class, const char *expected)
{
    static learner_state state;
    learner l;
    learner_begin(&l, class, FAKE_TARGET, 2);
    strcpy(fake_value(class, l.values, "hidden")->s, "3");
    learner_open(&l, 1, 1);
    learner_save(&l, NULL, &state);
    assert_string_equal(state.text, expected);
    learner_close(&l);
}

#define ACTOR_CRITIC_NAMES                                                                         \
    "policy.0.weight[3,1] policy.0.bias[3] policy.1.weight[1,3] policy.1.bias[1] "                 \
    "policy.log_std[1] policy.obs.count[] policy.obs.mean[1] policy.obs.var[1] "                   \
    "critic.0.weight[3,1] critic.0.bias[3] critic.1.weight[1,3] critic.1.bias[1] "                 \
    "reward.count[] reward.mean[] reward.var[] reward.returns[8] "                                 \
    "rollout.step[2] rollout.complete[2] rollout.row[8] rollout.obs[1,8,1] rollout.act[1,8,1] "    \
    "rollout.logp[1,8] rollout.reward[0,8] rollout.flags[0,8] rollout.skip[0,8] "                  \
    "rollout.final_value[0,8] rollout.finals[0,1] rollout.final_at[0] "                            \
    "rollout.final_actions[0,1] random.sample[2,4] random.decide[1,4] steps[] "

static void ppo_shows_its_arrays_under_the_names_of_checkpoints(void **state)
{
    (void) state;
    check_names(&algo_ppo, ACTOR_CRITIC_NAMES
                "stats[12] adam.policy.steps[] adam.policy.m[11] adam.policy.v[11] "
                "adam.critic.steps[] adam.critic.m[10] adam.critic.v[10] "
                "random.shuffle[1,4] beta[] ");
}

static void trpo_shows_its_arrays_under_the_names_of_checkpoints(void **state)
{
    (void) state;
    check_names(&algo_trpo, ACTOR_CRITIC_NAMES
                "stats[10] "
                "adam.critic.steps[] adam.critic.m[10] adam.critic.v[10] random.shuffle[1,4] ");
}

static void a2c_shows_its_arrays_under_the_names_of_checkpoints(void **state)
{
    (void) state;
    check_names(&algo_a2c,
                ACTOR_CRITIC_NAMES "stats[7] rmsprop.policy.v[11] rmsprop.critic.v[10] ");
}

// The critic's first layer is the policy's.
static void a_shared_trunk_is_kept_once(void **state)
{
    (void) state;
    static learner_state saved;
    learner l;
    learner_begin(&l, &algo_a2c, FAKE_TARGET, 2);
    strcpy(fake_value(&algo_a2c, l.values, "hidden")->s, "3");
    strcpy(fake_value(&algo_a2c, l.values, "trunk")->s, "shared");
    learner_open(&l, 1, 1);
    learner_save(&l, NULL, &saved);
    assert_non_null(strstr(saved.text, "policy.obs.var[1] critic.1.weight[1,3] critic.1.bias[1] "));
    assert_non_null(strstr(saved.text, "rmsprop.policy.v[11] rmsprop.critic.v[4] "));
    learner_close(&l);
}

// algo_visit that loads a number where an array of indices has the name `context`
static sw_status load_far_away(void *context, const algo_tensor *t)
{
    if (strcmp(t->name, context) == 0) {
        ((int64_t *) t->data)[0] = 1 << 30;
        if (t->used != NULL) {
            *t->used = 1;
        }
    }
    return SW_OK;
}

static void indices_that_cannot_be_are_refused(void **state)
{
    (void) state;
    static char *const names[] = {"rollout.step", "history.steps", "history.final_at"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        learner l;
        learner_begin(&l, &algo_awr, FAKE_TARGET, 2);
        learner_open(&l, 1, 1);
        assert_int_equal(algo_awr.tensors(l.algo, load_far_away, names[i]), SW_PROTOCOL);
        assert_says("1073741824");
        learner_close(&l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ppo_shows_its_arrays_under_the_names_of_checkpoints),
        cmocka_unit_test(a2c_shows_its_arrays_under_the_names_of_checkpoints),
        cmocka_unit_test(trpo_shows_its_arrays_under_the_names_of_checkpoints),
        cmocka_unit_test(a_shared_trunk_is_kept_once),
        cmocka_unit_test(indices_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests_name("tensors", tests, NULL, NULL);
}
