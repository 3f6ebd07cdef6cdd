// fuzz_server.c -- no sequence of messages, repetitions, delays and silences does harm.
//
// Input: a script of one-letter commands that drives a core by hand. Digits name sessions (1 is the
// first that was opened), tokens, rows and fake_commands; any byte will do for one. Small letters
// name the sessions that are there now. Rows are a mask with a bit for each.
//
//   O token rows      Open                          ! the last message again
//   o token rows mode options   the same            ^ position mask   with one byte changed
//   R session         Reset all rows                ~ n   cut, lengthened or changed in n bytes
//   r session rows    Reset of rows 0 to rows - 1   b the next messages come from the other peer
//   S session command Step, all rows alike          k key   from the peers with this key, 0 to 2
//   s session seed    Step, each row differently    h jobs are held back from now on; g: no longer
//   V session row size camera   Render              . the oldest job held back is run
//   G session rows format   GetState                x row   it is given up because of the row
//   T session rows format change   SetState with    t n   n * 100 ms pass
//                     the states last received      d the server drains
//   U session         Resume                        M high low bytes  a message of these bytes
//   C session         Close                         N session low high   any well-formed message,
//   P session         Ping                            from the random numbers that start at low
//   high H Hello           D Describe
//
// What must be true all the time: guarded_env.h, witness.h.
#include <stdlib.h>
#include <string.h>

#include "core_drive.h"
#include "guarded_env.h"
#include "random_request.h"
#include "witness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct script {
    const uint8_t *next, *end;
    drive *d;
    witness seen;
} script;

static uint8_t take(script *s)
{
    return s->next < s->end ? *s->next++ : 0;
}

// A digit, or what comes of another byte.
static uint8_t digit(script *s)
{
    return (uint8_t) (take(s) - '0');
}

static uint64_t session_id(script *s)
{
    const server *core = &s->d->core;
    const uint8_t name = take(s);
    if (name >= 'a' && name <= 'z' && core->session_count > 0) {
        return core->sessions[(name - 'a') % core->session_count]->id;
    }
    return FIRST_ID + (uint64_t) (uint8_t) (name - '0');
}

static uint64_t next_number(const script *s, uint64_t id)
{
    const session *x = server_find_session(&s->d->core, &s->d->peer, id);
    return x == NULL ? 1 : x->answered + 1;
}

static int rows_of(const script *s, uint64_t id)
{
    const session *x = server_find_session(&s->d->core, &s->d->peer, id);
    return x == NULL ? 1 : x->rows;
}

// A message of a session with the number it expects.
static void ask(script *s, uint64_t id, Stepwire__Request__KindCase kind, const void *body)
{
    drive_ask(s->d, id, next_number(s, id), kind, body);
}

// The rows of a mask; returns how many.
static size_t list_rows(uint8_t mask, uint32_t *rows)
{
    size_t count = 0;
    for (uint32_t i = 0; i < 8; i++) {
        if ((mask >> i & 1) != 0) {
            rows[count++] = i;
        }
    }
    return count;
}

// ---- messages ----------------------------------------------------------------------------------

static void send_open(script *s, bool with_options)
{
    const uint64_t token = digit(s);
    Stepwire__Open open = open_fake(token, digit(s));
    if (with_options) {
        open.autoreset = (Stepwire__AutoResetMode) digit(s);
        const uint8_t options = digit(s);
        open.max_episode_steps = options & 3;
        open.info = (options & 4) != 0;
        open.observation_format = (Stepwire__FloatFormat) (options >> 3 & 1);
        open.action_format = (Stepwire__FloatFormat) (options >> 4 & 1);
        open.max_reply = (options & 32) != 0 ? 3000 : 0;
    }
    drive_ask(s->d, 0, 1, STEPWIRE__REQUEST__KIND_OPEN, &open);
}

static void send_reset(script *s, uint64_t id, size_t count)
{
    Stepwire__Reset reset = STEPWIRE__RESET__INIT;
    uint32_t rows[256];
    for (uint32_t i = 0; i < count; i++) {
        rows[i] = i;
    }
    reset.rows = rows;
    reset.n_rows = count;
    ask(s, id, STEPWIRE__REQUEST__KIND_RESET, &reset);
}

