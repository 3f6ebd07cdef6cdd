// things.h -- something to save: a part of a checkpoint with an array of every kind.
#ifndef THINGS_H
#define THINGS_H

#include <math.h>
#include <stdlib.h>

#include "checkpoint.h"
#include "file.h"
#include "test.h"

enum { THINGS_LINES = 5, THINGS_MANY = 600000 };

// A part with an array of every kind.
typedef struct things {
    float floats[2][3];
    double number;
    int64_t counter;
    uint64_t random[4];
    uint8_t bytes[5];
    float history[THINGS_LINES][2];  // of which `used` lines count
    int64_t used;
    double *replay;  // [THINGS_MANY], of which replay_used count; NULL: there is none
    int64_t replay_used;
} things;

static inline sw_status things_show(void *self, algo_visit visit, void *context)
{
    things *t = self;
    const algo_tensor arrays[] = {
        {"policy.bytes", ALGO_U8, 1, {5}, t->bytes, NULL},
        {"policy.floats", ALGO_F32, 2, {2, 3}, t->floats, NULL},
        {"number", ALGO_F64, 0, {0}, &t->number, NULL},
        {"counter", ALGO_I64, 0, {0}, &t->counter, NULL},
        {"random", ALGO_U64, 1, {4}, t->random, NULL},
        {"history", ALGO_F32, 2, {THINGS_LINES, 2}, t->history, &t->used},
        {"replay.records", ALGO_F64, 1, {THINGS_MANY}, t->replay, &t->replay_used},
    };
    const int count = t->replay != NULL ? 7 : 6;
    sw_status st = SW_OK;
    for (int i = 0; st == SW_OK && i < count; i++) {
        st = visit(context, &arrays[i]);
    }
    return st;
}

static const checkpoint_about things_about = {
    .algo = "fake", .env = "Fake-v0", .steps = 12, .config = "env: Fake-v0\n"};

static const things things_example = {.floats = {{1, -0.0F, 3.5F}, {4, INFINITY, 6}},
                                      .number = 1.0 / 3,
                                      .counter = INT64_MIN,
                                      .random = {1, UINT64_MAX, 3, 4},
                                      .bytes = {1, 2, 3, 254, 255},
                                      .history = {{1, 2}, {3, 4}, {5, 6}},
                                      .used = 3};

static inline checkpoint_part things_part(things *t)
{
    return (checkpoint_part){things_show, t};
}

static inline sw_status things_save(const char *path, const things *t)
{
    things copy = *t;
    const checkpoint_part part = things_part(&copy);
    return checkpoint_write(path, &things_about, &part, 1, true);
}

static inline sw_status things_load(const char *path, things *t)
{
    const checkpoint_part part = things_part(t);
    checkpoint *c;
    sw_status st = checkpoint_open(path, &c);
    if (st != SW_OK) {
        return st;
    }
    st = checkpoint_check(c, "fake", "Fake-v0");
    if (st == SW_OK) {
        st = checkpoint_read(c, &part, 1);
    }
    checkpoint_close(c);
    return st;
}

#endif
