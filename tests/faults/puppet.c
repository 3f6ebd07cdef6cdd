// puppet.c -- a program that is a client and does what it is told, so that it can be stopped and
// killed: `puppet ENDPOINT LEASE ROWS`. It reads a word from each line of standard input, does
// that, and writes a line: what came of it, or the name and text of the error.
//
//     connect   -> ok                            Hello included
//     open      -> ok                            with setting hang_ms = PUPPET_HANG_MS
//     reset     -> 0 0                           sum and steps of the first row
//     step      -> sum steps [faulty]            every row adds 1
//     hang      -> sum steps                     the same, and takes so long
//     save      -> ok                            keeps the state of the first row
//     load      -> sum steps                     puts it back
//     resume    -> sum steps                     on a new connection, as another client would
//     close     -> ok
//
// It exits 0 at the end of input.
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stepwire/client.h>

#include "counter.h"
#include "puppet.h"

enum { MAX_STATE = 4096 };

typedef struct puppet {
    char **argv;
    sw_client *client;  // NULL: not connected
    sw_client *former;  // whose session `client` took over
    unsigned char saved[MAX_STATE];
    size_t saved_size;
} puppet;

static sw_status do_connect(char **argv, sw_client **client)
{
    sw_client_options options = SW_CLIENT_OPTIONS;
    options.endpoint = argv[1];
    options.lease = strtod(argv[2], NULL);
    options.refused_ms = PUPPET_REFUSED_MS;
    return sw_client_connect(&options, client);
}

static sw_status do_open(sw_client *client, int rows)
{
    char hang[16];
    snprintf(hang, sizeof(hang), "%d", PUPPET_HANG_MS);
    const sw_assignment settings[] = {{"hang_ms", hang}};
    const sw_session_options session = {
        .env_id = "Counter-v0", .rows = rows, .seed = 1, .settings = settings, .setting_count = 1};
    return sw_client_open(client, &session);
}

static sw_status do_step(sw_client *client, int32_t command, const sw_batch **batch)
{
    double adds[PUPPET_MAX_ROWS];
    int32_t commands[PUPPET_MAX_ROWS];
    for (int i = 0; i < PUPPET_MAX_ROWS; i++) {
        adds[i] = 1;
        commands[i] = i == 0 ? command : COUNTER_GO_ON;
    }
    const void *tensors[] = {adds, commands};
    const sw_status st = sw_client_send_step(client, tensors);
    return st == SW_OK ? sw_client_recv(client, batch) : st;
}

static sw_status do_reset(sw_client *client, const sw_batch **batch)
{
    const sw_status st = sw_client_send_reset(client, NULL);
    return st == SW_OK ? sw_client_recv(client, batch) : st;
}

static sw_status do_save(puppet *p)
{
    const uint32_t row = 0;
    const sw_states *states;
    const sw_status st = sw_client_get_state(p->client, &row, 1, NULL, &states);
    if (st == SW_OK && states->sizes[0] > MAX_STATE) {
        return sw_fail(SW_TOO_LARGE, "a state of %zu bytes", states->sizes[0]);
    }
    if (st == SW_OK) {
        p->saved_size = states->sizes[0];
        memcpy(p->saved, states->states[0], p->saved_size);
    }
    return st;
}

static sw_status do_load(puppet *p, const sw_batch **batch)
{
    const uint32_t row = 0;
    const void *state = p->saved;
    const sw_states states = {.format = "", .count = 1, .states = &state, .sizes = &p->saved_size};
    return sw_client_set_state(p->client, &row, 1, &states, batch);
}

static sw_status do_resume(puppet *p, const sw_batch **batch)
{
    sw_client *next;
    sw_status st = do_connect(p->argv, &next);
    if (st != SW_OK) {
        return st;
    }
    st = sw_client_resume(next, sw_client_session(p->client), batch);
    if (st != SW_OK) {
        sw_client_close(next);
        return st;
    }
    p->former = p->client;
    p->client = next;
    return SW_OK;
}

static void do_close(puppet *p)
{
    sw_client_close(p->client);
    sw_client_close(p->former);
    p->client = p->former = NULL;
}

// Does what `word` says; *batch is set if that gives one.
static sw_status obey(puppet *p, const char *word, const sw_batch **batch)
{
    if (strcmp(word, "connect") == 0) {
        return do_connect(p->argv, &p->client);
    }
    if (p->client == NULL) {
        return sw_fail(SW_FAILED_PRECONDITION, "%s: not connected", word);
    }
    if (strcmp(word, "open") == 0) {
        return do_open(p->client, atoi(p->argv[3]));
    }
    if (strcmp(word, "reset") == 0) {
        return do_reset(p->client, batch);
    }
    if (strcmp(word, "step") == 0) {
        return do_step(p->client, COUNTER_GO_ON, batch);
    }
    if (strcmp(word, "hang") == 0) {
        return do_step(p->client, COUNTER_HANG, batch);
    }
    if (strcmp(word, "save") == 0) {
        return do_save(p);
    }
    if (strcmp(word, "load") == 0) {
        return do_load(p, batch);
    }
    if (strcmp(word, "resume") == 0) {
        return do_resume(p, batch);
    }
    if (strcmp(word, "close") == 0) {
        do_close(p);
        return SW_OK;
    }
    return sw_fail(SW_INVALID_ARGUMENT, "no command '%s'", word);
}

static void tell(sw_status st, const sw_batch *batch)
{
    if (st != SW_OK) {
        printf("%s: %.300s\n", sw_status_name(st), sw_last_error());
    } else if (batch != NULL) {
        const double *sum = batch->observations[0];
        printf("%g %g%s\n", sum[0], sum[1], (batch->flags[0] & SW_FAULTY) != 0 ? " faulty" : "");
    } else {
        printf("ok\n");
    }
    (void) fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: puppet ENDPOINT LEASE ROWS\n");
        return 2;
    }
    char word[32];
    puppet p = {.argv = argv};
    while (scanf("%31s", word) == 1) {
        const sw_batch *batch = NULL;
        const sw_status st = obey(&p, word, &batch);
        tell(st, batch);
    }
    do_close(&p);
    return 0;
}
