// counter.h -- the commands of Counter-v0, for those who send them.
#ifndef COUNTER_H
#define COUNTER_H

// Values of its action "command".
enum counter_command {
    COUNTER_GO_ON,
    COUNTER_TERMINATE,
    COUNTER_TRUNCATE,
    COUNTER_FAIL,        // the step returns SW_ENVIRONMENT
    COUNTER_HANG,        // the step takes hang_ms longer
    COUNTER_DIVERGE,     // NaN in the observation
    COUNTER_BAD_REWARD,  // NaN as reward
    COUNTER_COMMANDS
};

#endif
