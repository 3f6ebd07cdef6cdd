// test_torch_deterministic.c -- two whole gradient steps of ddpg and td3 against PyTorch in
// float64.
#include <ddpg.h>
#include <td3.h>

#include "torch_golden.h"

// NAME of one network and step: "NAME0_after_1"; without number or step where those are negative.
static const char *named(const char *name, int net, const char *what, int step)
{
    static char text[64];
    int length = snprintf(text, sizeof(text), "%s", name);
    if (net >= 0) {
        length += snprintf(text + length, sizeof(text) - (size_t) length, "%d", net);
    }
    length += snprintf(text + length, sizeof(text) - (size_t) length, "%s", what);
    if (step >= 0) {
        snprintf(text + length, sizeof(text) - (size_t) length, "_%d", step);
    }
    return text;
}

// Begins where PyTorch did.
static deterministic *begin(golden_learner *f, const algo_class *class, const char *path)
{
    const golden *g = &f->golden;
    golden_begin(f, class, path);
    golden_open_replay(f);
    deterministic *d = (deterministic *) f->algo;
    critics *c = &d->critics;
    golden_copy(g, "theta", d->actor.params, d->actor.param_count);
    golden_copy(g, "target_theta", d->target.params, d->target.param_count);
    for (int k = 0; k < c->count; k++) {
        golden_copy(g, named("critic", k, "", -1), c->net[k].params, c->net[k].param_count);
        golden_copy(g, named("target", k, "", -1), c->target[k].params, c->net[k].param_count);
    }
    return d;
}

// The critics' step, a' being in d->act.
static void check_critics(deterministic *d, const golden *g, int step)
{
    const critics *c = &d->critics;
    golden_compare(g, named("a_next", -1, "", step), d->act, gradient_tolerance);
    deterministic_criticise(d);
    golden_compare(g, named("y", -1, "", step), c->y, gradient_tolerance);
    golden_compare_number(g, named("critic_loss", -1, "", step), c->loss, gradient_tolerance);
    for (int k = 0; k < c->count; k++) {
        golden_compare(g, named("critic", k, "_g", step), c->net[k].grads, gradient_tolerance);
    }
}

static void check_actor(deterministic *d, const golden *g, int step)
{
    const double loss = deterministic_improve(d);
    golden_compare_number(g, named("actor_loss", -1, "", step), loss, gradient_tolerance);
    golden_compare(g, named("g", -1, "", step), d->actor.grads, gradient_tolerance);
}

// All parameters after a step.
static void check_parameters(const deterministic *d, const golden *g, int step)
{
    const critics *c = &d->critics;
    golden_compare(g, named("theta_after", -1, "", step), d->actor.params, gradient_tolerance);
    golden_compare(g, named("target_theta_after", -1, "", step), d->target.params,
                   gradient_tolerance);
    for (int k = 0; k < c->count; k++) {
        golden_compare(g, named("critic", k, "_after", step), c->net[k].params, gradient_tolerance);
        golden_compare(g, named("target", k, "_after", step), c->target[k].params,
                       gradient_tolerance);
    }
}

static void two_gradient_steps_of_ddpg_are_pytorchs(void **state)
{
    (void) state;
    golden_learner f;
    deterministic *d = begin(&f, &algo_ddpg, "golden/torch/ddpg-gaussian.txt");
    for (int step = 1; step <= 2; step++) {
        deterministic_next(d);
        check_critics(d, &f.golden, step);
        check_actor(d, &f.golden, step);
        check_parameters(d, &f.golden, step);
    }
    golden_close(&f);
}

// The actor moves in the second one.
static void two_gradient_steps_of_td3_are_pytorchs(void **state)
{
    (void) state;
    golden_learner f;
    deterministic *d = begin(&f, &algo_td3, "golden/torch/td3-gaussian.txt");
    td3 *t = (td3 *) d;
    for (int step = 1; step <= 2; step++) {
        golden_copy(&f.golden, named("drawn", -1, "", step), t->drawn,
                    GOLDEN_ROWS * d->base.act_dim);
        td3_smooth(t);
        check_critics(d, &f.golden, step);
        if (step % t->delay == 0) {
            check_actor(d, &f.golden, step);
        }
        check_parameters(d, &f.golden, step);
    }
    golden_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_gradient_steps_of_ddpg_are_pytorchs),
        cmocka_unit_test(two_gradient_steps_of_td3_are_pytorchs),
    };
    return cmocka_run_group_tests_name("torch_deterministic", tests, NULL, NULL);
}
