// point_server [ENDPOINT] -- serves an environment of its own: a point is led to the origin.
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stepwire/server.h>

// Point-v0
//   obs     x, y (m), each from U(-1, 1) at a reset
//   action  velocity, clipped to [-1, 1] m/s on each axis, for 0.1 s
//   reward  -distance to the origin
//   end     terminated within 0.1 m of the origin; truncated after 100 steps
typedef struct point {
    double at[2];
} point;

static sw_status describe(const sw_value *settings, sw_spec *spec)
{
    static const double low[2] = {-1, -1}, high[2] = {1, 1};
    const sw_tensor position = {"position", SW_FLOAT64, 1, {2}, NULL, NULL};  // unbounded
    const sw_tensor velocity = {"velocity", SW_FLOAT32, 1, {2}, low, high};
    (void) settings;  // it has none
    spec->max_episode_steps = 100;
    spec->dt = 0.1;
    spec->reward_high = 0;
    sw_status st = sw_spec_add_observation(spec, &position);
    return st == SW_OK ? sw_spec_add_action(spec, &velocity) : st;
}

static sw_status init(void *env, const sw_value *settings)
{
    (void) env;
    (void) settings;
    return SW_OK;
}

static sw_status reset(void *env, uint64_t seed, sw_row *row)
{
    unsigned short state[3] = {seed & 0xffff, seed >> 16 & 0xffff, seed >> 32 & 0xffff};
    point *p = env;
    p->at[0] = 2 * erand48(state) - 1;
    p->at[1] = 2 * erand48(state) - 1;
    memcpy(row->observations[0], p->at, sizeof(p->at));
    return SW_OK;
}

static sw_status step(void *env, sw_row *row)
{
    const float *velocity = row->actions[0];
    point *p = env;
    p->at[0] += 0.1 * fmin(fmax(velocity[0], -1), 1);
    p->at[1] += 0.1 * fmin(fmax(velocity[1], -1), 1);
    memcpy(row->observations[0], p->at, sizeof(p->at));
    row->reward = -hypot(p->at[0], p->at[1]);
    row->terminated = row->reward > -0.1;
    return SW_OK;
}

static void end(void *env)
{
    (void) env;
}

static sw_server *server;

static void stop(int signal_number)
{
    (void) signal_number;
    sw_server_stop(server);
}

int main(int argc, char **argv)
{
    static const sw_env_class task = {.id = "Point-v0",
                                      .doc = "A point is led to the origin.",
                                      .env_size = sizeof(point),
                                      .describe = describe,
                                      .init = init,
                                      .reset = reset,
                                      .step = step,
                                      .close = end};
    sw_server_options options = SW_SERVER_OPTIONS;
    options.endpoint = argc > 1 ? argv[1] : options.endpoint;
    sw_status st = sw_server_open(&options, &server);
    st = st == SW_OK ? sw_server_add(server, &task) : st;
    if (st == SW_OK) {
        signal(SIGINT, stop);
        signal(SIGTERM, stop);
        printf("ready %s\n", sw_server_endpoint(server));
        fflush(stdout);
        st = sw_server_run(server);
    }
    if (st != SW_OK) {
        fprintf(stderr, "point_server: %s\n", sw_last_error());
    }
    sw_server_close(server);
    return st != SW_OK;
}
