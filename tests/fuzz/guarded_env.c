#include "guarded_env.h"

#include <stdlib.h>

// Where in its life an environment is.
typedef enum life {
    NEW,      // initialised, or its last call failed: reset and load alone are allowed
    RUNNING,  // all is allowed
    ENDED,    // all but step
    OPENED = 0x5afe
} life;

// Stands before the fake environment, which keeps the alignment.
typedef struct guard {
    int opened;  // OPENED between init and close
    life life;
} guard;

enum { FAKE = 64 };  // where the fake environment stands

_Static_assert(sizeof(guard) <= FAKE, "a guard stands before the fake environment");

static int count;  // of a test program with one thread

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static guard *check_opened(const void *env)
{
    guard *g = (guard *) env;
    require(g->opened == OPENED);
    return g;
}

static void *fake_of(const void *env)
{
    return (unsigned char *) env + FAKE;
}

static sw_status init(void *env, const sw_value *settings)
{
    guard *g = env;
    require(g->opened == 0);
    g->opened = OPENED;
    count++;
    return fake_env.init(fake_of(env), settings);
}

static void close_env(void *env)
{
    check_opened(env)->opened = 0;
    count--;
    fake_env.close(fake_of(env));
}

static sw_status reset(void *env, uint64_t seed, sw_row *row)
{
    guard *g = check_opened(env);
    const sw_status st = fake_env.reset(fake_of(env), seed, row);
    g->life = st == SW_OK ? RUNNING : NEW;
    return st;
}

static sw_status step(void *env, sw_row *row)
{
    guard *g = check_opened(env);
    const double *add = row->actions[0];
    const int64_t *command = row->actions[1];
    require(g->life == RUNNING);
    require(*command >= 0 && *command < FAKE_COMMANDS);
    require(add[0] - add[0] == 0 && add[1] - add[1] == 0);
    const sw_status st = *command == FAKE_WAIT ? sw_fail(SW_ENVIRONMENT, "no time to wait")
                                               : fake_env.step(fake_of(env), row);
    g->life = st != SW_OK ? NEW : row->terminated || row->truncated ? ENDED : RUNNING;
    return st;
}

static sw_status render(void *env, const sw_picture *picture)
{
    require(check_opened(env)->life != NEW);
    return fake_env.render(fake_of(env), picture);
}

static size_t state_size(const void *env, int format)
{
    check_opened(env);
    require(format == 0 || format == 1);
    return fake_env.state_size(fake_of(env), format);
}

static sw_status save(void *env, int format, void *state)
{
    require(check_opened(env)->life != NEW);
    return fake_env.save(fake_of(env), format, state);
}

// Whether the episode of a loaded state is over is the server's to know.
static sw_status load(void *env, int format, const void *state, sw_row *row)
{
    guard *g = check_opened(env);
    const sw_status st = fake_env.load(fake_of(env), format, state, row);
    g->life = st == SW_OK ? RUNNING : NEW;
    return st;
}

void guarded_env(sw_env_class *task)
{
    *task = fake_env;
    task->env_size = FAKE + fake_env.env_size;
    task->init = init;
    task->close = close_env;
    task->reset = reset;
    task->step = step;
    task->render = render;
    task->state_size = state_size;
    task->save = save;
    task->load = load;
}

int guarded_env_count(void)
{
    return count;
}
