// config.h -- what a run is made of, and config.yaml, which says so.
//
// A config is put together from assignments `key: value`, the later ones winning:
//
//     the algorithm's defaults < its preset for the task < --config FILE < flags and --set
//
// Keys: env, algo; preset, which is paper, tuned or none; envs, groups, steps, seed, eval_every;
// the algorithm's hyper-parameters; and env.NAME for a setting of the task, whose type and range
// only the server knows. In a file the last kind stands without its prefix in a map called
// env_settings; everything else is flat.
#ifndef STORE_CONFIG_H
#define STORE_CONFIG_H

#include "algo.h"
#include "arena.h"

enum {
    CONFIG_MAX_PARAMS = 64,    // hyper-parameters of one algorithm
    CONFIG_MAX_VALUE = 511,    // bytes of a value as text
    CONFIG_MAX_ITEMS = 256,    // assignments in a file
    CONFIG_MAX_FILE = 1 << 16  // bytes
};

// Which section of preset.h's files.
typedef enum preset_kind { PRESET_NONE, PRESET_PAPER, PRESET_TUNED, PRESET_KINDS } preset_kind;

typedef struct config_setting {
    char name[SW_MAX_NAME + 1];
    char value[CONFIG_MAX_VALUE + 1];
} config_setting;

// Plain data: copy it as you like.
typedef struct config {
    const algo_class *algo;
    char env[SW_MAX_NAME + 1];
    preset_kind preset;  // what it began with
    int64_t envs;        // rows of the pool
    int64_t groups;      // <= envs
    int64_t steps;       // transitions
    int64_t seed;
    int64_t eval_every;        // transitions from one evaluation to the next; 0: there are none
    int64_t checkpoint_every;  // transitions; 0: by time
    int64_t keep;              // checkpoints that stay
    int64_t no_replay;         // 1: checkpoints without the replay
    sw_value params[CONFIG_MAX_PARAMS];  // [algo->param_count]
    config_setting settings[SW_MAX_SETTINGS];
    int setting_count;
} config;

// Assignments from one place.
typedef struct config_source {
    const char *origin;  // what an error calls it: a file's name, "command line"
    const sw_assignment *items;
    int count;
} config_source;

// The file form of a source.
typedef struct config_file {
    sw_assignment items[CONFIG_MAX_ITEMS];
    int count;
    arena text;
} config_file;

// What every algorithm's runs have: envs, groups, steps, seed, eval_every; for lists and --help. A
// groups of 0 means: 2 if there are 2 environments or more, else 1.
const sw_setting *config_common(int *count);

// The value of the i-th of them.
sw_value config_common_value(const config *c, int i);

// Writes the value of a key as text, cut to size - 1 bytes; "" for a setting of the task that is
// not set, and for what is no option.
void config_print_value(const config *c, const char *key, char *text, size_t size);

// Writes the options in which a run differs from what it was, as "hidden (it was 64,64), envs (it
// was 4)", cut to size - 1 bytes; "" if there are none. Both have the same algorithm.
void config_print_changes(const config *was, const config *c, char *text, size_t size);

// SW_NOT_FOUND naming what is unknown and what there is; `origin` as in config_source.
sw_status config_find_algo(const char *origin, const char *name, const algo_class **class);

// Puts sources [count] together, the later ones winning; defaults and preset come before them.
// SW_NOT_FOUND naming an unknown algorithm, key or preset and what there is; SW_INVALID_ARGUMENT if
// env or algo is missing or a value does not fit.
sw_status config_resolve(const config_source *sources, int count, config *c);

// Reads a file of assignments; config_file_free() it. SW_IO; SW_TOO_LARGE; SW_INVALID_ARGUMENT with
// file and line if it is not a flat map of plain values.
sw_status config_read(const char *path, config_file *file);

// The same from memory: `path` is only for messages.
sw_status config_parse(const char *path, const void *data, size_t bytes, config_file *file);

// The same for a map of such maps: a key has its section before it, as in "tuned.horizon".
sw_status config_parse_sections(const char *path, const void *data, size_t bytes,
                                config_file *file);

// A zeroed file is allowed.
void config_file_free(config_file *file);

// Writes all of `c` as text, so that config_parse() and config_resolve() make the same config
// again: its preset is none, because the values it brought are there. The caller's to free().
sw_status config_text(const config *c, char **text);

// The task settings as the pool wants them, into out [SW_MAX_SETTINGS]; valid as long as `c`.
void config_assignments(const config *c, sw_assignment *out);

#endif
