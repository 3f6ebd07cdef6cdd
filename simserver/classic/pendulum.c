// Pendulum-v1: a motor that is too weak to lift a rod swings it up and holds it there.
//
// Source: Gymnasium 1.4, gymnasium/envs/classic_control/pendulum.py.
//
//   state   (a, a')             rad and rad/s; a = 0 is upright, counterclockwise is positive
//   obs     (cos a, sin a, a') as float32
//   action  torque on the rod in N m, float32 [1]; clipped to [-2, 2]
//   reward  -(a^2 + 0.1 a'^2 + 0.001 torque^2), of the state before the step, a within +-pi
//   end     truncated after 200 steps
//   reset   a from U(-pi, pi), a' from U(-1, 1)
//
// The state has the last torque besides, for the picture only.
//
// Differences from Gymnasium: the state that begins an episode comes from our own generator.
#include <math.h>

#include "classic_env.h"
#include "classic_tasks.h"

enum { A, DA, TORQUE, NUMBERS };

static const double mass = 1;    // kg
static const double length = 1;  // m

#define DT 0.05       // s
#define MAX_DA 8      // rad/s
#define MAX_TORQUE 2  // N m

static const sw_setting settings[] = {
    {.name = "g",
     .type = SW_FLOAT,
     .initial.f = 10,
     .low = -1000,
     .high = 1000,
     .doc = "acceleration of gravity, m/s^2"},
};

static void observe(const double *state, float *observation)
{
    observation[0] = (float) cos(state[A]);
    observation[1] = (float) sin(state[A]);
    observation[2] = (float) state[DA];
}

// An angle within +-pi, to the bit as Gymnasium computes it.
static double normalize(double angle)
{
    const double rest = fmod(angle + CLASSIC_PI, 2 * CLASSIC_PI);
    return (rest < 0 ? rest + 2 * CLASSIC_PI : rest) - CLASSIC_PI;
}

//   a'  <-  a' + (3 g / (2 l) sin a + 3 / (m l^2) torque) dt        within +-8
//   a   <-  a + a' dt
//
// The torque and what is derived from it alone are float32, as the action is.
static void step(classic_env *e, double action, sw_row *row)
{
    double *s = e->state;
    const float torque = (float) fmin(fmax(action, -MAX_TORQUE), MAX_TORQUE);
    const double angle = normalize(s[A]);
    row->reward = -(angle * angle + 0.1 * (s[DA] * s[DA]) + 0.001F * (torque * torque));

    s[DA] += (3 * e->setting.f / (2 * length) * sin(s[A]) +
              (float) (3 / (mass * (length * length))) * torque) *
             DT;
    s[DA] = fmin(fmax(s[DA], -MAX_DA), MAX_DA);
    s[A] += s[DA] * DT;
    s[TORQUE] = torque;
}

// An arrow around the pivot in the direction of the torque, the larger the stronger that is.
static void draw_arrow(const draw_canvas *canvas, double torque)
{
    static const draw_color black = {0, 0, 0};
    enum { PIECES = 60 };
    const double radius = 0.4 * fabs(torque) / MAX_TORQUE;
    const double turn = copysign(1.5 * CLASSIC_PI, torque);
    draw_frame end = {{0, 0}, CLASSIC_PI / 2 - turn / 2};
    for (int i = 0; i < PIECES; i++) {
        const draw_point from = draw_place(end, (draw_point){radius, 0});
        end.angle += turn / PIECES;
        draw_line(canvas, from, draw_place(end, (draw_point){radius, 0}), radius / 12, black);
    }
    const double ahead = copysign(0.4 * radius, torque);
    const draw_point inner = draw_place(end, (draw_point){0.8 * radius, 0});
    const draw_point outer = draw_place(end, (draw_point){1.2 * radius, 0});
    const draw_point tip = draw_place(end, (draw_point){radius, ahead});
    const draw_point head[] = {torque > 0 ? inner : outer, torque > 0 ? outer : inner, tip};
    draw_polygon(canvas, head, 3, black);
}

// Gymnasium's picture: 2.2 m to all sides of the pivot.
static void draw(const classic_env *e, const sw_picture *picture)
{
    static const draw_color black = {0, 0, 0};
    static const draw_color red = {204, 77, 77};
    const draw_canvas canvas =
        draw_begin(picture, (draw_point){-2.2, -2.2}, (draw_point){2.2, 2.2});
    const draw_frame pivot = {{0, 0}, e->state[A]};
    draw_line(&canvas, pivot.origin, draw_place(pivot, (draw_point){0, length}), 0.2, red);
    if (e->state[TORQUE] != 0) {
        draw_arrow(&canvas, e->state[TORQUE]);
    }
    draw_disc(&canvas, pivot.origin, 0.05, black);
}

static const classic_task pendulum = {
    .env_class = &classic_pendulum_v1,
    .numbers = NUMBERS,
    .exchanged = TORQUE,
    .reset_low = {-CLASSIC_PI, -1, 0},
    .reset_high = {CLASSIC_PI, 1, 0},
    .observation_size = 3,
    .observation_low = {-1, -1, -MAX_DA},
    .observation_high = {1, 1, MAX_DA},
    .action_limit = MAX_TORQUE,
    .reward_low =
        -(CLASSIC_PI * CLASSIC_PI + 0.1 * MAX_DA * MAX_DA + 0.001F * MAX_TORQUE * MAX_TORQUE),
    .reward_high = 0,
    .max_episode_steps = 200,
    .dt = DT,
    .step = step,
    .observe = observe,
    .draw = draw,
};

static const char *const state_formats[] = {"pendulum/1", "pendulum/state", NULL};

CLASSIC_CLASS(classic_pendulum_v1, pendulum, .id = "Pendulum-v1",
              .doc = "a weak motor swings a rod up and holds it there", .settings = settings,
              .setting_count = 1, .state_formats = state_formats);
