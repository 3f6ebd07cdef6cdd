// episode.c -- see the header.
#include "episode.h"

#include <math.h>
#include <stdlib.h>

#include <stepwire/spec.h>

sw_status episodes_init(episodes *e, int rows)
{
    *e = (episodes){.rows = rows};
    e->totals = calloc((size_t) rows, sizeof(*e->totals));
    e->lengths = calloc((size_t) rows, sizeof(*e->lengths));
    return e->totals != NULL && e->lengths != NULL
               ? SW_OK
               : sw_fail(SW_NO_MEMORY, "no memory for %d rows", rows);
}

void episodes_free(episodes *e)
{
    free(e->totals);
    free(e->lengths);
    *e = (episodes){.rows = 0};
}

bool episodes_step(episodes *e, int row, double reward, uint8_t flags, episode *ended)
{
    const bool faulty = (flags & SW_FAULTY) != 0;  // which ends it, too
    if (!faulty) {
        e->totals[row] += reward;
        e->lengths[row]++;
    }
    if ((flags & (SW_TERMINATED | SW_TRUNCATED)) == 0) {
        return false;
    }
    *ended = (episode){.total = e->totals[row], .length = e->lengths[row], .faulty = faulty};
    e->totals[row] = 0;
    e->lengths[row] = 0;
    return true;
}

sw_status episodes_tensors(episodes *e, const tensor_visitor *to)
{
    const algo_tensor parts[] = {{"run.totals", ALGO_F64, 1, {e->rows}, e->totals, NULL},
                                 {"run.lengths", ALGO_I64, 1, {e->rows}, e->lengths, NULL}};
    return tensors_list(to, parts, sizeof(parts) / sizeof(parts[0]));
}

void recent_add(recent *r, const episode *ended)
{
    if (ended->faulty) {
        return;
    }
    const int64_t slot = r->count % EPISODE_RECENT;
    r->totals[slot] = ended->total;
    r->lengths[slot] = (double) ended->length;
    r->count++;
}

sw_status recent_tensors(recent *r, const tensor_visitor *to)
{
    const algo_tensor parts[] = {
        {"run.recent.count", ALGO_I64, 0, {0}, &r->count, NULL},
        {"run.recent.totals", ALGO_F64, 1, {EPISODE_RECENT}, r->totals, NULL},
        {"run.recent.lengths", ALGO_F64, 1, {EPISODE_RECENT}, r->lengths, NULL},
    };
    return tensors_list(to, parts, sizeof(parts) / sizeof(parts[0]));
}

double episode_mean(const double *x, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        sum += x[i];
    }
    return n > 0 ? sum / (double) n : (double) NAN;
}

static int64_t kept(const recent *r)
{
    return r->count < EPISODE_RECENT ? r->count : EPISODE_RECENT;
}

double recent_return(const recent *r)
{
    return episode_mean(r->totals, kept(r));
}

double recent_length(const recent *r)
{
    return episode_mean(r->lengths, kept(r));
}
