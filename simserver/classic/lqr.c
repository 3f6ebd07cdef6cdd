// LQR-v0: a mass is brought to rest at the origin, at the least cost; what that is, is known.
//
// Source: the linear-quadratic regulator, Anderson, Moore 1990 (Optimal Control), chapter 2, of a
// double integrator.
//
//   state   x = (position, velocity)        m, m/s; nothing disturbs it
//   obs     x as float32 [2]
//   action  force u in N on 1 kg, float32 [1]; clipped to [-10, 10], more than the best ever needs
//   moves   x' = A x + B u,  A = (1 dt; 0 1),  B = (dt^2 / 2; dt),  dt = 0.2 s
//   reward  -c,  c = x^T Q x + R u^2,  Q = diag(1, 0.1),  R = 0.1
//   end     truncated after 30 steps
//   reset   position and velocity from U(-1, 1)
//   info    cost, the sum of c in this episode so far; optimal_cost, the least that there is from
//           its first state if it goes on for ever: x^T P x; both at reset, too
//
// P solves the Riccati equation, and u = -K x is the best there is:
//
//   P = Q + A^T P (A - B K),  K = (R + B^T P B)^-1 B^T P A  = (2.415, 2.326)
//
// With it 1e-7 of the cost would come after the last step; with half that gain, 8e-4.
#include <math.h>
#include <string.h>

#include "classic_tasks.h"
#include "draw.h"
#include "random.h"

enum { SIZE = 2 };  // of x

static const double dt = 0.2;  // s
static const double max_force = 10;
static const double q[SIZE] = {1, 0.1};  // the diagonal of Q
static const double r = 0.1;

typedef struct symmetric {
    double xx, xv, vv;
} symmetric;

// Plain numbers, which are all of the state.
typedef struct motion {
    double position, velocity;
    double cost, optimal_cost;
    double force;  // the last one, for the picture only
} motion;

_Static_assert(sizeof(motion) == 5 * sizeof(double), "a state has no gaps");

typedef struct lqr {
    symmetric p;
    motion now;
} lqr;

enum { INFO_COST, INFO_OPTIMAL_COST };

static sw_status describe(const sw_value *values, sw_spec *spec)
{
    (void) values;
    const double low = -max_force;
    const double high = max_force;
    const sw_tensor observation = {
        .name = "observation", .dtype = SW_FLOAT32, .dims = 1, .shape = {SIZE}};
    const sw_tensor action = {
        .name = "action", .dtype = SW_FLOAT32, .dims = 1, .shape = {1}, .low = &low, .high = &high};
    spec->reward_high = 0;
    spec->max_episode_steps = 30;
    spec->dt = dt;
    sw_status st = sw_spec_add_observation(spec, &observation);
    st = st == SW_OK ? sw_spec_add_action(spec, &action) : st;
    st = st == SW_OK ? sw_spec_add_info(spec, "cost", true) : st;
    return st == SW_OK ? sw_spec_add_info(spec, "optimal_cost", true) : st;
}

// One step of the Riccati recursion. With A and B as above, A^T P A and A^T P B are
//
//   xx  xx dt + xv                         xx dt^2/2 + xv dt
//       xx dt^2 + 2 xv dt + vv             xx dt^3/2 + 3/2 xv dt^2 + vv dt
static symmetric improve(symmetric p)
{
    const double g1 = p.xx * dt * dt / 2 + p.xv * dt;
    const double g2 = g1 * dt + p.xv * dt * dt / 2 + p.vv * dt;
    const double h = r + g1 * dt * dt / 2 + (p.xv * dt * dt / 2 + p.vv * dt) * dt;
    return (symmetric){q[0] + p.xx - g1 * g1 / h, p.xx * dt + p.xv - g1 * g2 / h,
                       q[1] + p.xx * dt * dt + 2 * p.xv * dt + p.vv - g2 * g2 / h};
}

// The costs of ever longer episodes grow towards those of one without end; the distance shrinks by
// 0.58 a step, so these are enough for every bit.
static sw_status init(void *env, const sw_value *values)
{
    (void) values;
    lqr *e = env;
    for (int i = 0; i < 200; i++) {
        e->p = improve(e->p);
    }
    return SW_OK;
}

