// lane.c -- see the header.
#include "lane.h"

#include <stdio.h>

sw_status lane_init(lane *l, sw_pool *pool, int group)
{
    const int rows = sw_pool_rows(pool, group);
    *l = (lane){.pool = pool, .group = group, .first_row = sw_pool_first_row(pool, group)};
    const sw_status st = held_init(&l->held, sw_pool_spec(pool), rows);
    return st == SW_OK ? snapshot_init(&l->snapshot, rows) : st;
}

void lane_free(lane *l)
{
    held_free(&l->held);
    snapshot_free(&l->snapshot);
    *l = (lane){.group = 0};
}

bool lane_is_outstanding(const lane *l)
{
    return !l->waiting && !l->received;
}

void lane_hold(lane *l)
{
    held_take(&l->held, l->batch);
    l->received = true;
}

bool lane_release(lane *l)
{
    const bool has_one = l->received;
    if (has_one) {
        l->batch = &l->held.batch;
        l->received = false;
    }
    return has_one;
}


// ---- checkpoints --------------------------------------------------------------------------------

sw_status lane_keep(lane *l)
{
    sw_pool_state state;
    if (!l->begun && !l->received) {
        return SW_OK;  // it has no state yet, and will begin as it would have
    }
    if (l->waiting) {  // the pool's memory of its batch will be used for the states
        held_take(&l->held, l->batch);
        l->batch = &l->held.batch;
    }
    const sw_status st = sw_pool_get_state(l->pool, l->group, &state);
    if (st != SW_OK) {
        return st;
    }
    if (lane_is_outstanding(l)) {
        held_take_observations(&l->held, state.observations);
        state.states = NULL;
    }
    return snapshot_take(&l->snapshot, &state);
}

sw_status lane_make_room(lane *l, const checkpoint *from)
{
    char name[SNAPSHOT_NAME];
    snapshot_name(l->group, name);
    const safetensor *found = checkpoint_find(from, name);
    return snapshot_make_room(&l->snapshot, found != NULL ? (int64_t) safetensors_bytes(found) : 0);
}

sw_status lane_tensors(lane *l, const tensor_visitor *to)
{
    const struct {
        const char *name;
        uint8_t *flag;
    } flags[] = {{"begun", &l->begun}, {"waiting", &l->waiting}, {"received", &l->received}};
    sw_status st = SW_OK;
    for (size_t i = 0; st == SW_OK && i < sizeof(flags) / sizeof(flags[0]); i++) {
        char name[64];
        snprintf(name, sizeof(name), "run.%d.%s", l->group, flags[i].name);
        st = to->visit(to->context, &(algo_tensor){name, ALGO_U8, 0, {0}, flags[i].flag, NULL});
    }
    if (st == SW_OK) {
        st = held_tensors(&l->held, to, l->group);
    }
    return st == SW_OK ? snapshot_tensors(&l->snapshot, to, l->group) : st;
}

// States that cannot be had back, though there is a server.
static bool is_refusal(sw_status st)
{
    return st == SW_INVALID_ARGUMENT || st == SW_NOT_FOUND || st == SW_UNIMPLEMENTED ||
           st == SW_ENVIRONMENT;
}

static void say_why(const lane *l, char *why, size_t size)
{
    const sw_spec *spec = sw_pool_spec(l->pool);
    if (spec->supports_state) {
        snprintf(why, size, "group %d: its servers gave no state", l->group);
    } else {
        snprintf(why, size, "%s has no states to save", spec->id);
    }
}

sw_status lane_restore(lane *l, bool *is_anew, char *why, size_t size)
{
    sw_pool_state state;
    *is_anew = false;
    held_settle(&l->held);
    l->batch = &l->held.batch;
    sw_status st = snapshot_state(&l->snapshot, &state);
    if (st != SW_OK || (!l->begun && !l->received)) {
        return st;  // a group that has not begun begins as it would have
    }
    state.observations = l->batch->observations;
    *is_anew = state.states == NULL;
    if (*is_anew) {
        say_why(l, why, size);
    }
    st = sw_pool_set_state(l->pool, l->group, &state);
    if (is_refusal(st) && !*is_anew) {
        snprintf(why, size, "%s", sw_last_error());
        *is_anew = true;
        state.states = NULL;
        st = sw_pool_set_state(l->pool, l->group, &state);
    }
    return st;
}
