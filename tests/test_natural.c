// test_natural.c -- agent/algo/natural.c on tiny networks: the gradient against central
// differences, Fisher-vector products against the Fisher matrix itself, made of Jacobians and of
// samples.
#include <natural_learner.h>
#include <trpo.h>
#include <vec.h>

#include "learner.h"

enum { M = 8, MAX_P = 32, MAX_OUT = 2 };

typedef struct fixture {
    learner l;
    natural *s;
    int P;
} fixture;

// M made-up rows of a network with 3 hidden units; pi_old is pi.
static void make(fixture *f, fake_kind kind)
{
    random_state random = random_seed(5);
    learner_begin(&f->l, &algo_trpo, kind, 1);
    strcpy(fake_value(&algo_trpo, f->l.values, "hidden")->s, "3");
    strcpy(fake_value(&algo_trpo, f->l.values, "init")->s, "uniform");
    fake_value(&algo_trpo, f->l.values, "log_std_init")->f = -0.5;
    fake_value(&algo_trpo, f->l.values, "entropy_coef")->f = 0.1;
    fake_value(&algo_trpo, f->l.values, "cg_iterations")->i = 40;
    learner_open(&f->l, 1, 1);

    natural *s = f->s = &((natural_learner *) f->l.algo)->natural;
    const dist *d = &s->surrogate.policy->dist;
    f->P = s->surrogate.policy->net.param_count;
    assert_true(f->P <= MAX_P);
    s->surrogate.batch.n = M;
    for (int i = 0; i < M * fake_obs_dim(&f->l.task); i++) {
        s->surrogate.batch.obs[i] = (float) random_normal(&random);
    }
    for (int i = 0; i < M; i++) {
        s->surrogate.batch.adv[i] = (float) random_normal(&random);
    }
    const dist_batch pi = policy_forward(s->surrogate.policy, s->surrogate.batch.obs, M);
    d->kind->sample(d, &pi, &random, s->surrogate.batch.act);
    d->kind->log_density(d, &pi, s->surrogate.batch.act, s->surrogate.batch.logp);
}

static void finish(fixture *f)
{
    learner_close(&f->l);
}

static void for_both(void (*test)(fixture *f))
{
    for (int kind = FAKE_TARGET; kind <= FAKE_CORRIDOR; kind++) {
        fixture f;
        make(&f, (fake_kind) kind);
        test(&f);
        finish(&f);
    }
}

static void check_start(fixture *f)
{
    natural_direction direction;
    natural_solve(f->s, &direction);
    double mean = 0;
    for (int i = 0; i < M; i++) {
        mean += (double) f->s->surrogate.batch.adv[i] / M;
    }
    assert_true(direction.start.ratio_error < 1e-6);
    assert_near(direction.start.kl, 0, 0);
    assert_near(direction.start.surrogate, mean, 1e-6);
    assert_near(direction.start.objective, mean + 0.1 * direction.start.entropy, 1e-6);
}

static void where_nothing_moved_the_ratio_is_1_and_the_kl_0(void **state)
{
    (void) state;
    for_both(check_start);
}

static void check_gradient(fixture *f)
{
    const double h = 3e-3;
    natural_direction direction;
    natural_point up, down;
    natural_solve(f->s, &direction);
    for (int i = 0; i < f->P; i++) {
        memset(f->s->x, 0, (size_t) f->P * sizeof(float));
        f->s->x[i] = 1;
        natural_move(f->s, h, &up);
        natural_move(f->s, -h, &down);
        assert_near(f->s->g[i], (up.objective - down.objective) / (2 * h), 1e-3);
    }
}

static void the_gradient_matches_differences(void **state)
{
    (void) state;
    for_both(check_gradient);
}


// ---- the Fisher matrix --------------------------------------------------------------------------

// What natural_fisher() says it is: column by column, with no damping.
static void ask_for_fisher(fixture *f, double F[MAX_P][MAX_P])
{
    natural_direction direction;
    float e[MAX_P] = {0}, column[MAX_P];
    f->s->options.damping = 0;
    natural_solve(f->s, &direction);
    for (int j = 0; j < f->P; j++) {
        e[j] = 1;
        natural_fisher(f->s, e, column);
        e[j] = 0;
        for (int i = 0; i < f->P; i++) {
            F[i][j] = (double) column[i];
        }
    }
}

