#include "fake_learning.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void fake_note(fake_trace *trace, const char *word, int group)
{
    if (trace == NULL) {
        return;
    }
    const size_t used = strlen(trace->text);
    const size_t left = sizeof(trace->text) - used;
    const char *space = used > 0 ? " " : "";
    if (group < 0) {
        snprintf(trace->text + used, left, "%s%s", space, word);
    } else {
        snprintf(trace->text + used, left, "%s%s%d", space, word, group);
    }
}


// ---- the pool -------------------------------------------------------------------------------

static sw_status reset_group(sw_pool *pool, int group, const uint64_t *seeds)
{
    (void) seeds;
    fake_pool *p = (fake_pool *) pool;
    fake_note(p->trace, "reset", group);
    assert(!p->outstanding[group]);
    p->outstanding[group] = true;
    p->steps[group] = 0;
    return SW_OK;
}

static sw_status send_group(sw_pool *pool, int group, const void *const *actions)
{
    fake_pool *p = (fake_pool *) pool;
    fake_note(p->trace, "send", group);
    assert(!p->outstanding[group]);
    p->outstanding[group] = true;
    p->steps[group]++;
    const int first = sw_pool_first_row(pool, group);
    memcpy(p->actions + first, actions[0], (size_t) sw_pool_rows(pool, group) * sizeof(float));
    return SW_OK;
}

static sw_status recv_group(sw_pool *pool, int group, const sw_batch **batch)
{
    fake_pool *p = (fake_pool *) pool;
    const int call = p->calls++;
    const sw_status st = p->recv_status != NULL ? p->recv_status(call) : SW_OK;
    if (call + 1 == p->interrupt_at) {
        ++*p->interrupts;
    }
    if (st != SW_OK) {
        return sw_fail(st, "the fake pool was told to fail");
    }
    fake_note(p->trace, "recv", group);
    assert(p->outstanding[group]);
    p->outstanding[group] = false;
    const int first = sw_pool_first_row(pool, group), step = p->steps[group];
    for (int row = first; row < first + p->batches[group].rows; row++) {
        p->observations[row] = (float) step;
        p->rewards[row] = step > 0 ? 1 : 0;
        p->flags[row] = step > 0 ? 0 : SW_FIRST;
        p->final_index[row] = row - first;
        if (step > 0 && p->script != NULL) {
            p->script(row, step, &p->rewards[row], &p->flags[row]);
        }
    }
    *batch = &p->batches[group];
    return SW_OK;
}

// A row's state is how many steps its group has made.
static sw_status get_state(sw_pool *pool, int group, sw_pool_state *state)
{
    fake_pool *p = (fake_pool *) pool;
    fake_note(p->trace, "get", group);
    const int rows = sw_pool_rows(pool, group), first = sw_pool_first_row(pool, group);
    for (int row = first; row < first + rows; row++) {
        p->states[row] = &p->steps[group];
        p->sizes[row] = sizeof(p->steps[group]);
    }
    p->saved = (sw_states){
        .format = "", .count = rows, .states = p->states + first, .sizes = p->sizes + first};
    *state = (sw_pool_state){.episodes = p->episodes + first,
                             .observations = p->batches[group].observations,
                             .states = p->outstanding[group] ? NULL : &p->saved};
    return SW_OK;
}

static sw_status set_state(sw_pool *pool, int group, const sw_pool_state *state)
{
    fake_pool *p = (fake_pool *) pool;
    fake_note(p->trace, state->states != NULL ? "set" : "forget", group);
    if (state->states != NULL) {
        memcpy(&p->steps[group], state->states->states[0], sizeof(p->steps[group]));
    }
    return SW_OK;
}

static void close_pool(sw_pool *pool)
{
    (void) pool;
}

static const pool_ops fake_ops = {.reset = reset_group,
                                  .send = send_group,
                                  .recv = recv_group,
                                  .get_state = get_state,
                                  .set_state = set_state,
                                  .close = close_pool};

