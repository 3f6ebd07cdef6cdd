// test_tensors.c -- agent/algo/tensors.c: the names that checkpoints use.
#include <a2c.h>
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
    "random.sample[2,4] random.decide[1,4] steps[] "

static void ppo_shows_its_arrays_under_the_names_of_checkpoints(void **state)
{
    (void) state;
    check_names(&algo_ppo,
                ACTOR_CRITIC_NAMES "adam.policy.steps[] adam.policy.m[11] adam.policy.v[11] "
                                   "adam.critic.steps[] adam.critic.m[10] adam.critic.v[10] "
                                   "random.shuffle[1,4] beta[] ");
}

static void trpo_shows_its_arrays_under_the_names_of_checkpoints(void **state)
{
    (void) state;
    check_names(&algo_trpo, ACTOR_CRITIC_NAMES
                "adam.critic.steps[] adam.critic.m[10] adam.critic.v[10] random.shuffle[1,4] ");
}

static void a2c_shows_its_arrays_under_the_names_of_checkpoints(void **state)
{
    (void) state;
    check_names(&algo_a2c, ACTOR_CRITIC_NAMES "rmsprop.policy.v[11] rmsprop.critic.v[10] ");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ppo_shows_its_arrays_under_the_names_of_checkpoints),
        cmocka_unit_test(a2c_shows_its_arrays_under_the_names_of_checkpoints),
        cmocka_unit_test(trpo_shows_its_arrays_under_the_names_of_checkpoints),
        cmocka_unit_test(a_shared_trunk_is_kept_once),
    };
    return cmocka_run_group_tests_name("tensors", tests, NULL, NULL);
}
