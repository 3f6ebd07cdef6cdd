// test_action_values.c -- agent/algo/action_values.c: targets, loss and gradient step by hand,
// through dqn's.
#include <dqn.h>
#include <vec.h>

#include "learner.h"

enum { M = 4, K = 2 };

// A Q that is linear in the corridor's one-hot cell, so that its weights are the values themselves.
typedef struct fixture {
    learner l;
    action_values *v;
    replay_batch *b;
} fixture;

static void make(fixture *f, bool is_double, bool is_huber)
{
    learner_begin(&f->l, &algo_dqn, FAKE_CORRIDOR, 1);
    strcpy(fake_value(&algo_dqn, f->l.values, "hidden")->s, "");
    fake_value(&algo_dqn, f->l.values, "batch")->i = M;
    fake_value(&algo_dqn, f->l.values, "double")->b = is_double;
    fake_value(&algo_dqn, f->l.values, "huber")->b = is_huber;
    learner_open(&f->l, 1, 1);
    f->v = &((dqn *) f->l.algo)->values;
    f->b = &((dqn *) f->l.algo)->base.batch;
    replay_batch *b = f->b;
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
static void targets_are_those_by_hand(void **state)
{
    (void) state;
    for (int is_double = 0; is_double < 2; is_double++) {
        fixture f;
        make(&f, is_double, true);
        set_value(&f.v->net, 1, 0, 1);
        set_value(&f.v->target, 1, 0, 4);
        set_value(&f.v->target, 1, 1, 10);
        set_value(&f.v->target, 4, 0, 100);
        action_values_target(f.v, f.b);
        assert_near(f.v->y[0], 0 + 0.5 * (is_double ? 4 : 10), 1e-6);
        assert_near(f.v->y[1], 1, 1e-6);
        assert_near(f.v->y[3], 3, 1e-6);
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
            set_value(&f.v->net, i, i % K, 1);
            f.v->y[i] = 1 - error[i];
        }
        action_values_loss(f.v, f.b);
        assert_near(f.v->loss, (0.125 + (is_huber ? 2.5 : 4.5)) / 2, 1e-6);
        for (int i = 0; i < M; i++) {
            const double slope = !is_huber ? error[i] : fmin(1, fmax(-1, error[i]));
            assert_near(f.v->dvalues[i * K + i % K], slope / M, 1e-6);
            assert_near(f.v->dvalues[i * K + 1 - i % K], 0, 0);
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
    mlp *net = &f.v->net;
    for (int i = 0; i < net->param_count; i++) {
        net->params[i] = 0.1f * (float) (i % 7);
    }
    float slopes[(FAKE_OBS + 1) * K];
    mlp_zero_grads(net);
    action_values_loss(f.v, f.b);
    memcpy(slopes, net->grads, sizeof(slopes));
    for (int i = 0; i < net->param_count; i++) {
        const float at = net->params[i];
        net->params[i] = at + h;
        action_values_loss(f.v, f.b);
        const double above = f.v->loss;
        net->params[i] = at - h;
        action_values_loss(f.v, f.b);
        const double below = f.v->loss;
        net->params[i] = at;
        assert_near(slopes[i], (above - below) / (2 * (double) h), 1e-3);
    }
    learner_close(&f.l);
}

// y is 4, -4, 4, -4 where Q says 0, so with squares the derivative of each of these values is 1 in
// size, and that of each bias 2; Adam's first step is lr against the sign of whatever is left.
static void a_gradient_beyond_its_limit_is_shortened_to_it(void **state)
{
    (void) state;
    fixture f;
    make(&f, true, false);
    f.v->options.max_grad_norm = 0.5;
    for (int i = 0; i < M; i++) {
        f.b->reward[i] = i % 2 == 0 ? 4 : -4;
    }
    action_values_learn(f.v, f.b, 0.25);
    assert_near(f.v->loss, 8, 1e-6);
    assert_near(f.v->norm, sqrt(4 + 2 * 4), 1e-6);
    assert_near(vec_sum_squares(f.v->net.grads, f.v->net.param_count), 0.25, 1e-6);
    for (int i = 0; i < M; i++) {
        const double way = i % 2 == 0 ? 1 : -1;
        assert_near(f.v->net.layers[0].weight[i % K * FAKE_OBS + i], 0.25 * way, 1e-6);
        assert_near(f.v->net.layers[0].weight[(1 - i % K) * FAKE_OBS + i], 0, 0);
    }
    learner_close(&f.l);
}

static void the_target_follows_by_its_part(void **state)
{
    (void) state;
    fixture f;
    make(&f, true, false);
    set_value(&f.v->net, 0, 0, 1);
    action_values_follow(f.v, 0.25);
    assert_near(f.v->target.layers[0].weight[0], 0.25, 1e-6);
    action_values_follow(f.v, 0.25);
    assert_near(f.v->target.layers[0].weight[0], 0.4375, 1e-6);
    action_values_follow(f.v, 1);
    assert_near(f.v->target.layers[0].weight[0], 1, 0);
    learner_close(&f.l);
}

// Of 4000 choices 1600 are drawn, 800 of them each way; the standard deviation is 25.
static void one_choice_in_some_is_any(void **state)
{
    (void) state;
    fixture f;
    random_state random = random_seed(1), untouched = random;
    int others = 0;
    float actions[M];
    make(&f, true, true);
    for (int cell = 0; cell < M; cell++) {
        set_value(&f.v->net, cell, 1, 1);
    }
    action_values_choose(f.v, f.b->obs, M, 0, &random, actions);
    assert_memory_equal(&random, &untouched, sizeof(random));
    assert_memory_equal(actions, ((float[M]){1, 1, 1, 1}), sizeof(actions));
    for (int n = 0; n < 1000; n++) {
        action_values_choose(f.v, f.b->obs, M, 0.4, &random, actions);
        for (int i = 0; i < M; i++) {
            others += actions[i] == 0;
        }
    }
    assert_in_range(others, 800 - 100, 800 + 100);
    learner_close(&f.l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_are_those_by_hand),
        cmocka_unit_test(the_loss_is_by_hand),
        cmocka_unit_test(the_gradient_matches_differences),
        cmocka_unit_test(a_gradient_beyond_its_limit_is_shortened_to_it),
        cmocka_unit_test(the_target_follows_by_its_part),
        cmocka_unit_test(one_choice_in_some_is_any),
    };
    return cmocka_run_group_tests_name("action_values", tests, NULL, NULL);
}
