// mlp.c -- forward, backward and tangent passes on OpenBLAS.
//
// A layer is one product and one pass over its result: bias and activation together going forward,
// the activation's derivative going back. A tangent goes forward with two products, because both
// factors of W x change.
#include "mlp.h"

#include <assert.h>
#include <cblas.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "blas.h"
#include "vec.h"

// ---- shape and memory ---------------------------------------------------------------------------

sw_status mlp_shape_parse(const char *hidden, const char *activation_name, mlp_shape *shape)
{
    mlp_shape parsed = *shape;
    const char *text = hidden;

    parsed.hidden_count = 0;
    while (*text != '\0') {
        char *end;
        const long width = strtol(text, &end, 10);
        if (end == text || (*end != ',' && *end != '\0') || (*end == ',' && end[1] == '\0') ||
            width < 1 || width > MLP_MAX_WIDTH || parsed.hidden_count == MLP_MAX_HIDDEN) {
            return sw_fail(SW_INVALID_ARGUMENT,
                           "hidden '%s': write up to %d layer widths of 1 to %d, like 64,64",
                           hidden, MLP_MAX_HIDDEN, MLP_MAX_WIDTH);
        }
        parsed.hidden[parsed.hidden_count++] = (int) width;
        text = *end == ',' ? end + 1 : end;
    }
    if (!activation_parse(activation_name, &parsed.activation)) {
        return sw_fail(SW_INVALID_ARGUMENT, "activation '%s': choose one of " ACTIVATION_CHOICES,
                       activation_name);
    }
    *shape = parsed;
    return SW_OK;
}

// Points layer l's views at params + *used and moves *used past them.
static void place_layer(mlp *m, int l, int in, int out, int *used)
{
    mlp_layer *y = &m->layers[l];
    y->in = in;
    y->out = out;
    y->weight = m->params + *used;
    y->dweight = m->grads + *used;
    *used += in * out;
    y->bias = m->params + *used;
    y->dbias = m->grads + *used;
    *used += out;
}

// W and b of every layer that is its own; as a double, which cannot overflow.
static double count_params(const mlp *m, const int *widths)
{
    double count = m->extra_count;
    for (int l = m->shared; l < m->layer_count; l++) {
        count += (widths[l] + 1.0) * widths[l + 1];
    }
    return count;
}

static sw_status check_size(const mlp *m, const int *widths)
{
    const double count = count_params(m, widths);
    if (count > MLP_MAX_PARAMS) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "a network of %.3g parameters: at most %d are supported", count,
                       MLP_MAX_PARAMS);
    }
    for (int l = 1; l <= m->layer_count; l++) {
        if ((int64_t) m->max_batch * widths[l] > INT_MAX) {
            return sw_fail(SW_INVALID_ARGUMENT,
                           "batches of %d rows in a layer of %d units: at most %d numbers are "
                           "supported",
                           m->max_batch, widths[l], INT_MAX);
        }
    }
    return SW_OK;
}

// Allocates all arrays of a network whose counts are set.
static sw_status allocate(mlp *m, const int *widths)
{
    const size_t rows = (size_t) m->max_batch;
    int widest = 1;
    bool complete = true;
    for (int l = 0; l < m->layer_count; l++) {
        const int out = widths[l + 1];
        widest = out > widest ? out : widest;
        m->layers[l].output = vec_new(rows * (size_t) out);
        complete = complete && m->layers[l].output != NULL;
    }
    m->params = vec_new((size_t) m->param_count);
    m->grads = vec_new((size_t) m->param_count);
    m->delta[0] = vec_new(rows * (size_t) widest);
    m->delta[1] = vec_new(rows * (size_t) widest);
    if (!complete || !m->params || !m->grads || !m->delta[0] || !m->delta[1]) {
        return sw_fail(SW_NO_MEMORY,
                       "no memory for a network of %d parameters that takes %d rows at once",
                       m->param_count, m->max_batch);
    }
    return SW_OK;
}

// Points the layers that are `trunk`'s to where its are; their outputs are the network's own.
static void place_shared(mlp *m, const mlp *trunk)
{
    for (int l = 0; l < m->shared; l++) {
        float *output = m->layers[l].output;
        m->layers[l] = trunk->layers[l];
        m->layers[l].output = output;
    }
}

// Completes a network that has its counts but that of its parameters; or leaves it zeroed.
static sw_status build(mlp *m, const int *widths, const mlp *trunk)
{
    sw_status st = check_size(m, widths);
    if (st == SW_OK) {
        m->param_count = (int) count_params(m, widths);
        st = allocate(m, widths);
    }
    if (st != SW_OK) {
        mlp_free(m);
        return st;
    }
    int used = 0;
    place_shared(m, trunk);
    for (int l = m->shared; l < m->layer_count; l++) {
        place_layer(m, l, widths[l], widths[l + 1], &used);
    }
    m->extra = m->params + used;
    m->dextra = m->grads + used;
    blas_use_one_thread();
    return SW_OK;
}

sw_status mlp_init(mlp *m, const mlp_shape *shape, int extra_count, int max_batch)
{
    int widths[MLP_MAX_HIDDEN + 2];

    assert(shape->in > 0 && shape->out > 0 && max_batch > 0);
    *m = (mlp){.activation = shape->activation,
               .layer_count = shape->hidden_count + 1,
               .max_batch = max_batch,
               .extra_count = extra_count};
    widths[0] = shape->in;
    memcpy(widths + 1, shape->hidden, (size_t) shape->hidden_count * sizeof(int));
    widths[m->layer_count] = shape->out;
    return build(m, widths, NULL);
}

