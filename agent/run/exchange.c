// exchange.c -- see the header. One set of action arrays serves all groups: sending copies them.
#include "exchange.h"

#include <stdlib.h>

#include "clock.h"

static int largest_group(const sw_pool *pool)
{
    int most = 0;
    for (int g = 0; g < sw_pool_groups(pool); g++) {
        const int rows = sw_pool_rows(pool, g);
        most = rows > most ? rows : most;
    }
    return most;
}

sw_status exchange_init(exchange *x, sw_pool *pool, const volatile sig_atomic_t *interrupts,
                        int patience)
{
    *x = (exchange){.pool = pool, .interrupts = interrupts, .patience = patience};
    const sw_spec *spec = sw_pool_spec(pool);
    const size_t rows = (size_t) largest_group(pool);
    for (int i = 0; i < spec->action_count; i++) {
        const sw_tensor *t = &spec->actions[i];
        x->actions[i] = calloc(rows * (size_t) sw_tensor_elements(t), sw_dtype_size(t->dtype));
        if (x->actions[i] == NULL) {
            exchange_free(x);
            return sw_fail(SW_NO_MEMORY, "no memory for the actions of %zu rows", rows);
        }
    }
    return SW_OK;
}

void exchange_free(exchange *x)
{
    for (int i = 0; i < SW_MAX_TENSORS; i++) {
        free(x->actions[i]);
    }
    *x = (exchange){0};
}

sw_status exchange_reset(exchange *x)
{
    sw_status st = SW_OK;
    for (int g = 0; st == SW_OK && g < sw_pool_groups(x->pool); g++) {
        st = sw_pool_reset(x->pool, g, NULL);
    }
    return st;
}

// Somebody wants to stop: has there been enough time for it, or is no server there with which to go
// on until then?
static bool must_stop(exchange *x)
{
    if (x->interrupts == NULL || *x->interrupts == 0) {
        return false;
    }
    const double now = clock_seconds();
    x->asked_s = x->asked_s > 0 ? x->asked_s : now;
    sw_pool_counts counts;
    sw_pool_count(x->pool, &counts);
    return *x->interrupts >= x->patience || now - x->asked_s >= EXCHANGE_FINISH_S ||
           counts.stranded > 0;
}

sw_status exchange_recv(exchange *x, int group, const sw_batch **batch)
{
    sw_status st = SW_INTERRUPTED;
    while (st == SW_INTERRUPTED) {
        if (must_stop(x)) {
            return sw_fail(SW_INTERRUPTED, "interrupted");
        }
        st = sw_pool_recv(x->pool, group, batch);
    }
    return st;
}

sw_status exchange_send(exchange *x, int group)
{
    return sw_pool_send(x->pool, group, (const void *const *) x->actions);
}
