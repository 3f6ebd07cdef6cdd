// MountainCarContinuous-v0: a car that is too weak for the hill swings itself up to the flag, and
// pays for its fuel.
//
// Source: Gymnasium 1.4, gymnasium/envs/classic_control/continuous_mountain_car.py, after Moore
// 1990 ("Efficient memory-based learning for robot control", Cambridge UCAM-CL-TR-209).
//
//   state   (x, x'): position and velocity per step; the lowest point is at x = -pi/6
//   obs     the state as float32
//   action  force on the car, float32 [1]; clipped to [-1, 1]
//   reward  -0.1 action^2, not clipped; and 100 for the step that terminates
//   end     terminated when x >= 0.45 and x' >= goal_velocity; truncated after 999 steps
//   reset   x from U(-0.6, -0.4), x' = 0
//
// Differences from Gymnasium: x comes from our own generator.
#include <math.h>

#include "classic_tasks.h"
#include "mountain.h"

static const double power = 0.0015;    // largest acceleration, per step and step
static const double gravity = 0.0025;  // likewise
static const double goal = 0.45;

// A number as it is in float32, if `is_single`. Not inlined: the vectoriser of GCC 12 loses one of
// two roundings side by side.
__attribute__((noinline)) static double rounded(double number, bool is_single)
{
    return is_single ? (float) number : number;
}

// Acceleration by a force within [-1, 1] is a product of float32, because the action is one; where
// the force was clipped, Python's own numbers take its place.
static double accelerate(double force, double slope)
{
    if (fabs(force) <= 1) {
        return (float) force * (float) power - (float) slope;
    }
    return copysign(power, force) - slope;
}

//   x'  <-  x' + power force - gravity cos 3x               within +-0.07
//   x   <-  x + x'                                          within [-1.2, 0.6]
//
// The wall on the left takes the velocity of who drives into it. Gymnasium's state is float32 after
// a step, float64 after a reset, and NumPy 2 computes with what the state is. Which of both it was
// shows in the number.
static void step(classic_env *e, double action, sw_row *row)
{
    double x = e->state[MOUNTAIN_POSITION];
    double dx = e->state[MOUNTAIN_VELOCITY];
    const bool is_single = x == (float) x && dx == (float) dx;
    const double max_speed = rounded(MOUNTAIN_MAX_SPEED, is_single);
    const double left = rounded(MOUNTAIN_LEFT, is_single);
    const double right = rounded(MOUNTAIN_RIGHT, is_single);

    const double slope = gravity * cos(rounded(3 * x, is_single));
    dx = rounded(dx + rounded(accelerate(action, slope), is_single), is_single);
    dx = fmin(fmax(dx, -max_speed), max_speed);
    x = fmin(fmax(rounded(x + dx, is_single), left), right);
    if (x == left && dx < 0) {
        dx = 0;
    }
    e->state[MOUNTAIN_POSITION] = (float) x;
    e->state[MOUNTAIN_VELOCITY] = (float) dx;
    row->terminated = x >= rounded(goal, is_single) && dx >= rounded(e->setting.f, is_single);
    row->reward = (row->terminated ? 100 : 0) - action * action * 0.1;
}

static void draw(const classic_env *e, const sw_picture *picture)
{
    mountain_draw(e, goal, picture);
}

static const classic_task mountain_car_continuous = {
    MOUNTAIN_TASK,      .env_class = &classic_mountain_car_continuous_v0,
    .action_limit = 1,  .reward_low = -INFINITY,
    .reward_high = 100, .max_episode_steps = 999,
    .step = step,       .draw = draw,
};

static const char *const state_formats[] = {"mountain_car_continuous/1",
                                            "mountain_car_continuous/state", NULL};

CLASSIC_CLASS(classic_mountain_car_continuous_v0, mountain_car_continuous,
              .id = "MountainCarContinuous-v0",
              .doc = "a weak car swings itself up a hill, with little fuel",
              .settings = mountain_settings, .setting_count = 1, .state_formats = state_formats);
