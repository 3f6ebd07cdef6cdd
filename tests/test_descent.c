// test_descent.c -- agent/algo/descent.c: one limit for the gradient of both networks.
#include <descent.h>
#include <vec.h>

#include "learner.h"

enum { ROWS = 4 };

// A learner whose loss has the gradient that the test says, and whose step subtracts it.
typedef struct simple {
    on_policy base;
    descent descent;
    float gradient[DESCENT_PARTS];  // of the first weight of each network
} simple;

static void compute_loss(on_policy *l, int part)
{
    simple *s = (simple *) l;
    s->descent.net[part]->layers[0].dweight[0] += s->gradient[part];
}

static void move_down(on_policy *l, int part)
{
    simple *s = (simple *) l;
    mlp *net = s->descent.net[part];
    vec_add_scaled(net->params, -1, net->grads, net->param_count);
}

static const descent_methods methods = {.loss = compute_loss, .move = move_down};

static void learn_nothing(on_policy *l)
{
    (void) l;
}

typedef struct fixture {
    fake_task task;
    simple learner;
    float before[DESCENT_PARTS];
} fixture;

static float first_weight(const fixture *f, int part)
{
    return f->learner.descent.net[part]->layers[0].weight[0];
}

static void make(fixture *f, const char *trunk, double limit, const float *gradient)
{
    static const sw_setting params[] = {DESCENT_PARAMS(4, 1e-3, 0, 1)};
    const algo_class class = {.params = params, .param_count = DESCENT_PARAM_COUNT};
    sw_value values[DESCENT_PARAM_COUNT];
    fake_init(&f->task, FAKE_TARGET, 1, 1);
    fake_defaults(&class, values);
    values[DESCENT_MAX_GRAD_NORM].f = limit;
    strcpy(values[DESCENT_TRUNK].s, trunk);
    const on_policy_options options = {
        .ac = {.estimator = {.credit = CREDIT_GAE, .target = TARGET_LAMBDA},
               .shared_trunk = descent_shares_trunk(values)},
        .learn = learn_nothing};
    const algo_problem problem = fake_problem(&f->task, 1, 100, 1);
    f->learner = (simple){.gradient = {gradient[0], gradient[1]}};
    assert_ok(on_policy_init(&f->learner.base, &problem, values, &options));
    assert_ok(descent_init(&f->learner.descent, &f->learner.base, values, ROWS, &methods));
    for (int part = 0; part < DESCENT_PARTS; part++) {
        f->before[part] = first_weight(f, part);
    }
    descent_begin(&f->learner.descent);
    descent_gradient(&f->learner.descent, (const int[]){0, 1}, 2);
    descent_step(&f->learner.descent);
}

// How far the first weight of a network went.
static double moved(const fixture *f, int part)
{
    return (double) (first_weight(f, part) - f->before[part]);
}

static void finish(fixture *f)
{
    descent_free(&f->learner.descent);
    on_policy_free(&f->learner.base);
    fake_free(&f->task);
}

// |(3, 4)| = 5
static void the_norm_is_that_of_both_gradients_together(void **state)
{
    (void) state;
    fixture f;
    make(&f, "separate", 0, (const float[]){3, 4});
    assert_near(f.learner.descent.norm, 5, 1e-6);
    assert_near(moved(&f, DESCENT_POLICY), -3, 1e-5);
    assert_near(moved(&f, DESCENT_CRITIC), -4, 1e-5);
    finish(&f);
}

static void a_gradient_that_is_too_long_keeps_its_direction(void **state)
{
    (void) state;
    fixture f;
    make(&f, "separate", 0.5, (const float[]){3, 4});
    assert_near(f.learner.descent.norm, 5, 1e-6);
    assert_near(moved(&f, DESCENT_POLICY), -0.3, 1e-6);
    assert_near(moved(&f, DESCENT_CRITIC), -0.4, 1e-6);
    finish(&f);
}

static void a_gradient_within_the_limit_is_followed_as_it_is(void **state)
{
    (void) state;
    fixture f;
    make(&f, "separate", 0.5, (const float[]){0.3f, -0.2f});
    assert_near(moved(&f, DESCENT_POLICY), -0.3, 1e-6);
    assert_near(moved(&f, DESCENT_CRITIC), 0.2, 1e-6);
    finish(&f);
}

static void a_gradient_that_is_not_finite_moves_nothing(void **state)
{
    (void) state;
    fixture f;
    make(&f, "separate", 0.5, (const float[]){INFINITY, 1});
    assert_near(moved(&f, DESCENT_POLICY), 0, 0);
    assert_near(moved(&f, DESCENT_CRITIC), 0, 0);
    finish(&f);
    make(&f, "separate", 0, (const float[]){1, NAN});
    assert_near(moved(&f, DESCENT_POLICY), 0, 0);
    finish(&f);
}

// Both losses pull at the same weight: 3 - 1 = 2.
static void a_shared_trunk_follows_both_losses(void **state)
{
    (void) state;
    fixture f;
    make(&f, "shared", 0, (const float[]){3, -1});
    assert_near(f.learner.descent.norm, 2, 1e-6);
    assert_near(moved(&f, DESCENT_POLICY), -2, 1e-5);
    assert_near(moved(&f, DESCENT_CRITIC), -2, 1e-5);
    finish(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_norm_is_that_of_both_gradients_together),
        cmocka_unit_test(a_gradient_that_is_too_long_keeps_its_direction),
        cmocka_unit_test(a_gradient_within_the_limit_is_followed_as_it_is),
        cmocka_unit_test(a_gradient_that_is_not_finite_moves_nothing),
        cmocka_unit_test(a_shared_trunk_follows_both_losses),
    };
    return cmocka_run_group_tests_name("descent", tests, NULL, NULL);
}
