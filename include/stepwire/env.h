// stepwire/env.h -- what a simulator author implements: one const sw_env_class per task.
//
// Life of an environment, all of it driven by the server:
//
//      init            step: neither terminated nor truncated
//    --------> [new]      .------.
//                | reset  |      |
//                '----> [running]<'
//                .---->   | step: terminated or truncated, or its time limit
//                | reset  v
//                '---- [ended]          reset and close: from any state
//
// No threads, batching, sockets, time limits or automatic resets in an environment: the server does
// those once for everyone. The functions of one environment are never called at the same time, but
// one after the other on any thread; those of two environments may run at the same time.
#ifndef STEPWIRE_ENV_H
#define STEPWIRE_ENV_H

#include <stepwire/spec.h>

#ifdef __cplusplus
extern "C" {
#endif

// One agent's line: where its action stands and where its outcome goes. All memory is the server's,
// 64-byte aligned, in the dtypes and shapes of the spec, and the environment's to use until the
// call returns.
typedef struct sw_row {
    const void *const *actions;  // [action_count]; not to be read in reset
    void *const *observations;   // [observation_count]
    double *infos;               // [info_count]; all NaN before each call
    double reward;               // 0 before each call; ignored after reset
    bool terminated;             // false before each call; ignored after reset
    bool truncated;              // likewise. The server adds the time limit by itself
} sw_row;

// A picture to be drawn.
typedef struct sw_picture {
    int width, height;   // pixels
    const char *camera;  // name; empty: the task's own
    unsigned char *rgb;  // [height, width, 3], top row first
} sw_picture;

typedef struct sw_env_class {
    const char *id;              // task id, e.g. "Hopper-v5"
    const char *doc;             // one sentence for lists
    const sw_setting *settings;  // [setting_count]
    int setting_count;
    size_t env_size;  // bytes of one environment

    // Adds tensors, infos, reward range, max_episode_steps and dt of the task under `settings`
    // [setting_count], which are checked and complete, to a fresh spec that has the settings
    // already.
    sw_status (*describe)(const sw_value *settings, sw_spec *spec);

    // Prepares an environment in env_size zeroed, 64-byte aligned bytes. On failure close is called
    // too, so it must accept what init left. May load files and take its time.
    sw_status (*init)(void *env, const sw_value *settings);

    // Starts an episode. Equal seeds give equal episodes, bit for bit, whatever came before.
    // An error ends the session with ENVIRONMENT.
    sw_status (*reset)(void *env, uint64_t seed, sw_row *rows);

    // Applies the actions; what it writes is the state after them. An error, or a reward or float
    // observation that is not finite, makes the rows FAULTY: then reset, load or close comes next.
    // Actions are finite; integer ones are within their bounds, float ones need not be.
    sw_status (*step)(void *env, sw_row *rows);

    // Releases what init took. Never fails.
    void (*close)(void *env);

    // Optional, NULL: there are no pictures of the task. Draws the state and changes nothing that a
    // later step, reset or save could show. Only after a reset or load, and not after a step that
    // failed. SW_NOT_FOUND listing the cameras if there is none of that name.
    sw_status (*render)(void *env, const sw_picture *picture);

    // Optional, all four or none: the state as bytes, of which GetState and SetState are made.
    //
    // Formats have names and are numbered by their place in the list. Format 0 is the task's own: a
    // loaded environment goes on as the saved one would, bit for bit. The others are for exchange
    // with other programs, and loading one begins an episode.
    const char *const *state_formats;  // names, up to a NULL

    // Bytes of a state; the same for the whole life of an environment and for equal settings. The
    // memory of a state is 64-byte aligned.
    size_t (*state_size)(const void *env, int format);

    // Writes state_size() bytes; changes nothing. Called when render may be. An error is that of
    // GetState: ENVIRONMENT, and the session goes on.
    sw_status (*save)(void *env, int format, void *state);

    // Takes a state over, after init and at any time since, and writes what reset writes:
    // observations, and the infos that are there at a reset. The bytes come from outside: sizes and
    // indices in them must be checked: SW_INVALID_ARGUMENT. On failure the environment may be in
    // any state, because the server resets it or loads what was there before.
    sw_status (*load)(void *env, int format, const void *state, sw_row *rows);
} sw_env_class;

#ifdef __cplusplus
}
#endif

#endif
