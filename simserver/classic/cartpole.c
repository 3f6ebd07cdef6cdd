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
#include <string.h>

#include "classic_tasks.h"
#include "draw.h"
#include "random.h"

static const double gravity = 9.8;         // m/s^2
static const double total_mass = 1.1;      // kg, cart and pole
static const double pole_mass = 0.1;       // kg
static const double half_length = 0.5;     // m, of the pole
static const double force_magnitude = 10;  // N
static const double dt = 0.02;             // s
static const double max_x = 2.4;           // m
static const double reset_noise = 0.05;    // in every unit
static const double pi = 3.14159265358979323846;

static const sw_setting settings[] = {
    {.name = "sutton_barto_reward",
     .type = SW_BOOL,
     .doc = "reward 0, and -1 for the step that terminates, instead of 1 always"},
};

typedef struct cartpole {
    double x, dx, angle, dangle;
    bool sutton_barto;
} cartpole;

static double max_angle(void)
{
    return 12 * 2 * pi / 360;
}

static sw_status describe(const sw_value *values, sw_spec *spec)
{
    // Twice the limits, so that the observation that ends an episode is within them too; rounded as
    // the observation is.
    const double high[] = {(float) (2 * max_x), INFINITY, (float) (2 * max_angle()), INFINITY};
    const double low[] = {-high[0], -INFINITY, -high[2], -INFINITY};
    const sw_tensor observation = {.name = "observation",
                                   .dtype = SW_FLOAT32,
                                   .dims = 1,
                                   .shape = {4},
                                   .low = low,
                                   .high = high};
    const double left = 0;
    const double right = 1;
    const sw_tensor action = {.name = "action", .dtype = SW_INT64, .low = &left, .high = &right};

    spec->reward_low = values[0].b ? -1 : 1;
    spec->reward_high = values[0].b ? 0 : 1;
    spec->max_episode_steps = 500;
    spec->dt = dt;
    const sw_status st = sw_spec_add_observation(spec, &observation);
    return st == SW_OK ? sw_spec_add_action(spec, &action) : st;
}

static sw_status init(void *env, const sw_value *values)
{
    cartpole *c = env;
    c->sutton_barto = values[0].b;
    return SW_OK;
}

static void observe(const cartpole *c, sw_row *row)
{
    float *observation = row->observations[0];
    observation[0] = (float) c->x;
    observation[1] = (float) c->dx;
    observation[2] = (float) c->angle;
    observation[3] = (float) c->dangle;
}

// The state as numbers: x, x', angle, angle'.
enum { NUMBERS = 4 };

static void set_numbers(cartpole *c, const double *numbers, sw_row *row)
{
    c->x = numbers[0];
    c->dx = numbers[1];
    c->angle = numbers[2];
    c->dangle = numbers[3];
    observe(c, row);
}

static sw_status reset(void *env, uint64_t seed, sw_row *row)
{
    random_state random = random_seed(seed);
    double numbers[NUMBERS];
    for (int i = 0; i < NUMBERS; i++) {
        numbers[i] = random_uniform(&random, -reset_noise, reset_noise);
    }
    set_numbers(env, numbers, row);
    return SW_OK;
}

// Florian 2007, eq. 23 and 24, without friction:
//
//   temp    = (F + m_p l a'^2 sin a) / m
//   a''     = (g sin a - cos a temp) / (l (4/3 - m_p cos^2 a / m))
//   x''     = temp - m_p l a'' cos a / m
//
// then one step of Euler's method: positions move with the velocities from before the step.
static void move(cartpole *c, double force)
{
    const double cosine = cos(c->angle);
    const double sine = sin(c->angle);
    const double moment = pole_mass * half_length;
    const double temp = (force + moment * (c->dangle * c->dangle) * sine) / total_mass;
    const double ddangle = (gravity * sine - cosine * temp) /
                           (half_length * (4.0 / 3.0 - pole_mass * (cosine * cosine) / total_mass));
    const double ddx = temp - moment * ddangle * cosine / total_mass;

    c->x += dt * c->dx;
    c->dx += dt * ddx;
    c->angle += dt * c->dangle;
    c->dangle += dt * ddangle;
}

