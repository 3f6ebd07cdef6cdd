#include "fate.h"

#include <inttypes.h>
#include <math.h>

// A quarter of all connections end early: in the greeting, the handshake or the first message.
enum { EARLY_BYTES = 256 };

static uint64_t draw_distance(random_state *r, double mean)
{
    return 1 + (uint64_t) (-mean * log(1 - random_unit(r)));
}

static int draw_ms(random_state *r, int longest_ms)
{
    return (int) random_below(r, (uint64_t) longest_ms + 1);
}

fate fate_draw(const fate_options *options, int number)
{
    random_state r = random_seed(random_mix(options->seed, 3 * (uint64_t) number));
    fate f = {.number = number};
    f.end = (fate_end) random_below(&r, FATE_ENDS);
    f.from_server = random_below(&r, 2) == 0;
    f.at =
        random_below(&r, 4) == 0 ? random_below(&r, EARLY_BYTES) : draw_distance(&r, options->life);
    f.ms = draw_ms(&r, options->longest_ms);
    f.later = (int64_t) draw_distance(&r, 0.25 * options->life);
    f.abrupt = random_below(&r, 2) == 0;
    f.repeated = random_below(&r, 2) == 0;
    f.repeat_ms = draw_ms(&r, options->longest_ms);
    return f;
}

fate_stall fate_first_stall(const fate_options *options, int number, bool from_server)
{
    const uint64_t flow = 3 * (uint64_t) number + (from_server ? 2 : 1);
    fate_stall s = {.random = random_seed(random_mix(options->seed, flow))};
    fate_next_stall(options, &s);
    return s;
}

void fate_next_stall(const fate_options *options, fate_stall *stall)
{
    stall->at += draw_distance(&stall->random, options->stall);
    stall->ms = draw_ms(&stall->random, options->longest_ms);
}

void fate_print(const fate *f, FILE *out)
{
    static const char *const ends[FATE_ENDS] = {
        [FATE_CUT] = "cut", [FATE_DROP] = "dropped", [FATE_HOLD] = "held back"};
    fprintf(out, "connection %d: %s after %" PRIu64 " bytes from the %s", f->number, ends[f->end],
            f->at, f->from_server ? "server" : "client");
    if (f->end != FATE_CUT) {
        fprintf(out, ", closed %d ms later", f->ms);
    }
    if (f->end == FATE_HOLD) {
        fprintf(out, ", let go %" PRId64 " bytes later", f->later);
    }
    fprintf(out, "%s", f->abrupt ? ", by a reset" : "");
    if (f->repeated) {
        fprintf(out, ", repeated %d ms after its end", f->repeat_ms);
    }
    fprintf(out, "\n");
}
