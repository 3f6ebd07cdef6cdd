// test_a2c.c -- agent/algo/a2c.c: gradients against central differences, a step by hand, and that
// it learns.
#include <stdlib.h>

#include <a2c.h>
#include <vec.h>

#include "learner.h"

enum { M = 8 };

typedef struct fixture {
    fake_task task;
    a2c *l;
} fixture;

// An a2c with M rows gathered, not through a rollout but made up.
static void make_batch(fixture *b, fake_kind kind)
{
    sw_value values[LEARNER_PARAMS];
    random_state random = random_seed(5);
    algo *a;
    fake_init(&b->task, kind, M, 1);
    fake_defaults(&algo_a2c, values);
    strcpy(fake_value(&algo_a2c, values, "hidden")->s, "5");
    strcpy(fake_value(&algo_a2c, values, "init")->s, "uniform");
    fake_value(&algo_a2c, values, "entropy_coef")->f = 0.1;
    const algo_problem problem = fake_problem(&b->task, 1, 1000, 1);
    assert_ok(algo_a2c.open(&problem, values, &a));

    a2c *l = b->l = (a2c *) a;
    const dist *d = &l->base.ac.policy.dist;
    minibatch *actor = &l->descent.surrogate.batch, *critic = &l->descent.values;
    actor->n = critic->n = M;
    for (int i = 0; i < M * fake_obs_dim(&b->task); i++) {
        actor->obs[i] = critic->obs[i] = (float) random_normal(&random);
    }
    const dist_batch pi = policy_forward(&l->base.ac.policy, actor->obs, M);
    d->kind->sample(d, &pi, &random, actor->act);
    d->kind->log_density(d, &pi, actor->act, actor->logp);
    for (int i = 0; i < M; i++) {
        actor->adv[i] = (float) random_normal(&random);
        critic->ret[i] = (float) random_normal(&random);
    }
}

static void free_batch(fixture *b)
{
    algo_a2c.close((algo *) b->l);
    fake_free(&b->task);
}

static void check_gradient(a2c *l, double (*loss)(a2c *), mlp *m)
{
    const float h = 3e-3f;
    mlp_zero_grads(m);
    loss(l);
    float *analytic = vec_new((size_t) m->param_count);
    memcpy(analytic, m->grads, (size_t) m->param_count * sizeof(float));
    for (int i = 0; i < m->param_count; i++) {
        const float at = m->params[i];
        m->params[i] = at + h;
        const double up = loss(l);
        m->params[i] = at - h;
        const double down = loss(l);
        m->params[i] = at;
        assert_near(analytic[i], (up - down) / (2 * (double) h), 1e-3);
    }
    free(analytic);
}

static void both_gradients_match_differences(void **state)
{
    (void) state;
    for (int kind = FAKE_TARGET; kind <= FAKE_CORRIDOR; kind++) {
        fixture b;
        make_batch(&b, (fake_kind) kind);
        check_gradient(b.l, a2c_policy_loss, &b.l->base.ac.policy.net);
        check_gradient(b.l, a2c_value_loss, &b.l->base.ac.critic);
        free_batch(&b);
    }
}

static void begin(learner *l, fake_kind kind)
{
    learner_begin(l, &algo_a2c, kind, 2);
    fake_value(&algo_a2c, l->values, "horizon")->i = 5;
    fake_value(&algo_a2c, l->values, "lr")->f = 3e-3;
    fake_value(&algo_a2c, l->values, "anneal")->b = false;
}

// A random policy pays -(1/3 + 1) per step.
static void it_learns_to_hit_a_target(void **state)
{
    (void) state;
    learner l;
    begin(&l, FAKE_TARGET);
    fake_value(&algo_a2c, l.values, "entropy_coef")->f = 0;
    learner_learns(&l, 2000, 50, -0.2);
}

static void it_learns_the_way_out_of_a_corridor(void **state)
{
    (void) state;
    learner l;
    begin(&l, FAKE_CORRIDOR);
    learner_learns(&l, 1500, 50, 0.45);
}

static void it_learns_with_a_faulty_row_now_and_then(void **state)
{
    (void) state;
    learner l;
    begin(&l, FAKE_CORRIDOR);
    l.task.fault_every = 7;
    learner_learns(&l, 1500, 50, 0.45);
}

static void it_learns_with_a_shared_trunk(void **state)
{
    (void) state;
    learner l;
    begin(&l, FAKE_CORRIDOR);
    strcpy(fake_value(&algo_a2c, l.values, "trunk")->s, "shared");
    learner_learns(&l, 1500, 50, 0.45);
}

// total_steps 1024 in rollouts of 40
static void lr_falls_to_0_in_proportion_to_the_steps_left(void **state)
{
    (void) state;
    learner l;
    begin(&l, FAKE_TARGET);
    fake_value(&algo_a2c, l.values, "anneal")->b = true;
    learner_open(&l, 1, 1);
    for (int i = 0; i < 30; i++) {
        learner_run(&l, 1);
        assert_near(learner_stat(&l, "lr"), 3e-3 * fmax(0, 1 - i * 40 / 1024.0), 1e-12);
    }
    learner_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_gradients_match_differences),
        cmocka_unit_test(it_learns_to_hit_a_target),
        cmocka_unit_test(it_learns_the_way_out_of_a_corridor),
        cmocka_unit_test(it_learns_with_a_faulty_row_now_and_then),
        cmocka_unit_test(it_learns_with_a_shared_trunk),
        cmocka_unit_test(lr_falls_to_0_in_proportion_to_the_steps_left),
    };
    return cmocka_run_group_tests_name("a2c", tests, NULL, NULL);
}
