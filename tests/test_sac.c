// test_sac.c -- agent/algo/sac.c: targets, policy and temperature by hand, and that it learns. The
// density and its derivatives are in test_squashed_head.c.
#include <sac.h>

#include "learner.h"

enum { N = 4 };

static const float noise[N] = {0, 0.5f, -1, 2};

// Networks that are linear in what they see, so that every number is known: s_i = i / 2, s'_i =
// -s_i, a_i = 0. The task's actions are in [-2, 2].
typedef struct fixture {
    learner l;
    sac *s;
} fixture;

static void make(fixture *f, const char *hidden)
{
    learner_begin(&f->l, &algo_sac, FAKE_TARGET, 1);
    strcpy(fake_value(&algo_sac, f->l.values, "hidden")->s, hidden);
    strcpy(fake_value(&algo_sac, f->l.values, "activation")->s, "tanh");
    fake_value(&algo_sac, f->l.values, "batch")->i = N;
    fake_value(&algo_sac, f->l.values, "temperature")->f = 0.3;
    learner_open(&f->l, 1, 1);
    f->s = (sac *) f->l.algo;
    f->s->lr = 0;  // nothing moves
    replay_batch *b = &f->s->base.batch;
    b->n = N;
    for (int i = 0; i < N; i++) {
        b->obs[i] = b->input[2 * i] = 0.5f * (float) i;
        b->next[i] = -b->obs[i];
        b->input[2 * i + 1] = 0;
        b->reward[i] = (float) (10 * i);
        b->discount[i] = i == N - 1 ? 0 : 0.9f;
    }
}

static void set_noise(fixture *f)
{
    f->s->head.n = N;
    memcpy(f->s->head.noise, noise, sizeof(noise));
}

// mean = slope x, and std e^-1
static void set_policy(fixture *f, float slope)
{
    mlp_layer *y = &f->s->policy.layers[0];
    y->weight[0] = slope;
    y->weight[1] = y->bias[0] = 0;
    y->bias[1] = -1;
}

// Q = first + of_s s + of_a a
static void set_critic(mlp *m, float first, float of_s, float of_a)
{
    m->layers[0].bias[0] = first;
    m->layers[0].weight[0] = of_s;
    m->layers[0].weight[1] = of_a;
}

// u of row i in the state `mean` was made from, and log pi(tanh u)
static double pre_action(double mean, int i)
{
    return mean + exp(-1) * (double) noise[i];
}

static double log_density(double u, int i)
{
    const double xi = (double) noise[i];
    return -xi * xi / 2 + 1 - log(2 * acos(-1)) / 2 - log(1 - tanh(u) * tanh(u));
}

// Q_1^- is the smaller where a' < 1/2. Densities are those of actions in [-1, 1].
static void targets_take_the_smaller_value_and_the_entropy(void **state)
{
    (void) state;
    fixture f;
    make(&f, "");
    set_policy(&f, -1);
    set_critic(&f.s->critics.target[0], 1, 0.5f, 1);
    set_critic(&f.s->critics.target[1], 2, 0.5f, -1);
    set_noise(&f);
    sac_learn_critics(f.s);
    for (int i = 0; i < N; i++) {
        const double s = -0.5 * i, u = pre_action(-s, i), a = tanh(u);
        const double q = 0.5 * s + (a < 0.5 ? 1 + a : 2 - a);
        const double discount = i == N - 1 ? 0 : 0.9;
        assert_near(f.s->critics.y[i], 10 * i + discount * (q - 0.3 * log_density(u, i)), 1e-5);
    }
    learner_close(&f.l);
}

// In states 0 and 1/2 the first critic is the smaller, in 1 and 3/2 the second.
static void the_policy_climbs_the_smaller_value(void **state)
{
    (void) state;
    fixture f;
    double loss = 0;
    make(&f, "");
    set_policy(&f, 0);
    set_critic(&f.s->critics.net[0], 0, 10, 2);
    set_critic(&f.s->critics.net[1], 7.5f, 0, -3);
    set_noise(&f);
    const double returned = sac_learn_policy(f.s);
    for (int i = 0; i < N; i++) {
        const double s = 0.5 * i, u = pre_action(0, i), a = tanh(u);
        const double q = i < 2 ? 10 * s + 2 * a : 7.5 - 3 * a;
        assert_near(f.s->value[i], q, 1e-5);
        assert_near(f.s->dact[i], (i < 2 ? -2.0 : 3.0) / N, 1e-6);
        loss += (0.3 * log_density(u, i) - q) / N;
    }
    assert_near(returned, loss, 1e-5);
    learner_close(&f.l);
}

static double policy_loss(fixture *f)
{
    set_noise(f);
    return sac_learn_policy(f->s);
}

static void the_gradient_of_the_policy_matches_differences(void **state)
{
    (void) state;
    fixture f;
    const float h = 1e-2f;
    make(&f, "8");
    mlp *net = &f.s->policy;
    float slopes[64];
    assert_true(net->param_count <= 64);
    policy_loss(&f);
    memcpy(slopes, net->grads, (size_t) net->param_count * sizeof(float));
    for (int k = 0; k < net->param_count; k++) {
        const float at = net->params[k];
        net->params[k] = at + h;
        const double above = policy_loss(&f);
        net->params[k] = at - h;
        const double below = policy_loss(&f);
        net->params[k] = at;
        assert_near(slopes[k], (above - below) / (2 * (double) h), 1e-4);
    }
    learner_close(&f.l);
}

