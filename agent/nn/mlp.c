// mlp.c -- forward, backward and tangent passes on OpenBLAS.
//
// A layer is one product and one pass over its result: bias and activation together going forward,
// the activation's derivative and the bias gradient together going back. A tangent goes forward
// with two products, because both factors of W x change. Every derivative is computed from the
// activation's output, which is all that forward keeps.
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

static const char *const activation_names[] = {"tanh", "relu", "elu"};

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
    for (int i = 0; i < (int) (sizeof(activation_names) / sizeof(activation_names[0])); i++) {
        if (strcmp(activation_name, activation_names[i]) == 0) {
            parsed.activation = (activation) i;
            *shape = parsed;
            return SW_OK;
        }
    }
    return sw_fail(SW_INVALID_ARGUMENT, "activation '%s': choose one of " ACTIVATION_CHOICES,
                   activation_name);
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


// ---- one row through an activation --------------------------------------------------------------

// y = f(y + b)
static void activate_row(activation f, float *restrict y, const float *restrict b, int n)
{
    switch (f) {
    case ACTIVATION_TANH:
#pragma omp simd
        for (int j = 0; j < n; j++) {
            y[j] = vec_tanh1(y[j] + b[j]);
        }
        break;
    case ACTIVATION_RELU:
#pragma omp simd
        for (int j = 0; j < n; j++) {
            const float z = y[j] + b[j];
            y[j] = z < 0 ? 0 : z;  // not a number stays so
        }
        break;
    case ACTIVATION_ELU:
#pragma omp simd
        for (int j = 0; j < n; j++) {
            const float z = y[j] + b[j];
            const float low = vec_exp1(z) - 1;
            y[j] = z > 0 ? z : low;
        }
        break;
    }
}

// dz = dy f'(z) in place of dy, with f' from y = f(z); db += dz
static void unactivate_row(activation f, const float *restrict y, float *restrict dy,
                           float *restrict db, int n)
{
    switch (f) {
    case ACTIVATION_TANH:
#pragma omp simd
        for (int j = 0; j < n; j++) {
            dy[j] *= 1 - y[j] * y[j];
            db[j] += dy[j];
        }
        break;
    case ACTIVATION_RELU:
#pragma omp simd
        for (int j = 0; j < n; j++) {
            dy[j] = y[j] > 0 ? dy[j] : 0;
            db[j] += dy[j];
        }
        break;
    case ACTIVATION_ELU:
#pragma omp simd
        for (int j = 0; j < n; j++) {
            dy[j] *= y[j] > 0 ? 1 : 1 + y[j];
            db[j] += dy[j];
        }
        break;
    }
}

// dy = f'(z) (dy + c) with f' from y = f(z): the derivative of f(z) where z moves by dy + c
static void tangent_row(activation f, const float *restrict y, const float *restrict c,
                        float *restrict dy, int n)
{
    switch (f) {
    case ACTIVATION_TANH:
#pragma omp simd
        for (int j = 0; j < n; j++) {
            dy[j] = (1 - y[j] * y[j]) * (dy[j] + c[j]);
        }
        break;
    case ACTIVATION_RELU:
#pragma omp simd
        for (int j = 0; j < n; j++) {
            dy[j] = y[j] > 0 ? dy[j] + c[j] : 0;
        }
        break;
    case ACTIVATION_ELU:
#pragma omp simd
        for (int j = 0; j < n; j++) {
            dy[j] = (y[j] > 0 ? 1 : 1 + y[j]) * (dy[j] + c[j]);
        }
        break;
    }
}

// a += b
static void add_row(float *restrict a, const float *restrict b, int n)
{
#pragma omp simd
    for (int j = 0; j < n; j++) {
        a[j] += b[j];
    }
}


// ---- the passes ---------------------------------------------------------------------------------

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
                activate_row(m->activation, y->output + i * y->out, y->bias, y->out);
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

void mlp_backward_visit(mlp *m, const float *doutput, int n, mlp_visit visit, void *context)
{
    const float *dz = doutput;  // gradient before layer l's activation

    for (int i = 0; i < n; i++) {
        const mlp_layer *y = &m->layers[m->layer_count - 1];
        add_row(y->dbias, doutput + i * y->out, y->out);
    }
    for (int l = m->layer_count - 1; l >= 0; l--) {
        const mlp_layer *y = &m->layers[l];
        const float *x = l > 0 ? m->layers[l - 1].output : m->input;
        // dW += dz^T x
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, y->out, y->in, n, 1, dz, y->out, x,
                    y->in, 1, y->dweight, y->in);
        if (visit != NULL) {
            visit(context, l, x, dz, n);
        }
        if (l == 0) {
            break;
        }
        // dx = dz W, then through the activation that made x
        float *dx = m->delta[l % 2];
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, y->in, y->out, 1, dz, y->out,
                    y->weight, y->in, 0, dx, y->in);
        for (int i = 0; i < n; i++) {
            unactivate_row(m->activation, x + i * y->in, dx + i * y->in, m->layers[l - 1].dbias,
                           y->in);
        }
        dz = dx;
    }
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
                tangent_row(m->activation, y->output + i * y->out, c, dy + i * y->out, y->out);
            } else {
                add_row(dy + i * y->out, c, y->out);
            }
        }
        x = y->output;
        dx = dy;
    }
    return dx;
}
