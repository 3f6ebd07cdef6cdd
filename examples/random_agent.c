// random_agent.c -- eight environments of any task, random actions, the return of every episode.
//
//     random_agent [ENDPOINT [TASK [STEPS]]]
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <stepwire/pool.h>

enum { ROWS = 8, GROUPS = 2 };

// A random value of element e of an action: anything within its bounds, [-1, 1] where it has none.
static double draw(const sw_tensor *action, int64_t e)
{
    const double low = isinf(action->low[e]) ? -1 : action->low[e];
    const double high = isinf(action->high[e]) ? 1 : action->high[e];
    const int whole = action->dtype != SW_FLOAT32 && action->dtype != SW_FLOAT64;
    const double x = low + (high - low + whole) * rand() / (RAND_MAX + 1.0);
    return whole ? floor(x) : x;
}

// Fills out [rows, shape...].
static void act(const sw_tensor *action, int rows, void *out)
{
    const int64_t elements = sw_tensor_elements(action);
    for (int64_t i = 0; i < rows * elements; i++) {
        const double x = draw(action, i % elements);
        switch (action->dtype) {
        case SW_UINT8: ((uint8_t *) out)[i] = (uint8_t) x; break;
        case SW_INT32: ((int32_t *) out)[i] = (int32_t) x; break;
        case SW_INT64: ((int64_t *) out)[i] = (int64_t) x; break;
        case SW_FLOAT32: ((float *) out)[i] = (float) x; break;
        case SW_FLOAT64: ((double *) out)[i] = x; break;
        }
    }
}

// Adds up rewards and prints the return of each episode that ended.
static void score(const sw_batch *batch, int first_row, double *returns)
{
    for (int i = 0; i < batch->rows; i++) {
        returns[first_row + i] += batch->rewards[i];
        if (batch->flags[i] & (SW_TERMINATED | SW_TRUNCATED)) {
            printf("row %d: return %.2f\n", first_row + i, returns[first_row + i]);
            returns[first_row + i] = 0;
        }
    }
}

// While one group simulates, the other one's actions are chosen.
static sw_status play(sw_pool *pool, int steps, void *const *actions)
{
    const sw_spec *spec = sw_pool_spec(pool);
    double returns[ROWS] = {0};
    sw_status st = SW_OK;
    for (int g = 0; st == SW_OK && g < GROUPS; g++) {
        st = sw_pool_reset(pool, g, NULL);
    }
    for (int turn = 0, g = 0; st == SW_OK && turn < steps * GROUPS; turn++, g = turn % GROUPS) {
        const sw_batch *batch;
        st = sw_pool_recv(pool, g, &batch);
        if (st == SW_OK) {
            score(batch, sw_pool_first_row(pool, g), returns);
            for (int a = 0; a < spec->action_count; a++) {
                act(&spec->actions[a], batch->rows, actions[a]);
            }
            st = sw_pool_send(pool, g, (const void *const *) actions);
        }
    }
    return st;
}

int main(int argc, char **argv)
{
    const char *endpoint = argc > 1 ? argv[1] : "tcp://127.0.0.1:5555";
    const sw_pool_options options = {
        .endpoints = &endpoint,
        .endpoint_count = 1,
        .rows = ROWS,
        .groups = GROUPS,
        .client = SW_CLIENT_OPTIONS,
        .session = {.env_id = argc > 2 ? argv[2] : "CartPole-v1", .seed = 1}};
    void *actions[SW_MAX_TENSORS] = {NULL};
    sw_pool *pool = NULL;
    sw_status st = sw_pool_open(&options, &pool);
    if (st == SW_OK) {
        for (int a = 0; a < sw_pool_spec(pool)->action_count; a++) {
            actions[a] = calloc(ROWS * sw_tensor_elements(&sw_pool_spec(pool)->actions[a]), 8);
        }
        st = play(pool, argc > 3 ? atoi(argv[3]) : 1000, actions);
    }
    if (st != SW_OK) {
        fprintf(stderr, "random_agent: %s\n", sw_last_error());
    }
    for (int a = 0; a < SW_MAX_TENSORS; a++) {
        free(actions[a]);
    }
    sw_pool_close(pool);
    return st != SW_OK;
}
