// test_critic_fit.c -- agent/algo/critic_fit.c: its loss by hand, and that it goes down.
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_loss_is_half_the_mean_square_of_every_row),
        cmocka_unit_test(a_step_is_adams),
        cmocka_unit_test(a_line_is_fitted),
        cmocka_unit_test(faulty_rows_are_left_out),
    };
    return cmocka_run_group_tests_name("critic_fit", tests, NULL, NULL);
}
