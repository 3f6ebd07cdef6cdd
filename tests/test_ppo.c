// test_ppo.c -- agent/algo/ppo.c: its losses. Gradients against central differences, and what the
// clips silence.
#include <stdlib.h>

#include <ppo.h>
#include <vec.h>

#include "learner.h"

enum { M = 8 };

// log(pi / pi_old) of each row. With +-1 advantages this visits, twice each, the rows the clip
// leaves alone and the rows it silences, none near enough to a corner to cross it.
static const float log_ratio[M] = {0.05f, -0.05f, 0.4f, 0.4f, -0.4f, -0.4f, 0.1f, -0.1f};
static const float advantage[M] = {1, 1, 1, -1, 1, -1, -1, -1};

// How far each row's value has moved since it was collected, and where its target lies from there:
// rows 2 and 4 went beyond the clip towards their target, rows 3 and 5 beyond it and away.
static const float value_moved[M] = {0.05f, -0.1f, 0.3f, 0.3f, -0.3f, -0.3f, 0, 0.15f};
static const float target[M] = {1, 1, 1, -1, -1, 1, -1, 1};

typedef struct fixture {
    fake_task task;
    ppo *p;
} fixture;

// Somewhere near `pi`.
static void make_old_policy(anchor *old, const dist_batch *pi, random_state *random)
{
    const dist *d = &old->policy->dist;
    for (int i = 0; i < M * d->outputs; i++) {
        old->outputs[i] = pi->outputs[i] + 0.3f * (float) random_normal(random);
    }
    for (int j = 0; j < d->own_count; j++) {
        old->own[j] = pi->own[j] + 0.2f;
    }
    old->old = (dist_batch){.n = M, .outputs = old->outputs, .own = old->own};
}

// A ppo with M rows gathered, not through a rollout but made up.
static void make_minibatch(fixture *b, fake_kind kind, const char *objective)
{
    sw_value values[LEARNER_PARAMS];
    random_state random = random_seed(5);
    algo *a;
    fake_init(&b->task, kind, M, 1);
    fake_defaults(&algo_ppo, values);
    strcpy(fake_value(&algo_ppo, values, "hidden")->s, "5");
    strcpy(fake_value(&algo_ppo, values, "init")->s, "uniform");
    strcpy(fake_value(&algo_ppo, values, "objective")->s, objective);
    fake_value(&algo_ppo, values, "beta")->f = 2;
    fake_value(&algo_ppo, values, "adv_norm")->b = false;
    fake_value(&algo_ppo, values, "entropy_coef")->f = 0.1;
    fake_value(&algo_ppo, values, "log_std_init")->f = -0.5;
    const algo_problem problem = fake_problem(&b->task, 1, 1000, 1);
    assert_ok(algo_ppo.open(&problem, values, &a));

    ppo *p = b->p = (ppo *) a;
    const dist *d = &p->base.ac.policy.dist;
    minibatch *actor = &p->descent.surrogate.batch, *critic = &p->descent.values;
    actor->n = critic->n = M;
    for (int i = 0; i < M * fake_obs_dim(&b->task); i++) {
        actor->obs[i] = critic->obs[i] = (float) random_normal(&random);
    }
    const dist_batch pi = policy_forward(&p->base.ac.policy, actor->obs, M);
    d->kind->sample(d, &pi, &random, actor->act);
    d->kind->log_density(d, &pi, actor->act, actor->logp);
    const float *v = mlp_forward(&p->base.ac.critic, critic->obs, M);
    for (int i = 0; i < M; i++) {
        actor->logp[i] -= log_ratio[i];
        actor->adv[i] = advantage[i];
        critic->value[i] = v[i] - value_moved[i];
        critic->ret[i] = critic->value[i] + target[i];
    }
    if (ppo_objective_has_kl(&p->objective)) {
        make_old_policy(&p->anchor, &pi, &random);
    }
}

static void free_minibatch(fixture *b)
{
    algo_ppo.close((algo *) b->p);
    fake_free(&b->task);
}

// Every parameter of `m`, the extra ones too, is moved both ways and put back.
static void check_gradient(ppo *p, double (*loss)(ppo *), mlp *m)
{
    const float h = 3e-3f;
    mlp_zero_grads(m);
    loss(p);
    float *analytic = vec_new((size_t) m->param_count);
    memcpy(analytic, m->grads, (size_t) m->param_count * sizeof(float));
    for (int i = 0; i < m->param_count; i++) {
        const float at = m->params[i];
        m->params[i] = at + h;
        const double up = loss(p);
        m->params[i] = at - h;
        const double down = loss(p);
        m->params[i] = at;
        assert_near(analytic[i], (up - down) / (2 * (double) h), 1e-3);
    }
    free(analytic);
}

