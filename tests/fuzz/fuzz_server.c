// fuzz_server.c -- no sequence of messages, repetitions, delays and silences does harm.
//
// Input: a script of one-letter commands that drives a core by hand. Digits name sessions (1 is the
// first that was opened), tokens, rows and fake_commands; any byte will do for one.
//
//   O token rows      Open                          ! the last message again
//   R session         Reset all rows                ^ position mask   with one byte changed
//   r session rows    Reset of rows 0 to rows - 1   b the next messages come from the other peer
//   S session command Step, all rows alike          h jobs are held back from now on; g: no longer
//   C session         Close                         . the oldest job held back is run
//   P session         Ping                          t n   n * 100 ms pass
//   M high low bytes  a message of high * 256 + low bytes
#include <stdlib.h>
#include <string.h>

#include "core_drive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct script {
    const uint8_t *next, *end;
} script;

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static uint8_t take(script *s)
{
    return s->next < s->end ? *s->next++ : 0;
}

// A digit, or what comes of another byte.
static uint8_t digit(script *s)
{
    return (uint8_t) (take(s) - '0');
}

static sw_status step_without_waiting(void *env, sw_row *row)
{
    const int64_t *command = row->actions[1];
    if (*command == FAKE_WAIT) {
        return sw_fail(SW_ENVIRONMENT, "no time to wait");
    }
    return fake_env.step(env, row);
}

// A message of a session with the number it expects.
static void ask(drive *d, uint64_t id, Stepwire__Request__KindCase kind, const void *body)
{
    const session *x = server_find_session(&d->core, &d->peer, id);
    drive_ask(d, id, x == NULL ? 1 : x->answered + 1, kind, body);
}

static void send_open(drive *d, script *s)
{
    const uint64_t token = digit(s);
    const Stepwire__Open open = open_fake(token, digit(s));
    drive_ask(d, 0, 1, STEPWIRE__REQUEST__KIND_OPEN, &open);
}

static void send_reset(drive *d, uint64_t id, size_t count)
{
    Stepwire__Reset reset = STEPWIRE__RESET__INIT;
    uint32_t rows[256];
    for (uint32_t i = 0; i < count; i++) {
        rows[i] = i;
    }
    reset.rows = rows;
    reset.n_rows = count;
    ask(d, id, STEPWIRE__REQUEST__KIND_RESET, &reset);
}

static void send_step(drive *d, uint64_t id, uint8_t command)
{
    const session *x = server_find_session(&d->core, &d->peer, id);
    const int rows = x == NULL ? 1 : x->rows;
    step_fake step;
    step_fake_init(&step, rows);
    for (int i = 0; i < rows; i++) {
        step.add[i * FAKE_ADD] = 0.5;
        step.command[i] = command;
    }
    ask(d, id, STEPWIRE__REQUEST__KIND_STEP, &step.body);
}

static void send_close(drive *d, uint64_t id)
{
    const Stepwire__Close close = STEPWIRE__CLOSE__INIT;
    ask(d, id, STEPWIRE__REQUEST__KIND_CLOSE, &close);
}

static void send_ping(drive *d, uint64_t id)
{
    Stepwire__Ping ping = STEPWIRE__PING__INIT;
    ping.sessions = &id;
    ping.n_sessions = 1;
    drive_ask(d, 0, 1, STEPWIRE__REQUEST__KIND_PING, &ping);
}

static void send_raw(drive *d, script *s)
{
    size_t size = (size_t) take(s) << 8;
    size += take(s);
    const size_t left = (size_t) (s->end - s->next);
    d->request.size = size < left ? size : left;
    memcpy(d->request.bytes, s->next, d->request.size);
    s->next += d->request.size;
    drive_send(d);
}

static void change_byte(drive *d, script *s)
{
    const uint8_t position = take(s), mask = take(s);
    if (d->request.size > 0) {
        d->request.bytes[position % d->request.size] ^= mask;
    }
    drive_send(d);
}

static uint64_t session_id(script *s)
{
    return 1000 + (uint64_t) digit(s);
}

static void obey(drive *d, script *s)
{
    uint64_t id;
    switch (take(s)) {
    case 'O': send_open(d, s); break;
    case 'R': send_reset(d, session_id(s), 0); break;
    case 'r':
        id = session_id(s);
        send_reset(d, id, digit(s));
        break;
    case 'S':
        id = session_id(s);
        send_step(d, id, digit(s));
        break;
    case 'C': send_close(d, session_id(s)); break;
    case 'P': send_ping(d, session_id(s)); break;
    case 'M': send_raw(d, s); break;
    case '!': drive_send(d); break;
    case '^': change_byte(d, s); break;
    case 'b': d->peer.name[0] ^= 1; break;
    case 'h': d->hold = true; break;
    case 'g': d->hold = false; break;
    case 't': drive_tick(d, 100 * (int64_t) digit(s)); break;
    case '.':
        if (d->held_count > 0) {
            drive_release(d);
        }
        break;
    default: break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static drive d;
    sw_env_class task = fake_env;
    task.step = step_without_waiting;
    drive_init(&d, &task);
    script s = {.next = data, .end = data + size};
    while (s.next < s.end) {
        obey(&d, &s);
        require(d.core.session_count <= d.core.config.limits.max_sessions);
        require(d.core.env_count <= d.core.config.limits.max_envs);
    }
    d.hold = false;
    while (d.held_count > 0) {
        drive_release(&d);
    }
    drive_free(&d);
    return 0;
}
