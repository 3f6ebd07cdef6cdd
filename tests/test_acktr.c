// test_acktr.c -- agent/algo/acktr.c: where its steps are known by hand, how long they are, that
// all of its state is saved, and that it learns.
#include <stdlib.h>

#include <acktr.h>
#include <vec.h>

#include "learner.h"

// ---- two actions, one state ---------------------------------------------------------------------

// A linear softmax in a single state: action 1 pays 100, action 0 pays 1. Batch and drawn actions
// have each action as often as the policy takes it, so gradient and factors are exact.
static acktr *make_two_actions(learner *l, int ones, int zeros)
{
    learner_begin(l, &algo_acktr, FAKE_CORRIDOR, 1);
    strcpy(fake_value(&algo_acktr, l->values, "hidden")->s, "");
    fake_value(&algo_acktr, l->values, "lr")->f = 1e-3;
    fake_value(&algo_acktr, l->values, "max_kl")->f = 10;
    fake_value(&algo_acktr, l->values, "damping")->f = 1e-8;
    learner_open(l, 1, 1);

    acktr *k = (acktr *) l->algo;
    policy *p = k->natural.surrogate.policy;
    minibatch *b = &k->natural.surrogate.batch;
    memset(p->net.params, 0, (size_t) p->net.param_count * sizeof(float));
    p->net.layers[0].bias[1] = logf((float) ones / (float) zeros);
    b->n = ones + zeros;
    memset(b->obs, 0, (size_t) (b->n * FAKE_OBS) * sizeof(float));
    for (int i = 0; i < b->n; i++) {
        b->obs[i * FAKE_OBS] = 1;
        b->act[i] = k->drawn[i] = i < ones;
        b->adv[i] = i < ones ? 100 : 1;
    }
    const dist_batch pi = policy_forward(p, b->obs, b->n);
    p->dist.kind->log_density(&p->dist, &pi, b->act, b->logp);
    return k;
}

// log(p_1 / p_0)
static double theta(acktr *k)
{
    const float obs[FAKE_OBS] = {1};
    const dist_batch pi = policy_forward(k->natural.surrogate.policy, obs, 1);
    return (double) (pi.outputs[1] - pi.outputs[0]);
}

// dJ/dtheta = p_1 p_0 (100 - 1) and F = p_1 p_0, so a step is 99 eta wherever theta is.
static void a_step_in_one_state_is_the_natural_gradients(void **state)
{
    (void) state;
    static const int ones[] = {1, 3, 9, 99, 199};
    for (int i = 0; i < 5; i++) {
        learner l;
        natural_direction direction;
        natural_point end;
        acktr *k = make_two_actions(&l, ones[i], 1);
        const double before = theta(k);
        natural_start(&k->natural, &direction);
        assert_near(acktr_step(k, &direction, &end), 1e-3, 0);
        assert_near((theta(k) - before) / 99e-3, 1, 0.01);  // but for the damping
        learner_close(&l);
    }
}

static void nothing_to_learn_is_no_step(void **state)
{
    (void) state;
    learner l;
    natural_direction direction;
    natural_point end;
    acktr *k = make_two_actions(&l, 1, 1);
    k->natural.surrogate.batch.adv[0] = k->natural.surrogate.batch.adv[1] = 0;
    natural_start(&k->natural, &direction);
    assert_near(acktr_step(k, &direction, &end), 0, 0);
    assert_near(theta(k), 0, 0);
    learner_close(&l);
}


// ---- how long steps are -------------------------------------------------------------------------

// One more step of a policy that has learned a little, on the rollout it learned from last.
static double step_again(acktr *k, natural_direction *direction, natural_point *end)
{
    assert_true(natural_gather(&k->natural, &k->base.ac.collector.data) > 0);
    natural_start(&k->natural, direction);
    return acktr_step(k, direction, end);
}