sw_status mlp_init_head(mlp *m, const mlp *trunk, int out, int max_batch)
{
    int widths[MLP_MAX_HIDDEN + 2];

    assert(out > 0 && max_batch > 0);
    *m = (mlp){.activation = trunk->activation,
               .layer_count = trunk->layer_count,
               .shared = trunk->layer_count - 1,
               .max_batch = max_batch};
    for (int l = 0; l < m->layer_count; l++) {
        widths[l] = trunk->layers[l].in;
    }
    widths[m->layer_count] = out;
    return build(m, widths, trunk);
}

void mlp_free(mlp *m)
{
    for (int l = 0; l < m->layer_count; l++) {
        free(m->layers[l].output);
    }
    free(m->params);
    free(m->grads);
    free(m->delta[0]);
    free(m->delta[1]);
    *m = (mlp){0};
}

void mlp_zero_grads(mlp *m)
{
    memset(m->grads, 0, (size_t) m->param_count * sizeof(float));
}


// ---- the passes ---------------------------------------------------------------------------------

// a += b
static void add_row(float *restrict a, const float *restrict b, int n)
{
#pragma omp simd
    for (int j = 0; j < n; j++) {
        a[j] += b[j];
    }
}

// a += each of n rows, in their order; four at a time, so that a is read and written less
static void add_rows(float *restrict a, const float *restrict rows, int n, int width)
{
    int i = 0;
    for (; i + 4 <= n; i += 4) {
        const float *b = rows + i * width, *c = b + width, *d = c + width, *e = d + width;
#pragma omp simd
        for (int j = 0; j < width; j++) {
            a[j] = a[j] + b[j] + c[j] + d[j] + e[j];
        }
    }
    for (; i < n; i++) {
        add_row(a, rows + i * width, width);
    }
}

const float *mlp_forward(mlp *m, const float *input, int n)
{
    const int last = m->layer_count - 1;
    const float *x = input;

    assert(n <= m->max_batch);
    m->input = input;
    for (int l = 0; l <= last; l++) {
        const mlp_layer *y = &m->layers[l];
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, y->out, y->in, 1, x, y->in,
                    y->weight, y->in, 0, y->output, y->out);
        for (int i = 0; i < n; i++) {
            if (l < last) {
                activation_forward(m->activation, y->output + i * y->out, y->bias, y->out);
            } else {
                add_row(y->output + i * y->out, y->bias, y->out);
            }
        }
        x = y->output;
    }
    return x;
}

void mlp_backward(mlp *m, const float *doutput, int n)
{
    mlp_backward_visit(m, doutput, n, NULL, NULL);
}

// The gradient before layer l - 1's activation, from the one before layer l's: dz W_l f'.
static const float *carry_back(const mlp *m, int l, const float *dz, int n)
{
    const mlp_layer *y = &m->layers[l];
    const float *x = m->layers[l - 1].output;
    float *dx = m->delta[l % 2];

    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, y->in, y->out, 1, dz, y->out,
                y->weight, y->in, 0, dx, y->in);
    for (int i = 0; i < n; i++) {
        activation_backward(m->activation, x + i * y->in, dx + i * y->in, y->in);
    }
    return dx;
}

void mlp_backward_visit(mlp *m, const float *doutput, int n, mlp_visit visit, void *context)
{
    const float *dz = doutput;  // gradient before layer l's activation

    for (int l = m->layer_count - 1; l >= 0; l--) {
        const mlp_layer *y = &m->layers[l];
        const float *x = l > 0 ? m->layers[l - 1].output : m->input;
        // dW += dz^T x, db += dz
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, y->out, y->in, n, 1, dz, y->out, x,
                    y->in, 1, y->dweight, y->in);
        add_rows(y->dbias, dz, n, y->out);
        if (visit != NULL) {
            visit(context, l, x, dz, n);
        }
        if (l > 0) {
            dz = carry_back(m, l, dz, n);
        }
    }
}

void mlp_backward_input(const mlp *m, const float *doutput, int n, int count, float *dinput)
{
    const mlp_layer *y = &m->layers[0];
    const float *dz = doutput;

    assert(count <= y->in);
    for (int l = m->layer_count - 1; l > 0; l--) {
        dz = carry_back(m, l, dz, n);
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, count, y->out, 1, dz, y->out,
                y->weight + (y->in - count), y->in, 0, dinput, count);
}

const float *mlp_tangent(mlp *m, const float *v, int n)
{
    const int last = m->layer_count - 1;
    const float *x = m->input;
    const float *dx = NULL;  // how x moves; the input does not

    assert(m->shared == 0);
    for (int l = 0; l <= last; l++) {
        const mlp_layer *y = &m->layers[l];
        const float *V = v + (y->weight - m->params), *c = v + (y->bias - m->params);
        float *dy = m->delta[l % 2];
        // dy = x V^T + dx W^T, then the bias and the activation
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, y->out, y->in, 1, x, y->in, V,
                    y->in, 0, dy, y->out);
        if (l > 0) {
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, y->out, y->in, 1, dx, y->in,
                        y->weight, y->in, 1, dy, y->out);
        }
        for (int i = 0; i < n; i++) {
            if (l < last) {
                activation_tangent(m->activation, y->output + i * y->out, c, dy + i * y->out,
                                   y->out);
            } else {
                add_row(dy + i * y->out, c, y->out);
            }
        }
        x = y->output;
        dx = dy;
    }
    return dx;
}
