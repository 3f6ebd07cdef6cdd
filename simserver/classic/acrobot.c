// Acrobot-v1: two links hang from a joint; a motor between them swings their end above a line.
//
// Source: Gymnasium 1.4, gymnasium/envs/classic_control/acrobot.py, after Sutton 1996
// ("Generalization in reinforcement learning", NIPS 8) with the equations of Sutton, Barto
// ("Reinforcement Learning", 1st edition, section 11.3).
//
//   state   (a, b, a', b')      rad and rad/s; a = 0 hangs down, b is relative to the first link
//   obs     (cos a, sin a, cos b, sin b, a', b') as float32
//   action  torque of the motor: 0 is -1, 1 is 0, 2 is 1 N m
//   reward  -1 every step, and 0 for the one that terminates
//   end     terminated when the end is more than 1 m above the joint, -cos a - cos(a + b) > 1;
//           truncated after 500 steps
//   reset   every number of the state from U(-0.1, 0.1)
//
// Differences from Gymnasium: the state that begins an episode comes from our own generator.
#include <math.h>

#include "classic_env.h"
#include "classic_tasks.h"

enum { A, B, DA, DB, NUMBERS };

static const double gravity = 9.8;  // m/s^2
static const double mass = 1;       // kg, of either link
static const double length = 1;     // m, likewise
static const double centre = 0.5;   // m from its upper joint to its centre of mass
static const double inertia = 1;    // kg m^2

#define DT 0.2                   // s
#define MAX_DA (4 * CLASSIC_PI)  // rad/s
#define MAX_DB (9 * CLASSIC_PI)  // rad/s

static void observe(const double *state, float *observation)
{
    observation[0] = (float) cos(state[A]);
    observation[1] = (float) sin(state[A]);
    observation[2] = (float) cos(state[B]);
    observation[3] = (float) sin(state[B]);
    observation[4] = (float) state[DA];
    observation[5] = (float) state[DB];
}

// The derivative of the state:
//
//   d1    = m c^2 + m (l^2 + c^2 + 2 l c cos b) + 2 I
//   d2    = m (c^2 + l c cos b) + I
//   phi2  = m c g cos(a + b - pi/2)
//   phi1  = -m l c b'^2 sin b - 2 m l c b' a' sin b + (m c + m l) g cos(a - pi/2) + phi2
//   b''   = (torque + d2 / d1 phi1 - m l c a'^2 sin b - phi2) / (m c^2 + I - d2^2 / d1)
//   a''   = -(d2 b'' + phi1) / d1
static void derive(const double *s, double torque, double *ds)
{
    const double product = mass * length * centre;
    const double square = centre * centre;
    const double sine = sin(s[B]);
    const double d1 = mass * square +
                      mass * (length * length + square + 2 * length * centre * cos(s[B])) +
                      inertia + inertia;
    const double d2 = mass * (square + length * centre * cos(s[B])) + inertia;
    const double phi2 = mass * centre * gravity * cos(s[A] + s[B] - CLASSIC_PI / 2);
    const double phi1 = -product * (s[DB] * s[DB]) * sine - 2 * product * s[DB] * s[DA] * sine +
                        (mass * centre + mass * length) * gravity * cos(s[A] - CLASSIC_PI / 2) +
                        phi2;
    const double ddb = (torque + d2 / d1 * phi1 - product * (s[DA] * s[DA]) * sine - phi2) /
                       (mass * square + inertia - d2 * d2 / d1);
    ds[A] = s[DA];
    ds[B] = s[DB];
    ds[DA] = -(d2 * ddb + phi1) / d1;
    ds[DB] = ddb;
}

// The derivative at the state s + h ds.
static void derive_ahead(const double *s, double h, const double *ds, double torque, double *result)
{
    double ahead[NUMBERS];
    for (int i = 0; i < NUMBERS; i++) {
        ahead[i] = s[i] + h * ds[i];
    }
    derive(ahead, torque, result);
}

// One step of the classical Runge-Kutta method.
static void move(double *s, double torque)
{
    double k1[NUMBERS];
    double k2[NUMBERS];
    double k3[NUMBERS];
    double k4[NUMBERS];
    derive(s, torque, k1);
    derive_ahead(s, DT / 2, k1, torque, k2);
    derive_ahead(s, DT / 2, k2, torque, k3);
    derive_ahead(s, DT, k3, torque, k4);
    for (int i = 0; i < NUMBERS; i++) {
        s[i] += DT / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
    }
}

static void step(classic_env *e, double action, sw_row *row)
{
    double *s = e->state;
    move(s, action - 1);
    s[A] = remainder(s[A], 2 * CLASSIC_PI);  // within +-pi
    s[B] = remainder(s[B], 2 * CLASSIC_PI);
    s[DA] = fmin(fmax(s[DA], -MAX_DA), MAX_DA);
    s[DB] = fmin(fmax(s[DB], -MAX_DB), MAX_DB);
    row->terminated = -cos(s[A]) - cos(s[B] + s[A]) > 1;
    row->reward = row->terminated ? 0 : -1;
}

// Gymnasium's picture: 2.2 m to all sides of the joint.
static void draw(const classic_env *e, const sw_picture *picture)
{
    static const draw_color black = {0, 0, 0};
    static const draw_color cyan = {0, 204, 204};
    static const draw_color yellow = {204, 204, 0};
    static const double radius = 0.1;
    static const double far = 1e6;  // beyond every picture
    const draw_canvas canvas =
        draw_begin(picture, (draw_point){-2.2, -2.2}, (draw_point){2.2, 2.2});
    draw_line(&canvas, (draw_point){-far, 1}, (draw_point){far, 1}, 0, black);

    draw_frame joint = {{0, 0}, e->state[A] - CLASSIC_PI / 2};
    for (int link = 0; link < 2; link++) {
        draw_rectangle(&canvas, joint, (draw_point){0, -radius}, (draw_point){length, radius},
                       cyan);
        draw_disc(&canvas, joint.origin, radius, yellow);
        joint.origin = draw_place(joint, (draw_point){length, 0});
        joint.angle += e->state[B];
    }
}

static const classic_task acrobot = {
    .env_class = &classic_acrobot_v1,
    .numbers = NUMBERS,
    .exchanged = NUMBERS,
    .reset_low = {-0.1, -0.1, -0.1, -0.1},
    .reset_high = {0.1, 0.1, 0.1, 0.1},
    .observation_size = 6,
    .observation_low = {-1, -1, -1, -1, -MAX_DA, -MAX_DB},
    .observation_high = {1, 1, 1, 1, MAX_DA, MAX_DB},
    .choices = 3,
    .reward_low = -1,
    .reward_high = 0,
    .max_episode_steps = 500,
    .dt = DT,
    .step = step,
    .observe = observe,
    .draw = draw,
};

static const char *const state_formats[] = {"acrobot/1", "acrobot/state", NULL};

CLASSIC_CLASS(classic_acrobot_v1, acrobot, .id = "Acrobot-v1",
              .doc = "two links swing their end above a line", .state_formats = state_formats);
