// episode.c -- see the header.
#include "episode.h"

#include <math.h>

#include <stepwire/spec.h>

bool episode_step(episode *running, double reward, uint8_t flags, episode *ended)
{
    if (flags & SW_FAULTY) {
        running->faulty = true;
    } else {
        running->total += reward;
        running->length++;
    }
    if ((flags & (SW_TERMINATED | SW_TRUNCATED)) == 0) {
        return false;
    }
    *ended = *running;
    *running = (episode){0};
    return true;
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
