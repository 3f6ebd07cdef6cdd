#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

double bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

double bench_cpu(int pid)
{
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0) {
        return NAN;
    }
    return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *) a;
    const double y = *(const double *) b;
    return (x > y) - (x < y);
}

double bench_median(double *values, int count)
{
    qsort(values, (size_t) count, sizeof(*values), compare);
    return 0.5 * (values[(count - 1) / 2] + values[count / 2]);
}

sw_status bench_compare(bench_side ours, bench_side raw, void *context, double seconds,
                        bench_result *result)
{
    double our_figures[BENCH_PAIRS], raw_figures[BENCH_PAIRS], ratios[BENCH_PAIRS];
    for (int i = -1; i < BENCH_PAIRS; i++) {  // -1: warming up
        double a = 0, b = 0;
        const double duration = i < 0 ? 0.1 * seconds : seconds;
        sw_status st = ours(context, duration, &a);
        if (st == SW_OK) {
            st = raw(context, duration, &b);
        }
        if (st != SW_OK) {
            return st;
        }
        if (i >= 0) {
            our_figures[i] = a;
            raw_figures[i] = b;
            ratios[i] = a / b;
        }
    }
    *result = (bench_result){.ratio = bench_median(ratios, BENCH_PAIRS),
                             .ours = bench_median(our_figures, BENCH_PAIRS),
                             .raw = bench_median(raw_figures, BENCH_PAIRS)};
    return SW_OK;
}

sw_status bench_seconds(int argc, char **argv, double *seconds)
{
    double value = 2;
    for (int i = 1; i < argc; i += 2) {
        char *end = "?";
        if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc) {
            value = strtod(argv[i + 1], &end);
        }
        if (*end != '\0' || !(value > 0)) {
            return sw_fail(SW_INVALID_ARGUMENT, "'%s': allowed is --seconds S, S > 0", argv[i]);
        }
    }
    *seconds = value;
    return SW_OK;
}

void bench_print(const bench_field *fields, int count, const char *blas_core)
{
    printf("{");
    bench_print_fields(fields, count, blas_core);
}

void bench_print_fields(const bench_field *fields, int count, const char *blas_core)
{
    for (int i = 0; i < count; i++) {
        printf("\"%s\": ", fields[i].name);
        if (isfinite(fields[i].value)) {
            printf("%.6g, ", fields[i].value);
        } else {
            printf("null, ");  // JSON has no word for it
        }
    }
    printf("\"cores\": %ld", sysconf(_SC_NPROCESSORS_ONLN));
    if (blas_core != NULL) {
        printf(", \"blas_core\": \"%s\"", blas_core);
    }
    printf("}\n");
}
