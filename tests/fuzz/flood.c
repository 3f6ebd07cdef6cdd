// flood.c -- millions of random messages into the server's core, in any build.
//
//     flood_server MESSAGES SEED
//
// Makes scripts for fuzz_server.c: of each three, one with messages of random bytes, one with
// well-formed messages, one with well-formed messages that were changed afterwards; in all of them
// sessions are opened and reset, so that there is something to harm. Whatever goes wrong aborts the
// program; the same MESSAGES and SEED bring it about again.
#include <stdio.h>
#include <stdlib.h>

#include "random.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    COMMANDS = 100,  // in a script
    LONGEST = 64,    // bytes of a random message
    SCRIPT = COMMANDS * (LONGEST + 8),
    REPORTS = 10  // lines of progress
};

typedef enum kind { RANDOM_BYTES, WELL_FORMED, CHANGED, KINDS } kind;

typedef struct script {
    random_state random;
    uint8_t bytes[SCRIPT];
    size_t size;
    uint64_t messages;  // that it sends
} script;

static uint64_t below(script *s, uint64_t n)
{
    return random_below(&s->random, n);
}

static void put(script *s, uint64_t byte)
{
    s->bytes[s->size++] = (uint8_t) byte;
}

static void put_digit(script *s, uint64_t n)
{
    put(s, '0' + below(s, n));
}

static void put_open(script *s)
{
    put(s, 'o');
    put(s, '1' + below(s, 6));  // a token
    put(s, '1' + below(s, 5));  // rows
    put_digit(s, 4);            // a mode
    put_digit(s, 32);
}

static void put_random_bytes(script *s)
{
    const uint64_t size = below(s, LONGEST);
    put(s, 'M');
    put(s, 0);
    put(s, size);
    for (uint64_t i = 0; i < size; i++) {
        put(s, below(s, 256));
    }
}

static void put_session(script *s)
{
    put(s, below(s, 16) == 0 ? '0' + below(s, 8) : 'a' + below(s, 4));
}

static void put_session_message(script *s)
{
    static const char commands[] = "RRRRrSSssssssssVVGGGTTTTTUUPPNNNC";
    const char command = commands[below(s, sizeof(commands) - 1)];
    put(s, (uint64_t) command);
    put_session(s);
    switch (command) {
    case 'r': put_digit(s, 4); break;
    case 'S': put_digit(s, 12); break;
    case 's': put(s, below(s, 256)); break;
    case 'V':
        put_digit(s, 4);
        put(s, below(s, 200));
        put(s, below(s, 4));
        break;
    case 'G':
        put(s, below(s, 16));
        put(s, below(s, 4));
        break;
    case 'T':
        put(s, below(s, 16));
        put(s, below(s, 4));
        put(s, below(s, 2) * below(s, 256));
        break;
    case 'N':
        put(s, below(s, 256));
        put(s, below(s, 256));
        break;
    default: break;
    }
}

// Something that is no message.
static void put_event(script *s)
{
    static const char events[] = "bhggg.....ttttxgg...";
    static const char rare[] = "dkkkk";
    const char event =
        below(s, 50) == 0 ? rare[below(s, sizeof(rare) - 1)] : events[below(s, sizeof(events) - 1)];
    put(s, (uint64_t) event);
    if (event == 'k' || event == 'x' || event == 't') {
        put_digit(s, event == 't' ? 80 : 4);
    }
}

static void put_change(script *s)
{
    if (below(s, 2) == 0) {
        put(s, '^');
        put(s, below(s, 256));
        put(s, below(s, 256));
    } else {
        put(s, '~');
        put(s, below(s, 64));
    }
}

static void put_message(script *s, kind k)
{
    s->messages++;
    if (below(s, 10) == 0) {
        put_open(s);
    } else if (below(s, 20) == 0) {
        put(s, (uint64_t) "HD!"[below(s, 3)]);
    } else if (k == RANDOM_BYTES && below(s, 2) == 0) {
        put_random_bytes(s);
    } else {
        put_session_message(s);
    }
    if (k == CHANGED && below(s, 2) == 0) {
        put_change(s);
        s->messages++;
    }
}

static void make_script(script *s, uint64_t seed, kind k)
{
    s->random = random_seed(seed);
    s->size = 0;
    s->messages = 0;
    for (int i = 0; i < COMMANDS; i++) {
        if (below(s, 4) == 0) {
            put_event(s);
        } else {
            put_message(s, k);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s MESSAGES SEED\n", argv[0]);
        return 2;
    }
    static script s;
    const uint64_t wanted = strtoull(argv[1], NULL, 10), seed = strtoull(argv[2], NULL, 10);
    uint64_t messages = 0, scripts = 0, reported = 0;
    while (messages < wanted) {
        make_script(&s, random_mix(seed, scripts), (kind) (scripts % KINDS));
        LLVMFuzzerTestOneInput(s.bytes, s.size);
        messages += s.messages;
        scripts++;
        if (messages * REPORTS / (wanted + 1) > reported) {
            reported = messages * REPORTS / (wanted + 1);
            fprintf(stderr, "%llu messages\n", (unsigned long long) messages);
        }
    }
    printf("%llu messages in %llu scripts: no finding\n", (unsigned long long) messages,
           (unsigned long long) scripts);
    return 0;
}
