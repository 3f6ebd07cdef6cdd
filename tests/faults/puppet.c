// puppet.c -- a program that is a client and does what it is told, so that it can be stopped and
// killed: `puppet ENDPOINT LEASE ROWS`. It reads a word from each line of standard input, does
// that, and writes a line: what came of it, or the name and text of the error.
//
//     connect   -> ok                            Hello included
//     open      -> ok                            with setting hang_ms = PUPPET_HANG_MS
//     reset     -> 0 0                           sum and steps of the first row
//     step      -> sum steps [faulty]            every row adds 1
//     hang      -> sum steps                     the same, and takes so long
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

static sw_status do_connect(sw_client **client, const char *endpoint, double lease)
{
    sw_client_options options = SW_CLIENT_OPTIONS;
    options.endpoint = endpoint;
    options.lease = lease;
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

// Does what `word` says; *batch is set if that gives one.
static sw_status obey(const char *word, char **argv, sw_client **client, const sw_batch **batch)
{
    if (strcmp(word, "connect") == 0) {
        return do_connect(client, argv[1], strtod(argv[2], NULL));
    }
    if (*client == NULL) {
        return sw_fail(SW_FAILED_PRECONDITION, "%s: not connected", word);
    }
    if (strcmp(word, "open") == 0) {
        return do_open(*client, atoi(argv[3]));
    }
    if (strcmp(word, "reset") == 0) {
        return do_reset(*client, batch);
    }
    if (strcmp(word, "step") == 0) {
        return do_step(*client, COUNTER_GO_ON, batch);
    }
    if (strcmp(word, "hang") == 0) {
        return do_step(*client, COUNTER_HANG, batch);
    }
    if (strcmp(word, "close") == 0) {
        sw_client_close(*client);
        *client = NULL;
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
    sw_client *client = NULL;
    while (scanf("%31s", word) == 1) {
        const sw_batch *batch = NULL;
        const sw_status st = obey(word, argv, &client, &batch);
        tell(st, batch);
    }
    sw_client_close(client);
    return 0;
}
