// torch_golden.h -- a learner that begins where PyTorch did, and comparisons with where that went:
// files of tests/golden/torch, which tests/golden/make_torch*.py made.
#ifndef TORCH_GOLDEN_H
#define TORCH_GOLDEN_H

#include <file.h>
#include <math.h>
#include <off_policy.h>
#include <on_policy.h>

#include "learner.h"

// Rows of a batch and numbers of an observation.
enum { GOLDEN_ROWS = 64, GOLDEN_OBS = 5, GOLDEN_BYTES = 1 << 20, GOLDEN_NUMBERS = 4096 };

// |difference| <= this part of the array's largest magnitude
static const double gradient_tolerance = 1e-5, step_tolerance = 1e-4;

typedef struct golden {
    char *text;  // lines "NAME numbers"
} golden;

static inline void golden_read(golden *g, const char *path)
{
    size_t bytes;
    assert_ok(file_read(path, GOLDEN_BYTES, &g->text, &bytes));
}

// Writes the numbers of NAME to x [most] and returns how many there are.
static inline int golden_numbers(const golden *g, const char *name, double *x, int most)
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

static inline double golden_number(const golden *g, const char *name)
{
    double x;
    assert_int_equal(golden_numbers(g, name, &x, 1), 1);
    return x;
}

static inline void golden_copy(const golden *g, const char *name, float *x, int count)
{
    static double want[GOLDEN_NUMBERS];
    assert_int_equal(golden_numbers(g, name, want, GOLDEN_NUMBERS), count);
    for (int i = 0; i < count; i++) {
        x[i] = (float) want[i];
    }
}

static inline void golden_compare(const golden *g, const char *name, const float *x,
                                  double tolerance)
{
    static double want[GOLDEN_NUMBERS];
    const int count = golden_numbers(g, name, want, GOLDEN_NUMBERS);
    double largest = 0, off = 0;
    for (int i = 0; i < count; i++) {
        assert_true(isfinite(x[i]));  // fmax() would pass over what is not a number
        largest = fmax(largest, fabs(want[i]));
        off = fmax(off, fabs((double) x[i] - want[i]));
    }
    print_message("           %-16s off by %.1e of the largest\n", name, off / largest);
    assert_true(off <= tolerance * largest);
}

static inline void golden_compare_number(const golden *g, const char *name, double x,
                                         double tolerance)
{
    const double want = golden_number(g, name);
    print_message("           %-16s off by %.1e\n", name, fabs(x / want - 1));
    assert_true(fabs(x - want) <= tolerance * fabs(want));
}

// Whether the file has numbers called NAME.
static inline bool golden_has(const golden *g, const char *name)
{
    char line[64];
    snprintf(line, sizeof(line), "\n%s ", name);
    return strstr(g->text, line) != NULL;
}


// ---- the learner --------------------------------------------------------------------------------

typedef struct golden_learner {
    golden golden;
    sw_spec spec;
    const algo_class *class;
    sw_value values[LEARNER_PARAMS];
    algo *algo;
    on_policy *base;  // the same, where it learns from rollouts
} golden_learner;

// A task whose action has so many quantities or, with 0 of them, is one of so many categories.
static inline void golden_spec(sw_spec *spec, int quantities, double categories)
{
    const double low[] = {-1, -1, -1}, high[] = {1, 1, 1}, first = 0, last = categories - 1;
    const sw_tensor obs = {.name = "x", .dtype = SW_FLOAT32, .dims = 1, .shape = {GOLDEN_OBS}};
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

// Reads the file and sets the hyper-parameters that it names; what it does not name cannot matter,
// or is set between this and golden_open().
static inline void golden_begin(golden_learner *f, const algo_class *class, const char *path)
{
    f->class = class;
    golden_read(&f->golden, path);
    golden_spec(&f->spec, strstr(path, "gaussian") != NULL ? 3 : 0, 4);
    fake_defaults(class, f->values);
    for (int k = 0; k < class->param_count; k++) {
        const sw_setting *s = &class->params[k];
        if (golden_has(&f->golden, s->name)) {
            const double x = golden_number(&f->golden, s->name);
            if (s->type == SW_INT) {
                f->values[k].i = (int64_t) x;
            } else {
                f->values[k].f = x;
            }
        }
    }
    strcpy(fake_value(class, f->values, "hidden")->s, "8,8");
}

static inline void golden_open_algo(golden_learner *f)
{
    static const int first_row[] = {0, 1};
    const algo_problem problem = {.spec = &f->spec,
                                  .rows = 1,
                                  .groups = 1,
                                  .first_row = first_row,
                                  .total_steps = GOLDEN_ROWS,
                                  .seed = 1,
                                  .threads = 1};
    assert_ok(f->class->open(&problem, f->values, &f->algo));
}

// A learner as PyTorch's was, its rollout full of the batch.
static inline void golden_open(golden_learner *f)
{
    fake_value(f->class, f->values, "horizon")->i = GOLDEN_ROWS;
    golden_open_algo(f);
    f->base = (on_policy *) f->algo;

    const mlp *net = &f->base->ac.policy.net, *critic = &f->base->ac.critic;
    rollout *r = &f->base->ac.collector.data;
    golden_copy(&f->golden, "theta", net->params, net->param_count);
    golden_copy(&f->golden, "critic", critic->params, critic->param_count);
    golden_copy(&f->golden, "obs", r->obs, GOLDEN_ROWS * GOLDEN_OBS);
    golden_copy(&f->golden, "act", r->act, GOLDEN_ROWS * r->act_dim);
    golden_copy(&f->golden, "logp", r->logp, GOLDEN_ROWS);
    golden_copy(&f->golden, "adv", r->adv, GOLDEN_ROWS);
    golden_copy(&f->golden, "ret", r->ret, GOLDEN_ROWS);
}

// One that learns from a replay, its minibatch the batch.
static inline void golden_open_replay(golden_learner *f)
{
    fake_value(f->class, f->values, "buffer")->i = GOLDEN_ROWS;
    fake_value(f->class, f->values, "batch")->i = GOLDEN_ROWS;
    golden_open_algo(f);
    off_policy *o = (off_policy *) f->algo;
    replay_batch *b = &o->batch;
    b->n = GOLDEN_ROWS;
    golden_copy(&f->golden, "obs", b->obs, GOLDEN_ROWS * GOLDEN_OBS);
    golden_copy(&f->golden, "input", b->input, GOLDEN_ROWS * (GOLDEN_OBS + o->act_dim));
    golden_copy(&f->golden, "reward", b->reward, GOLDEN_ROWS);
    golden_copy(&f->golden, "discount", b->discount, GOLDEN_ROWS);
    golden_copy(&f->golden, "next", b->next, GOLDEN_ROWS * GOLDEN_OBS);
}

static inline void golden_close(golden_learner *f)
{
    f->class->close(f->algo);
    sw_spec_free(&f->spec);
    free(f->golden.text);
}

#endif