// What row i is told under a seed: in three of four cases to go on, so that sessions grow old.
static fake_command choose_command(uint8_t seed, int i)
{
    const uint64_t number = random_mix(seed, (uint64_t) i) % (4 * FAKE_COMMANDS);
    return number < FAKE_COMMANDS ? (fake_command) number : FAKE_GO_ON;
}

static void send_step(script *s, uint64_t id, uint8_t command, bool is_seed)
{
    const int rows = rows_of(s, id);
    step_fake step;
    step_fake_init(&step, rows);
    for (int i = 0; i < rows; i++) {
        step.add[i * FAKE_ADD] = 0.5;
        step.command[i] = is_seed ? choose_command(command, i) : command;
    }
    ask(s, id, STEPWIRE__REQUEST__KIND_STEP, &step.body);
}

static void send_render(script *s, uint64_t id)
{
    static const char *const cameras[] = {"", "side", "top", "broken"};
    Stepwire__Render render = STEPWIRE__RENDER__INIT;
    render.row = digit(s);
    render.width = take(s);
    render.height = render.width;
    render.camera = (char *) cameras[take(s) % 4];
    ask(s, id, STEPWIRE__REQUEST__KIND_RENDER, &render);
}

static const char *format_name(script *s)
{
    static const char *const formats[] = {"", "fake/sum", "fake/all", "none"};
    return formats[take(s) % 4];
}

static void send_get_state(script *s, uint64_t id)
{
    uint32_t rows[8];
    Stepwire__GetState get = STEPWIRE__GET_STATE__INIT;
    get.n_rows = list_rows(take(s), rows);
    get.rows = rows;
    get.format = (char *) format_name(s);
    ask(s, id, STEPWIRE__REQUEST__KIND_GET_STATE, &get);
}

// The states remembered, over and over, for as many rows; one of them with a byte changed.
static void send_set_state(script *s, uint64_t id)
{
    uint32_t rows[8];
    ProtobufCBinaryData states[8];
    Stepwire__SetState set = STEPWIRE__SET_STATE__INIT;
    set.n_rows = list_rows(take(s), rows);
    set.rows = rows;
    set.format = (char *) format_name(s);
    const uint8_t change = take(s);
    const size_t wanted = set.n_rows > 0 ? set.n_rows : (size_t) rows_of(s, id);
    set.n_states = s->seen.blob_count > 0 && change != 1 ? wanted : 0;
    for (size_t n = 0; n < set.n_states; n++) {
        const size_t blob = n % s->seen.blob_count;
        states[n] =
            (ProtobufCBinaryData){.data = s->seen.blobs[blob], .len = s->seen.blob_size[blob]};
    }
    set.states = states;
    uint8_t *changed = change > 0 && set.n_states > 0 && states[change % set.n_states].len > 0
                           ? &states[change % set.n_states].data[change % states[0].len]
                           : NULL;
    if (changed != NULL) {
        *changed ^= change;
    }
    ask(s, id, STEPWIRE__REQUEST__KIND_SET_STATE, &set);
    if (changed != NULL) {
        *changed ^= change;
    }
}

static void send_close(script *s, uint64_t id)
{
    const Stepwire__Close close = STEPWIRE__CLOSE__INIT;
    ask(s, id, STEPWIRE__REQUEST__KIND_CLOSE, &close);
}

static void send_resume(script *s, uint64_t id)
{
    const Stepwire__Resume resume = STEPWIRE__RESUME__INIT;
    drive_ask(s->d, id, 5, STEPWIRE__REQUEST__KIND_RESUME, &resume);
}

static void send_ping(script *s, uint64_t id)
{
    Stepwire__Ping ping = STEPWIRE__PING__INIT;
    ping.sessions = &id;
    ping.n_sessions = 1;
    drive_ask(s->d, 0, 1, STEPWIRE__REQUEST__KIND_PING, &ping);
}

static void send_hello(script *s)
{
    const Stepwire__Hello hello = STEPWIRE__HELLO__INIT;
    drive_ask(s->d, 0, 1, STEPWIRE__REQUEST__KIND_HELLO, &hello);
}

static void send_describe(script *s)
{
    Stepwire__Describe describe = STEPWIRE__DESCRIBE__INIT;
    describe.env_id = "Fake-v0";
    drive_ask(s->d, 0, 1, STEPWIRE__REQUEST__KIND_DESCRIBE, &describe);
}

