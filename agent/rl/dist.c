#include "dist.h"

#include <math.h>
#include <stdlib.h>

#include <mlp.h>

static sw_status init_gaussian(dist *d, const sw_tensor *action)
{
    const int64_t n = sw_tensor_elements(action);
    if (n > MLP_MAX_WIDTH) {
        return sw_fail(SW_INVALID_ARGUMENT, "action '%s' has %lld elements, at most %d are learned",
                       action->name, (long long) n, MLP_MAX_WIDTH);
    }
    *d = (dist){
        .kind = &dist_gaussian, .actions = (int) n, .outputs = (int) n, .own_count = (int) n};
    return SW_OK;
}

static sw_status init_categorical(dist *d, const sw_tensor *action)
{
    const int64_t n = sw_tensor_elements(action);
    double outputs = 0;
    for (int64_t i = 0; i < n; i++) {
        outputs += action->high[i] - action->low[i] + 1;
    }
    if (!(outputs <= MLP_MAX_WIDTH)) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "action '%s' has %g categories in all, at most %d are learned", action->name,
                       outputs, MLP_MAX_WIDTH);
    }
    int *choices = malloc((size_t) n * sizeof(*choices));
    if (choices == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for the categories of action '%s'", action->name);
    }
    for (int64_t i = 0; i < n; i++) {
        choices[i] = (int) (action->high[i] - action->low[i]) + 1;
    }
    *d = (dist){.kind = &dist_categorical,
                .actions = (int) n,
                .outputs = (int) outputs,
                .choices = choices};
    return SW_OK;
}

static sw_status init_squashed(dist *d, const sw_tensor *action)
{
    double log_volume = 0;
    const sw_status st = init_gaussian(d, action);
    if (st != SW_OK) {
        return st;
    }
    for (int j = 0; j < d->actions; j++) {
        const double size = action->high[j] - action->low[j];
        if (!(isfinite(size) && size > 0)) {
            return sw_fail(SW_INVALID_ARGUMENT,
                           "squash=true needs finite bounds, and element %d of action '%s' is in "
                           "[%g, %g]: set squash=false",
                           j, action->name, action->low[j], action->high[j]);
        }
        log_volume += log(size / 2);
    }
    d->kind = &dist_squashed;
    d->log_volume = (float) log_volume;
    return SW_OK;
}

sw_status dist_init(dist *d, const sw_tensor *action, bool squash)
{
    if (squash && action->dtype != SW_FLOAT32) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "squash=true is for continuous actions, and action '%s' is %s: set "
                       "squash=false",
                       action->name, sw_dtype_name(action->dtype));
    }
    switch (action->dtype) {
    case SW_FLOAT32: return squash ? init_squashed(d, action) : init_gaussian(d, action);
    case SW_INT32:
    case SW_INT64: return init_categorical(d, action);
    default:
        return sw_fail(SW_INVALID_ARGUMENT,
                       "action '%s' is %s: policies learn float32 (continuous), int32 and int64 "
                       "(categories)",
                       action->name, sw_dtype_name(action->dtype));
    }
}

void dist_free(dist *d)
{
    free(d->choices);
    *d = (dist){0};
}
