// Counter-v0: adds up its actions. For trying out servers and clients: every step shows in the sum,
// and it ends, fails, hangs or diverges when told to.
//
//   obs     "sum": float64 (sum of the episode's actions, number of its steps)
//           "seed": uint8 [8], the episode's seed, lowest byte first
//   action  "add": float64
//           "command": int32, see counter.h
//   reward  the action "add"
//   info    sum, also at reset; last, the action "add" of this step
//   end     on command only; no time limit
#include "counter.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "classic_tasks.h"
#include "clock.h"

enum { HANG_MS, STEP_US, FAIL_RESET, SETTINGS };

static const sw_setting settings[SETTINGS] = {
    [HANG_MS] = {.name = "hang_ms",
                 .type = SW_INT,
                 .initial.i = 1000,
                 .low = 0,
                 .high = 3600000,
                 .doc = "how long command 4 hangs, ms"},
    [STEP_US] = {.name = "step_us",
                 .type = SW_INT,
                 .initial.i = 0,
                 .low = 0,
                 .high = 1000000,
                 .doc = "how long every step keeps its processor busy, us"},
    [FAIL_RESET] = {.name = "fail_reset",
                    .type = SW_INT,
                    .initial.i = 0,
                    .low = 0,
                    .high = 1000000,
                    .doc = "which reset of an environment fails, counted from 1; 0: none"},
};

enum { INFO_SUM, INFO_LAST };

typedef struct counter {
    double sum;
    double steps;
    uint64_t seed;
    int64_t resets;
    int64_t hang_ms;
    int64_t step_us;
    int64_t fail_reset;
} counter;

static sw_status describe(const sw_value *values, sw_spec *spec)
{
    (void) values;
    static const double byte_low[8] = {0};
    static const double byte_high[8] = {255, 255, 255, 255, 255, 255, 255, 255};
    const double first = 0;
    const double last = COUNTER_COMMANDS - 1;
    const sw_tensor sum = {.name = "sum", .dtype = SW_FLOAT64, .dims = 1, .shape = {2}};
    const sw_tensor seed = {.name = "seed",
                            .dtype = SW_UINT8,
                            .dims = 1,
                            .shape = {8},
                            .low = byte_low,
                            .high = byte_high};
    const sw_tensor add = {.name = "add", .dtype = SW_FLOAT64};
    const sw_tensor command = {.name = "command", .dtype = SW_INT32, .low = &first, .high = &last};

    sw_status st = sw_spec_add_observation(spec, &sum);
    st = st == SW_OK ? sw_spec_add_observation(spec, &seed) : st;
    st = st == SW_OK ? sw_spec_add_action(spec, &add) : st;
    st = st == SW_OK ? sw_spec_add_action(spec, &command) : st;
    st = st == SW_OK ? sw_spec_add_info(spec, "sum", true) : st;
    return st == SW_OK ? sw_spec_add_info(spec, "last", false) : st;
}

static sw_status init(void *env, const sw_value *values)
{
    counter *c = env;
    c->hang_ms = values[HANG_MS].i;
    c->step_us = values[STEP_US].i;
    c->fail_reset = values[FAIL_RESET].i;
    return SW_OK;
}

static void observe(const counter *c, sw_row *row)
{
    double *sum = row->observations[0];
    uint8_t *seed = row->observations[1];
    sum[0] = c->sum;
    sum[1] = c->steps;
    for (int i = 0; i < 8; i++) {
        seed[i] = (uint8_t) (c->seed >> (8 * i));
    }
    row->infos[INFO_SUM] = c->sum;
}

static sw_status reset(void *env, uint64_t seed, sw_row *row)
{
    counter *c = env;
    c->resets++;
    if (c->resets == c->fail_reset) {
        return sw_fail(SW_ENVIRONMENT, "Counter-v0: reset %lld fails, as fail_reset asks",
                       (long long) c->resets);
    }
    c->sum = 0;
    c->steps = 0;
    c->seed = seed;
    observe(c, row);
    return SW_OK;
}

static void sleep_ms(int64_t ms)
{
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void) nanosleep(&time, NULL);
}

static void keep_busy(int64_t us)
{
    for (const int64_t end = clock_ns(CLOCK_MONOTONIC) + 1000 * us;
         clock_ns(CLOCK_MONOTONIC) < end;) {
    }
}

static sw_status step(void *env, sw_row *row)
{
    counter *c = env;
    const double add = *(const double *) row->actions[0];
    const int32_t command = *(const int32_t *) row->actions[1];
    if (c->step_us > 0) {
        keep_busy(c->step_us);
    }
    if (command == COUNTER_FAIL) {
        return sw_fail(SW_ENVIRONMENT, "Counter-v0: the step fails, as the command asks");
    }
    if (command == COUNTER_HANG) {
        sleep_ms(c->hang_ms);
    }
    c->sum += add;
    c->steps++;
    observe(c, row);
    row->infos[INFO_LAST] = add;
    row->reward = command == COUNTER_BAD_REWARD ? (double) NAN : add;
    row->terminated = command == COUNTER_TERMINATE;
    row->truncated = command == COUNTER_TRUNCATE;
    if (command == COUNTER_DIVERGE) {
        *(double *) row->observations[0] = (double) NAN;
    }
    return SW_OK;
}

// ---- state ----------------------------------------------------------------------------------

// counter/1: sum and steps as float64, then the seed and how many resets there were, as int64.
static const char *const state_formats[] = {"counter/1", NULL};

typedef struct saved {
    double sum, steps;
    uint64_t seed;
    int64_t resets;
} saved;

_Static_assert(sizeof(saved) == 32, "a state has no gaps");

static size_t state_size(const void *env, int format)
{
    (void) env;
    (void) format;
    return sizeof(saved);
}

static sw_status save(void *env, int format, void *state)
{
    (void) format;
    const counter *c = env;
    const saved s = {c->sum, c->steps, c->seed, c->resets};
    memcpy(state, &s, sizeof(s));
    return SW_OK;
}

static sw_status load(void *env, int format, const void *state, sw_row *row)
{
    (void) format;
    counter *c = env;
    saved s;
    memcpy(&s, state, sizeof(s));
    if (!isfinite(s.sum) || !(s.steps >= 0 && s.steps < INFINITY) || s.resets < 0) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "Counter-v0: state: sum %g, steps %g and resets %lld cannot be", s.sum,
                       s.steps, (long long) s.resets);
    }
    c->sum = s.sum;
    c->steps = s.steps;
    c->seed = s.seed;
    c->resets = s.resets;
    observe(c, row);
    return SW_OK;
}

static void close_env(void *env)
{
    (void) env;
}

const sw_env_class classic_counter_v0 = {
    .id = "Counter-v0",
    .doc = "adds up its actions; on command 1 terminates, 2 truncates, 3 fails, 4 hangs, 5 or 6 "
           "gives NaN as observation or reward",
    .settings = settings,
    .setting_count = SETTINGS,
    .env_size = sizeof(counter),
    .describe = describe,
    .init = init,
    .reset = reset,
    .step = step,
    .close = close_env,
    .state_formats = state_formats,
    .state_size = state_size,
    .save = save,
    .load = load,
};
