#include "stuck_env.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct stuck {
    char where[8];
    int gate;
} stuck;

enum { WHERE, GATE, SETTINGS };

static const sw_setting settings[SETTINGS] = {
    [WHERE] = {.name = "where",
               .type = SW_STRING,
               .initial = {.s = "none"},
               .choices = "none|init|reset|step|render|save|load|close",
               .doc = "the function that does not return"},
    [GATE] = {.name = "gate",
              .type = SW_INT,
              .initial = {.i = -1},
              .doc = "file descriptor that it reads"},
};

static void wait_in(const void *env, const char *function)
{
    const stuck *e = env;
    char byte;
    if (strcmp(e->where, function) == 0) {
        const ssize_t got = read(e->gate, &byte, 1);
        (void) got;
    }
}

static sw_status stuck_describe(const sw_value *values, sw_spec *spec)
{
    (void) values;
    const sw_tensor nothing = {.name = "nothing", .dtype = SW_FLOAT64};
    const sw_status st = sw_spec_add_observation(spec, &nothing);
    return st != SW_OK ? st : sw_spec_add_action(spec, &nothing);
}

static sw_status stuck_init(void *env, const sw_value *values)
{
    stuck *e = env;
    (void) snprintf(e->where, sizeof(e->where), "%.7s", values[WHERE].s);
    e->gate = (int) values[GATE].i;
    wait_in(env, "init");
    return SW_OK;
}

static sw_status stuck_reset(void *env, uint64_t seed, sw_row *row)
{
    (void) seed;
    *(double *) row->observations[0] = 0;
    wait_in(env, "reset");
    return SW_OK;
}

static sw_status stuck_step(void *env, sw_row *row)
{
    *(double *) row->observations[0] = 0;
    wait_in(env, "step");
    return SW_OK;
}

static void stuck_close(void *env)
{
    wait_in(env, "close");
}

static sw_status stuck_render(void *env, const sw_picture *picture)
{
    memset(picture->rgb, 0, (size_t) picture->width * (size_t) picture->height * 3);
    wait_in(env, "render");
    return SW_OK;
}

static const char *const formats[] = {"stuck/nothing", NULL};

static size_t stuck_state_size(const void *env, int format)
{
    (void) env;
    (void) format;
    return 1;
}

static sw_status stuck_save(void *env, int format, void *state)
{
    (void) format;
    *(char *) state = 0;
    wait_in(env, "save");
    return SW_OK;
}

static sw_status stuck_load(void *env, int format, const void *state, sw_row *row)
{
    (void) format;
    (void) state;
    *(double *) row->observations[0] = 0;
    wait_in(env, "load");
    return SW_OK;
}

const sw_env_class stuck_env = {
    .id = "Stuck-v0",
    .doc = "Does not return from where it is told.",
    .settings = settings,
    .setting_count = SETTINGS,
    .env_size = sizeof(stuck),
    .describe = stuck_describe,
    .init = stuck_init,
    .reset = stuck_reset,
    .step = stuck_step,
    .close = stuck_close,
    .render = stuck_render,
    .state_formats = formats,
    .state_size = stuck_state_size,
    .save = stuck_save,
    .load = stuck_load,
};
