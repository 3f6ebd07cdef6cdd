// MountainCar-v0: a car that is too weak for the hill swings itself up to the flag.
//
// Source: Gymnasium 1.4, gymnasium/envs/classic_control/mountain_car.py, after Moore 1990
// ("Efficient memory-based learning for robot control", Cambridge UCAM-CL-TR-209) and Sutton, Barto
// ("Reinforcement Learning", example 10.1).
//
//   state   (x, x'): position and velocity per step; the lowest point is at x = -pi/6
//   obs     the state as float32
//   action  0 accelerates the car to the left, 1 does nothing, 2 accelerates it to the right
//   reward  -1 every step
//   end     terminated when x >= 0.5 and x' >= goal_velocity; truncated after 200 steps
//   reset   x from U(-0.6, -0.4), x' = 0
//
// Differences from Gymnasium: x comes from our own generator.
#include <math.h>

#include "classic_tasks.h"
#include "mountain.h"

static const double force = 0.001;     // per step and step
static const double gravity = 0.0025;  // likewise
static const double goal = 0.5;

//   x'  <-  x' + (action - 1) force - gravity cos 3x        within +-0.07
//   x   <-  x + x'                                          within [-1.2, 0.6]
//
// The wall on the left takes the velocity of who drives into it.
static void step(classic_env *e, double action, sw_row *row)
{
    double x = e->state[MOUNTAIN_POSITION];
    double dx = e->state[MOUNTAIN_VELOCITY];
    dx += (action - 1) * force - gravity * cos(3 * x);
    dx = fmin(fmax(dx, -MOUNTAIN_MAX_SPEED), MOUNTAIN_MAX_SPEED);
    x = fmin(fmax(x + dx, MOUNTAIN_LEFT), MOUNTAIN_RIGHT);
    if (x == MOUNTAIN_LEFT && dx < 0) {
        dx = 0;
    }
    e->state[MOUNTAIN_POSITION] = x;
    e->state[MOUNTAIN_VELOCITY] = dx;
    row->terminated = x >= goal && dx >= e->setting.f;
    row->reward = -1;
}

static void draw(const classic_env *e, const sw_picture *picture)
{
    mountain_draw(e, goal, picture);
}

static const classic_task mountain_car = {
    MOUNTAIN_TASK,     .env_class = &classic_mountain_car_v0,
    .choices = 3,      .reward_low = -1,
    .reward_high = -1, .max_episode_steps = 200,
    .step = step,      .draw = draw,
};

static const char *const state_formats[] = {"mountain_car/1", "mountain_car/state", NULL};

CLASSIC_CLASS(classic_mountain_car_v0, mountain_car, .id = "MountainCar-v0",
              .doc = "a weak car swings itself up a hill", .settings = mountain_settings,
              .setting_count = 1, .state_formats = state_formats);
