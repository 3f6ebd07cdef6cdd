#include "chunks.h"

#include <math.h>
#include <string.h>

enum {
    CHUNK_NS = 150000,  // of work in one chunk
    WHOLE_NS = 100000   // a job of less is not divided
};

static const double newest = 0.25;  // weight of the last job in the average cost of a row

static int choose_grain(const session *x, int threads)
{
    const double job_ns = chunks_expected_ns(x);
    if (threads == 0) {
        return x->job_rows;
    }
    if (!(job_ns > 0)) {
        return 1;
    }
    if (job_ns < WHOLE_NS) {
        return x->job_rows;
    }
    const int share = (x->job_rows + threads - 1) / threads;
    const double chunks = ceil(job_ns / x->job_rows * share / CHUNK_NS);
    return chunks < share ? (int) ceil(share / chunks) : 1;
}

void chunks_cut(session *x, int threads)
{
    x->rows_taken = 0;
    x->rows_unfinished = x->job_rows;
    x->job_ns = 0;
    x->grain = choose_grain(x, threads);
    memset(x->taken, false, (size_t) chunks_count(x));
}

int chunks_count(const session *x)
{
    return (x->job_rows + x->grain - 1) / x->grain;
}

int chunks_take(session *x, int part, int parts, int *first)
{
    const int chunks = chunks_count(x);
    int chunk = (int) ((int64_t) part * chunks / parts);
    while (x->taken[chunk]) {
        chunk = (chunk + 1) % chunks;
    }
    x->taken[chunk] = true;
    *first = chunk * x->grain;
    const int left = x->job_rows - *first;
    const int count = left < x->grain ? left : x->grain;
    x->rows_taken += count;
    return count;
}

bool chunks_all_taken(const session *x)
{
    return x->rows_taken == x->job_rows;
}

void chunks_drop(session *x)
{
    x->rows_unfinished -= x->job_rows - x->rows_taken;
}

bool chunks_finish(session *x, int count, int64_t ns)
{
    x->job_ns += ns;
    x->rows_unfinished -= count;
    if (x->rows_unfinished > 0) {
        return false;
    }
    double *average = &x->row_ns[x->job];
    const double now = (double) x->job_ns / x->job_rows;
    *average = *average > 0 ? *average + newest * (now - *average) : now;
    return true;
}

double chunks_expected_ns(const session *x)
{
    return x->row_ns[x->job] * x->job_rows;
}