static void close_env(void *env)
{
    (void) env;
}

static void observe(const lqr *e, sw_row *row)
{
    float *x = row->observations[0];
    x[0] = (float) e->now.position;
    x[1] = (float) e->now.velocity;
    row->infos[INFO_COST] = e->now.cost;
    row->infos[INFO_OPTIMAL_COST] = e->now.optimal_cost;
}

static void begin(lqr *e, double position, double velocity, sw_row *row)
{
    const symmetric *p = &e->p;
    e->now =
        (motion){.position = position,
                 .velocity = velocity,
                 .optimal_cost = p->xx * position * position + 2 * p->xv * position * velocity +
                                 p->vv * velocity * velocity};
    observe(e, row);
}

static sw_status reset(void *env, uint64_t seed, sw_row *row)
{
    random_state random = random_seed(seed);
    const double position = random_uniform(&random, -1, 1);
    const double velocity = random_uniform(&random, -1, 1);
    begin(env, position, velocity, row);
    return SW_OK;
}

static sw_status step(void *env, sw_row *row)
{
    lqr *e = env;
    motion *now = &e->now;
    const double u = fmin(fmax(*(const float *) row->actions[0], -max_force), max_force);
    const double cost =
        q[0] * now->position * now->position + q[1] * now->velocity * now->velocity + r * u * u;
    now->position += now->velocity * dt + u * dt * dt / 2;
    now->velocity += u * dt;
    now->cost += cost;
    now->force = u;
    row->reward = -cost;
    observe(e, row);
    return SW_OK;
}

// The mass on its line, the origin, and an arrow for the force.
static sw_status render(void *env, const sw_picture *picture)
{
    static const draw_color black = {0, 0, 0};
    static const draw_color blue = {60, 110, 200};
    static const draw_color red = {204, 77, 77};
    const lqr *e = env;
    if (picture->camera[0] != '\0') {
        return sw_fail(SW_NOT_FOUND, "LQR-v0: no camera '%s': it has one only, without a name",
                       picture->camera);
    }
    const draw_canvas canvas = draw_begin(picture, (draw_point){-2, -0.5}, (draw_point){2, 0.5});
    const double x = e->now.position;
    draw_line(&canvas, (draw_point){-2, 0}, (draw_point){2, 0}, 0, black);
    draw_line(&canvas, (draw_point){0, -0.2}, (draw_point){0, 0.2}, 0, black);
    draw_disc(&canvas, (draw_point){x, 0}, 0.12, blue);
    draw_line(&canvas, (draw_point){x, 0.2}, (draw_point){x + e->now.force / 4, 0.2}, 0.04, red);
    return SW_OK;
}

// ---- state ----------------------------------------------------------------------------------

static const char *const state_formats[] = {"lqr/1", "lqr/state", NULL};

static size_t state_size(const void *env, int format)
{
    (void) env;
    return (format == 0 ? sizeof(motion) : SIZE * sizeof(double));
}

// A state for exchange is the first of its numbers: position and velocity.
static sw_status save(void *env, int format, void *state)
{
    const lqr *e = env;
    memcpy(state, &e->now, state_size(env, format));
    return SW_OK;
}

static sw_status load(void *env, int format, const void *state, sw_row *row)
{
    lqr *e = env;
    const double *numbers = state;
    for (size_t i = 0; i < state_size(env, format) / sizeof(double); i++) {
        if (!isfinite(numbers[i])) {
            return sw_fail(SW_INVALID_ARGUMENT, "LQR-v0: state: number %zu is not finite", i);
        }
    }
    begin(e, numbers[0], numbers[1], row);
    if (format == 0) {
        memcpy(&e->now, numbers, sizeof(e->now));
        observe(e, row);
    }
    return SW_OK;
}

const sw_env_class classic_lqr_v0 = {
    .id = "LQR-v0",
    .doc = "a mass is brought to rest at the least cost, which is known",
    .env_size = sizeof(lqr),
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
