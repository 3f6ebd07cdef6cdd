#include "pool_play.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

const char play_tcp[] = "tcp://127.0.0.1:*";

sw_pool_options play_options(const char *const *endpoints, int count)
{
    sw_pool_options options = {.endpoints = endpoints,
                               .endpoint_count = count,
                               .rows = PLAY_ROWS,
                               .groups = PLAY_GROUPS,
                               .client = SW_CLIENT_OPTIONS,
                               .session = {.env_id = "Counter-v0", .seed = 42, .info = true}};
    options.client.first_attempt_ms = 300;
    options.client.refused_ms = 300;
    return options;
}

sw_status play_send(sw_pool *pool, int group, double add, int which, int32_t command)
{
    double adds[PLAY_MAX_ROWS];
    int32_t commands[PLAY_MAX_ROWS] = {COUNTER_GO_ON};
    for (int i = 0; i < PLAY_MAX_ROWS; i++) {
        adds[i] = add;
    }
    commands[which] = command;
    const void *tensors[] = {adds, commands};
    return sw_pool_send(pool, group, tensors);
}

sw_status play_reset(sw_pool *pool, int group, const sw_batch **batch)
{
    const sw_status st = sw_pool_reset(pool, group, NULL);
    return st == SW_OK ? sw_pool_recv(pool, group, batch) : st;
}

sw_status play_step(sw_pool *pool, int group, double add, const sw_batch **batch)
{
    const sw_status st = play_send(pool, group, add, 0, COUNTER_GO_ON);
    return st == SW_OK ? sw_pool_recv(pool, group, batch) : st;
}

double play_sum(const sw_batch *batch, int row)
{
    return ((const double *) batch->observations[0])[2 * row];
}

uint64_t play_seed(const sw_batch *batch, int row)
{
    const uint8_t *bytes = (const uint8_t *) batch->observations[1] + 8 * row;
    uint64_t seed = 0;
    for (int i = 0; i < 8; i++) {
        seed |= (uint64_t) bytes[i] << (8 * i);
    }
    return seed;
}

void play_sleep(int ms)
{
    const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
}


// ---- what a pool says -----------------------------------------------------------------------

// Warnings come from the pool's thread alone; what the keeper has to say is of a lower level.
static void keep_line(void *context, sw_log_level level, const char *line)
{
    play_log *log = context;
    const int most = sizeof(log->lines) / sizeof(log->lines[0]);
    if (level >= SW_LOG_INFO && log->count < most) {
        snprintf(log->lines[log->count++], sizeof(log->lines[0]), "%s", line);
    }
}

sw_log play_log_to(play_log *log)
{
    return (sw_log){.write = keep_line, .context = log};
}

int play_log_count(const play_log *log, const char *text)
{
    int count = 0;
    for (int i = 0; i < log->count; i++) {
        count += strstr(log->lines[i], text) != NULL;
    }
    return count;
}
