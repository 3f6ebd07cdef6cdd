// test_torch_values.c -- dqn and fitted_q against PyTorch in float64.
#include <dqn.h>
#include <fitted_q.h>

#include "torch_golden.h"

// NAME of one step: "NAME_1".
static const char *of_step(const char *name, int step)
{
    static char text[64];
    snprintf(text, sizeof(text), "%s_%d", name, step);
    return text;
}

static void check_dqn(const dqn *q, const golden *g, int step)
{
    const action_values *v = &q->values;
    golden_compare(g, of_step("y", step), v->y, gradient_tolerance);
    golden_compare_number(g, of_step("loss", step), v->loss, gradient_tolerance);
    golden_compare_number(g, of_step("mean", step), v->mean, gradient_tolerance);
    golden_compare_number(g, of_step("norm", step), v->norm, gradient_tolerance);
    golden_compare(g, of_step("limited", step), v->net.grads, gradient_tolerance);
    golden_compare(g, of_step("theta_after", step), v->net.params, gradient_tolerance);
    golden_compare(g, of_step("target_after", step), v->target.params, gradient_tolerance);
}

// The second one begins with moments and a target that have moved.
static void two_gradient_steps_of_dqn_are_pytorchs(void **state)
{
    (void) state;
    golden_learner f;
    golden_begin(&f, &algo_dqn, "golden/torch/dqn-categorical.txt");
    fake_value(f.class, f.values, "double")->b = true;
    fake_value(f.class, f.values, "huber")->b = true;
    golden_open_replay(&f);
    dqn *q = (dqn *) f.algo;
    golden_copy(&f.golden, "theta", q->values.net.params, q->values.net.param_count);
    golden_copy(&f.golden, "target", q->values.target.params, q->values.net.param_count);
    for (int step = 1; step <= 2; step++) {
        q->base.kind->learn(&q->base);
        check_dqn(q, &f.golden, step);
    }
    golden_close(&f);
}

// Puts the minibatch into the replay.
static void keep_batch(off_policy *o)
{
    const replay_batch *b = &o->batch;
    for (int i = 0; i < b->n; i++) {
        replay_add(&o->replay, 0,
                   &(replay_step){.obs = b->obs + i * GOLDEN_OBS,
                                  .act = b->input + i * (GOLDEN_OBS + 1) + GOLDEN_OBS,
                                  .reward = b->reward[i],
                                  .next = b->next + i * GOLDEN_OBS,
                                  .is_terminated = b->discount[i] == 0});
    }
}

static void two_iterations_of_fitted_q_are_pytorchs(void **state)
{
    (void) state;
    golden_learner f;
    golden_begin(&f, &algo_fitted_q, "golden/torch/fitted_q-categorical.txt");
    golden_open_replay(&f);
    fitted_q *q = (fitted_q *) f.algo;
    const mlp *net = &q->values.net;
    golden_copy(&f.golden, "theta", net->params, net->param_count);
    keep_batch(&q->base);
    for (int k = 1; k <= 2; k++) {
        golden_compare_number(&f.golden, of_step("loss", k), fitted_q_iterate(q),
                              gradient_tolerance);
        golden_compare(&f.golden, of_step("theta", k), net->params, gradient_tolerance);
    }
    golden_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_gradient_steps_of_dqn_are_pytorchs),
        cmocka_unit_test(two_iterations_of_fitted_q_are_pytorchs),
    };
    return cmocka_run_group_tests_name("torch_values", tests, NULL, NULL);
}
