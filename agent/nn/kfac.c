// kfac.c -- factors by products of what a backward shows, inverses by Cholesky in double.
//
// BLAS knows symmetric matrices: ssyrk makes one triangle of a a^T, potrf and potri (LAPACK, which
// OpenBLAS contains) invert it, ssymm multiplies by it. Fortran's upper triangle is our lower.
#include "kfac.h"

#include <assert.h>
#include <cblas.h>
#include <f77blas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vec.h"

static sw_status check_widths(const mlp *net)
{
    for (int l = 0; l < net->layer_count; l++) {
        const int in = net->layers[l].in, out = net->layers[l].out;
        if (in >= KFAC_MAX_WIDTH || out >= KFAC_MAX_WIDTH) {
            return sw_fail(SW_INVALID_ARGUMENT,
                           "a layer of %d inputs and %d outputs: K-FAC, which inverts matrices of "
                           "these sizes, takes less than %d",
                           in, out, KFAC_MAX_WIDTH);
        }
    }
    return SW_OK;
}

static bool allocate(kfac *k)
{
    size_t widest = 1, largest = 1;
    bool complete = true;
    for (int l = 0; l < k->net->layer_count; l++) {
        const size_t in = (size_t) k->net->layers[l].in + 1, out = (size_t) k->net->layers[l].out;
        kfac_layer *f = &k->layers[l];
        *f = (kfac_layer){.A = vec_new(in * in),
                          .G = vec_new(out * out),
                          .A_inverse = vec_new(in * in),
                          .G_inverse = vec_new(out * out)};
        complete = complete && f->A && f->G && f->A_inverse && f->G_inverse;
        widest = in > widest ? in : widest;
        widest = out > widest ? out : widest;
        largest = in * out > largest ? in * out : largest;
    }
    k->square = malloc(widest * widest * sizeof(*k->square));
    k->matrix[0] = vec_new(largest);
    k->matrix[1] = vec_new(largest);
    return complete && k->square && k->matrix[0] && k->matrix[1];
}

sw_status kfac_init(kfac *k, mlp *net, const kfac_options *options)
{
    assert(options->decay >= 0 && options->decay < 1 && options->damping > 0);
    *k = (kfac){.options = *options, .net = net};
    sw_status st = check_widths(net);
    if (st == SW_OK && !allocate(k)) {
        st = sw_fail(SW_NO_MEMORY, "no memory for the Kronecker factors of %d parameters",
                     net->param_count);
    }
    if (st != SW_OK) {
        kfac_free(k);
    }
    return st;
}

void kfac_free(kfac *k)
{
    for (int l = 0; l <= MLP_MAX_HIDDEN; l++) {
        free(k->layers[l].A);
        free(k->layers[l].G);
        free(k->layers[l].A_inverse);
        free(k->layers[l].G_inverse);
    }
    free(k->square);
    free(k->matrix[0]);
    free(k->matrix[1]);
    *k = (kfac){0};
}

// mlp_visit: moves one layer's A and G towards the means of these rows.
static void count_layer(void *context, int layer, const float *x, const float *dz, int n)
{
    kfac *k = context;
    const kfac_layer *f = &k->layers[layer];
    const int in = k->net->layers[layer].in, out = k->net->layers[layer].out;
    const float weight = (float) fmax(1.0 / (double) k->batches, 1 - k->options.decay);
    const float left = 1 - weight, each = weight / (float) n;
    float *last = f->A + in * (in + 1);  // of A's rows: mean x and 1

    cblas_ssyrk(CblasRowMajor, CblasLower, CblasTrans, in, n, each, x, in, left, f->A, in + 1);
    cblas_ssyrk(CblasRowMajor, CblasLower, CblasTrans, out, n, each, dz, out, left, f->G, out);
    vec_scale(last, left, in);
    for (int i = 0; i < n; i++) {
        vec_add_scaled(last, each, x + i * in, in);
    }
    last[in] = 1;
}

void kfac_count(kfac *k, const float *dlogp, int n)
{
    k->batches++;
    mlp_backward_visit(k->net, dlogp, n, count_layer, k);
}

// The mean of the diagonal of m [n, n].
static double mean_diagonal(const float *m, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        sum += (double) m[i * n + i];
    }
    return sum / n;
}

// inverse = (m + shift I)^-1, all [n, n]; false if there is none.
static bool invert(const float *m, int n, double shift, double *scratch, float *inverse)
{
    char upper = 'U';
    blasint size = n, info;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
            scratch[i * n + j] = (double) m[i * n + j] + (i == j ? shift : 0);
        }
    }
    dpotrf_(&upper, &size, scratch, &size, &info);
    if (info == 0) {
        dpotri_(&upper, &size, scratch, &size, &info);
    }
    bool finite = info == 0;
    for (int i = 0; i < n && finite; i++) {
        for (int j = 0; j <= i; j++) {
            inverse[i * n + j] = (float) scratch[i * n + j];
        }
        finite = isfinite(inverse[i * n + i]);
    }
    return finite;
}

bool kfac_invert(kfac *k)
{
    const double root = sqrt(k->options.damping);
    for (int l = 0; l < k->net->layer_count; l++) {
        const kfac_layer *f = &k->layers[l];
        const int in = k->net->layers[l].in + 1, out = k->net->layers[l].out;
        const double a = mean_diagonal(f->A, in), g = mean_diagonal(f->G, out);
        const double pi = a > 0 && g > 0 ? sqrt(a / g) : 1;  // one is 0: nothing passes this layer
        if (!invert(f->A, in, pi * root, k->square, f->A_inverse) ||
            !invert(f->G, out, root / pi, k->square, f->G_inverse)) {
            return false;
        }
    }
    return true;
}

void kfac_solve(kfac *k, const float *gradient, float *x)
{
    const mlp *net = k->net;
    for (int l = 0; l < net->layer_count; l++) {
        const mlp_layer *y = &net->layers[l];
        const kfac_layer *f = &k->layers[l];
        const int in = y->in, out = y->out;
        const ptrdiff_t weight = y->weight - net->params, bias = y->bias - net->params;
        float *dW = k->matrix[0], *half = k->matrix[1];  // [out, in + 1]

        for (int i = 0; i < out; i++) {
            memcpy(dW + i * (in + 1), gradient + weight + i * in, (size_t) in * sizeof(float));
            dW[i * (in + 1) + in] = gradient[bias + i];
        }
        cblas_ssymm(CblasRowMajor, CblasRight, CblasLower, out, in + 1, 1, f->A_inverse, in + 1, dW,
                    in + 1, 0, half, in + 1);
        cblas_ssymm(CblasRowMajor, CblasLeft, CblasLower, out, in + 1, 1, f->G_inverse, out, half,
                    in + 1, 0, dW, in + 1);
        for (int i = 0; i < out; i++) {
            memcpy(x + weight + i * in, dW + i * (in + 1), (size_t) in * sizeof(float));
            x[bias + i] = dW[i * (in + 1) + in];
        }
    }
}