static void a_steps_predicted_kl_is_delta_or_its_rate_is_lr(void **state)
{
    (void) state;
    for (int kind = FAKE_TARGET; kind <= FAKE_CORRIDOR; kind++) {
        int capped = 0, bounded = 0;
        for (int i = 0; i < 8; i++) {
            learner l;
            natural_direction direction;
            natural_point end;
            learner_begin(&l, &algo_acktr, (fake_kind) kind, 2);
            fake_value(&algo_acktr, l.values, "anneal")->b = false;
            fake_value(&algo_acktr, l.values, "lr")->f = 0.1;
            fake_value(&algo_acktr, l.values, "max_kl")->f = i % 2 == 0 ? 1e-4 : 0.1;
            learner_open(&l, 1 + (uint64_t) i / 2, 1);
            learner_run(&l, 3);
            acktr *k = (acktr *) l.algo;
            const double eta = step_again(k, &direction, &end);
            const double kl = eta * eta / 2 * direction.curvature;
            assert_true(eta > 0 && eta <= 0.1);
            assert_true(kl <= k->actor.max_kl * (1 + 1e-6));
            capped += eta == 0.1;
            bounded += fabs(kl / k->actor.max_kl - 1) < 1e-6;
            learner_close(&l);
        }
        assert_int_equal(capped + bounded, 8);
        assert_true(capped > 0 && bounded > 0);
    }
}

// F of a log-std is 2.
static void the_log_std_is_divided_by_its_own_fisher_matrix(void **state)
{
    (void) state;
    learner l;
    natural_direction direction;
    natural_point end;
    learner_begin(&l, &algo_acktr, FAKE_TARGET, 2);
    fake_value(&algo_acktr, l.values, "damping")->f = 0.5;
    learner_open(&l, 1, 1);
    learner_run(&l, 2);
    acktr *k = (acktr *) l.algo;
    step_again(k, &direction, &end);
    const int last = k->natural.surrogate.policy->net.param_count - 1;
    assert_true(k->natural.g[last] != 0);
    assert_near(k->natural.x[last] / k->natural.g[last], 1 / 2.5, 1e-6);
    learner_close(&l);
}

// learner.h's runs have 1024 steps, a rollout 256.
static void annealed_steps_shrink_to_nothing(void **state)
{
    (void) state;
    static const double left[] = {1, 0.75, 0.5, 0.25, 0, 0};
    learner l;
    learner_begin(&l, &algo_acktr, FAKE_TARGET, 2);
    fake_value(&algo_acktr, l.values, "anneal")->b = true;
    fake_value(&algo_acktr, l.values, "lr")->f = 1e-3;
    learner_open(&l, 1, 1);
    for (int i = 0; i < 6; i++) {
        learner_run(&l, 1);
        assert_near(learner_stat(&l, "lr"), 1e-3 * left[i], 1e-12);
        assert_near(learner_stat(&l, "step_size"), 1e-3 * left[i], 1e-12);
    }
    assert_near(learner_stat(&l, "kl"), 0, 0);
    learner_close(&l);
}


// ---- the critic ---------------------------------------------------------------------------------

// With the Gauss-Newton matrix exact, hardly damped and the step unbounded, a linear critic is at
// the least squares solution at once: what is left is orthogonal to every input.
static void one_step_solves_for_a_linear_critic(void **state)
{
    (void) state;
    learner l;
    learner_begin(&l, &algo_acktr, FAKE_TARGET, 2);
    strcpy(fake_value(&algo_acktr, l.values, "hidden")->s, "");
    fake_value(&algo_acktr, l.values, "critic_lr")->f = 1;
    fake_value(&algo_acktr, l.values, "critic_max_kl")->f = 1e6;
    fake_value(&algo_acktr, l.values, "critic_damping")->f = 1e-8;
    fake_value(&algo_acktr, l.values, "critic_epochs")->i = 1;
    fake_value(&algo_acktr, l.values, "stats_decay")->f = 0;
    learner_open(&l, 1, 1);
    learner_run(&l, 3);
    acktr *k = (acktr *) l.algo;
    const minibatch *b = &k->values;
    assert_true(acktr_fit_critic(k) > 0);
    const float *v = mlp_forward(&k->base.ac.critic, b->obs, b->n);
    double error = 0, product = 0;
    for (int i = 0; i < b->n; i++) {
        error += (double) (v[i] - b->ret[i]) / b->n;
        product += (double) ((v[i] - b->ret[i]) * b->obs[i]) / b->n;
    }
    assert_near(error, 0, 1e-3);
    assert_near(product, 0, 1e-3);
    learner_close(&l);
}

