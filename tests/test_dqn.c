// test_dqn.c -- agent/algo/dqn.c: targets and loss by hand, and that it learns.
#include <dqn.h>
#include <vec.h>

#include "learner.h"

enum { M = 4, K = 2 };

// A Q that is linear in the corridor's one-hot cell, so that its weights are the values themselves.
typedef struct fixture {
    learner l;
    dqn *q;
} fixture;

static void make(fixture *f, bool is_double, bool is_huber)
{
    learner_begin(&f->l, &algo_dqn, FAKE_CORRIDOR, 1);
    strcpy(fake_value(&algo_dqn, f->l.values, "hidden")->s, "");
    fake_value(&algo_dqn, f->l.values, "batch")->i = M;
    fake_value(&algo_dqn, f->l.values, "double")->b = is_double;
    fake_value(&algo_dqn, f->l.values, "huber")->b = is_huber;
    learner_open(&f->l, 1, 1);
    f->q = (dqn *) f->l.algo;
    memset(f->q->net.params, 0, (size_t) f->q->net.param_count * sizeof(float));
    memset(f->q->target.params, 0, (size_t) f->q->net.param_count * sizeof(float));
    replay_batch *b = &f->q->base.batch;
    b->n = M;
    memset(b->obs, 0, (size_t) (M * FAKE_OBS) * sizeof(float));
    memset(b->next, 0, (size_t) (M * FAKE_OBS) * sizeof(float));
    for (int i = 0; i < M; i++) {
        b->obs[i * FAKE_OBS + i] = 1;  // row i is in cell i, and comes to cell i + 1
        b->next[i * FAKE_OBS + i + 1] = 1;
        b->input[i * (FAKE_OBS + 1) + FAKE_OBS] = (float) (i % K);
        b->reward[i] = (float) i;
        b->discount[i] = 0.5f;
    }
    b->discount[M - 1] = 0;
}

static void set_value(mlp *m, int cell, int action, float value)
{
    m->layers[0].weight[action * FAKE_OBS + cell] = value;
}

// In cell 1 Q prefers action 0 and Q^- says 4 and 10 of the two; the last row has ended.
static void targets_are_those_of_equation_4(void **state)
{
    (void) state;
    for (int is_double = 0; is_double < 2; is_double++) {
        fixture f;
        make(&f, is_double, true);
        set_value(&f.q->net, 1, 0, 1);
        set_value(&f.q->target, 1, 0, 4);
        set_value(&f.q->target, 1, 1, 10);
        set_value(&f.q->target, 4, 0, 100);
        dqn_targets(f.q);
        assert_near(f.q->y[0], 0 + 0.5 * (is_double ? 4 : 10), 1e-6);
        assert_near(f.q->y[1], 1, 1e-6);
        assert_near(f.q->y[3], 3, 1e-6);
        learner_close(&f.l);
    }
}

// Errors 0.5, -0.5, 3, -3: Huber 0.125 twice and 2.5 twice, squares 0.125 twice and 4.5 twice.
static void the_loss_is_by_hand(void **state)
{
    (void) state;
    for (int is_huber = 0; is_huber < 2; is_huber++) {
        fixture f;
        const float error[M] = {0.5f, -0.5f, 3, -3};
        make(&f, true, is_huber);
        for (int i = 0; i < M; i++) {
            set_value(&f.q->net, i, i % K, 1);
            f.q->y[i] = 1 - error[i];
        }
        assert_near(dqn_loss(f.q), (0.125 + (is_huber ? 2.5 : 4.5)) / 2, 1e-6);
        for (int i = 0; i < M; i++) {
            const double slope = !is_huber ? error[i] : fmin(1, fmax(-1, error[i]));
            assert_near(f.q->dvalues[i * K + i % K], slope / M, 1e-6);
            assert_near(f.q->dvalues[i * K + 1 - i % K], 0, 0);
        }
        learner_close(&f.l);
    }
}

static void the_gradient_matches_differences(void **state)
{
    (void) state;
    fixture f;
    const float h = 1e-2f;
    make(&f, true, true);
    mlp *net = &f.q->net;
    for (int i = 0; i < net->param_count; i++) {
        net->params[i] = 0.1f * (float) (i % 7);
    }
    float slopes[(FAKE_OBS + 1) * K];
    mlp_zero_grads(net);
    dqn_loss(f.q);
    memcpy(slopes, net->grads, sizeof(slopes));
    for (int i = 0; i < net->param_count; i++) {
        const float at = net->params[i];
        net->params[i] = at + h;
        const double above = dqn_loss(f.q);
        net->params[i] = at - h;
        const double below = dqn_loss(f.q);
        net->params[i] = at;
        assert_near(slopes[i], (above - below) / (2 * (double) h), 1e-3);
    }
    learner_close(&f.l);
}

// A random walk pays 1/2 every 4 steps, the straight way 1 every 2.
static void it_learns_the_way_out_of_a_corridor(void **state)
{
    (void) state;
    learner l;
    learner_begin(&l, &algo_dqn, FAKE_CORRIDOR, 2);
    fake_value(&algo_dqn, l.values, "target_every")->i = 50;
    fake_value(&algo_dqn, l.values, "explore")->f = 1;
    fake_value(&algo_dqn, l.values, "anneal")->b = false;
    learner_open(&l, 1, 1);
    learner_run(&l, 3);
    assert_true(learner_reward(&l, 1) > 0.42);  // with 5 % of random actions
    learner_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_are_those_of_equation_4),
        cmocka_unit_test(the_loss_is_by_hand),
        cmocka_unit_test(the_gradient_matches_differences),
        cmocka_unit_test(it_learns_the_way_out_of_a_corridor),
    };
    return cmocka_run_group_tests_name("dqn", tests, NULL, NULL);
}
