// test_ppo_objective.c -- agent/algo/ppo_objective.c: values by hand, derivatives against
// differences.
#include <ppo_objective.h>

#include "test.h"

static ppo_objective objective(const char *name)
{
    return (ppo_objective){.kind = ppo_objective_parse(name),
                           .eps_low = 0.2f,
                           .eps_high = 0.3f,
                           .beta = 2,
                           .kl_target = 0.01,
                           .beta_lr = 10};
}

// Down to 1 - 0.2 where A < 0, up to 1 + 0.3 where A > 0.
static void the_clip_keeps_what_lies_within_its_bounds(void **state)
{
    (void) state;
    static const struct {
        float r, adv, value;
        bool silent;
    } rows[] = {{1.25f, 2, 2.5f, false}, {1.5f, 2, 2.6f, true},   {1.5f, -2, -3, false},
                {0.5f, 2, 1, false},     {0.5f, -2, -1.6f, true}, {0.9f, -2, -1.8f, false},
                {1, 2, 2, false}};
    const ppo_objective o = objective("clip_asymmetric");
    for (int i = 0; i < 7; i++) {
        const ppo_row row = ppo_objective_row(&o, rows[i].r, rows[i].adv, 0);
        assert_near(row.value, rows[i].value, 1e-6);
        assert_int_equal(row.silent, rows[i].silent);
        assert_near(row.dlogp, rows[i].silent ? 0 : rows[i].r * rows[i].adv, 1e-6);
        assert_near(row.dkl, 0, 0);
    }
}

static void a_penalty_is_beta_times_the_kl(void **state)
{
    (void) state;
    const ppo_objective fixed = objective("fixed_kl"), adaptive = objective("adaptive_kl");
    const ppo_objective dual = objective("lagrangian"), none = objective("none");
    assert_near(ppo_objective_row(&fixed, 1.5f, 2, 0.25f).value, 3 - 2 * 0.25, 1e-6);
    assert_near(ppo_objective_row(&adaptive, 1.5f, 2, 0.25f).value, 3 - 2 * 0.25, 1e-6);
    assert_near(ppo_objective_row(&dual, 1.5f, 2, 0.25f).value, 3 - 2 * 0.24, 1e-6);
    assert_near(ppo_objective_row(&none, 1.5f, 2, 0.25f).value, 3, 1e-6);
}

// At log r = log 1.1 and KL 0.05, which no clip changes.
static void derivatives_match_differences(void **state)
{
    (void) state;
    static const char *const names[] = {"clip",        "clip_asymmetric", "fixed_kl",
                                        "adaptive_kl", "lagrangian",      "none"};
    const float logp = logf(1.1f), kl = 0.05f, h = 1e-2f;
    for (int i = 0; i < 6; i++) {
        const ppo_objective o = objective(names[i]);
        const ppo_row at = ppo_objective_row(&o, expf(logp), -3, kl);
        const double dlogp = (double) (ppo_objective_row(&o, expf(logp + h), -3, kl).value -
                                       ppo_objective_row(&o, expf(logp - h), -3, kl).value);
        const double dkl = (double) (ppo_objective_row(&o, expf(logp), -3, kl + h).value -
                                     ppo_objective_row(&o, expf(logp), -3, kl - h).value);
        assert_near(at.dlogp, dlogp / (2 * (double) h), 1e-3);
        assert_near(at.dkl, dkl / (2 * (double) h), 1e-3);
    }
}

// Section 4 of the paper, target 0.01: below 0.00667 half, above 0.015 twice.
static void the_adaptive_penalty_halves_and_doubles(void **state)
{
    (void) state;
    ppo_objective o = objective("adaptive_kl");
    ppo_objective_adapt(&o, 0.0151);
    assert_near(o.beta, 4, 0);
    ppo_objective_adapt(&o, 0.0149);
    ppo_objective_adapt(&o, 0.0067);
    assert_near(o.beta, 4, 0);
    ppo_objective_adapt(&o, 0.0066);
    assert_near(o.beta, 2, 0);
}

// 2 + 10 (0.11 - 0.01) = 3, then 3 + 10 (0 - 0.01) = 2.9; 0.05 - 0.1 is below 0.
static void the_dual_penalty_climbs_by_what_is_above_the_target(void **state)
{
    (void) state;
    ppo_objective o = objective("lagrangian");
    ppo_objective_adapt(&o, 0.11);
    assert_near(o.beta, 3, 1e-12);
    ppo_objective_adapt(&o, 0);
    assert_near(o.beta, 2.9, 1e-12);
    o.beta = 0.05;
    ppo_objective_adapt(&o, 0);
    assert_near(o.beta, 0, 0);
}

static void a_penalty_never_leaves_the_range_of_a_float(void **state)
{
    (void) state;
    ppo_objective o = objective("adaptive_kl");
    for (int i = 0; i < 2000; i++) {
        ppo_objective_adapt(&o, 1);
    }
    assert_true(isfinite((float) o.beta));
    for (int i = 0; i < 2000; i++) {
        ppo_objective_adapt(&o, 0);
    }
    assert_true((float) o.beta > 0);  // it can come back
}

static void other_objectives_leave_beta_alone(void **state)
{
    (void) state;
    static const char *const names[] = {"clip", "clip_asymmetric", "fixed_kl", "none"};
    for (int i = 0; i < 4; i++) {
        ppo_objective o = objective(names[i]);
        ppo_objective_adapt(&o, 1);
        ppo_objective_adapt(&o, 0);
        assert_near(o.beta, 2, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clip_keeps_what_lies_within_its_bounds),
        cmocka_unit_test(a_penalty_is_beta_times_the_kl),
        cmocka_unit_test(derivatives_match_differences),
        cmocka_unit_test(the_adaptive_penalty_halves_and_doubles),
        cmocka_unit_test(the_dual_penalty_climbs_by_what_is_above_the_target),
        cmocka_unit_test(a_penalty_never_leaves_the_range_of_a_float),
        cmocka_unit_test(other_objectives_leave_beta_alone),
    };
    return cmocka_run_group_tests_name("ppo_objective", tests, NULL, NULL);
}
