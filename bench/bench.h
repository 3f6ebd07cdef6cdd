// bench.h -- what all benches share: a clock, pairs of runs, one JSON object.
//
// A budget is a ratio of our figure to the figure of a raw loop that does the same work without us.
// Machines get warmer, busier and slower, so both are measured in one run, in alternating pairs,
// and the median of the pairs' ratios counts.
#ifndef BENCH_H
#define BENCH_H

#include <stepwire/status.h>

enum { BENCH_PAIRS = 5 };

// Seconds since some fixed moment.
double bench_now(void);

// CPU time that a process has used so far, s; 0 is this one. NaN if there is none of that number.
double bench_cpu(int pid);

// The median of `values` [count], count > 0, which are sorted by it.
double bench_median(double *values, int count);

// One side of a comparison: works for at least `seconds` and gives its figure.
typedef sw_status (*bench_side)(void *context, double seconds, double *figure);

typedef struct bench_result {
    double ratio;  // median over the pairs of ours / raw
    double ours;   // median over the pairs
    double raw;    // likewise
} bench_result;

// Runs ours, raw, ours, raw... BENCH_PAIRS times each; first a tenth as long, once each, for
// warming up. Errors of the sides.
sw_status bench_compare(bench_side ours, bench_side raw, void *context, double seconds,
                        bench_result *result);

// How long each side runs: the number after `--seconds`, else 2. SW_INVALID_ARGUMENT naming what
// else is on the command line.
sw_status bench_seconds(int argc, char **argv, double *seconds);

typedef struct bench_field {
    const char *name;
    double value;
} bench_field;

// Prints one JSON object to standard output: fields [count], the machine's cores, and the kind of
// core that BLAS chose, `blas_core`; NULL: no BLAS here.
void bench_print(const bench_field *fields, int count, const char *blas_core);

// Prints the same but for the brace that opens the object.
void bench_print_fields(const bench_field *fields, int count, const char *blas_core);

#endif
