// normalizer.h -- running mean and variance, and what is scaled by them: observations and rewards.
#ifndef RL_NORMALIZER_H
#define RL_NORMALIZER_H

#include <stepwire/client.h>  // sw_batch

// ---- observations -------------------------------------------------------------------------------

// Statistics of each dimension by itself. They start as if 1e-4 rows of mean 0 and variance 1 had
// been seen, as Gymnasium's RunningMeanStd (gymnasium/wrappers/utils.py) does.
typedef struct normalizer {
    int dim;
    double clip;   // limit of |result|; 0: none
    double count;  // rows seen
    double *mean;  // [dim]
    double *var;   // [dim] of the population
} normalizer;

// SW_NO_MEMORY: then nothing needs freeing.
sw_status normalizer_init(normalizer *z, int dim, double clip);

// A zeroed normalizer is allowed.
void normalizer_free(normalizer *z);

// Counts rows x [n, dim] in. Chan, Golub, LeVeque 1979: the moments of two batches make those of
// their union.
void normalizer_update(normalizer *z, const float *x, int n);

// x [n, dim] = clip((x - mean) / sqrt(var + 1e-8))
void normalizer_apply(const normalizer *z, float *x, int n);


// ---- rewards ------------------------------------------------------------------------------------

// Divides rewards by the standard deviation of the discounted return that each row has run up,
// R = gamma R + r; their mean stays, for it carries the sign (Engstrom et al. 2020,
// arXiv:2005.12729, section 2; baselines' VecNormalize).
typedef struct return_scaler {
    int rows;
    bool scale;  // false: rewards are only clipped
    double gamma;
    double clip;              // limit of |result|; 0: none
    double count, mean, var;  // of R; start as above
    double *returns;          // [rows] R; 0 where an episode begins
} return_scaler;

// SW_NO_MEMORY: then nothing needs freeing.
sw_status return_scaler_init(return_scaler *z, int rows, double gamma, double clip, bool scale);

// A zeroed scaler is allowed.
void return_scaler_free(return_scaler *z);

// One step of rows first, first + 1, ...: counts the batch's rewards in and writes them scaled
// [batch->rows]. A faulty row is not counted and its result is 0; an episode that ended leaves R
// at 0.
void return_scaler_step(return_scaler *z, int first, const sw_batch *batch, float *scaled);

// Writes rewards [n] as they are scaled now [n], counting nothing in.
void return_scaler_apply(const return_scaler *z, const double *rewards, int n, float *scaled);

#endif