// Fisher matrix of a row in the space of its outputs, the log-std after the mean, by hand.
static void output_fisher(const dist_batch *pi, double m[MAX_OUT][MAX_OUT])
{
    if (pi->own != NULL && pi->own[0] != 0) {
        m[0][0] = exp(-2 * (double) pi->own[0]);
        m[1][1] = 2;
        m[0][1] = m[1][0] = 0;
        return;
    }
    const double p = 1 / (1 + exp((double) (pi->outputs[1] - pi->outputs[0])));  // of action 0
    m[0][0] = m[1][1] = p * (1 - p);
    m[0][1] = m[1][0] = -p * (1 - p);
}

// J [2, P] of one row: the gradient of each output; the log-std is its own.
static void row_jacobian(fixture *f, int row, float J[MAX_OUT][MAX_P])
{
    mlp *net = &f->s->surrogate.policy->net;
    for (int k = 0; k < MAX_OUT; k++) {
        const float e[MAX_OUT] = {k == 0, k == 1};
        mlp_zero_grads(net);
        if (k < f->s->surrogate.policy->dist.outputs) {
            policy_forward(f->s->surrogate.policy,
                           f->s->surrogate.batch.obs + row * fake_obs_dim(&f->l.task), 1);
            mlp_backward(net, e, 1);
        } else {
            net->dextra[0] = 1;
        }
        memcpy(J[k], net->grads, (size_t) f->P * sizeof(float));
    }
}

// mean_i J_i^T M_i J_i
static void check_matrix(fixture *f)
{
    static double have[MAX_P][MAX_P], want[MAX_P][MAX_P];
    memset(want, 0, sizeof(want));
    ask_for_fisher(f, have);
    for (int row = 0; row < M; row++) {
        float J[MAX_OUT][MAX_P];
        double m[MAX_OUT][MAX_OUT];
        const dist_batch pi = policy_forward(
            f->s->surrogate.policy, f->s->surrogate.batch.obs + row * fake_obs_dim(&f->l.task), 1);
        output_fisher(&pi, m);
        row_jacobian(f, row, J);
        for (int i = 0; i < f->P * f->P * 4; i++) {
            const int a = i / 4 / f->P, b = i / 4 % f->P, k = i % 4 / 2, l = i % 2;
            want[a][b] += (double) J[k][a] * m[k][l] * (double) J[l][b] / M;
        }
    }
    for (int i = 0; i < f->P * f->P; i++) {
        assert_near(have[i / f->P][i % f->P], want[i / f->P][i % f->P], 1e-5);
    }
}

static void fisher_products_are_those_of_the_explicit_matrix(void **state)
{
    (void) state;
    for_both(check_matrix);
}

// E[(dlogp/dtheta)(dlogp/dtheta)^T] over actions of the policy. The standard error of an element,
// whose factors are at most about 2, is 0.02.
static void check_samples(fixture *f)
{
    enum { DRAWS = 4000 };
    static double have[MAX_P][MAX_P], want[MAX_P][MAX_P];
    const float one[M] = {1, 1, 1, 1, 1, 1, 1, 1}, zero[M] = {0};
    random_state random = random_seed(6);
    policy *p = f->s->surrogate.policy;
    float action[1], doutputs[MAX_OUT];
    memset(want, 0, sizeof(want));
    ask_for_fisher(f, have);
    for (int k = 0; k < DRAWS * M; k++) {
        const float *obs = f->s->surrogate.batch.obs + k % M * fake_obs_dim(&f->l.task);
        const dist_batch pi = policy_forward(p, obs, 1);
        mlp_zero_grads(&p->net);
        p->dist.kind->sample(&p->dist, &pi, &random, action);
        p->dist.kind->backward(&p->dist, &pi,
                               &(dist_gradient){.actions = action,
                                                .dlogp = one,
                                                .dentropy = zero,
                                                .doutputs = doutputs,
                                                .down = p->net.dextra});
        mlp_backward(&p->net, doutputs, 1);
        for (int i = 0; i < f->P * f->P; i++) {
            want[i / f->P][i % f->P] +=
                (double) (p->net.grads[i / f->P] * p->net.grads[i % f->P]) / (DRAWS * M);
        }
    }
    for (int i = 0; i < f->P * f->P; i++) {
        assert_near(have[i / f->P][i % f->P], want[i / f->P][i % f->P], 0.08);
    }
}

