// test_critic_fit.c -- agent/algo/critic_fit.c: its loss by hand, and that it goes down.
#include <math.h>

#include <critic_fit.h>
#include <stepwire/spec.h>

#include "test.h"

enum { STEPS = 3, ROWS = 2, N = STEPS * ROWS };

typedef struct fixture {
    rollout r;
    mlp critic;
    critic_fit fit;
} fixture;

// V(s) = 0 so far, with targets 1 2 3 4 5 6 that are s + 1.
static void make(fixture *f, const critic_fit_options *options)
{
    const mlp_shape shape = {.in = 1, .out = 1};
    assert_ok(rollout_init(&f->r, STEPS, ROWS, 1, 1));
    assert_ok(mlp_init(&f->critic, &shape, 0, N));
    assert_ok(critic_fit_init(&f->fit, &f->critic, &f->r, options));
    for (int i = 0; i < N; i++) {
        f->r.obs[i] = (float) i;
        f->r.ret[i] = (float) (i + 1);
    }
}

static void finish(fixture *f)
{
    critic_fit_free(&f->fit);
    mlp_free(&f->critic);
    rollout_free(&f->r);
}

// (1 + 4 + 9 + 16 + 25 + 36) / 2 / 6, whatever the minibatches, while nothing is learned
static void the_loss_is_half_the_mean_square_of_every_row(void **state)
{
    (void) state;
    for (int M = 1; M <= N; M++) {
        fixture f;
        make(&f, &(critic_fit_options){.adam_epsilon = 1e-5, .epochs = 3, .minibatch = M});
        assert_near(critic_fit_run(&f.fit, &f.r), 91.0 / 12, 1e-5);
        finish(&f);
    }
}

// Adam's first step is lr in the direction of the gradient, which is all negative.
static void a_step_is_adams(void **state)
{
    (void) state;
    fixture f;
    make(&f, &(critic_fit_options){.lr = 0.25, .adam_epsilon = 1e-8, .epochs = 1, .minibatch = N});
    critic_fit_run(&f.fit, &f.r);
    assert_near(f.critic.params[0], 0.25, 1e-5);
    assert_near(f.critic.params[1], 0.25, 1e-5);
    finish(&f);
}

static void a_step_that_is_not_finite_is_not_made(void **state)
{
    (void) state;
    static const float targets[] = {NAN, INFINITY, 1e30f};
    for (int i = 0; i < 3; i++) {
        fixture f;
        make(&f,
             &(critic_fit_options){.lr = 0.25, .adam_epsilon = 1e-8, .epochs = 1, .minibatch = N});
        f.r.ret[1] = targets[i];
        assert_false(isfinite(critic_fit_run(&f.fit, &f.r)) && i < 2);
        assert_near(f.critic.params[0], 0, 0);
        assert_near(f.critic.params[1], 0, 0);
        assert_int_equal(f.fit.adam.steps, 0);
        finish(&f);
    }
}

static void a_line_is_fitted(void **state)
{
    (void) state;
    fixture f;
    make(&f, &(critic_fit_options){
                 .lr = 0.02, .adam_epsilon = 1e-8, .epochs = 500, .minibatch = 4, .seed = 1});
    critic_fit_run(&f.fit, &f.r);
    assert_true(critic_fit_run(&f.fit, &f.r) < 1e-2);
    assert_near(f.critic.params[0], 1, 0.1);
    assert_near(f.critic.params[1], 1, 0.2);
    finish(&f);
}

static void faulty_rows_are_left_out(void **state)
{
    (void) state;
    fixture f;
    make(&f, &(critic_fit_options){.lr = 1, .adam_epsilon = 1e-5, .epochs = 2, .minibatch = 4});
    for (int i = 0; i < N; i++) {
        f.r.flags[i] = SW_FAULTY;
    }
    assert_near(critic_fit_run(&f.fit, &f.r), 0, 0);
    assert_near(f.critic.params[0], 0, 0);
    f.fit.options.lr = 0;
    f.r.flags[1] = 0;
    assert_near(critic_fit_run(&f.fit, &f.r), 2, 1e-6);
    finish(&f);
}

// Rows are columns here: row 0 has the targets 1, 3, 5, row 1 has 2, 4, 6.
static void rows_may_be_chosen(void **state)
{
    (void) state;
    fixture f;
    make(&f, &(critic_fit_options){.adam_epsilon = 1e-5, .epochs = 1, .minibatch = 4});
    assert_near(critic_fit_rows(&f.fit, &f.r, 0, 1), (1 + 9 + 25) / 6.0, 1e-5);
    assert_near(critic_fit_rows(&f.fit, &f.r, 1, 2), (4 + 16 + 36) / 6.0, 1e-5);
    finish(&f);
}

// Targets s + 1 + 10 a, which no function of s alone has.
static void a_critic_of_actions_learns_what_they_do(void **state)
{
    (void) state;
    const dist d = {.kind = &dist_gaussian, .actions = 1, .outputs = 1};
    const mlp_shape shape = {.in = 2, .out = 1};
    rollout r;
    mlp q;
    critic_fit fit;
    assert_ok(rollout_init(&r, STEPS, ROWS, 1, 1));
    assert_ok(mlp_init(&q, &shape, 0, N));
    assert_ok(critic_fit_init(
        &fit, &q, &r,
        &(critic_fit_options){
            .lr = 0.05, .adam_epsilon = 1e-8, .epochs = 1000, .minibatch = N, .of_actions = &d}));
    for (int i = 0; i < N; i++) {
        r.obs[i] = (float) (i / 2);
        r.act[i] = (float) (i % 2);
        r.ret[i] = r.obs[i] + 1 + 10 * r.act[i];
    }
    critic_fit_run(&fit, &r);
    assert_near(q.params[0], 1, 0.05);
    assert_near(q.params[1], 10, 0.05);
    critic_fit_free(&fit);
    mlp_free(&q);
    rollout_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_loss_is_half_the_mean_square_of_every_row),
        cmocka_unit_test(a_step_is_adams),
        cmocka_unit_test(a_step_that_is_not_finite_is_not_made),
        cmocka_unit_test(a_line_is_fitted),
        cmocka_unit_test(faulty_rows_are_left_out),
        cmocka_unit_test(rows_may_be_chosen),
        cmocka_unit_test(a_critic_of_actions_learns_what_they_do),
    };
    return cmocka_run_group_tests_name("critic_fit", tests, NULL, NULL);
}