void fake_pool_init(fake_pool *p, int rows, int groups)
{
    assert(rows <= FAKE_ROWS && groups <= FAKE_GROUPS);
    *p = (fake_pool){.base = {.ops = &fake_ops, .groups = groups, .rows = rows}};
    const sw_tensor tensor = {.name = "x", .dtype = SW_FLOAT32, .dims = 1, .shape = {1}};
    sw_status st = sw_spec_init(&p->spec, "Fake-v0");
    st = st == SW_OK ? sw_spec_add_observation(&p->spec, &tensor) : st;
    st = st == SW_OK ? sw_spec_add_action(&p->spec, &tensor) : st;
    assert(st == SW_OK);
    (void) st;
    p->base.spec = &p->spec;
    for (int g = 0; g < groups; g++) {
        const int first = sw_pool_first_row(&p->base, g);
        p->observation_pointers[g] = p->observations + first;
        p->batches[g] = (sw_batch){.rows = sw_pool_rows(&p->base, g),
                                   .observations = &p->observation_pointers[g],
                                   .rewards = p->rewards + first,
                                   .flags = p->flags + first,
                                   .seeds = p->seeds + first,
                                   .final_index = p->final_index + first,
                                   .final_observations = &p->observation_pointers[g],
                                   .final_count = sw_pool_rows(&p->base, g)};
    }
}

void fake_pool_free(fake_pool *p)
{
    sw_spec_free(&p->spec);
}


// ---- the algorithm --------------------------------------------------------------------------

algo *fake_algo_handle(fake_algo *f)
{
    return (algo *) f;
}

static algo_answer observe(algo *a, int group, const sw_batch *batch)
{
    (void) batch;
    fake_algo *f = (fake_algo *) a;
    fake_note(f->trace, "observe", group);
    f->observed[group]++;
    if (f->observed[group] != f->horizon[group]) {
        return ALGO_GO;
    }
    fake_note(f->trace, "hold", group);
    return ALGO_HOLD;
}

// The action is the number of updates so far.
static void act(algo *a, int group, const sw_batch *batch, void *const *actions)
{
    const fake_algo *f = (const fake_algo *) a;
    fake_note(f->trace, "act", group);
    for (int i = 0; i < batch->rows; i++) {
        ((float *) actions[0])[i] = (float) f->updates;
    }
}

static bool is_due(const fake_algo *f)
{
    int observed = 0;
    for (int g = 0; g < f->groups; g++) {
        if (f->observed[g] < f->horizon[g]) {
            return false;
        }
        observed += f->observed[g];
    }
    return observed >= f->updates_each;
}

static bool update(algo *a)
{
    fake_algo *f = (fake_algo *) a;
    if (!is_due(f)) {
        return false;
    }
    fake_note(f->trace, "update", -1);
    f->updates++;
    f->weights[0] = f->updates == f->spoiled_at ? (double) NAN : f->weights[0];
    memset(f->observed, 0, sizeof(f->observed));
    return true;
}

static void stats(const algo *a, double *out)
{
    const fake_algo *f = (const fake_algo *) a;
    const bool bad = f->updates >= f->bad_from && f->updates < f->bad_to;
    out[0] = bad ? (double) NAN : f->updates;
}

static void decide(algo *a, const sw_batch *batch, bool stochastic, void *const *actions)
{
    fake_algo *f = (fake_algo *) a;
    f->stochastic += stochastic;
    f->deterministic += !stochastic;
    memset(actions[0], 0, (size_t) batch->rows * sizeof(float));
}

static sw_status tensors(algo *a, algo_visit visit, void *context)
{
    fake_algo *f = (fake_algo *) a;
    const algo_tensor weights = {"policy.weight", ALGO_F64, 2, {1, 3}, f->weights, NULL};
    const algo_tensor counter = {"counter", ALGO_I64, 0, {0}, &f->counter, NULL};
    const sw_status st = visit(context, &weights);
    return st == SW_OK ? visit(context, &counter) : st;
}

static const char *const stat_names[] = {"updates"};

const algo_class fake_algo_class = {.name = "fake",
                                    .doc = "Learns nothing.",
                                    .stat_names = stat_names,
                                    .stat_count = 1,
                                    .observe = observe,
                                    .act = act,
                                    .update = update,
                                    .stats = stats,
                                    .decide = decide,
                                    .tensors = tensors};
