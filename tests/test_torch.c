// test_torch.c -- whole updates against PyTorch in float64: tests/golden/torch, whose files
// tests/golden/make_torch.py made.
#include <stdio.h>
#include <stdlib.h>

#include <acktr.h>
#include <file.h>
#include <trpo.h>
#include <vec.h>

#include "learner.h"

// |difference| <= this part of the array's largest magnitude
static const double gradient_tolerance = 1e-5, step_tolerance = 1e-4;

enum { MAX_BYTES = 1 << 20, MAX_NUMBERS = 4096 };


// ---- the file -----------------------------------------------------------------------------------

typedef struct golden {
    char *text;  // lines "NAME numbers"
} golden;

static void read_golden(golden *g, const char *path)
{
    size_t bytes;
    assert_ok(file_read(path, MAX_BYTES, &g->text, &bytes));
}

// Writes the numbers of NAME to x [most] and returns how many there are.
static int numbers(const golden *g, const char *name, double *x, int most)
{
    const size_t length = strlen(name);
    const char *line = g->text;
    while (strncmp(line, name, length) != 0 || line[length] != ' ') {
        line = strchr(line, '\n');
        if (line == NULL) {
            fail_msg("the golden file has no '%s'", name);
        }
        line++;
    }
    int n = 0;
    for (char *at = (char *) line + length; *at != '\n' && *at != '\0'; n++) {
        assert_true(n < most);
        x[n] = strtod(at, &at);
    }
    return n;
}

static double number(const golden *g, const char *name)
{
    double x;
    assert_int_equal(numbers(g, name, &x, 1), 1);
    return x;
}

static void copy(const golden *g, const char *name, float *x, int count)
{
    static double want[MAX_NUMBERS];
    assert_int_equal(numbers(g, name, want, MAX_NUMBERS), count);
    for (int i = 0; i < count; i++) {
        x[i] = (float) want[i];
    }
}

static void compare(const golden *g, const char *name, const float *x, double tolerance)
{
    static double want[MAX_NUMBERS];
    const int count = numbers(g, name, want, MAX_NUMBERS);
    double largest = 0, off = 0;
    for (int i = 0; i < count; i++) {
        largest = fmax(largest, fabs(want[i]));
        off = fmax(off, fabs((double) x[i] - want[i]));
    }
    print_message("           %-16s off by %.1e of the largest\n", name, off / largest);
    assert_true(off <= tolerance * largest);
}

static void compare_number(const golden *g, const char *name, double x, double tolerance)
{
    const double want = number(g, name);
    print_message("           %-16s off by %.1e\n", name, fabs(x / want - 1));
    assert_true(fabs(x - want) <= tolerance * fabs(want));
}


// ---- the batch ----------------------------------------------------------------------------------

enum { ROWS = 64, OBS = 5 };

typedef struct fixture {
    golden golden;
    sw_spec spec;
    const algo_class *class;
    algo *algo;
    on_policy *base;  // the same
} fixture;

static void make_spec(sw_spec *spec, int quantities, double categories)
{
    const double low[] = {-1, -1, -1}, high[] = {1, 1, 1}, first = 0, last = categories - 1;
    const sw_tensor obs = {.name = "x", .dtype = SW_FLOAT32, .dims = 1, .shape = {OBS}};
    const sw_tensor moves = {.name = "a",
                             .dtype = SW_FLOAT32,
                             .dims = 1,
                             .shape = {quantities},
                             .low = low,
                             .high = high};
    const sw_tensor choice = {.name = "a", .dtype = SW_INT64, .low = &first, .high = &last};
    assert_ok(sw_spec_init(spec, "Golden-v0"));
    assert_ok(sw_spec_add_observation(spec, &obs));
    assert_ok(sw_spec_add_action(spec, quantities > 0 ? &moves : &choice));
}

// Whether the file has numbers called NAME.
static bool is_in(const golden *g, const char *name)
{
    char line[64];
    snprintf(line, sizeof(line), "\n%s ", name);
    return strstr(g->text, line) != NULL;
}

// Hyper-parameters are those of the file; what it does not name cannot matter.
static void read_options(const golden *g, const algo_class *class, sw_value *values)
{
    fake_defaults(class, values);
    for (int k = 0; k < class->param_count; k++) {
        const sw_setting *s = &class->params[k];
        if (is_in(g, s->name)) {
            const double x = number(g, s->name);
            if (s->type == SW_INT) {
                values[k].i = (int64_t) x;
            } else {
                values[k].f = x;
            }
        }
    }
    strcpy(fake_value(class, values, "hidden")->s, "8,8");
    fake_value(class, values, "horizon")->i = ROWS;
}

// A learner as PyTorch's was, its rollout full of the batch.
static void make(fixture *f, const algo_class *class, const char *path)
{
    static const int first_row[] = {0, 1};
    sw_value values[LEARNER_PARAMS];
    const bool gaussian = strstr(path, "gaussian") != NULL;
    f->class = class;
    read_golden(&f->golden, path);
    make_spec(&f->spec, gaussian ? 3 : 0, 4);
    read_options(&f->golden, class, values);
    if (class == &algo_trpo) {
        fake_value(class, values, "minibatch")->i = ROWS;
        fake_value(class, values, "cg_tolerance")->f = 0;
    }
    const algo_problem problem = {.spec = &f->spec,
                                  .rows = 1,
                                  .groups = 1,
                                  .first_row = first_row,
                                  .total_steps = ROWS,
                                  .seed = 1,
                                  .threads = 1};
    assert_ok(class->open(&problem, values, &f->algo));
    f->base = (on_policy *) f->algo;

    const mlp *net = &f->base->ac.policy.net, *critic = &f->base->ac.critic;
    rollout *r = &f->base->ac.collector.data;
    copy(&f->golden, "theta", net->params, net->param_count);
    copy(&f->golden, "critic", critic->params, critic->param_count);
    copy(&f->golden, "obs", r->obs, ROWS * OBS);
    copy(&f->golden, "act", r->act, ROWS * r->act_dim);
    copy(&f->golden, "logp", r->logp, ROWS);
    copy(&f->golden, "adv", r->adv, ROWS);
    copy(&f->golden, "ret", r->ret, ROWS);
}

