// td3.h -- Twin Delayed DDPG. What its test sees besides algo_td3.
#ifndef ALGO_TD3_H
#define ALGO_TD3_H

#include "deterministic.h"

extern const algo_class algo_td3;

typedef struct td3 {
    deterministic base;
    double target_noise;  // sigma~
    double target_clip;   // c
    int64_t delay;        // d
    float *drawn;         // [batch, act_dim]  standard normal
} td3;

// Writes a' for base.base.batch to base.act, with the noise that is in `drawn`: eq. 14.
void td3_smooth(td3 *t);

#endif
