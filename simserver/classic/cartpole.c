// CartPole-v1: a cart learns to balance the pole on it.
//
// Source: Gymnasium 1.4, gymnasium/envs/classic_control/cartpole.py, after Barto, Sutton, Anderson
// 1983 (doi:10.1109/TSMC.1983.6313077); equations by R. Florian 2007.
//
//   state   (x, x', angle, angle')            m, m/s, rad, rad/s; angle 0 is upright
//   obs     the state as float32
//   action  0 pushes the cart to the left, 1 to the right, with 10 N
//   reward  1 every step
//           with sutton_barto_reward: 0, and -1 for the step that terminates
//   end     terminated when |x| > 2.4 or |angle| > 12 degrees; truncated after 500 steps
//   reset   every number of the state from U(-0.05, 0.05)
//
// Differences from Gymnasium: the noise of a reset has the same distribution but comes from our own
// generator.
#include <math.h>

#include "classic_env.h"
#include "classic_tasks.h"

enum { X, DX, ANGLE, DANGLE, NUMBERS };

static const double gravity = 9.8;         // m/s^2
static const double total_mass = 1.1;      // kg, cart and pole
static const double pole_mass = 0.1;       // kg
static const double half_length = 0.5;     // m, of the pole
static const double force_magnitude = 10;  // N

#define DT 0.02                                // s
#define MAX_X 2.4                              // m
#define MAX_ANGLE (12 * 2 * CLASSIC_PI / 360)  // rad

static const sw_setting settings[] = {
    {.name = "sutton_barto_reward",
     .type = SW_BOOL,
     .doc = "reward 0, and -1 for the step that terminates, instead of 1 always"},
};

static void adjust(const sw_value *setting, sw_spec *spec)
{
    if (setting->b) {
        spec->reward_low = -1;
        spec->reward_high = 0;
    }
}

static void observe(const double *state, float *observation)
{
    for (int i = 0; i < NUMBERS; i++) {
        observation[i] = (float) state[i];
    }
}

// Florian 2007, eq. 23 and 24, without friction:
//
//   temp    = (F + m_p l a'^2 sin a) / m
//   a''     = (g sin a - cos a temp) / (l (4/3 - m_p cos^2 a / m))
//   x''     = temp - m_p l a'' cos a / m
//
// then one step of Euler's method: positions move with the velocities from before the step.
static void move(double *s, double force)
{
    const double cosine = cos(s[ANGLE]);
    const double sine = sin(s[ANGLE]);
    const double moment = pole_mass * half_length;
    const double temp = (force + moment * (s[DANGLE] * s[DANGLE]) * sine) / total_mass;
    const double ddangle = (gravity * sine - cosine * temp) /
                           (half_length * (4.0 / 3.0 - pole_mass * (cosine * cosine) / total_mass));
    const double ddx = temp - moment * ddangle * cosine / total_mass;

    s[X] += DT * s[DX];
    s[DX] += DT * ddx;
    s[ANGLE] += DT * s[DANGLE];
    s[DANGLE] += DT * ddangle;
}

static void step(classic_env *e, double action, sw_row *row)
{
    move(e->state, action == 1 ? force_magnitude : -force_magnitude);
    row->terminated = fabs(e->state[X]) > MAX_X || fabs(e->state[ANGLE]) > MAX_ANGLE;
    if (e->setting.b) {
        row->reward = row->terminated ? -1 : 0;
    } else {
        row->reward = 1;
    }
}

// Gymnasium's picture: 4.8 m of the track at 125 pixels per metre if it is 600 pixels wide.
static void draw(const classic_env *e, const sw_picture *picture)
{
    static const draw_color black = {0, 0, 0};
    static const draw_color wood = {202, 152, 101};
    static const draw_color violet = {129, 132, 203};
    static const double pole_radius = 0.04;
    static const double far = 1e6;  // beyond every picture
    const draw_canvas canvas =
        draw_begin(picture, (draw_point){-MAX_X, -0.8}, (draw_point){MAX_X, 2.4});

    const double x = e->state[X];
    draw_rectangle(&canvas, (draw_frame){{x, 0}, 0}, (draw_point){-0.2, -0.12},
                   (draw_point){0.2, 0.12}, black);

    const draw_frame axle = {{x, 0.06}, -e->state[ANGLE]};
    const double length = 2 * (half_length - pole_radius);
    draw_line(&canvas, axle.origin, draw_place(axle, (draw_point){0, length}), 2 * pole_radius,
              wood);
    draw_disc(&canvas, axle.origin, pole_radius, violet);

    const double track = 0.004;  // along a row of pixels if the picture is as large as Gymnasium's
    draw_line(&canvas, (draw_point){-far, track}, (draw_point){far, track}, 0, black);
}

static const classic_task cartpole = {
    .env_class = &classic_cartpole_v1,
    .numbers = NUMBERS,
    .exchanged = NUMBERS,
    .reset_low = {-0.05, -0.05, -0.05, -0.05},
    .reset_high = {0.05, 0.05, 0.05, 0.05},
    // Twice the limits, so that the observation that ends an episode is within them too.
    .observation_size = NUMBERS,
    .observation_low = {-2 * MAX_X, -INFINITY, -2 * MAX_ANGLE, -INFINITY},
    .observation_high = {2 * MAX_X, INFINITY, 2 * MAX_ANGLE, INFINITY},
    .choices = 2,
    .reward_low = 1,
    .reward_high = 1,
    .max_episode_steps = 500,
    .dt = DT,
    .adjust = adjust,
    .step = step,
    .observe = observe,
    .draw = draw,
};

// For exchange, e.g. with Gymnasium's `unwrapped.state`.
static const char *const state_formats[] = {"cartpole/1", "cartpole/state", NULL};

CLASSIC_CLASS(classic_cartpole_v1, cartpole, .id = "CartPole-v1", .doc = "a cart balances a pole",
              .settings = settings, .setting_count = 1, .state_formats = state_formats);
