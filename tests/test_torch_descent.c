// test_torch_descent.c -- one step of ppo, with each objective, and of a2c against PyTorch in
// float64; of a Gaussian with separate networks and of categories with a shared trunk.
#include <a2c.h>
#include <ppo.h>

#include "torch_golden.h"

// NAME of one objective: "clip_NAME".
static const char *of(const char *objective, const char *name)
{
    static char text[64];
    snprintf(text, sizeof(text), "%s_%s", objective, name);
    return text;
}

static void begin(golden_learner *f, const algo_class *class, const char *path)
{
    golden_begin(f, class, path);
    if (strstr(path, "categorical") != NULL) {
        strcpy(fake_value(class, f->values, "trunk")->s, "shared");
    }
}

// The gradient of the batch, its limit, and where the step ends.
static void check_descent(golden_learner *f, descent *d, const char *objective)
{
    const golden *g = &f->golden;
    const mlp *actor = d->net[DESCENT_POLICY], *critic = d->net[DESCENT_CRITIC];

    assert_int_equal(descent_begin(d), GOLDEN_ROWS);
    descent_gradient(d, d->order, GOLDEN_ROWS);
    golden_compare_number(g, of(objective, "norm"), (double) d->norm, gradient_tolerance);
    golden_compare(g, of(objective, "g"), actor->grads, gradient_tolerance);
    golden_compare(g, of(objective, "critic_g"), critic->grads, gradient_tolerance);
    descent_step(d);
    golden_compare(g, of(objective, "limited"), actor->grads, gradient_tolerance);
    golden_compare(g, of(objective, "critic_limited"), critic->grads, gradient_tolerance);
    golden_compare(g, of(objective, "theta_after"), actor->params, gradient_tolerance);
    golden_compare(g, of(objective, "critic_after"), critic->params, gradient_tolerance);
}

static double weigh(const descent *d, double actor_loss, double value_loss, double entropy)
{
    return actor_loss + (double) d->value_coef * value_loss - (double) d->entropy_coef * entropy;
}

static void check_ppo(const char *path, const char *objective)
{
    golden_learner f;
    print_message("         %s\n", objective);
    begin(&f, &algo_ppo, path);
    strcpy(fake_value(&algo_ppo, f.values, "objective")->s, objective);
    fake_value(&algo_ppo, f.values, "minibatch")->i = GOLDEN_ROWS;
    golden_open(&f);
    ppo *p = (ppo *) f.algo;
    mlp *net = &f.base->ac.policy.net;
    golden_copy(&f.golden, "value", f.base->ac.collector.data.value, GOLDEN_ROWS);
    if (ppo_objective_has_kl(&p->objective)) {
        golden_copy(&f.golden, "theta_old", net->params, net->param_count);
        anchor_take(&p->anchor, &f.base->ac.collector.data);
        golden_copy(&f.golden, "theta", net->params, net->param_count);
    }
    check_descent(&f, &p->descent, objective);
    const double *stats = f.base->stats;
    golden_compare_number(
        &f.golden, of(objective, "loss"),
        weigh(&p->descent, stats[PPO_POLICY_LOSS], stats[PPO_VALUE_LOSS], stats[PPO_ENTROPY]),
        gradient_tolerance);
    golden_close(&f);
}

static void check_objectives(const char *path)
{
    static const char *const objectives[] = {"clip",        "clip_asymmetric", "fixed_kl",
                                             "adaptive_kl", "lagrangian",      "none"};
    for (int i = 0; i < 6; i++) {
        check_ppo(path, objectives[i]);
    }
}

static void a_ppo_step_of_a_gaussian_is_pytorchs(void **state)
{
    (void) state;
    check_objectives("golden/torch/ppo-gaussian.txt");
}

static void a_ppo_step_of_categories_is_pytorchs(void **state)
{
    (void) state;
    check_objectives("golden/torch/ppo-categorical.txt");
}

static void check_a2c(const char *path)
{
    golden_learner f;
    begin(&f, &algo_a2c, path);
    golden_open(&f);
    a2c *l = (a2c *) f.algo;
    check_descent(&f, &l->descent, "a2c");
    const double *stats = f.base->stats;
    golden_compare_number(
        &f.golden, "a2c_loss",
        weigh(&l->descent, stats[A2C_POLICY_LOSS], stats[A2C_VALUE_LOSS], stats[A2C_ENTROPY]),
        gradient_tolerance);
    golden_close(&f);
}

static void an_a2c_step_of_a_gaussian_is_pytorchs(void **state)
{
    (void) state;
    check_a2c("golden/torch/a2c-gaussian.txt");
}

static void an_a2c_step_of_categories_is_pytorchs(void **state)
{
    (void) state;
    check_a2c("golden/torch/a2c-categorical.txt");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ppo_step_of_a_gaussian_is_pytorchs),
        cmocka_unit_test(a_ppo_step_of_categories_is_pytorchs),
        cmocka_unit_test(an_a2c_step_of_a_gaussian_is_pytorchs),
        cmocka_unit_test(an_a2c_step_of_categories_is_pytorchs),
    };
    return cmocka_run_group_tests_name("torch_descent", tests, NULL, NULL);
}
