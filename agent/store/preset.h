// preset.h -- what the files of presets.h say: where a run may begin, instead of at the defaults.
//
// A file ALGO/TASK.yaml has one or two sections, each like a config.yaml without env, algo and
// seed:
//
//     paper:    as the algorithm's paper has it, or its authors' code
//       horizon: 2048
//     tuned:    what is known to be best here
//       horizon: 128
//       env_settings: {max_episode_steps: 500}
#ifndef STORE_PRESET_H
#define STORE_PRESET_H

#include "config.h"

typedef struct preset {
    config_file file;
    const sw_assignment *items[PRESET_KINDS];  // [counts], keys as in config.h
    int counts[PRESET_KINDS];                  // 0: there is no such section
} preset;

// "none", "paper", "tuned".
const char *preset_kind_name(preset_kind kind);

// Reads what there is for the pair, which may be nothing; preset_close() it, and do not copy it.
// SW_INVALID_ARGUMENT with file and line if it is not as above; SW_NO_MEMORY.
sw_status preset_open(const char *algo_name, const char *env, preset *p);

// A zeroed preset is allowed.
void preset_close(preset *p);

// Which section is meant by `wish`, the name of a kind, or NULL: tuned where there is one, else
// none. SW_INVALID_ARGUMENT if it is no such name; SW_NOT_FOUND, saying what there is, if the
// section is missing.
sw_status preset_choose(const preset *p, const config *c, const char *wish, preset_kind *kind);

// The pair has no preset: SW_NOT_FOUND naming the tasks for which the algorithm has any.
sw_status preset_refuse(const char *algo_name, const char *env);

// Writes the kinds there are, as "paper, tuned", cut to size - 1 bytes; "" if there is none.
void preset_print_kinds(const preset *p, char *text, size_t size);

// Writes which preset a run began with, and which of its values the run has that are not the
// defaults, as "tuned: envs=16, horizon=128", cut to size - 1 bytes. Errors of preset_open().
sw_status preset_print_choice(const config *c, char *text, size_t size);

#endif
