// progress.c -- see the header.
#include "progress.h"

#include <math.h>
#include <unistd.h>

// Seconds between two lines.
static const double every_terminal = 0.1, every_file = 5;

void progress_init(progress *p, FILE *out, int64_t total)
{
    *p = (progress){.out = out,
                    .terminal = out != NULL && isatty(fileno(out)),
                    .total = total,
                    .shown = -1e9,
                    .steps = -1};
}

// 75 as "1:15", 4000 as "1:06:40".
static void put_time(FILE *out, double seconds)
{
    const long s = lround(seconds);
    if (s >= 3600) {
        fprintf(out, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    } else {
        fprintf(out, "%ld:%02ld", s / 60, s % 60);
    }
}

static void put_line(const progress *p, const report_row *row)
{
    const double sps = report_sps(row);
    fprintf(p->out, "%lld steps  %3.0f %%  %.0f steps/s  ", (long long) row->steps,
            fmin(100, 100 * (double) row->steps / (double) p->total), sps);
    if (row->episodes > 0) {
        fprintf(p->out, "return %.1f  ", row->return_mean);
    }
    if (row->steps < p->total && sps > 0) {
        put_time(p->out, (double) (p->total - row->steps) / sps);
        fputs(" left", p->out);
    } else {
        put_time(p->out, row->wall_s);
    }
}

static void show(progress *p, const report_row *row)
{
    if (p->terminal) {
        fputs("\r\033[K", p->out);  // to the line's start, and clear it
    }
    put_line(p, row);
    if (!p->terminal) {
        fputc('\n', p->out);
    }
    fflush(p->out);
    p->shown = row->wall_s;
    p->steps = row->steps;
}

void progress_show(progress *p, const report_row *row)
{
    if (p->out != NULL && row->wall_s - p->shown >= (p->terminal ? every_terminal : every_file)) {
        show(p, row);
    }
}

void progress_finish(progress *p, const report_row *row)
{
    if (p->out == NULL) {
        return;
    }
    if (row->steps != p->steps) {
        show(p, row);
    }
    if (p->terminal) {
        fputc('\n', p->out);
    }
}
