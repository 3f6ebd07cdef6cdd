// pool_puppet.c -- a puppet (puppet.c) that is a pool: `pool_puppet ENDPOINT[,ENDPOINT] LEASE
// ROWS`, with a group of ROWS rows for each endpoint.
//
//     open      -> ok
//     reset     -> 0 0; 0 0                      sum and steps of each group's first row
//     step      -> sum steps [faulty]; ...       every row adds 1
//     hang      -> sum steps [faulty]; ...       the same, and takes PUPPET_HANG_MS
//     close     -> ok
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stepwire/pool.h>

#include "counter.h"
#include "puppet.h"

enum { MAX_GROUPS = 8, MAX_TEXT = 256 };

static sw_status do_open(char **argv, sw_pool **pool)
{
    char hang[16];
    const char *endpoints[MAX_GROUPS];
    int count = 0;
    snprintf(hang, sizeof(hang), "%d", PUPPET_HANG_MS);
    for (char *s = strtok(argv[1], ","); s != NULL && count < MAX_GROUPS; s = strtok(NULL, ",")) {
        endpoints[count++] = s;
    }
    const sw_assignment settings[] = {{"hang_ms", hang}};
    sw_pool_options options = {
        .endpoints = endpoints,
        .endpoint_count = count,
        .rows = count * atoi(argv[3]),
        .groups = count,
        .client = SW_CLIENT_OPTIONS,
        .session = {.env_id = "Counter-v0", .seed = 1, .settings = settings, .setting_count = 1},
        .patience = 30};
    options.client.lease = strtod(argv[2], NULL);
    options.client.refused_ms = PUPPET_REFUSED_MS;
    return sw_pool_open(&options, pool);
}

static sw_status send_group(sw_pool *pool, int group, int32_t command)
{
    double adds[PUPPET_MAX_ROWS];
    int32_t commands[PUPPET_MAX_ROWS];
    for (int i = 0; i < PUPPET_MAX_ROWS; i++) {
        adds[i] = 1;
        commands[i] = i == 0 ? command : COUNTER_GO_ON;
    }
    const void *tensors[] = {adds, commands};
    return sw_pool_send(pool, group, tensors);
}

// Resets every group (`word` is reset) or steps it, and writes what came of it.
static sw_status play(sw_pool *pool, const char *word, char *text)
{
    const int groups = sw_pool_groups(pool);
    const int32_t command = strcmp(word, "hang") == 0 ? COUNTER_HANG : COUNTER_GO_ON;
    sw_status st = SW_OK;
    for (int g = 0; st == SW_OK && g < groups; g++) {
        st = strcmp(word, "reset") == 0 ? sw_pool_reset(pool, g, NULL)
                                        : send_group(pool, g, command);
    }
    int size = 0;
    for (int g = 0; st == SW_OK && g < groups; g++) {
        const sw_batch *b;
        st = sw_pool_recv(pool, g, &b);
        if (st == SW_OK) {
            const double *sum = b->observations[0];
            size += snprintf(text + size, MAX_TEXT - (size_t) size, "%s%g %g%s", g == 0 ? "" : "; ",
                             sum[0], sum[1], (b->flags[0] & SW_FAULTY) != 0 ? " faulty" : "");
        }
    }
    return st;
}

static sw_status obey(const char *word, char **argv, sw_pool **pool, char *text)
{
    strcpy(text, "ok");
    if (strcmp(word, "open") == 0) {
        return do_open(argv, pool);
    }
    if (*pool == NULL) {
        return sw_fail(SW_FAILED_PRECONDITION, "%s: not open", word);
    }
    if (strcmp(word, "close") == 0) {
        sw_pool_close(*pool);
        *pool = NULL;
        return SW_OK;
    }
    return play(*pool, word, text);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: pool_puppet ENDPOINT[,ENDPOINT] LEASE ROWS\n");
        return 2;
    }
    char word[32], text[MAX_TEXT];
    sw_pool *pool = NULL;
    while (scanf("%31s", word) == 1) {
        const sw_status st = obey(word, argv, &pool, text);
        if (st == SW_OK) {
            printf("%s\n", text);
        } else {
            printf("%s: %.300s\n", sw_status_name(st), sw_last_error());
        }
        (void) fflush(stdout);
    }
    sw_pool_close(pool);
    return 0;
}
