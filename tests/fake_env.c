#include "fake_env.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct fake {
    fake_state state;
    double scale;
    int64_t gate;
    void *held;  // so that a missing close shows as a leak
} fake;

enum { SCALE, GATE, INIT_FAILS, SETTINGS };

static const sw_setting settings[SETTINGS] = {
    [SCALE] = {.name = "scale",
               .type = SW_FLOAT,
               .initial = {.f = 1},
               .low = 0,
               .high = 10,
               .doc = "factor of the reward"},
    [GATE] = {.name = "gate",
              .type = SW_INT,
              .initial = {.i = -1},
              .doc = "file descriptor that FAKE_WAIT reads"},
    [INIT_FAILS] = {.name = "init_fails", .type = SW_BOOL, .doc = "init returns an error"},
};

static sw_status fake_describe(const sw_value *values, sw_spec *spec)
{
    (void) values;
    static const double low[] = {-1, -1}, high[] = {1, 1}, zero[] = {0}, one[] = {1};
    static const double last[] = {FAKE_COMMANDS - 1};
    const sw_tensor state = {
        .name = "state", .dtype = SW_FLOAT64, .dims = 1, .shape = {FAKE_STATE}};
    const sw_tensor parity = {.name = "parity", .dtype = SW_INT32, .low = zero, .high = one};
    const sw_tensor add = {.name = "add",
                           .dtype = SW_FLOAT64,
                           .dims = 1,
                           .shape = {FAKE_ADD},
                           .low = low,
                           .high = high};
    const sw_tensor command = {.name = "command", .dtype = SW_INT64, .low = zero, .high = last};

    spec->max_episode_steps = FAKE_LIMIT;
    sw_status st = sw_spec_add_observation(spec, &state);
    st = st != SW_OK ? st : sw_spec_add_observation(spec, &parity);
    st = st != SW_OK ? st : sw_spec_add_action(spec, &add);
    st = st != SW_OK ? st : sw_spec_add_action(spec, &command);
    st = st != SW_OK ? st : sw_spec_add_info(spec, "sum", true);
    return st != SW_OK ? st : sw_spec_add_info(spec, "steps", false);
}

static sw_status fake_init(void *env, const sw_value *values)
{
    fake *f = env;
    f->scale = values[SCALE].f;
    f->gate = values[GATE].i;
    f->held = malloc(1);
    if (values[INIT_FAILS].b) {
        return sw_fail(SW_IO, "Fake-v0: told not to start");
    }
    return SW_OK;
}

static bool fails(const fake *f, fake_command command)
{
    return (f->state.fails >> command & 1) != 0;
}

static void observe(const fake *f, sw_row *row)
{
    double *state = row->observations[0];
    int32_t *parity = row->observations[1];
    state[0] = f->state.sum;
    state[1] = (double) f->state.steps;
    state[2] = (double) f->state.seed;
    *parity = (int32_t) (f->state.steps % 2);
    row->infos[0] = f->state.sum;
    row->infos[1] = (double) f->state.steps;
}

static sw_status fake_reset(void *env, uint64_t seed, sw_row *row)
{
    fake *f = env;
    f->state.sum = 0;
    f->state.steps = 0;
    f->state.seed = (int64_t) (seed % 1000);
    if (fails(f, FAKE_LAST_RESET) || seed == FAKE_BAD_SEED) {
        return sw_fail(SW_ENVIRONMENT, "Fake-v0: told not to reset");
    }
    observe(f, row);
    if (seed == FAKE_NAN_SEED) {
        ((double *) row->observations[0])[1] = NAN;
    }
    return SW_OK;
}

static sw_status obey(fake *f, fake_command command, sw_row *row)
{
    double *state = row->observations[0];
    switch (command) {
    case FAKE_TERMINATE: row->terminated = true; break;
    case FAKE_TRUNCATE: row->truncated = true; break;
    case FAKE_ERROR: state[0] = -1e6; return sw_fail(SW_ENVIRONMENT, "Fake-v0: told to fail");
    case FAKE_NAN_OBSERVATION: state[1] = NAN; break;
    case FAKE_NAN_REWARD: row->reward = NAN; break;
    case FAKE_HUGE: state[0] = 1e300; break;
    case FAKE_LAST_RESET: row->terminated = true;  // fall through
    case FAKE_NO_SAVE:
    case FAKE_NO_LOAD: f->state.fails |= UINT64_C(1) << command; break;
    default: break;
    }
    return SW_OK;
}

static sw_status fake_step(void *env, sw_row *row)
{
    fake *f = env;
    const double *add = row->actions[0];
    const int64_t *command = row->actions[1];
    char byte;
    if (*command == FAKE_WAIT && read((int) f->gate, &byte, 1) != 1) {
        return sw_fail(SW_IO, "Fake-v0: the gate is closed for ever");
    }
    f->state.sum += add[0] + add[1];
    f->state.steps++;
    row->reward = f->scale * (add[0] + add[1]);
    observe(f, row);
    return obey(f, (fake_command) *command, row);
}

static void fake_close(void *env)
{
    fake *f = env;
    free(f->held);
}

static sw_status fake_render(void *env, const sw_picture *picture)
{
    const fake *f = env;
    const bool side = strcmp(picture->camera, "side") == 0;
    if (strcmp(picture->camera, "broken") == 0) {
        return sw_fail(SW_IO, "Fake-v0: the camera is broken");
    }
    if (!side && picture->camera[0] != '\0') {
        return sw_fail(SW_NOT_FOUND, "Fake-v0: no camera '%s', there is 'side'", picture->camera);
    }
    unsigned char *rgb = picture->rgb;
    for (int y = 0; y < picture->height; y++) {
        for (int x = 0; x < picture->width; x++, rgb += 3) {
            rgb[0] = side ? 255 : (unsigned char) f->state.steps;
            rgb[1] = (unsigned char) x;
            rgb[2] = (unsigned char) y;
        }
    }
    return SW_OK;
}

static const char *const state_formats[] = {"fake/all", "fake/sum", NULL};

static size_t fake_state_size(const void *env, int format)
{
    (void) env;
    return format == 0 ? sizeof(fake_state) : sizeof(double);
}

static sw_status fake_save(void *env, int format, void *state)
{
    const fake *f = env;
    if (fails(f, FAKE_NO_SAVE)) {
        return sw_fail(SW_IO, "Fake-v0: told not to save");
    }
    memcpy(state, &f->state, fake_state_size(env, format));  // the sum comes first
    return SW_OK;
}

static sw_status fake_load(void *env, int format, const void *state, sw_row *row)
{
    fake *f = env;
    fake_state read = {0};
    memcpy(&read, state, fake_state_size(env, format));
    f->state.sum = read.sum;
    if (fails(f, FAKE_NO_LOAD)) {
        return sw_fail(SW_IO, "Fake-v0: told not to load");
    }
    if (read.steps < 0 || read.seed < 0 || read.seed > 999) {
        return sw_fail(SW_INVALID_ARGUMENT, "Fake-v0: %lld steps and seed %lld",
                       (long long) read.steps, (long long) read.seed);
    }
    f->state = read;
    observe(f, row);
    return SW_OK;
}

const sw_env_class fake_env = {
    .id = "Fake-v0",
    .doc = "Adds up what it is given, and obeys.",
    .settings = settings,
    .setting_count = SETTINGS,
    .env_size = sizeof(fake),
    .describe = fake_describe,
    .init = fake_init,
    .reset = fake_reset,
    .step = fake_step,
    .close = fake_close,
    .render = fake_render,
    .state_formats = state_formats,
    .state_size = fake_state_size,
    .save = fake_save,
    .load = fake_load,
};
