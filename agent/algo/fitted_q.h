// fitted_q.h -- fitted Q iteration. What its test sees besides algo_fitted_q.
#ifndef ALGO_FITTED_Q_H
#define ALGO_FITTED_Q_H

#include "action_values.h"

extern const algo_class algo_fitted_q;

typedef struct fitted_q {
    off_policy base;
    action_values values;
    double lr;
    double epsilon;
    int iterations, epochs;
    int *order;  // [buffer]  in which an epoch takes the transitions
} fitted_q;

// Makes Q_k+1 of Q_k by `epochs` passes over the replay; returns the mean loss of the last pass.
double fitted_q_iterate(fitted_q *f);

#endif
