// machine.c -- see the header.
#define _GNU_SOURCE  // sched_getaffinity()
#include "machine.h"

#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "blas.h"

int machine_cores(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

#if defined(__x86_64__)

static bool is_one_of(const char *name, const char *const *list)
{
    while (*list != NULL && strcmp(*list, name) != 0) {
        list++;
    }
    return *list != NULL;
}

// The core type OpenBLAS should have chosen; NULL if its choice uses what the processor has.
static const char *better_core(const char *chosen)
{
    static const char *const with_avx512[] = {"SkylakeX", "Cooperlake", "SapphireRapids", NULL};
    static const char *const with_avx2[] = {"Haswell", "Zen", "Excavator", NULL};
    if (is_one_of(chosen, with_avx512)) {
        return NULL;
    }
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl")) {
        return "SkylakeX";
    }
    return __builtin_cpu_supports("avx2") && !is_one_of(chosen, with_avx2) ? "Haswell" : NULL;
}

#else

static const char *better_core(const char *chosen)
{
    (void) chosen;  // the mistake is in recognising x86
    return NULL;
}

#endif

void machine_tune_blas(char **argv)
{
    const char *core = better_core(blas_core());
    if (core != NULL && getenv("OPENBLAS_CORETYPE") == NULL &&
        setenv("OPENBLAS_CORETYPE", core, 1) == 0) {
        execv("/proc/self/exe", argv);  // returns only if it fails: then we are slow, not wrong
    }
}
