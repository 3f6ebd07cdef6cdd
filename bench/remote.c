#include "remote.h"

#include "bench.h"

sw_status remote_open(const char *endpoint, const char *task, int groups, int rows, remote *r)
{
    *r = (remote){.pool = NULL};
    const sw_pool_options options = {
        .endpoints = &endpoint,
        .endpoint_count = 1,
        .rows = rows,
        .groups = groups,
        .client = SW_CLIENT_OPTIONS,
        .session = {.env_id = task, .seed = REMOTE_SEED},
    };
    sw_status st = sw_pool_open(&options, &r->pool);
    if (st != SW_OK) {
        return st;
    }
    const sw_spec *spec = sw_pool_spec(r->pool);
    if (spec->action_count != 1) {
        return sw_fail(SW_UNIMPLEMENTED, "%s: %d action tensors; measured are tasks with one", task,
                       spec->action_count);
    }
    st = actions_draw(&spec->actions[0], rows, &r->actions);
    for (int g = 0; g < groups && st == SW_OK; g++) {
        const sw_batch *batch;
        st = sw_pool_reset(r->pool, g, NULL);
        st = st == SW_OK ? sw_pool_recv(r->pool, g, &batch) : st;
    }
    return st;
}

void remote_close(remote *r)
{
    sw_pool_close(r->pool);
    actions_free(&r->actions);
}

static sw_status send(remote *r, int group)
{
    const void *tensors[] = {actions_at(&r->actions, r->turn, sw_pool_first_row(r->pool, group))};
    return sw_pool_send(r->pool, group, tensors);
}

sw_status remote_step(remote *r, double seconds, double *steps_per_second)
{
    const int groups = sw_pool_groups(r->pool);
    const double start = bench_now();
    const int64_t before = r->steps;
    sw_status st = SW_OK;
    for (int g = 0; g < groups && st == SW_OK; g++) {
        st = send(r, g);
    }
    for (bool last = false; !last && st == SW_OK;) {
        last = bench_now() - start > seconds;
        r->turn++;
        for (int g = 0; g < groups && st == SW_OK; g++) {
            const sw_batch *batch;
            st = sw_pool_recv(r->pool, g, &batch);
            r->steps += st == SW_OK ? batch->rows : 0;
            if (st == SW_OK && !last) {
                st = send(r, g);
            }
        }
    }
    *steps_per_second = (double) (r->steps - before) / (bench_now() - start);
    return st;
}
