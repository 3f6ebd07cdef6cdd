// setup.c -- see the header.
#include "setup.h"

#include <stdlib.h>

#include "machine.h"
#include "pool_ops.h"

setup_rows setup_training_rows(const config *c)
{
    return (setup_rows){
        .rows = (int) c->envs, .groups = (int) c->groups, .seed = (uint64_t) c->seed};
}

setup_rows setup_evaluation_rows(const config *c, int episodes, uint64_t seed)
{
    const int needed = (episodes + (int) c->envs - 1) / (int) c->envs;
    const int usual = episodes >= 2 ? 2 : 1;
    return (setup_rows){.rows = episodes,
                        .groups = needed > usual ? needed : usual,
                        .seed = seed,
                        .evaluates = true};
}

sw_status setup_open_pool(const setup *s, const setup_rows *rows, sw_pool **pool)
{
    sw_assignment settings[SW_MAX_SETTINGS];
    config_assignments(&s->config, settings);
    const sw_pool_options options = {.endpoints = s->servers.endpoints,
                                     .endpoint_count = s->servers.count,
                                     .rows = rows->rows,
                                     .groups = rows->groups,
                                     .client = s->servers.client,
                                     .patience = s->servers.patience,
                                     .session = {.env_id = s->config.env,
                                                 .seed = rows->seed,
                                                 .settings = settings,
                                                 .setting_count = s->config.setting_count,
                                                 .autoreset = SW_SAME_STEP,
                                                 .float32 = true}};
    return sw_pool_open(&options, pool);
}

static sw_status open_algo(setup *s, bool evaluates)
{
    const config *c = &s->config;
    const int rows = (int) c->envs, groups = (int) c->groups;
    s->first_row = calloc((size_t) groups + 1, sizeof(*s->first_row));
    if (s->first_row == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for %d groups", groups);
    }
    for (int g = 0; g <= groups; g++) {
        s->first_row[g] = pool_first_row(rows, groups, g);
    }
    const algo_problem problem = {.spec = sw_pool_spec(s->pool),
                                  .rows = rows,
                                  .groups = groups,
                                  .first_row = s->first_row,
                                  .total_steps = c->steps,
                                  .seed = (uint64_t) c->seed,
                                  .threads = machine_cores(),
                                  .evaluates = evaluates};
    const sw_status st = c->algo->open(&problem, c->params, &s->algo);
    return st == SW_OK ? st : sw_fail(st, "%s on %s: %s", c->algo->name, c->env, sw_last_error());
}

sw_status setup_open(setup *s, const args *a, const setup_rows *rows)
{
    sw_status st = servers_open(&s->servers, a);
    if (st == SW_OK) {
        st = setup_open_pool(s, rows, &s->pool);
    }
    return st == SW_OK ? open_algo(s, rows->evaluates) : st;
}

void setup_close(setup *s)
{
    if (s->algo != NULL) {
        s->config.algo->close(s->algo);
    }
    free(s->first_row);
    sw_pool_close(s->pool);
    servers_close(&s->servers);
}
