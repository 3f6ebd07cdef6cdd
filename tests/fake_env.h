// fake_env.h -- Fake-v0, an environment all of whose outcomes are known beforehand.
//
//   observations  "state" float64 [3]: sum of everything added, steps taken, seed % 1000
//                 "parity" int32 []: steps taken % 2
//   actions       "add" float64 [2] in [-1, 1], "command" int64 [] of fake_command
//   reward        scale * (add[0] + add[1])
//   infos         "sum" at reset too, "steps" not
//   time limit    100 steps
//   pictures      a pixel is (steps % 256, its column % 256, its row % 256); camera "side" has 255
//                 for red, "broken" fails
//   states        "fake/all": a fake_state; "fake/sum": the sum alone, with 0 steps and seed 0
#ifndef FAKE_ENV_H
#define FAKE_ENV_H

#include <stepwire/env.h>

typedef enum fake_command {
    FAKE_GO_ON,
    FAKE_TERMINATE,
    FAKE_TRUNCATE,
    FAKE_ERROR,            // step returns an error, after spoiling the observation
    FAKE_NAN_OBSERVATION,  // in "state"
    FAKE_NAN_REWARD,
    FAKE_HUGE,        // sum becomes 1e300, which no float32 holds
    FAKE_LAST_RESET,  // terminates, and the next reset returns an error
    FAKE_WAIT,        // step does not return before a byte can be read from setting `gate`
    FAKE_NO_SAVE,     // from now on save returns an error
    FAKE_NO_LOAD,     // likewise load
    FAKE_COMMANDS
} fake_command;

enum {
    FAKE_STATE = 3,
    FAKE_ADD = 2,
    FAKE_INFOS = 2,
    FAKE_LIMIT = 100,
    FAKE_BAD_SEED = 13,  // reset returns an error
    FAKE_NAN_SEED = 14   // reset gives an observation that is not finite
};

// What "fake/all" is. Load refuses negative steps and a seed that is not in 0 ... 999, but takes
// the sum over first.
typedef struct fake_state {
    double sum;
    int64_t steps, seed;
    uint64_t fails;  // on what: the bits of the commands obeyed
} fake_state;

// Settings: "scale" float64 in [0, 10], "gate" int64 file descriptor, "init_fails" bool.
extern const sw_env_class fake_env;

#endif