static sw_status step(void *env, sw_row *row)
{
    cartpole *c = env;
    const int64_t *action = row->actions[0];
    move(c, *action == 1 ? force_magnitude : -force_magnitude);
    observe(c, row);
    row->terminated = fabs(c->x) > max_x || fabs(c->angle) > max_angle();
    if (c->sutton_barto) {
        row->reward = row->terminated ? -1 : 0;
    } else {
        row->reward = 1;
    }
    return SW_OK;
}

// ---- picture --------------------------------------------------------------------------------

// Gymnasium's picture: 4.8 m of the track at 125 pixels per metre if it is 600 pixels wide.
static sw_status render(void *env, const sw_picture *picture)
{
    static const draw_color black = {0, 0, 0};
    static const draw_color wood = {202, 152, 101};
    static const draw_color violet = {129, 132, 203};
    static const double pole_radius = 0.04;
    static const double far = 1e6;  // beyond every picture
    if (picture->camera[0] != '\0') {
        return sw_fail(SW_NOT_FOUND, "CartPole-v1: no camera '%s': it has one only, without a name",
                       picture->camera);
    }
    const cartpole *c = env;
    const draw_canvas canvas =
        draw_begin(picture, (draw_point){-max_x, -0.8}, (draw_point){max_x, 2.4});

    const double left = c->x - 0.2;
    const double right = c->x + 0.2;
    const draw_point cart[] = {{left, -0.12}, {right, -0.12}, {right, 0.12}, {left, 0.12}};
    draw_polygon(&canvas, cart, 4, black);

    const draw_point axle = {c->x, 0.06};
    const double length = 2 * (half_length - pole_radius);
    const draw_point tip = {axle.x + length * sin(c->angle), axle.y + length * cos(c->angle)};
    draw_line(&canvas, axle, tip, 2 * pole_radius, wood);
    draw_disc(&canvas, axle, pole_radius, violet);

    const double track = 0.004;  // along a row of pixels if the picture is as large as Gymnasium's
    draw_line(&canvas, (draw_point){-far, track}, (draw_point){far, track}, 0, black);
    return SW_OK;
}

// ---- state ----------------------------------------------------------------------------------

//   cartpole/1       x, x', angle, angle' as float64
//   cartpole/state   the same four; for exchange, e.g. with Gymnasium's `unwrapped.state`
static const char *const state_formats[] = {"cartpole/1", "cartpole/state", NULL};

static size_t state_size(const void *env, int format)
{
    (void) env;
    (void) format;
    return NUMBERS * sizeof(double);
}

static sw_status save(void *env, int format, void *state)
{
    (void) format;
    const cartpole *c = env;
    const double numbers[NUMBERS] = {c->x, c->dx, c->angle, c->dangle};
    memcpy(state, numbers, sizeof(numbers));
    return SW_OK;
}

static sw_status load(void *env, int format, const void *state, sw_row *row)
{
    (void) format;
    double numbers[NUMBERS];
    memcpy(numbers, state, sizeof(numbers));
    for (int i = 0; i < NUMBERS; i++) {
        if (!isfinite(numbers[i])) {
            return sw_fail(SW_INVALID_ARGUMENT, "CartPole-v1: state: number %d is not finite", i);
        }
    }
    set_numbers(env, numbers, row);
    return SW_OK;
}

static void close_env(void *env)
{
    (void) env;
}

const sw_env_class classic_cartpole_v1 = {
    .id = "CartPole-v1",
    .doc = "a cart balances a pole",
    .settings = settings,
    .setting_count = 1,
    .env_size = sizeof(cartpole),
    .describe = describe,
    .init = init,
    .reset = reset,
    .step = step,
    .close = close_env,
    .render = render,
    .state_formats = state_formats,
    .state_size = state_size,
    .save = save,
    .load = load,
};
