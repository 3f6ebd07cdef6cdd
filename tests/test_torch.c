// test_torch.c -- whole updates of trpo and acktr against PyTorch in float64.
#include <acktr.h>
#include <trpo.h>
#include <vec.h>

#include "torch_golden.h"

// ---- TRPO ---------------------------------------------------------------------------------------

static void check_trpo(const char *path)
{
    static float v[GOLDEN_NUMBERS], fv[GOLDEN_NUMBERS];
    golden_learner f;
    natural_direction direction;
    natural_point end;
    double stats[LEARNER_STATS];
    golden_begin(&f, &algo_trpo, path);
    fake_value(f.class, f.values, "minibatch")->i = GOLDEN_ROWS;
    fake_value(f.class, f.values, "cg_tolerance")->f = 0;
    golden_open(&f);
    natural_learner *l = (natural_learner *) f.algo;
    natural *s = &l->natural;
    const mlp *net = &f.base->ac.policy.net;

    assert_int_equal(natural_gather(s, &f.base->ac.collector.data), GOLDEN_ROWS);
    natural_solve(s, &direction);
    assert_near(direction.start.objective, golden_number(&f.golden, "objective"), 1e-5);
    golden_compare(&f.golden, "g", s->g, gradient_tolerance);
    golden_copy(&f.golden, "v", v, net->param_count);
    natural_fisher(s, v, fv);
    golden_compare(&f.golden, "fv", fv, gradient_tolerance);
    golden_compare(&f.golden, "x", s->x, step_tolerance);
    golden_compare_number(&f.golden, "curvature", direction.curvature, step_tolerance);
    golden_compare_number(&f.golden, "residual", direction.residual, 1e-2);

    golden_compare_number(&f.golden, "rate", l->step(l, &direction, &end), step_tolerance);
    golden_compare(&f.golden, "theta_after", net->params, step_tolerance);
    golden_compare_number(&f.golden, "kl", end.kl, 1e-3);
    golden_compare_number(&f.golden, "objective_after", end.objective, 1e-3);
    algo_trpo.stats(f.algo, stats);
    assert_near(stats[TRPO_LINE_SEARCH], golden_number(&f.golden, "tries"), 0);

    critic_fit_run(&l->fit, &f.base->ac.collector.data);
    golden_compare(&f.golden, "critic_after", f.base->ac.critic.params, step_tolerance);
    golden_close(&f);
}

static void a_trpo_update_of_a_gaussian_is_pytorchs(void **state)
{
    (void) state;
    check_trpo("golden/torch/trpo-gaussian.txt");
}

static void a_trpo_update_of_categories_is_pytorchs(void **state)
{
    (void) state;
    check_trpo("golden/torch/trpo-categorical.txt");
}


// ---- ACKTR --------------------------------------------------------------------------------------

// NAME of one update: "NAME_1".
static const char *of_update(const char *name, int update)
{
    static char text[64];
    snprintf(text, sizeof(text), "%s_%d", name, update);
    return text;
}

// The second one's factors have the first one's in them, and its ratios are not 1.
static void check_acktr_update(golden_learner *f, int update)
{
    const golden *g = &f->golden;
    acktr *k = (acktr *) f->algo;
    natural *s = &k->natural;
    natural_direction direction;
    natural_point end;

    assert_int_equal(natural_gather(s, &f->base->ac.collector.data), GOLDEN_ROWS);
    natural_start(s, &direction);
    assert_near(direction.start.objective, golden_number(g, of_update("objective", update)), 1e-5);
    golden_compare(g, of_update("g", update), s->g, gradient_tolerance);
    golden_copy(g, of_update("drawn", update), k->drawn,
                GOLDEN_ROWS * f->base->ac.policy.dist.actions);
    const double eta = acktr_step(k, &direction, &end);
    golden_compare(g, of_update("x", update), s->x, step_tolerance);
    golden_compare_number(g, of_update("rate", update), eta, step_tolerance);
    golden_compare(g, of_update("theta", update), f->base->ac.policy.net.params, step_tolerance);
    golden_compare_number(g, of_update("kl", update), end.kl, 1e-3);

    golden_compare_number(g, of_update("value_loss", update), acktr_fit_critic(k),
                          gradient_tolerance);
    golden_compare(g, of_update("critic", update), f->base->ac.critic.params, step_tolerance);
}

static void check_acktr(const char *path)
{
    golden_learner f;
    golden_begin(&f, &algo_acktr, path);
    golden_open(&f);
    check_acktr_update(&f, 1);
    check_acktr_update(&f, 2);
    golden_close(&f);
}

static void two_acktr_updates_of_a_gaussian_are_pytorchs(void **state)
{
    (void) state;
    check_acktr("golden/torch/acktr-gaussian.txt");
}

static void two_acktr_updates_of_categories_are_pytorchs(void **state)
{
    (void) state;
    check_acktr("golden/torch/acktr-categorical.txt");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trpo_update_of_a_gaussian_is_pytorchs),
        cmocka_unit_test(a_trpo_update_of_categories_is_pytorchs),
        cmocka_unit_test(two_acktr_updates_of_a_gaussian_are_pytorchs),
        cmocka_unit_test(two_acktr_updates_of_categories_are_pytorchs),
    };
    return cmocka_run_group_tests_name("torch", tests, NULL, NULL);
}
