#include "normalizer.h"

#include <math.h>
#include <stdlib.h>

static const double epsilon = 1e-8;
static const double initial_count = 1e-4, initial_mean = 0, initial_var = 1;

// Merges a batch of `n` values with the given mean and variance into *mean and *var, which stand
// for `count` values.
static void merge(double count, double *mean, double *var, const double batch[2], double n)
{
    const double total = count + n;
    const double delta = batch[0] - *mean;
    const double squares = *var * count + batch[1] * n + delta * delta * count * n / total;
    *mean += delta * n / total;
    *var = squares / total;
}

static float limit(double x, double clip)
{
    if (clip > 0) {
        x = x < -clip ? -clip : x > clip ? clip : x;
    }
    return (float) x;
}


// ---- observations -------------------------------------------------------------------------------

sw_status normalizer_init(normalizer *z, int dim, double clip)
{
    *z = (normalizer){.dim = dim, .clip = clip, .count = initial_count};
    z->mean = calloc((size_t) dim, sizeof(*z->mean));
    z->var = calloc((size_t) dim, sizeof(*z->var));
    if (z->mean == NULL || z->var == NULL) {
        normalizer_free(z);
        return sw_fail(SW_NO_MEMORY, "no memory to normalise observations of %d numbers", dim);
    }
    for (int j = 0; j < dim; j++) {
        z->mean[j] = initial_mean;
        z->var[j] = initial_var;
    }
    return SW_OK;
}

void normalizer_free(normalizer *z)
{
    free(z->mean);
    free(z->var);
    *z = (normalizer){0};
}

void normalizer_update(normalizer *z, const float *x, int n)
{
    for (int j = 0; j < z->dim; j++) {
        double batch[2] = {0, 0};  // mean and variance
        for (int i = 0; i < n; i++) {
            batch[0] += (double) x[i * z->dim + j];
        }
        batch[0] /= n;
        for (int i = 0; i < n; i++) {
            const double d = (double) x[i * z->dim + j] - batch[0];
            batch[1] += d * d;
        }
        batch[1] /= n;
        merge(z->count, &z->mean[j], &z->var[j], batch, n);
    }
    z->count += n;
}

void normalizer_apply(const normalizer *z, float *x, int n)
{
    for (int j = 0; j < z->dim; j++) {
        const double scale = 1 / sqrt(z->var[j] + epsilon);
        for (int i = 0; i < n; i++) {
            float *e = &x[i * z->dim + j];
            *e = limit(((double) *e - z->mean[j]) * scale, z->clip);
        }
    }
}


// ---- rewards ------------------------------------------------------------------------------------

sw_status return_scaler_init(return_scaler *z, int rows, double gamma, double clip, bool scale)
{
    *z = (return_scaler){.rows = rows,
                         .scale = scale,
                         .gamma = gamma,
                         .clip = clip,
                         .count = initial_count,
                         .mean = initial_mean,
                         .var = initial_var};
    z->returns = calloc((size_t) rows, sizeof(*z->returns));
    if (z->returns == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory to scale the rewards of %d rows", rows);
    }
    return SW_OK;
}

void return_scaler_free(return_scaler *z)
{
    free(z->returns);
    *z = (return_scaler){0};
}

// Counts the discounted returns of the rows that really stepped in.
static void count_returns(return_scaler *z, const double *returns, const sw_batch *batch)
{
    double moments[2] = {0, 0};
    int n = 0;
    for (int i = 0; i < batch->rows; i++) {
        if (!(batch->flags[i] & SW_FAULTY)) {
            moments[0] += returns[i];
            n++;
        }
    }
    if (n == 0) {
        return;
    }
    moments[0] /= n;
    for (int i = 0; i < batch->rows; i++) {
        if (!(batch->flags[i] & SW_FAULTY)) {
            const double d = returns[i] - moments[0];
            moments[1] += d * d;
        }
    }
    moments[1] /= n;
    merge(z->count, &z->mean, &z->var, moments, n);
    z->count += n;
}

void return_scaler_apply(const return_scaler *z, const double *rewards, int n, float *scaled)
{
    const double scale = z->scale ? 1 / sqrt(z->var + epsilon) : 1;
    for (int i = 0; i < n; i++) {
        scaled[i] = limit(rewards[i] * scale, z->clip);
    }
}

void return_scaler_step(return_scaler *z, int first, const sw_batch *batch, float *scaled)
{
    double *returns = z->returns + first;
    for (int i = 0; i < batch->rows; i++) {
        returns[i] = z->gamma * returns[i] + batch->rewards[i];
    }
    count_returns(z, returns, batch);
    return_scaler_apply(z, batch->rewards, batch->rows, scaled);

    for (int i = 0; i < batch->rows; i++) {
        if (batch->flags[i] & SW_FAULTY) {
            scaled[i] = 0;
        }
        if (batch->flags[i] & (SW_TERMINATED | SW_TRUNCATED)) {
            returns[i] = 0;
        }
    }
}
