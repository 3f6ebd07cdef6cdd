#include "twin.h"

#include <stdlib.h>
#include <string.h>

#include "test.h"

enum { ENDED = SW_TERMINATED | SW_TRUNCATED };

static size_t row_bytes(const sw_tensor *t)
{
    return (size_t) sw_tensor_elements(t) * sw_dtype_size(t->dtype);
}

void twin_open(twin *t, const char *id, sw_autoreset mode, int64_t max_steps, int number)
{
    *t = (twin){.mode = mode, .random = random_seed(1000 + (uint64_t) number)};
    assert_ok(local_env_open(&t->env, local_env_task(id), NULL, 0));
    if (max_steps != 0) {
        t->env.spec.max_episode_steps = max_steps;
    }
}

void twin_close(twin *t)
{
    local_env_close(&t->env);
}

static void begin_episode(twin *t)
{
    const bool as_given = t->is_given && t->episode == 0;
    t->begun = as_given ? t->stream : random_mix(t->stream, t->episode);
    t->episode++;
    t->is_over = false;
    t->flags |= SW_FIRST;
    assert_ok(local_env_reset(&t->env, t->begun));
}

// Before every reset and step.
static void clear(twin *t)
{
    t->flags = 0;
    t->reward = 0;
    t->begun = 0;
    t->has_final = false;
}

void twin_begin(twin *t)
{
    clear(t);
    begin_episode(t);
}

// Keeps what ended, and begins the next episode.
static void turn_over(twin *t)
{
    const local_env *e = &t->env;
    uint8_t *to = t->final_observations;
    t->has_final = true;
    for (int i = 0; i < e->spec.observation_count; i++) {
        const size_t size = row_bytes(&e->spec.observations[i]);
        assert_true(to + size <= t->final_observations + TWIN_MAX_BYTES);
        memcpy(to, e->observations[i], size);
        to += size;
    }
    memcpy(t->final_infos, e->row.infos, (size_t) e->spec.info_count * sizeof(double));
    begin_episode(t);
}

void twin_step(twin *t)
{
    clear(t);
    if (t->is_over) {
        assert_int_equal(t->mode, SW_NEXT_STEP);
        begin_episode(t);
        return;
    }
    const sw_row *row = &t->env.row;
    assert_ok(local_env_step(&t->env));
    t->flags = (row->terminated ? SW_TERMINATED : 0) | (row->truncated ? SW_TRUNCATED : 0);
    t->reward = row->reward;
    t->is_over = t->flags != 0;
    if (t->is_over && t->mode == SW_SAME_STEP) {
        turn_over(t);
    }
}

// ---- comparing ----------------------------------------------------------------------------------

static void compare_infos(const double *batch, int line, const double *own, int count)
{
    if (batch != NULL) {
        assert_memory_equal(batch + (size_t) line * (size_t) count, own,
                            (size_t) count * sizeof(double));
    }
}

static void compare_final(const twin *t, const sw_batch *b, int line)
{
    const sw_spec *spec = &t->env.spec;
    const uint8_t *own = t->final_observations;
    for (int i = 0; i < spec->observation_count; i++) {
        const size_t size = row_bytes(&spec->observations[i]);
        const uint8_t *theirs = b->final_observations[i];
        assert_memory_equal(theirs + (size_t) line * size, own, size);
        own += size;
    }
    compare_infos(b->final_infos, line, t->final_infos, spec->info_count);
}

void twin_compare(const twin *t, const sw_batch *b, int line)
{
    const local_env *e = &t->env;
    assert_int_equal(b->flags[line], t->flags);
    assert_int_equal(b->seeds[line], t->begun);
    assert_memory_equal(&b->rewards[line], &t->reward, sizeof(t->reward));
    for (int i = 0; i < e->spec.observation_count; i++) {
        const size_t size = row_bytes(&e->spec.observations[i]);
        const uint8_t *theirs = b->observations[i];
        assert_memory_equal(theirs + (size_t) line * size, e->observations[i], size);
    }
    compare_infos(b->infos, line, e->row.infos, e->spec.info_count);
    assert_int_equal(b->final_index[line] >= 0, t->has_final);
    if (t->has_final) {
        compare_final(t, b, b->final_index[line]);
    }
}


// ---- actions ------------------------------------------------------------------------------------

void twin_allocate_actions(const sw_spec *spec, int rows, uint8_t **actions)
{
    for (int i = 0; i < spec->action_count; i++) {
        actions[i] = calloc((size_t) rows, row_bytes(&spec->actions[i]));
        assert_non_null(actions[i]);
    }
}

void twin_free_actions(const sw_spec *spec, uint8_t **actions)
{
    for (int i = 0; i < spec->action_count; i++) {
        free(actions[i]);
    }
}

int twin_step_all(twin *twins, int rows, uint8_t *const *actions)
{
    int ended = 0;
    for (int row = 0; row < rows; row++) {
        twin *t = &twins[row];
        local_env *e = &t->env;
        const bool is_over = t->is_over;
        local_env_draw_actions(e, &t->random);
        for (int i = 0; i < e->spec.action_count; i++) {
            const size_t size = row_bytes(&e->spec.actions[i]);
            memcpy(actions[i] + (size_t) row * size, e->actions[i], size);
            if (is_over) {  // NaN, and a category that does not exist
                memset(actions[i] + (size_t) row * size, 0xff, size);
            }
        }
        twin_step(t);
        ended += (t->flags & ENDED) != 0;
    }
    return ended;
}
