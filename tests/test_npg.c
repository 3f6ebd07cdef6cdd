// test_npg.c -- agent/algo/npg.c: how long its steps are, and that it learns.
#include <npg.h>

#include "learner.h"

// ---- two actions, one state ---------------------------------------------------------------------

// A linear softmax in a single state: action 1 pays 100, action 0 pays 1. The batch has each action
// as often as the policy takes it, so its gradient is exact.
static void make_two_actions(learner *l, int ones, int zeros)
{
    learner_begin(l, &algo_npg, FAKE_CORRIDOR, 1);
    strcpy(fake_value(&algo_npg, l->values, "hidden")->s, "");
    strcpy(fake_value(&algo_npg, l->values, "step")->s, "rate");
    fake_value(&algo_npg, l->values, "lr")->f = 1e-3;
    fake_value(&algo_npg, l->values, "damping")->f = 0;
    learner_open(l, 1, 1);

    natural_learner *n = (natural_learner *) l->algo;
    policy *p = n->natural.surrogate.policy;
    minibatch *b = &n->natural.surrogate.batch;
    memset(p->net.params, 0, (size_t) p->net.param_count * sizeof(float));
    p->net.layers[0].bias[1] = logf((float) ones / (float) zeros);
    b->n = ones + zeros;
    memset(b->obs, 0, (size_t) (b->n * FAKE_OBS) * sizeof(float));
    for (int i = 0; i < b->n; i++) {
        b->obs[i * FAKE_OBS] = 1;
        b->act[i] = i < ones;
        b->adv[i] = i < ones ? 100 : 1;
    }
    const dist_batch pi = policy_forward(p, b->obs, b->n);
    p->dist.kind->log_density(&p->dist, &pi, b->act, b->logp);
}

// log(p_1 / p_0)
static double theta(natural_learner *n)
{
    const float obs[FAKE_OBS] = {1};
    const dist_batch pi = policy_forward(n->natural.surrogate.policy, obs, 1);
    return (double) (pi.outputs[1] - pi.outputs[0]);
}

// dJ/dtheta = p_1 p_0 (100 - 1) and F = p_1 p_0, so a step is 99 rate wherever theta is. The
// gradient that it is made of falls like e^theta / (1 + e^theta)^2.
static void a_step_by_rate_is_the_same_however_flat_the_gradient(void **state)
{
    (void) state;
    static const int ones[] = {1, 3, 9, 99, 199}, zeros[] = {1, 1, 1, 1, 1};
    double first = 0;
    for (int i = 0; i < 5; i++) {
        learner l;
        natural_direction direction;
        natural_point end;
        make_two_actions(&l, ones[i], zeros[i]);
        natural_learner *n = (natural_learner *) l.algo;
        const double before = theta(n), p = 1 / (1 + exp(-before));
        natural_solve(&n->natural, &direction);
        assert_near(n->step(n, &direction, &end), 1e-3, 0);
        assert_near(theta(n) - before, 99 * 1e-3, 1e-5);
        first = i == 0 ? direction.grad_norm / 0.25 : first;
        assert_near(direction.grad_norm / (p * (1 - p)) / first, 1, 1e-4);
        learner_close(&l);
    }
}

static void nothing_to_learn_is_no_step(void **state)
{
    (void) state;
    learner l;
    natural_direction direction;
    natural_point end;
    make_two_actions(&l, 1, 1);
    natural_learner *n = (natural_learner *) l.algo;
    n->natural.surrogate.batch.adv[0] = n->natural.surrogate.batch.adv[1] = 0;
    natural_solve(&n->natural, &direction);
    assert_near(n->step(n, &direction, &end), 0, 0);
    assert_near(theta(n), 0, 0);
    learner_close(&l);
}


// ---- whole runs ---------------------------------------------------------------------------------

// By second order; far off only if the radius or the Fisher matrix were wrong.
static void a_step_by_radius_has_about_its_kl(void **state)
{
    (void) state;
    for (int kind = FAKE_TARGET; kind <= FAKE_CORRIDOR; kind++) {
        learner l;
        learner_begin(&l, &algo_npg, (fake_kind) kind, 2);
        fake_value(&algo_npg, l.values, "damping")->f = 1e-3;
        learner_open(&l, 1, 1);
        for (int i = 0; i < 5; i++) {
            learner_run(&l, 1);
            assert_true(learner_stat(&l, "kl") > 0.005 && learner_stat(&l, "kl") < 0.02);
        }
        learner_close(&l);
    }
}

static void it_learns_to_hit_a_target(void **state)
{
    (void) state;
    learner l;
    learner_begin(&l, &algo_npg, FAKE_TARGET, 2);
    learner_learns(&l, 60, 5, -0.15);
}

static void it_learns_the_way_out_of_a_corridor_by_rate(void **state)
{
    (void) state;
    learner l;
    learner_begin(&l, &algo_npg, FAKE_CORRIDOR, 2);
    strcpy(fake_value(&algo_npg, l.values, "step")->s, "rate");
    learner_learns(&l, 40, 5, 0.45);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_by_rate_is_the_same_however_flat_the_gradient),
        cmocka_unit_test(nothing_to_learn_is_no_step),
        cmocka_unit_test(a_step_by_radius_has_about_its_kl),
        cmocka_unit_test(it_learns_to_hit_a_target),
        cmocka_unit_test(it_learns_the_way_out_of_a_corridor_by_rate),
    };
    return cmocka_run_group_tests_name("npg", tests, NULL, NULL);
}
