#include "init.h"

#include <math.h>
#include <string.h>

init_kind init_kind_parse(const char *name)
{
    return strcmp(name, "uniform") == 0 ? INIT_UNIFORM : INIT_ORTHOGONAL;
}

// Fills w with `count` orthogonal vectors of length 1 and dimension `dim`, count <= dim. Element k
// of vector i is w[i * stride[0] + k * stride[1]].
//
// Gram-Schmidt on Gaussian vectors: the Q of a QR decomposition whose R has a positive diagonal,
// hence uniform over the orthogonal matrices (Mezzadri 2007, arXiv:math-ph/0609050). Each vector is
// made orthogonal twice, because once leaves what rounding in float put along the earlier ones.
static void fill_orthogonal(float *w, int count, int dim, const int stride[2], random_state *random)
{
    for (int i = 0; i < count; i++) {
        float *v = w + i * stride[0];
        double length = 0;
        for (int k = 0; k < dim; k++) {
            v[k * stride[1]] = (float) random_normal(random);
        }
        for (int round = 0; round < 2 * i; round++) {
            const float *u = w + (round % i) * stride[0];
            double along = 0;
            for (int k = 0; k < dim; k++) {
                along += (double) v[k * stride[1]] * u[k * stride[1]];
            }
            for (int k = 0; k < dim; k++) {
                v[k * stride[1]] -= (float) (along * u[k * stride[1]]);
            }
        }
        for (int k = 0; k < dim; k++) {
            length += (double) v[k * stride[1]] * v[k * stride[1]];
        }
        for (int k = 0; k < dim; k++) {
            v[k * stride[1]] = (float) (v[k * stride[1]] / sqrt(length));
        }
    }
}

static void draw_orthogonal(const mlp_layer *y, double gain, random_state *random)
{
    if (y->out <= y->in) {
        fill_orthogonal(y->weight, y->out, y->in, (const int[]){y->in, 1}, random);
    } else {
        fill_orthogonal(y->weight, y->in, y->out, (const int[]){1, y->in}, random);
    }
    for (int i = 0; i < y->out * y->in; i++) {
        y->weight[i] = (float) (gain * y->weight[i]);
    }
    for (int i = 0; i < y->out; i++) {
        y->bias[i] = 0;
    }
}

static void draw_uniform(const mlp_layer *y, random_state *random)
{
    const double bound = 1 / sqrt(y->in);
    for (int i = 0; i < y->out * y->in; i++) {
        y->weight[i] = (float) random_uniform(random, -bound, bound);
    }
    for (int i = 0; i < y->out; i++) {
        y->bias[i] = (float) random_uniform(random, -bound, bound);
    }
}

void init_mlp(mlp *m, init_kind kind, double output_gain, random_state *random)
{
    for (int l = m->shared; l < m->layer_count; l++) {
        if (kind == INIT_ORTHOGONAL) {
            const double gain = l < m->layer_count - 1 ? sqrt(2) : output_gain;
            draw_orthogonal(&m->layers[l], gain, random);
        } else {
            draw_uniform(&m->layers[l], random);
        }
    }
}
