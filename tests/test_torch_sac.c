// test_torch_sac.c -- two whole gradient steps of sac against PyTorch in float64.
#include <sac.h>

#include "torch_golden.h"

// NAME of one step: "NAME_1".
static const char *of_step(const char *name, int step)
{
    static char text[64];
    snprintf(text, sizeof(text), "%s_%d", name, step);
    return text;
}

static void set_noise(sac *s, const golden *g, const char *name, int step)
{
    s->head.n = GOLDEN_ROWS;
    golden_copy(g, of_step(name, step), s->head.noise, GOLDEN_ROWS * s->head.actions);
}

static void check_critics(sac *s, const golden *g, int step)
{
    const critics *c = &s->critics;
    set_noise(s, g, "noise_next", step);
    sac_learn_critics(s);
    golden_compare(g, of_step("y", step), c->y, gradient_tolerance);
    golden_compare_number(g, of_step("critic_loss", step), c->loss, gradient_tolerance);
    golden_compare(g, of_step("critic0_g", step), c->net[0].grads, gradient_tolerance);
    golden_compare(g, of_step("critic1_g", step), c->net[1].grads, gradient_tolerance);
    golden_compare(g, of_step("critic0_after", step), c->net[0].params, gradient_tolerance);
    golden_compare(g, of_step("critic1_after", step), c->net[1].params, gradient_tolerance);
}

static void check_policy(sac *s, const golden *g, int step)
{
    set_noise(s, g, "noise", step);
    golden_compare_number(g, of_step("policy_loss", step), sac_learn_policy(s), gradient_tolerance);
    golden_compare(g, of_step("g", step), s->policy.grads, gradient_tolerance);
    golden_compare(g, of_step("theta_after", step), s->policy.params, gradient_tolerance);
    golden_compare_number(g, of_step("entropy", step), sac_learn_temperature(s),
                          gradient_tolerance);
    golden_compare(g, of_step("log_alpha", step), &s->log_alpha, gradient_tolerance);
}

static void check_targets(sac *s, const golden *g, int step)
{
    critics_follow(&s->critics, s->tau);
    golden_compare(g, of_step("target0_after", step), s->critics.target[0].params,
                   gradient_tolerance);
    golden_compare(g, of_step("target1_after", step), s->critics.target[1].params,
                   gradient_tolerance);
}

// The second one begins with moments, targets and a temperature that have moved.
static void two_gradient_steps_of_sac_are_pytorchs(void **state)
{
    (void) state;
    golden_learner f;
    golden_begin(&f, &algo_sac, "golden/torch/sac-gaussian.txt");
    golden_open_replay(&f);
    sac *s = (sac *) f.algo;
    const int critic = s->critics.net[0].param_count;
    golden_copy(&f.golden, "theta", s->policy.params, s->policy.param_count);
    golden_copy(&f.golden, "critic0", s->critics.net[0].params, critic);
    golden_copy(&f.golden, "critic1", s->critics.net[1].params, critic);
    golden_copy(&f.golden, "target0", s->critics.target[0].params, critic);
    golden_copy(&f.golden, "target1", s->critics.target[1].params, critic);
    for (int step = 1; step <= 2; step++) {
        check_critics(s, &f.golden, step);
        check_policy(s, &f.golden, step);
        check_targets(s, &f.golden, step);
    }
    golden_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_gradient_steps_of_sac_are_pytorchs),
    };
    return cmocka_run_group_tests_name("torch_sac", tests, NULL, NULL);
}
