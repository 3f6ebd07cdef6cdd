#include "rollout.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <vec.h>

sw_status rollout_init(rollout *r, int steps, int rows, int obs_dim, int act_dim)
{
    const size_t n = (size_t) steps * (size_t) rows;
    const size_t n_next = n + (size_t) rows;

    const size_t widest = (size_t) (obs_dim > act_dim ? obs_dim : act_dim);
    if (n_next * widest > INT_MAX) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "a rollout of %d steps of %d rows with %zu numbers is too large: its arrays "
                       "have at most %d elements",
                       steps, rows, widest, INT_MAX);
    }
    *r = (rollout){
        .steps = steps, .capacity = steps, .rows = rows, .obs_dim = obs_dim, .act_dim = act_dim};
    r->obs = vec_new(n_next * (size_t) obs_dim);
    r->act = vec_new(n_next * (size_t) act_dim);
    r->logp = vec_new(n);
    r->reward = vec_new(n);
    r->flags = calloc(n, sizeof(*r->flags));
    r->skip = calloc(n, sizeof(*r->skip));
    r->final_value = vec_new(n);
    r->value = vec_new(n_next);
    r->adv = vec_new(n);
    r->ret = vec_new(n);
    if (!r->obs || !r->act || !r->logp || !r->reward || !r->flags || !r->skip || !r->final_value ||
        !r->value || !r->adv || !r->ret) {
        rollout_free(r);
        return sw_fail(SW_NO_MEMORY, "no memory for a rollout of %d steps of %d rows", steps, rows);
    }
    return SW_OK;
}

void rollout_free(rollout *r)
{
    free(r->obs);
    free(r->act);
    free(r->logp);
    free(r->reward);
    free(r->flags);
    free(r->skip);
    free(r->final_value);
    free(r->value);
    free(r->adv);
    free(r->ret);
    *r = (rollout){0};
}

static void zero_from(float *array, size_t from, size_t to)
{
    memset(array + from, 0, (to - from) * sizeof(*array));
}

void rollout_empty(rollout *r)
{
    const size_t rows = (size_t) r->rows, n = (size_t) r->steps * rows;
    const size_t obs_dim = (size_t) r->obs_dim, act_dim = (size_t) r->act_dim;

    zero_from(r->obs, rows * obs_dim, (n + rows) * obs_dim);
    zero_from(r->act, rows * act_dim, (n + rows) * act_dim);
    zero_from(r->logp, rows, n);
    zero_from(r->reward, 0, n);
    zero_from(r->final_value, 0, n);
    memset(r->flags, 0, n);
    memset(r->skip, 0, n);
}

int rollout_valid(const rollout *r, int *index)
{
    return rollout_valid_rows(r, 0, r->rows, index);
}

int rollout_valid_rows(const rollout *r, int first, int last, int *index)
{
    int n = 0;
    for (int t = 0; t < r->steps; t++) {
        for (int i = t * r->rows + first; i < t * r->rows + last; i++) {
            if (rollout_is_valid(r, i)) {
                index[n++] = i;
            }
        }
    }
    return n;
}

double rollout_explained_variance(const rollout *r)
{
    double n = 0, sum[2] = {0, 0}, squares[2] = {0, 0};  // of the targets and of what is left
    for (int i = 0; i < r->steps * r->rows; i++) {
        if (!rollout_is_valid(r, i)) {
            continue;
        }
        const double x[2] = {(double) r->ret[i], (double) (r->ret[i] - r->value[i])};
        n++;
        for (int j = 0; j < 2; j++) {
            sum[j] += x[j];
            squares[j] += x[j] * x[j];
        }
    }
    if (n == 0) {
        return 0;
    }
    const double whole = squares[0] - sum[0] * sum[0] / n;
    const double left = squares[1] - sum[1] * sum[1] / n;
    return whole > 0 ? 1 - left / whole : 0;
}