static void fisher_products_are_what_samples_say(void **state)
{
    (void) state;
    for_both(check_samples);
}

static void check_damping(fixture *f)
{
    natural_direction direction;
    float plain[MAX_P], damped[MAX_P];
    natural_solve(f->s, &direction);
    f->s->options.damping = 0;
    natural_fisher(f->s, f->s->g, plain);
    f->s->options.damping = 0.25;
    natural_fisher(f->s, f->s->g, damped);
    for (int i = 0; i < f->P; i++) {
        assert_near(damped[i], (double) plain[i] + 0.25 * (double) f->s->g[i], 1e-6);
    }
}

static void damping_adds_to_the_diagonal(void **state)
{
    (void) state;
    for_both(check_damping);
}


// ---- the direction ------------------------------------------------------------------------------

static void check_direction(fixture *f)
{
    natural_direction direction;
    float ax[MAX_P];
    f->s->cg.iterations = 4;
    natural_solve(f->s, &direction);
    natural_fisher(f->s, f->s->x, ax);
    double missing = 0;
    for (int i = 0; i < f->P; i++) {
        missing += pow((double) (f->s->g[i] - ax[i]), 2);
    }
    assert_near(direction.grad_norm, sqrt(vec_dot(f->s->g, f->s->g, f->P)), 1e-9);
    assert_true(direction.residual > 1e-6 && direction.residual < 1);
    assert_near(direction.residual, sqrt(missing) / direction.grad_norm, 1e-6);
    assert_near(direction.curvature, vec_dot(f->s->x, ax, f->P), 1e-6);
}

static void the_residual_is_that_of_the_direction(void **state)
{
    (void) state;
    for_both(check_direction);
}

// KL = rate^2 / 2 x^T F x to second order; the next is of third order
static void check_kl(fixture *f)
{
    natural_direction direction;
    natural_point point;
    natural_solve(f->s, &direction);
    const double rate = natural_rate(&direction, 1e-5);
    const double damping = f->s->options.damping * vec_dot(f->s->x, f->s->x, f->P);
    natural_move(f->s, rate, &point);
    assert_near(point.kl / (rate * rate / 2 * (direction.curvature - damping)), 1, 0.1);
    assert_true(point.objective > direction.start.objective);
    natural_move(f->s, 0, &point);
    assert_near(point.kl, 0, 0);
}

static void a_small_step_has_the_kl_it_was_measured_for(void **state)
{
    (void) state;
    for_both(check_kl);
}

// sqrt(2 0.01 / 8)
static void the_rate_is_0_where_there_is_nowhere_to_go(void **state)
{
    (void) state;
    assert_near(natural_rate(&(natural_direction){.curvature = 8}, 0.01), 0.05, 1e-12);
    assert_near(natural_rate(&(natural_direction){.curvature = 0}, 0.01), 0, 0);
    assert_near(natural_rate(&(natural_direction){.curvature = -1}, 0.01), 0, 0);
    assert_near(natural_rate(&(natural_direction){.curvature = NAN}, 0.01), 0, 0);
    assert_near(natural_rate(&(natural_direction){.curvature = INFINITY}, 0.01), 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_nothing_moved_the_ratio_is_1_and_the_kl_0),
        cmocka_unit_test(the_gradient_matches_differences),
        cmocka_unit_test(fisher_products_are_those_of_the_explicit_matrix),
        cmocka_unit_test(fisher_products_are_what_samples_say),
        cmocka_unit_test(damping_adds_to_the_diagonal),
        cmocka_unit_test(the_residual_is_that_of_the_direction),
        cmocka_unit_test(a_small_step_has_the_kl_it_was_measured_for),
        cmocka_unit_test(the_rate_is_0_where_there_is_nowhere_to_go),
    };
    return cmocka_run_group_tests_name("natural", tests, NULL, NULL);
}
