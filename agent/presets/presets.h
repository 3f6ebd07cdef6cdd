// presets.h -- what an algorithm is best run with on a task: values that replace its defaults.
#ifndef PRESETS_PRESETS_H
#define PRESETS_PRESETS_H

#include <stepwire/client.h>  // sw_assignment

typedef struct preset {
    const char *algo;
    const char *env;
    const sw_assignment *values;  // [count], keys as in config.yaml
    int count;
    const char *doc;  // where the values come from
} preset;

// All of them, [*count].
const preset *preset_list(int *count);

// NULL if there is none for the pair.
const preset *preset_find(const char *algo, const char *env);

#endif
