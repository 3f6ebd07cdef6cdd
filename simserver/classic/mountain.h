// mountain.h -- what MountainCar-v0 and MountainCarContinuous-v0 share: the valley and its car.
//
// The state is (position, velocity): units of length, and those per step. The height of the valley
// at x is 0.45 sin(3x) + 0.55.
#ifndef MOUNTAIN_H
#define MOUNTAIN_H

#include "classic_env.h"

enum { MOUNTAIN_POSITION, MOUNTAIN_VELOCITY, MOUNTAIN_NUMBERS };

// Walls on both sides, and the largest speed.
#define MOUNTAIN_LEFT (-1.2)
#define MOUNTAIN_RIGHT 0.6
#define MOUNTAIN_MAX_SPEED 0.07

// The rows of both tasks that are the same.
#define MOUNTAIN_TASK                                                                              \
    .numbers = MOUNTAIN_NUMBERS, .exchanged = MOUNTAIN_NUMBERS, .reset_low = {-0.6, 0},            \
    .reset_high = {-0.4, 0}, .observation_size = MOUNTAIN_NUMBERS,                                 \
    .observation_low = {MOUNTAIN_LEFT, -MOUNTAIN_MAX_SPEED},                                       \
    .observation_high = {MOUNTAIN_RIGHT, MOUNTAIN_MAX_SPEED}, .observe = mountain_observe

// The setting: goal_velocity.
extern const sw_setting mountain_settings[1];

// The state as float32.
void mountain_observe(const double *state, float *observation);

// Gymnasium's picture, with a flag at `goal`.
void mountain_draw(const classic_env *env, double goal, const sw_picture *picture);

#endif
