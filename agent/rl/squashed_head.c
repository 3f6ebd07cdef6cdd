// squashed_head.c -- element by element in one vector of n A, whatever A is: rows of outputs are
// taken apart first, and parts of log-densities added up last.
#include "squashed_head.h"

#include <stdbool.h>
#include <stdlib.h>

#include <vec.h>

#include "log_slope.h"

static const float least_log_std = -20, most_log_std = 2;

sw_status squashed_head_init(squashed_head *h, int actions, int max_rows)
{
    const size_t count = (size_t) max_rows * (size_t) actions;
    *h = (squashed_head){.actions = actions,
                         .noise = vec_new(count),
                         .shift = vec_new(count),
                         .act = vec_new(count),
                         .part = vec_new(count),
                         .logp = vec_new((size_t) max_rows)};
    if (!h->noise || !h->shift || !h->act || !h->part || !h->logp) {
        squashed_head_free(h);
        return sw_fail(SW_NO_MEMORY, "no memory for %d rows of %d actions", max_rows, actions);
    }
    return SW_OK;
}

void squashed_head_free(squashed_head *h)
{
    free(h->noise);
    free(h->shift);
    free(h->act);
    free(h->part);
    free(h->logp);
    *h = (squashed_head){0};
}

void squashed_head_draw(squashed_head *h, random_state *random, int n)
{
    h->n = n;
    for (int i = 0; i < n * h->actions; i++) {
        h->noise[i] = (float) random_normal(random);
    }
}

void squashed_head_act(squashed_head *h, const float *outputs)
{
    const int A = h->actions;
    const float half_log_2pi = 0.918938533f;
    const float *restrict noise = h->noise;
    float *restrict shift = h->shift;
    float *restrict act = h->act;
    float *restrict part = h->part;

    h->outputs = outputs;
    for (int i = 0; i < h->n; i++) {
        for (int j = 0; j < A; j++) {
            act[i * A + j] = outputs[i * 2 * A + j];
            part[i * A + j] = outputs[i * 2 * A + A + j];
        }
    }
#pragma omp simd
    for (int k = 0; k < h->n * A; k++) {
        const float s = vec_clamp1(part[k], least_log_std, most_log_std);
        shift[k] = vec_exp1(s) * noise[k];
        const float u = act[k] + shift[k];
        act[k] = vec_tanh1(u);
        part[k] = -0.5f * noise[k] * noise[k] - s - half_log_2pi - log_slope(u);
    }
    for (int i = 0; i < h->n; i++) {
        float sum = 0;
        for (int j = 0; j < A; j++) {
            sum += part[i * A + j];
        }
        h->logp[i] = sum;
    }
}

void squashed_head_mode(squashed_head *h, const float *outputs, int n)
{
    const int A = h->actions;
    for (int i = 0; i < n; i++) {
        vec_tanh(h->act + i * A, outputs + i * 2 * A, A);
    }
}

// With xi fixed: da/du = 1 - a^2, dlogp/du = 2 a, du/dmean = 1, du/ds = std xi, and s is once more
// in logp. Where s is clamped, nothing depends on it.
void squashed_head_backward(const squashed_head *h, const float *dact, float dlogp, float *doutputs)
{
    const int A = h->actions;
    for (int i = 0; i < h->n; i++) {
        const float *s = h->outputs + i * 2 * A + A;
        float *dmean = doutputs + i * 2 * A, *ds = dmean + A;
        for (int j = 0; j < A; j++) {
            const float a = h->act[i * A + j];
            const float du = dact[i * A + j] * (1 - a * a) + dlogp * 2 * a;
            const bool is_free = s[j] >= least_log_std && s[j] <= most_log_std;
            dmean[j] = du;
            ds[j] = is_free ? du * h->shift[i * A + j] - dlogp : 0;
        }
    }
}