static void finish(fixture *f)
{
    f->class->close(f->algo);
    sw_spec_free(&f->spec);
    free(f->golden.text);
}


// ---- TRPO ---------------------------------------------------------------------------------------

static void check_trpo(const char *path)
{
    static float v[MAX_NUMBERS], fv[MAX_NUMBERS];
    fixture f;
    natural_direction direction;
    natural_point end;
    double stats[LEARNER_STATS];
    make(&f, &algo_trpo, path);
    natural_learner *l = (natural_learner *) f.algo;
    natural *s = &l->natural;
    const mlp *net = &f.base->ac.policy.net;

    assert_int_equal(natural_gather(s, &f.base->ac.collector.data), ROWS);
    natural_solve(s, &direction);
    assert_near(direction.start.objective, number(&f.golden, "objective"), 1e-5);
    compare(&f.golden, "g", s->g, gradient_tolerance);
    copy(&f.golden, "v", v, net->param_count);
    natural_fisher(s, v, fv);
    compare(&f.golden, "fv", fv, gradient_tolerance);
    compare(&f.golden, "x", s->x, step_tolerance);
    compare_number(&f.golden, "curvature", direction.curvature, step_tolerance);
    compare_number(&f.golden, "residual", direction.residual, 1e-2);

    compare_number(&f.golden, "rate", l->step(l, &direction, &end), step_tolerance);
    compare(&f.golden, "theta_after", net->params, step_tolerance);
    compare_number(&f.golden, "kl", end.kl, 1e-3);
    compare_number(&f.golden, "objective_after", end.objective, 1e-3);
    algo_trpo.stats(f.algo, stats);
    assert_near(stats[TRPO_LINE_SEARCH], number(&f.golden, "tries"), 0);

    critic_fit_run(&l->fit, &f.base->ac.collector.data);
    compare(&f.golden, "critic_after", f.base->ac.critic.params, step_tolerance);
    finish(&f);
}

static void a_trpo_update_of_a_gaussian_is_pytorchs(void **state)
{
    (void) state;
    check_trpo("golden/torch/trpo-gaussian.txt");
}

static void a_trpo_update_of_categories_is_pytorchs(void **state)
{
    (void) state;
    check_trpo("golden/torch/trpo-categorical.txt");
}


// ---- ACKTR --------------------------------------------------------------------------------------

// NAME of one update: "NAME_1".
static const char *of_update(const char *name, int update)
{
    static char text[64];
    snprintf(text, sizeof(text), "%s_%d", name, update);
    return text;
}

// The second one's factors have the first one's in them, and its ratios are not 1.
static void check_acktr_update(fixture *f, int update)
{
    const golden *g = &f->golden;
    acktr *k = (acktr *) f->algo;
    natural *s = &k->natural;
    natural_direction direction;
    natural_point end;

    assert_int_equal(natural_gather(s, &f->base->ac.collector.data), ROWS);
    natural_start(s, &direction);
    assert_near(direction.start.objective, number(g, of_update("objective", update)), 1e-5);
    compare(g, of_update("g", update), s->g, gradient_tolerance);
    copy(g, of_update("drawn", update), k->drawn, ROWS * f->base->ac.policy.dist.actions);
    const double eta = acktr_step(k, &direction, &end);
    compare(g, of_update("x", update), s->x, step_tolerance);
    compare_number(g, of_update("rate", update), eta, step_tolerance);
    compare(g, of_update("theta", update), f->base->ac.policy.net.params, step_tolerance);
    compare_number(g, of_update("kl", update), end.kl, 1e-3);

    compare_number(g, of_update("value_loss", update), acktr_fit_critic(k), gradient_tolerance);
    compare(g, of_update("critic", update), f->base->ac.critic.params, step_tolerance);
}

static void check_acktr(const char *path)
{
    fixture f;
    make(&f, &algo_acktr, path);
    check_acktr_update(&f, 1);
    check_acktr_update(&f, 2);
    finish(&f);
}

static void two_acktr_updates_of_a_gaussian_are_pytorchs(void **state)
{
    (void) state;
    check_acktr("golden/torch/acktr-gaussian.txt");
}

static void two_acktr_updates_of_categories_are_pytorchs(void **state)
{
    (void) state;
    check_acktr("golden/torch/acktr-categorical.txt");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trpo_update_of_a_gaussian_is_pytorchs),
        cmocka_unit_test(a_trpo_update_of_categories_is_pytorchs),
        cmocka_unit_test(two_acktr_updates_of_a_gaussian_are_pytorchs),
        cmocka_unit_test(two_acktr_updates_of_categories_are_pytorchs),
    };
    return cmocka_run_group_tests_name("torch", tests, NULL, NULL);
}
