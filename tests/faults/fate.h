// fate.h -- what happens to a connection on a bad network, drawn from a seed.
//
// A fate counts bytes, not time, and hangs off the seed and the connection's number alone: the same
// seed breaks the same conversation at the same places.
#ifndef FAULTS_FATE_H
#define FAULTS_FATE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "random.h"

typedef struct fate_options {
    uint64_t seed;
    double life;     // mean bytes until a connection's end comes
    double stall;    // mean bytes, in each direction, between delays
    int longest_ms;  // of any delay
} fate_options;

typedef enum fate_end {
    FATE_CUT,   // both sides are closed, in the middle of whatever was being said
    FATE_DROP,  // from now on all bytes are swallowed; after `ms` it is cut
    FATE_HOLD,  // what the client says from now on is held back; after `ms` it is cut off; when
                // later connections have carried `later` bytes, the server gets what was held back
    FATE_ENDS
} fate_end;

typedef struct fate {
    int number;  // of the connection, from 0
    fate_end end;
    bool from_server;  // whose bytes are counted
    uint64_t at;       // the end comes after so many
    int ms;
    int64_t later;
    bool abrupt;    // cut with a reset
    bool repeated;  // when it has ended, all that the client said is said to the server again...
    int repeat_ms;  // ...after so long
} fate;

fate fate_draw(const fate_options *options, int number);

// A flow of bytes, and where it stops for a while: after `at` bytes, for `ms`.
typedef struct fate_stall {
    random_state random;
    uint64_t at;
    int ms;
} fate_stall;

// The first stall of a flow of connection `number`, and the next one.
fate_stall fate_first_stall(const fate_options *options, int number, bool from_server);
void fate_next_stall(const fate_options *options, fate_stall *stall);

// One line for people.
void fate_print(const fate *f, FILE *out);

#endif
