// stepwire/spec.h -- what a task looks like from outside: tensors, settings, info columns.
//
// The same types describe a task to its author (env.h), on the server (server.h) and to whoever
// learns it (client.h, pool.h).
#ifndef STEPWIRE_SPEC_H
#define STEPWIRE_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <stepwire/status.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- tensors --------------------------------------------------------------------------------

// The numbers are the protocol's.
typedef enum sw_dtype {
    SW_UINT8 = 1,
    SW_INT32 = 2,
    SW_INT64 = 3,
    SW_FLOAT32 = 4,
    SW_FLOAT64 = 5
} sw_dtype;

enum {
    SW_MAX_DIMS = 4,            // of one tensor, rows not counted
    SW_MAX_TENSORS = 16,        // observations, or actions, of one task
    SW_MAX_ELEMENTS = 1 << 22,  // of all observations, or all actions, of one row together
    SW_MAX_NAME = 63,           // bytes in any name or task id
    SW_MAX_INFOS = 256,
    SW_MAX_SETTINGS = 64,
    SW_MAX_AGENTS = 1024
};

// One array of one row. Shape [] is a single number. An int32 or int64 tensor is a category per
// element (high - low + 1 of them: shape [] is Gymnasium's Discrete, [n] MultiDiscrete); uint8 and
// floats are quantities.
typedef struct sw_tensor {
    const char *name;
    sw_dtype dtype;
    int dims;                    // how many entries of `shape` count; 0: a single number
    int64_t shape[SW_MAX_DIMS];  // each > 0
    const double *low;           // [elements] inclusive bounds, -inf where there is none;
    const double *high;          //   NULL given to sw_spec_add_*: unbounded. Never NULL in a spec
} sw_tensor;

// Bytes of one element; 0 for a number that is no dtype.
SW_API size_t sw_dtype_size(sw_dtype dtype);

// "float32" and so on; "?" for a number that is no dtype.
SW_API const char *sw_dtype_name(sw_dtype dtype);

// Product of the shape; 1 for shape [].
SW_API int64_t sw_tensor_elements(const sw_tensor *tensor);


// ---- settings -------------------------------------------------------------------------------

typedef enum sw_setting_type {
    SW_BOOL = 1,
    SW_INT = 2,     // int64
    SW_FLOAT = 3,   // float64
    SW_STRING = 4,  // at most SW_MAX_TEXT bytes
    SW_VECTOR = 5   // float64 [length]; a range is a vector of 2, +-inf allowed
} sw_setting_type;

enum { SW_MAX_TEXT = 127, SW_MAX_VECTOR = 16 };

// The value of a setting; which member counts is the setting's type.
typedef union sw_value {
    bool b;
    int64_t i;
    double f;
    char s[SW_MAX_TEXT + 1];
    double v[SW_MAX_VECTOR];
} sw_value;

// A named, typed parameter of a task or of an algorithm.
typedef struct sw_setting {
    const char *name;
    sw_setting_type type;
    int length;           // elements of a SW_VECTOR, else 0
    sw_value initial;     // the default
    double low, high;     // inclusive range of a number and of each vector element; both 0: any
    const char *choices;  // of a SW_STRING: what is allowed, e.g. "tanh|relu"; NULL: any
    const char *doc;      // one sentence with the unit
} sw_setting;

// Reads a value as a person writes it: true/false/1/0; 5 or 1e6; 0.5, inf; [0.7, inf] or 0.7,inf.
// SW_INVALID_ARGUMENT naming the setting, its type and its range if `text` does not fit.
SW_API sw_status sw_setting_parse(const sw_setting *setting, const char *text, sw_value *value);

// Checks a value that came from elsewhere against type, range and choices; same error.
SW_API sw_status sw_setting_check(const sw_setting *setting, const sw_value *value);

// Writes a value so that sw_setting_parse() reads the same value back. Returns the length without
// the terminating 0; the text is cut to size - 1 bytes. 512 bytes are always enough.
SW_API size_t sw_setting_print(const sw_setting *setting, const sw_value *value, char *text,
                               size_t size);


// ---- the spec -------------------------------------------------------------------------------

// One number per row that a step reports besides the reward. A value of n elements is n columns
// name[0] ... name[n-1].
typedef struct sw_info {
    const char *name;
    bool at_reset;  // false: NaN in the reply that begins an episode
} sw_info;

// A task under given settings. Owns everything it points to.
typedef struct sw_spec {
    const char *id;
    int observation_count, action_count, info_count, setting_count;
    sw_tensor *observations;  // [observation_count]
    sw_tensor *actions;       // [action_count]
    sw_info *infos;           // [info_count]
    sw_setting *settings;     // [setting_count]
    double reward_low;        // inclusive; -inf and inf where there is no bound
    double reward_high;
    int64_t max_episode_steps;  // truncation after so many steps; 0: none
    double dt;                  // simulated seconds per step; 0: not a matter of time
    int agents;                 // rows that one environment owns; >= 1
    bool supports_state;        // GetState and SetState work
    bool supports_render;       // Render works
} sw_spec;

// An empty spec: no tensors, reward unbounded, one agent, no time limit.
SW_API sw_status sw_spec_init(sw_spec *spec, const char *id);

// Frees what the spec owns. NULL and a zeroed spec are allowed.
SW_API void sw_spec_free(sw_spec *spec);

// Each appends a copy of what it is given. SW_INVALID_ARGUMENT naming the task and the item if a
// limit above is passed, a name is empty or taken, or a bound is NaN or low > high; then the spec
// is as it was.
SW_API sw_status sw_spec_add_observation(sw_spec *spec, const sw_tensor *tensor);
SW_API sw_status sw_spec_add_action(sw_spec *spec, const sw_tensor *tensor);
SW_API sw_status sw_spec_add_info(sw_spec *spec, const char *name, bool at_reset);
SW_API sw_status sw_spec_add_setting(sw_spec *spec, const sw_setting *setting);

// The index of the setting called `name`; -1 if there is none.
SW_API int sw_spec_find_setting(const sw_spec *spec, const char *name);


// ---- rows -----------------------------------------------------------------------------------

// What a reply says of a row, or-ed together. The numbers are the protocol's.
typedef enum sw_flag {
    SW_TERMINATED = 1,  // the MDP reached an absorbing state: the value of what follows is 0
    SW_TRUNCATED = 2,   // cut off from outside: the value of what follows is not 0
    SW_FIRST = 4,       // the observation starts a new episode
    SW_FAULTY = 8       // the step did not happen; reward 0; drop this transition
} sw_flag;

typedef enum sw_autoreset {
    SW_SAME_STEP = 1,  // the reply that ends an episode also begins the next one
    SW_NEXT_STEP = 2,  // the step after the end begins the next one (Gymnasium 1.x)
    SW_DISABLED = 3    // the client resets
} sw_autoreset;

#ifdef __cplusplus
}
#endif

#endif