static void set_entropy(fixture *f, float entropy)
{
    for (int i = 0; i < N; i++) {
        f->s->head.logp[i] = -entropy;
    }
}

// Entropies 2 and -2 where -1 is wanted: gradients 3 and -1. Adam's first step is lr. Then m is
// 0.9 * 0.1 * 3 - 0.1 = 0.17 and v 0.999 * 0.001 * 9 + 0.001 = 0.009991; over 1 - 0.9^2 and
// 1 - 0.999^2 that is 0.894737 and 4.997999: 0.400221 lr.
static void the_temperature_falls_while_the_entropy_is_too_large(void **state)
{
    (void) state;
    fixture f;
    make(&f, "");
    f.s->lr = 0.01;
    set_entropy(&f, 2);
    assert_near(sac_learn_temperature(f.s), 2, 1e-6);
    assert_near(f.s->log_alpha, log(0.3) - 0.01, 1e-6);
    set_entropy(&f, -2);
    sac_learn_temperature(f.s);
    assert_near(f.s->log_alpha, log(0.3) - 0.01 - 0.00400221, 1e-6);
    learner_close(&f.l);
}

static void a_fixed_temperature_stays(void **state)
{
    (void) state;
    fixture f;
    make(&f, "");
    f.s->lr = 0.01;
    f.s->learns_temperature = false;
    set_entropy(&f, 2);
    assert_near(sac_learn_temperature(f.s), 2, 1e-6);
    assert_near(f.s->log_alpha, log(0.3), 1e-6);
    learner_close(&f.l);
}

// tanh of the mean, and [-1, 1] is [-2, 2] to the task
static void the_most_likely_action_is_the_mean(void **state)
{
    (void) state;
    fixture f;
    make(&f, "");
    set_policy(&f, 0.8f);
    fake_group *g = &f.l.task.group[0];
    algo_sac.decide(f.l.algo, &g->batch, false, (void *[]){&g->actions});
    for (int i = 0; i < g->rows; i++) {
        assert_near(g->actions.f[i], 2 * tanh(0.8 * (double) g->obs[i]), 1e-6);
    }
    learner_close(&f.l);
}

static void one_gradient_step_follows_each_transition(void **state)
{
    (void) state;
    learner l;
    learner_begin(&l, &algo_sac, FAKE_TARGET, 1);
    learner_open(&l, 1, 1);
    learner_run(&l, 1);  // 1000 transitions, the first 64 at random
    assert_near(learner_stat(&l, "updates"), 1000 - 64, 0);
    learner_close(&l);
}

// With a tau of 1 they are the critics, to rounding.
static void the_targets_follow_each_gradient_step(void **state)
{
    (void) state;
    learner l;
    learner_begin(&l, &algo_sac, FAKE_TARGET, 1);
    fake_value(&algo_sac, l.values, "tau")->f = 1;
    learner_open(&l, 1, 1);
    learner_run(&l, 1);
    const critics *c = &((sac *) l.algo)->critics;
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < c->net[i].param_count; k++) {
            assert_near(c->target[i].params[k], c->net[i].params[k], 1e-6);
        }
    }
    learner_close(&l);
}

// Random actions pay -(1/3 + 4/3); the entropy aimed at has a std of 2 e^-2.42 = 0.18.
static void it_learns_the_target(void **state)
{
    (void) state;
    learner l;
    learner_begin(&l, &algo_sac, FAKE_TARGET, 2);
    fake_value(&algo_sac, l.values, "lr")->f = 3e-3;
    fake_value(&algo_sac, l.values, "gamma")->f = 0;
    learner_learns(&l, 2, 1, -0.15);
}

static void categories_are_not_for_it(void **state)
{
    (void) state;
    learner l;
    learner_begin(&l, &algo_sac, FAKE_CORRIDOR, 1);
    const algo_problem problem = fake_problem(&l.task, 1, 1024, 1);
    assert_int_equal(algo_sac.open(&problem, l.values, &l.algo), SW_INVALID_ARGUMENT);
    assert_says("sac learns one float32 action with finite bounds");
    fake_free(&l.task);
}

static void a_buffer_without_a_batch_is_refused(void **state)
{
    (void) state;
    learner l;
    learner_begin(&l, &algo_sac, FAKE_TARGET, 1);
    fake_value(&algo_sac, l.values, "buffer")->i = 15;
    const algo_problem problem = fake_problem(&l.task, 1, 1024, 1);
    assert_int_equal(algo_sac.open(&problem, l.values, &l.algo), SW_INVALID_ARGUMENT);
    assert_says("15 transitions has no batch of 16");
    fake_free(&l.task);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_take_the_smaller_value_and_the_entropy),
        cmocka_unit_test(the_policy_climbs_the_smaller_value),
        cmocka_unit_test(the_gradient_of_the_policy_matches_differences),
        cmocka_unit_test(the_temperature_falls_while_the_entropy_is_too_large),
        cmocka_unit_test(a_fixed_temperature_stays),
        cmocka_unit_test(the_most_likely_action_is_the_mean),
        cmocka_unit_test(one_gradient_step_follows_each_transition),
        cmocka_unit_test(the_targets_follow_each_gradient_step),
        cmocka_unit_test(it_learns_the_target),
        cmocka_unit_test(categories_are_not_for_it),
        cmocka_unit_test(a_buffer_without_a_batch_is_refused),
    };
    return cmocka_run_group_tests_name("sac", tests, NULL, NULL);
}
