// log_slope.h -- what squashing by tanh does to a density.
#ifndef RL_LOG_SLOPE_H
#define RL_LOG_SLOPE_H

#include <vec.h>

// log(1 - tanh^2 u) = 2 (log 2 - |u| - log(1 + e^(-2 |u|))). The second form loses no digits where
// tanh u is 1 to rounding. log(1 + t) for t in [0, 1] is 2 artanh y with y = t / (2 + t) <= 1/3;
// the first term of its series left out is below 2e-8.
static inline float log_slope(float u)
{
    const float log_2 = 0.693147181f;
    const float t = vec_exp1(-2 * fabsf(u));
    const float y = t / (2 + t), s = y * y;
    float p = 1.0f / 13;
    p = p * s + 1.0f / 11;
    p = p * s + 1.0f / 9;
    p = p * s + 1.0f / 7;
    p = p * s + 1.0f / 5;
    p = p * s + 1.0f / 3;
    p = p * s + 1.0f;
    return 2 * (log_2 - fabsf(u) - 2 * y * p);
}

#endif
