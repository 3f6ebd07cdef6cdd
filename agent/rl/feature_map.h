// feature_map.h -- fixed non-linear features of a few numbers, for policies and critics that are
// linear in them.
//
// Symbols: a row is d numbers, scaled to u in [0, 1]^d; m = order + 1. All but tiles are tensor
// products, a feature per tuple c in {0 .. order}^d, the last dimension fastest; the constant one
// is among them, as in the sources.
//
//   kind        feature                                   how many    source
//   identity    the numbers themselves, not scaled        d
//   polynomial  prod_j u_j^c_j                            m^d         Sutton, Barto 2018, 9.5.1
//   fourier     cos(pi c.u)                               m^d         Konidaris et al. 2011
//   rbf         exp(-|u - c / order|^2 order^2 / 2)       m^d         Sutton, Barto 2018, 9.5.5
//   tile        1 in the tile of each tiling that u is    8 m^d       Sutton, Barto 2018, 9.5.4
//               in, 0 in the others
//
// rbf: a grid of Gaussians with its corners at those of the cube; their standard deviation is the
// distance of two neighbours; they are not normalised. tile: FEATURE_TILINGS tilings of tiles
// 1 / order wide; tiling t is moved by t (1, 3, 5 ...) / 8 of a tile, modulo a whole one, so that
// a tiling has one tile more in each dimension than fits into the cube. No hashing: every tile has
// its own weight.
#ifndef RL_FEATURE_MAP_H
#define RL_FEATURE_MAP_H

#include <stepwire/status.h>

typedef enum feature_kind {
    FEATURE_IDENTITY,
    FEATURE_POLYNOMIAL,
    FEATURE_FOURIER,
    FEATURE_RBF,
    FEATURE_TILE
} feature_kind;

// The names in the order of the enum, as a setting's choices.
#define FEATURE_CHOICES "identity|polynomial|fourier|rbf|tile"

// The kind of one of these names.
feature_kind feature_kind_parse(const char *name);

enum {
    FEATURE_MAX_ORDER = 1024,
    FEATURE_MAX_IN = 16,  // 2^16 is MLP_MAX_WIDTH: no kind but identity can take more
    FEATURE_TILINGS = 8
};

typedef struct feature_options {
    feature_kind kind;
    int order;  // 1 .. FEATURE_MAX_ORDER; not read for identity
} feature_options;

typedef struct feature_map {
    feature_kind kind;
    int order;
    int in, out;                  // numbers and features of a row
    double low[FEATURE_MAX_IN];   // [in] the number that becomes u = 0
    double high[FEATURE_MAX_IN];  // [in] the number that becomes u = 1
} feature_map;

// Features of rows of `in` numbers, which range from 0 to 1 until somebody changes low and high.
// SW_INVALID_ARGUMENT with their count and what to lower, if there were more than MLP_MAX_WIDTH.
sw_status feature_map_init(feature_map *f, const feature_options *options, int in);

// Writes the features [n, out] of x [n, in], of any kind but identity, for which there is nothing
// to do. Numbers beyond their range count as its end. `out` and x must not overlap.
void feature_map_apply(const feature_map *f, const float *x, int n, float *out);

#endif