static void a_tight_bound_shortens_the_critics_steps(void **state)
{
    (void) state;
    double size[2];
    for (int i = 0; i < 2; i++) {
        learner l;
        learner_begin(&l, &algo_acktr, FAKE_TARGET, 2);
        fake_value(&algo_acktr, l.values, "critic_lr")->f = 0.25;
        fake_value(&algo_acktr, l.values, "critic_max_kl")->f = i == 0 ? 1e-6 : 1e6;
        learner_open(&l, 1, 1);
        learner_run(&l, 1);
        size[i] = learner_stat(&l, "critic_step_size");
        learner_close(&l);
    }
    assert_true(size[0] > 0 && size[0] < 0.1);
    assert_near(size[1], 0.25, 1e-9);
}


// ---- whole runs ---------------------------------------------------------------------------------

static void it_learns_to_hit_a_target(void **state)
{
    (void) state;
    learner l;
    learner_begin(&l, &algo_acktr, FAKE_TARGET, 2);
    fake_value(&algo_acktr, l.values, "anneal")->b = false;
    learner_learns(&l, 60, 5, -0.15);
}

static void it_learns_the_way_out_of_a_corridor_with_a_faulty_row_now_and_then(void **state)
{
    (void) state;
    learner l;
    learner_begin(&l, &algo_acktr, FAKE_CORRIDOR, 2);
    fake_value(&algo_acktr, l.values, "anneal")->b = false;
    l.task.fault_every = 7;
    learner_open(&l, 1, 1);
    assert_true(learner_reward(&l, 1) < 0.25);
    learner_reward(&l, 60);
    assert_true(learner_reward(&l, 5) > 0.45);
    assert_true(learner_stat(&l, "ratio_error") < 1e-5);
    learner_close(&l);
}

static void a_network_too_wide_for_kfac_is_refused(void **state)
{
    (void) state;
    learner l;
    learner_begin(&l, &algo_acktr, FAKE_TARGET, 1);
    strcpy(fake_value(&algo_acktr, l.values, "hidden")->s, "5000");
    const algo_problem problem = fake_problem(&l.task, 1, 1024, 1);
    assert_int_equal(algo_acktr.open(&problem, l.values, &l.algo), SW_INVALID_ARGUMENT);
    assert_says("5000");
    fake_free(&l.task);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_in_one_state_is_the_natural_gradients),
        cmocka_unit_test(nothing_to_learn_is_no_step),
        cmocka_unit_test(a_steps_predicted_kl_is_delta_or_its_rate_is_lr),
        cmocka_unit_test(the_log_std_is_divided_by_its_own_fisher_matrix),
        cmocka_unit_test(annealed_steps_shrink_to_nothing),
        cmocka_unit_test(one_step_solves_for_a_linear_critic),
        cmocka_unit_test(a_tight_bound_shortens_the_critics_steps),
        cmocka_unit_test(it_learns_to_hit_a_target),
        cmocka_unit_test(it_learns_the_way_out_of_a_corridor_with_a_faulty_row_now_and_then),
        cmocka_unit_test(a_network_too_wide_for_kfac_is_refused),
    };
    return cmocka_run_group_tests_name("acktr", tests, NULL, NULL);
}