static void send_raw(script *s)
{
    drive *d = s->d;
    size_t size = (size_t) take(s) << 8;
    size += take(s);
    const size_t left = (size_t) (s->end - s->next);
    d->request.size = size < left ? size : left;
    memcpy(d->request.bytes, s->next, d->request.size);
    s->next += d->request.size;
    drive_send(d);
}

static void send_any(script *s, uint64_t id)
{
    uint64_t seed = take(s);
    seed += (uint64_t) take(s) << 8;
    random_state r = random_seed(seed);
    const size_t blob = s->seen.blob_count == 0 ? 0 : seed % s->seen.blob_count;
    const random_request_hints hints = {.session = id,
                                        .seq = next_number(s, id),
                                        .blob = s->seen.blobs[blob],
                                        .blob_size = s->seen.blob_size[blob]};
    s->d->request.size = random_request(&r, &hints, s->d->request.bytes, 4096);
    drive_send(s->d);
}

static void change_byte(script *s)
{
    const uint8_t position = take(s), mask = take(s);
    request *r = &s->d->request;
    if (r->size > 0) {
        r->bytes[position % r->size] ^= mask;
    }
    drive_send(s->d);
}

static void change_much(script *s)
{
    const uint8_t n = take(s);
    request *r = &s->d->request;
    random_state random = random_seed(random_mix(n, r->size));
    if (n % 4 == 1) {
        r->size = random_below(&random, r->size + 1);
    } else if (n % 4 == 2 && r->size + 8 <= sizeof(r->bytes)) {
        const uint64_t more = random_bits(&random);
        memcpy(r->bytes + r->size, &more, sizeof(more));
        r->size += sizeof(more);
    }
    for (uint8_t i = 0; r->size > 0 && i < n / 4; i++) {
        r->bytes[random_below(&random, r->size)] = (unsigned char) random_bits(&random);
    }
    drive_send(s->d);
}

// ---- everything else ---------------------------------------------------------------------------

static void choose_key(script *s)
{
    static const char *const keys[] = {"", "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID",
                                       "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"};
    strcpy(s->d->peer.key, keys[take(s) % 3]);
}

static void obey_session(script *s, uint8_t command)
{
    const uint64_t id = session_id(s);
    switch (command) {
    case 'R': send_reset(s, id, 0); break;
    case 'r': send_reset(s, id, digit(s)); break;
    case 'S': send_step(s, id, digit(s), false); break;
    case 's': send_step(s, id, take(s), true); break;
    case 'V': send_render(s, id); break;
    case 'G': send_get_state(s, id); break;
    case 'T': send_set_state(s, id); break;
    case 'U': send_resume(s, id); break;
    case 'C': send_close(s, id); break;
    case 'N': send_any(s, id); break;
    default: send_ping(s, id);
    }
}

static void obey(script *s)
{
    drive *d = s->d;
    const uint8_t command = take(s);
    switch (command) {
    case 'O': send_open(s, false); break;
    case 'o': send_open(s, true); break;
    case 'H': send_hello(s); break;
    case 'D': send_describe(s); break;
    case 'M': send_raw(s); break;
    case '!': drive_send(d); break;
    case '^': change_byte(s); break;
    case '~': change_much(s); break;
    case 'b': d->peer.name[0] ^= 1; break;
    case 'k': choose_key(s); break;
    case 'h': d->hold = true; break;
    case 'g': d->hold = false; break;
    case 'd': server_drain(&d->core); break;
    case 't': drive_tick(d, 100 * (int64_t) digit(s)); break;
    case 'x':
        if (d->held_count > 0) {
            drive_give_up(d, digit(s) % d->held[0]->rows);
        }
        break;
    case '.':
        if (d->held_count > 0) {
            drive_release(d);
        }
        break;
    default:
        if (command != '\0' && strchr("RrSsVGTUCPN", command) != NULL) {
            obey_session(s, command);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static drive d;
    static script s;
    sw_env_class task;
    guarded_env(&task);
    drive_init(&d, &task);
    s = (script){.next = data, .end = data + size, .d = &d};
    while (s.next < s.end) {
        obey(&s);
        witness_reply(&s.seen, &d);
        witness_books(&d.core);
    }
    d.hold = false;
    while (d.held_count > 0) {
        drive_release(&d);
    }
    drive_free(&d);
    if (guarded_env_count() != 0) {
        abort();
    }
    return 0;
}
