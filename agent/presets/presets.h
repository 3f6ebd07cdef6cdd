// presets.h -- what an algorithm is best run with on a task: the files ALGO/TASK.yaml beside this
// one, as they stand, compiled into the program. store/preset.h reads them.
#ifndef PRESETS_PRESETS_H
#define PRESETS_PRESETS_H

#include <stddef.h>

typedef struct preset_file {
    const char *algo;
    const char *env;
    const char *path;  // "ppo/Hopper-v5.yaml"
    const char *text;  // YAML, [size] bytes, not terminated
    size_t size;
} preset_file;

// All of them, [*count], in the order of their paths.
const preset_file *preset_files(int *count);

// NULL if there is none for the pair.
const preset_file *preset_file_find(const char *algo, const char *env);

#endif
