// snapshot.c -- see the header.
#include "snapshot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

sw_status snapshot_init(snapshot *s, int rows)
{
    const size_t n = (size_t) rows;
    *s = (snapshot){.rows = rows};
    s->seeds = calloc(n, sizeof(*s->seeds));
    s->episodes = calloc(n, sizeof(*s->episodes));
    s->sizes = calloc(n, sizeof(*s->sizes));
    s->states = calloc(n, sizeof(*s->states));
    s->state_sizes = calloc(n, sizeof(*s->state_sizes));
    if (s->seeds == NULL || s->episodes == NULL || s->sizes == NULL || s->states == NULL ||
        s->state_sizes == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for the states of %d rows", rows);
    }
    return SW_OK;
}

void snapshot_free(snapshot *s)
{
    free(s->seeds);
    free(s->episodes);
    free(s->sizes);
    free(s->bytes);
    free(s->states);
    free(s->state_sizes);
    *s = (snapshot){.rows = 0};
}

sw_status snapshot_make_room(snapshot *s, int64_t bytes)
{
    s->byte_count = 0;
    if (bytes == 0) {
        return SW_OK;
    }
    uint8_t *room = realloc(s->bytes, (size_t) bytes);
    if (room == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for %" PRId64 " bytes of states", bytes);
    }
    s->bytes = room;
    s->byte_count = bytes;
    return SW_OK;
}

static sw_status take_states(snapshot *s, const sw_states *states)
{
    int64_t bytes = 0;
    for (int i = 0; i < s->rows; i++) {
        s->sizes[i] = (int64_t) states->sizes[i];
        bytes += s->sizes[i];
    }
    const sw_status st = snapshot_make_room(s, bytes);
    if (st != SW_OK) {
        return st;
    }
    uint8_t *to = s->bytes;
    for (int i = 0; i < s->rows; i++) {
        memcpy(to, states->states[i], states->sizes[i]);
        to += states->sizes[i];
    }
    return SW_OK;
}

sw_status snapshot_take(snapshot *s, const sw_pool_state *state)
{
    const size_t bytes = (size_t) s->rows * sizeof(*s->seeds);
    s->has_seeds = state->seeds != NULL;
    if (s->has_seeds) {
        memcpy(s->seeds, state->seeds, bytes);
    }
    memcpy(s->episodes, state->episodes, bytes);
    s->byte_count = 0;
    return state->states != NULL ? take_states(s, state->states) : SW_OK;
}

void snapshot_name(int group, char *name)
{
    snprintf(name, SNAPSHOT_NAME, "env.%d.states", group);
}

sw_status snapshot_tensors(snapshot *s, const tensor_visitor *to, int group)
{
    const struct {
        const char *name;
        algo_tensor tensor;
    } parts[] = {
        {"has_seeds", {.dtype = ALGO_U8, .data = &s->has_seeds}},
        {"seeds", {.dtype = ALGO_U64, .dims = 1, .shape = {s->rows}, .data = s->seeds}},
        {"episodes", {.dtype = ALGO_U64, .dims = 1, .shape = {s->rows}, .data = s->episodes}},
        {"sizes", {.dtype = ALGO_I64, .dims = 1, .shape = {s->rows}, .data = s->sizes}},
        {"states", {.dtype = ALGO_U8, .dims = 1, .shape = {s->byte_count}, .data = s->bytes}},
    };
    const int count = s->byte_count > 0 ? 5 : 3;
    sw_status st = SW_OK;
    for (int i = 0; st == SW_OK && i < count; i++) {
        char name[SNAPSHOT_NAME];
        snprintf(name, sizeof(name), "env.%d.%s", group, parts[i].name);
        algo_tensor tensor = parts[i].tensor;
        tensor.name = name;
        st = to->visit(to->context, &tensor);
    }
    return st;
}

sw_status snapshot_state(snapshot *s, sw_pool_state *state)
{
    *state = (sw_pool_state){.seeds = s->has_seeds ? s->seeds : NULL, .episodes = s->episodes};
    if (s->byte_count == 0) {
        return SW_OK;
    }
    int64_t used = 0;
    for (int i = 0; i < s->rows; i++) {
        if (s->sizes[i] < 0 || s->sizes[i] > s->byte_count - used) {
            return sw_fail(SW_PROTOCOL, "sizes of states do not add up at row %d", i);
        }
        s->states[i] = s->bytes + used;
        s->state_sizes[i] = (size_t) s->sizes[i];
        used += s->sizes[i];
    }
    s->all =
        (sw_states){.format = "", .count = s->rows, .states = s->states, .sizes = s->state_sizes};
    state->states = &s->all;
    return SW_OK;
}