static void check_policy_gradients(fake_kind kind)
{
    static const char *const objectives[] = {"clip",        "clip_asymmetric", "fixed_kl",
                                             "adaptive_kl", "lagrangian",      "none"};
    for (int i = 0; i < 6; i++) {
        fixture b;
        print_message("           %s\n", objectives[i]);
        make_minibatch(&b, kind, objectives[i]);
        check_gradient(b.p, ppo_policy_loss, &b.p->base.ac.policy.net);
        free_minibatch(&b);
    }
}

static void the_policy_gradient_of_a_gaussian_matches_differences(void **state)
{
    (void) state;
    check_policy_gradients(FAKE_TARGET);  // its log-std is among the parameters
}

static void the_policy_gradient_of_categories_matches_differences(void **state)
{
    (void) state;
    check_policy_gradients(FAKE_CORRIDOR);
}

static void the_value_gradient_matches_differences(void **state)
{
    (void) state;
    fixture b;
    make_minibatch(&b, FAKE_TARGET, "clip");
    check_gradient(b.p, ppo_value_loss, &b.p->base.ac.critic);
    b.p->cfg.value_clip = false;
    check_gradient(b.p, ppo_value_loss, &b.p->base.ac.critic);
    free_minibatch(&b);
}

// Row 2: better than before and already e^0.4 = 1.49 times as likely; row 5: worse and already
// 0.67.
static void the_clip_silences_exactly_the_rows_it_should(void **state)
{
    (void) state;
    fixture b;
    make_minibatch(&b, FAKE_TARGET, "clip");
    ppo_policy_loss(b.p);
    for (int i = 0; i < M; i++) {
        assert_true((b.p->descent.surrogate.dlogp[i] == 0) == (i == 2 || i == 5));
    }
    assert_near(b.p->base.stats[PPO_CLIP_FRAC], 2.0 / M, 1e-9);
    free_minibatch(&b);
}

// min(r A, clip(r) A): rows in order, rows 2 and 5 at 1.2 and 0.8
static void the_surrogate_is_that_of_equation_7(void **state)
{
    (void) state;
    fixture b;
    make_minibatch(&b, FAKE_TARGET, "clip");
    const double sum =
        exp(0.05) + exp(-0.05) + 1.2 - exp(0.4) + exp(-0.4) - 0.8 - exp(0.1) - exp(-0.1);
    ppo_policy_loss(b.p);
    assert_near(b.p->base.stats[PPO_POLICY_LOSS], -sum / M, 1e-5);
    free_minibatch(&b);
}

// Where the value moved by at most 0.2 the two errors are the same; beyond it the larger counts:
// rows 2 and 4 (towards): |0.2 - 1| > |0.3 - 1|, silent; rows 3 and 5 (away): |0.3 + 1|.
static void the_clipped_value_loss_silences_rows_that_ran_ahead(void **state)
{
    (void) state;
    fixture b;
    make_minibatch(&b, FAKE_TARGET, "clip");
    const double squares =
        pow(0.95, 2) + pow(1.1, 2) + 2 * pow(0.8, 2) + 2 * pow(1.3, 2) + 1 + pow(0.85, 2);
    assert_near(ppo_value_loss(b.p), 0.5 * 0.5 * squares / M, 1e-5);
    for (int i = 0; i < M; i++) {
        assert_true((b.p->descent.dvalue[i] == 0) == (i == 2 || i == 4));
    }
    free_minibatch(&b);
}

// old + (new - old) is not new to the last bit, which must not look like a row that ran ahead.
static void no_value_within_the_clip_is_silenced_by_rounding(void **state)
{
    (void) state;
    fixture b;
    random_state random = random_seed(8);
    make_minibatch(&b, FAKE_TARGET, "clip");
    minibatch *batch = &b.p->descent.values;
    mlp *critic = &b.p->base.ac.critic;
    vec_scale(critic->params, 0.1f, critic->param_count);  // small values: fewer exact differences
    const float *v = mlp_forward(critic, batch->obs, M);
    float at[M];
    memcpy(at, v, sizeof(at));
    for (int n = 0; n < 1000; n++) {
        for (int i = 0; i < M; i++) {
            batch->value[i] = at[i] + (float) random_uniform(&random, -0.19, 0.19);
            batch->ret[i] = at[i] + (float) random_uniform(&random, 0.001, 0.01);
        }
        ppo_value_loss(b.p);
        for (int i = 0; i < M; i++) {
            assert_true(b.p->descent.dvalue[i] < 0);
        }
    }
    free_minibatch(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_policy_gradient_of_a_gaussian_matches_differences),
        cmocka_unit_test(the_policy_gradient_of_categories_matches_differences),
        cmocka_unit_test(the_value_gradient_matches_differences),
        cmocka_unit_test(the_clip_silences_exactly_the_rows_it_should),
        cmocka_unit_test(the_surrogate_is_that_of_equation_7),
        cmocka_unit_test(the_clipped_value_loss_silences_rows_that_ran_ahead),
        cmocka_unit_test(no_value_within_the_clip_is_silenced_by_rounding),
    };
    return cmocka_run_group_tests_name("ppo", tests, NULL, NULL);
}
