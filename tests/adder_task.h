// adder_task.h -- what a peer serves: the rows of its one session, and replies about them.
#ifndef TESTS_ADDER_TASK_H
#define TESTS_ADDER_TASK_H

#include <stdlib.h>

#include <stepwire/spec.h>

#include "arena.h"
#include "peer.h"

enum { ADDER_MAX_MESSAGE = 1 << 20, ADDER_MAX_PIXELS = 1 << 16 };

typedef struct adder_task {
    arena arena;  // of the message at hand
    sw_spec spec;

    // the session
    int rows;
    double lease;
    uint64_t answered;  // L
    double sums[PEER_MAX_ROWS];
    double rewards[PEER_MAX_ROWS];
    uint8_t flags[PEER_MAX_ROWS];
    uint64_t seeds[PEER_MAX_ROWS];

    // of the rows in a reply, moved together
    double some_sums[PEER_MAX_ROWS];
    uint64_t some_seeds[PEER_MAX_ROWS];
    uint8_t some_flags[PEER_MAX_ROWS];
    ProtobufCBinaryData observations[1];
    uint8_t rgb[3 * ADDER_MAX_PIXELS];
} adder_task;

// A reply and the messages it may point to.
typedef struct adder_answer {
    Stepwire__Reply reply;
    Stepwire__Error error;
    Stepwire__Welcome welcome;
    Stepwire__Limits limits;
    char *env_ids[1];
    Stepwire__Description description;
    Stepwire__Opened opened;
    Stepwire__ResetDone reset;
    Stepwire__StepDone step;
    Stepwire__SessionStatus status;
    Stepwire__SessionStatus *statuses[1];
    Stepwire__Pong pong;
    ProtobufCBinaryData *blobs;
    Stepwire__States states;
    Stepwire__StateSet state_set;
    Stepwire__Rendered rendered;
    Stepwire__Resumed resumed;
    Stepwire__Closed closed;
} adder_answer;

static inline void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

void adder_task_init(adder_task *p);
void adder_task_free(adder_task *p);

// Does what the request asks for, once per number, and fills in the reply.
void adder_task_answer(adder_task *p, const Stepwire__Request *request, adder_answer *a);

#endif
