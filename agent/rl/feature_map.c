// feature_map.c -- tensor products are built in place, a dimension at a time: of the `width`
// products of the dimensions so far, product k becomes products k m .. k m + m - 1, from the last k
// to the first, so that nothing is overwritten before it is read.
//
// A product of cosines is not the cosine of a sum: for Fourier features the same is done with sums,
// c.u, and the cosine comes last.
//
// Sources: Konidaris, Osentoski, Thomas 2011, "Value Function Approximation in Reinforcement
// Learning using the Fourier Basis", AAAI 25; Sutton, Barto 2018, "Reinforcement Learning: An
// Introduction", 2nd edition, section 9.5. Difference from the first: all features have the same
// learning rate, not one divided by |c|.
#include "feature_map.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include <mlp.h>

static const char *const kind_names[] = {"identity", "polynomial", "fourier", "rbf", "tile"};

static const float pi = 3.14159265f;

feature_kind feature_kind_parse(const char *name)
{
    int kind = FEATURE_TILE;
    while (kind > FEATURE_IDENTITY && strcmp(name, kind_names[kind]) != 0) {
        kind--;
    }
    return (feature_kind) kind;
}

static double count_features(feature_kind kind, int order, int in)
{
    return (kind == FEATURE_TILE ? FEATURE_TILINGS : 1) * pow(order + 1, in);
}

static sw_status refuse(const feature_options *options, int in)
{
    const char *name = kind_names[options->kind];
    const double count = count_features(options->kind, options->order, in);
    int order = options->order;
    while (order > 0 && count_features(options->kind, order, in) > MLP_MAX_WIDTH) {
        order--;
    }
    if (order == 0) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "features=%s: %d numbers make %.7g features even with feature_order=1, a "
                       "network takes at most %d: take features=identity",
                       name, in, count_features(options->kind, 1, in), MLP_MAX_WIDTH);
    }
    return sw_fail(SW_INVALID_ARGUMENT,
                   "features=%s: %d numbers make %.7g features with feature_order=%d, a network "
                   "takes at most %d: lower feature_order to %d or less",
                   name, in, count, options->order, MLP_MAX_WIDTH, order);
}

sw_status feature_map_init(feature_map *f, const feature_options *options, int in)
{
    if (options->kind == FEATURE_IDENTITY) {
        *f = (feature_map){.in = in, .out = in};
        return SW_OK;
    }
    const double count = count_features(options->kind, options->order, in);
    if (count > MLP_MAX_WIDTH) {
        return refuse(options, in);
    }
    *f =
        (feature_map){.kind = options->kind, .order = options->order, .in = in, .out = (int) count};
    for (int j = 0; j < in; j++) {
        f->high[j] = 1;
    }
    return SW_OK;
}

// u = (x - low) / (high - low), limited to [0, 1]; 0 where the range is a point and for what is not
// a number
static void scale(const feature_map *f, const float *x, float *u)
{
    for (int j = 0; j < f->in; j++) {
        const double at = ((double) x[j] - f->low[j]) / (f->high[j] - f->low[j]);
        u[j] = !(at > 0) ? 0 : at < 1 ? (float) at : 1;
    }
}

// Writes what one dimension has for c = 0 .. order.
static void write_factors(const feature_map *f, float u, float *factors)
{
    float power = 1;
    for (int c = 0; c <= f->order; c++) {
        switch (f->kind) {
        case FEATURE_POLYNOMIAL:
            factors[c] = power;
            power *= u;
            break;
        case FEATURE_RBF: {
            const float distance = u * (float) f->order - (float) c;  // in standard deviations
            factors[c] = expf(-0.5f * distance * distance);
            break;
        }
        default: factors[c] = u * (float) c; break;  // a summand of c.u
        }
    }
}

static void write_products(const feature_map *f, const float *u, float *out)
{
    const bool sums = f->kind == FEATURE_FOURIER;
    const int m = f->order + 1;
    float factors[FEATURE_MAX_ORDER + 1];
    int width = 1;

    out[0] = sums ? 0 : 1;
    for (int j = 0; j < f->in; j++) {
        write_factors(f, u[j], factors);
        for (int k = width - 1; k >= 0; k--) {
            const float head = out[k];
            for (int c = 0; c < m; c++) {
                out[k * m + c] = sums ? head + factors[c] : head * factors[c];
            }
        }
        width *= m;
    }
    for (int k = 0; sums && k < width; k++) {
        out[k] = cosf(pi * out[k]);
    }
}

static void write_tiles(const feature_map *f, const float *u, float *out)
{
    memset(out, 0, (size_t) f->out * sizeof(*out));
    for (int t = 0; t < FEATURE_TILINGS; t++) {
        int tile = t;
        for (int j = 0; j < f->in; j++) {
            const int eighths = (2 * j + 1) * t % FEATURE_TILINGS;
            const float at = u[j] * (float) f->order + (float) eighths / FEATURE_TILINGS;
            tile = tile * (f->order + 1) + (int) at;
        }
        out[tile] = 1;
    }
}

void feature_map_apply(const feature_map *f, const float *x, int n, float *out)
{
    assert(f->kind != FEATURE_IDENTITY);
    for (int i = 0; i < n; i++) {
        float u[FEATURE_MAX_IN];
        float *row = out + (size_t) i * (size_t) f->out;
        scale(f, x + (size_t) i * (size_t) f->in, u);
        if (f->kind == FEATURE_TILE) {
            write_tiles(f, u, row);
        } else {
            write_products(f, u, row);
        }
    }
}
