// test_exactly_once.c -- 10,000 steps over a bad network are the same steps as over a good one.
//
//     test_exactly_once [SEEDS [STEPS [FIRST_SEED]]]
//
// The environment variable STEPWIRE_TEST_SIMSERVER names a server to start instead of our own.
//
// Two clients step Counter-v0 in turn, first straight to the server, then through a TCP proxy that
// breaks their connections. Actions, ends of episodes and failures are functions of the step's
// number; every reply is kept, and all bits of it must be equal. Beside that the sums must be what
// was added, which does not depend on the undisturbed run.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stepwire/client.h>

#include "counter.h"
#include "local_server.h"
#include "process.h"
#include "random.h"
#include "tcp.h"
#include "tcp_proxy.h"
#include "test.h"

enum { CLIENTS = 2, ROWS = 3 };

// All that a reply says.
typedef struct moment {
    double sums[ROWS][2];
    uint8_t seeds_seen[ROWS][8];
    double rewards[ROWS];
    uint64_t seeds[ROWS];
    double final_sums[ROWS][2];  // 0 where none ended
    double infos[ROWS][2];
    uint8_t flags[ROWS];
    uint8_t padding[8 - ROWS];
} moment;

typedef struct plan {
    int seeds, steps;
    uint64_t first_seed;
} plan;

// ---- one run ------------------------------------------------------------------------------------

static double action_of(int client, int row, int n)
{
    return (double) (1 + n % 7) * (row + 1) + client;
}

static int32_t command_of(int client, int row, int n)
{
    switch (random_mix((uint64_t) n, (uint64_t) (client * ROWS + row)) % 40) {
    case 0: return COUNTER_TERMINATE;
    case 1: return COUNTER_TRUNCATE;
    case 2: return COUNTER_FAIL;
    default: return COUNTER_GO_ON;
    }
}

static sw_status send_step(sw_client *client, int number, int n)
{
    double adds[ROWS];
    int32_t commands[ROWS];
    for (int i = 0; i < ROWS; i++) {
        adds[i] = action_of(number, i, n);
        commands[i] = command_of(number, i, n);
    }
    const void *tensors[] = {adds, commands};
    return sw_client_send_step(client, tensors);
}

static moment take_moment(const sw_batch *b)
{
    moment m;
    memset(&m, 0, sizeof(m));
    memcpy(m.sums, b->observations[0], sizeof(m.sums));
    memcpy(m.seeds_seen, b->observations[1], sizeof(m.seeds_seen));
    memcpy(m.rewards, b->rewards, sizeof(m.rewards));
    memcpy(m.seeds, b->seeds, sizeof(m.seeds));
    memcpy(m.infos, b->infos, sizeof(m.infos));
    memcpy(m.flags, b->flags, sizeof(m.flags));
    for (int i = 0; b->final_index != NULL && i < ROWS; i++) {
        if (b->final_index[i] >= 0) {
            const double *finals = b->final_observations[0];
            memcpy(m.final_sums[i], finals + (size_t) 2 * b->final_index[i],
                   sizeof(m.final_sums[i]));
        }
    }
    return m;
}

static sw_status open_client(const char *endpoint, int number, sw_client **client)
{
    sw_client_options options = SW_CLIENT_OPTIONS;
    options.endpoint = endpoint;
    options.first_attempt_ms = 5;
    options.longest_attempt_ms = 40;
    options.refused_ms = 20000;
    options.lease = 60;
    const sw_session_options session = {
        .env_id = "Counter-v0", .rows = ROWS, .first_row = ROWS * number, .seed = 1, .info = true};
    const sw_status st = sw_client_connect(&options, client);
    return st == SW_OK ? sw_client_open(*client, &session) : st;
}

// Fills moments [CLIENTS, steps + 1], the first of each client after its reset.
static sw_status run_clients(const char *endpoint, int steps, sw_client **clients, moment *moments)
{
    const sw_batch *batch;
    sw_status st = SW_OK;
    for (int c = 0; st == SW_OK && c < CLIENTS; c++) {
        st = open_client(endpoint, c, &clients[c]);
        st = st == SW_OK ? sw_client_send_reset(clients[c], NULL) : st;
    }
    for (int n = 0; st == SW_OK && n <= steps; n++) {
        for (int c = 0; st == SW_OK && c < CLIENTS; c++) {
            st = sw_client_recv(clients[c], &batch);
            if (st == SW_OK) {
                moments[c * (steps + 1) + n] = take_moment(batch);
                st = n < steps ? send_step(clients[c], c, n + 1) : SW_OK;
            }
        }
    }
    return st;
}

static sw_status run(const char *endpoint, int steps, moment *moments)
{
    sw_client *clients[CLIENTS] = {NULL};
    const sw_status st = run_clients(endpoint, steps, clients, moments);
    for (int c = 0; c < CLIENTS; c++) {
        sw_client_close(clients[c]);
    }
    return st;
}

static moment *new_moments(int steps)
{
    moment *moments = calloc((size_t) CLIENTS * ((size_t) steps + 1), sizeof(*moments));
    assert_non_null(moments);
    return moments;
}


// ---- what must be true of it --------------------------------------------------------------------

// Row `row` of step n, given the sum and number of steps before it, which it moves on.
static bool is_right(const moment *m, int client, int row, int n, double *before)
{
    const int32_t command = command_of(client, row, n);
    const bool failed = command == COUNTER_FAIL, went_on = command == COUNTER_GO_ON;
    const double add = failed ? 0 : action_of(client, row, n);
    const double sum = before[0] + add, steps = before[1] + !failed;
    const double *last = went_on ? m->sums[row] : m->final_sums[row];
    before[0] = went_on ? sum : 0;
    before[1] = went_on ? steps : 0;
    return last[0] == sum && last[1] == steps && m->sums[row][0] == before[0] &&
           m->sums[row][1] == before[1] && m->rewards[row] == add;
}

// True if every action was applied once; else prints the first step that is wrong.
static bool adds_up(const moment *moments, int steps)
{
    for (int c = 0; c < CLIENTS; c++) {
        double before[ROWS][2] = {{0}};
        for (int n = 1; n <= steps; n++) {
            for (int i = 0; i < ROWS; i++) {
                if (!is_right(&moments[c * (steps + 1) + n], c, i, n, before[i])) {
                    print_error("client %d, step %d, row %d: the sum is wrong\n", c, n, i);
                    return false;
                }
            }
        }
    }
    return true;
}

static bool is_same(const moment *a, const moment *b, int steps)
{
    for (int i = 0; i < CLIENTS * (steps + 1); i++) {
        if (memcmp(&a[i], &b[i], sizeof(*a)) != 0) {
            print_error("client %d, step %d: not what the undisturbed run gave\n", i / (steps + 1),
                        i % (steps + 1));
            return false;
        }
    }
    return true;
}

static void print_counts(uint64_t seed, const tcp_proxy_counts *c)
{
    print_message("seed %" PRIu64 ": %d cut, %d dropped, %d held back (%d let go), %d repeated, "
                  "%d delays\n",
                  seed, c->ends[FATE_CUT], c->ends[FATE_DROP], c->ends[FATE_HOLD], c->let_go,
                  c->repeated, c->stalls);
}

// One seed; on failure prints how to see it again.
static void compare(const char *server, uint64_t seed, int steps, const moment *undisturbed)
{
    moment *moments = new_moments(steps);
    const fate_options bad = {.seed = seed, .life = 15000, .stall = 8000, .longest_ms = 20};
    tcp_proxy *proxy = tcp_proxy_start(server, &bad);
    const sw_status st = run(tcp_proxy_endpoint(proxy), steps, moments);
    const tcp_proxy_counts counts = tcp_proxy_count(proxy);
    const bool good =
        st == SW_OK && adds_up(moments, steps) && is_same(moments, undisturbed, steps);
    print_counts(seed, &counts);
    if (!good) {
        print_error("%s\nagain: test_exactly_once 1 %d %" PRIu64 "\n",
                    st == SW_OK ? "" : sw_last_error(), steps, seed);
        tcp_proxy_print(proxy, stderr);
    }
    tcp_proxy_stop(proxy);
    free(moments);
    assert_true(good);
    if (steps >= 1000) {
        assert_true(counts.ends[FATE_CUT] > 0 && counts.ends[FATE_DROP] > 0);
        assert_true(counts.let_go > 0 && counts.repeated > 0 && counts.stalls > 0);
    }
}

static void compare_all(const plan *p, const char *server)
{
    moment *undisturbed = new_moments(p->steps);
    assert_ok(run(server, p->steps, undisturbed));
    assert_true(adds_up(undisturbed, p->steps));
    for (int i = 0; i < p->seeds; i++) {
        compare(server, p->first_seed + (uint64_t) i, p->steps, undisturbed);
    }
    free(undisturbed);
}

static void steps_over_a_bad_network_happen_once_and_are_the_same(void **state)
{
    const char *other = getenv("STEPWIRE_TEST_SIMSERVER");
    if (other != NULL) {
        char endpoint[TCP_MAX_ENDPOINT] = "tcp://127.0.0.1:*";
        process server = process_serve(other, (const char *[]){NULL}, endpoint);
        compare_all(*state, endpoint);
        assert_int_equal(process_end(&server), 0);
        return;
    }
    local_server *server = local_server_start("tcp://127.0.0.1:*", 2);
    compare_all(*state, local_server_endpoint(server));
    local_server_stop(server);
}

static uint64_t read_number(int argc, char **argv, int i, uint64_t otherwise)
{
    return i < argc ? strtoull(argv[i], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    plan p = {.seeds = (int) read_number(argc, argv, 1, 2),
              .steps = (int) read_number(argc, argv, 2, 1500),
              .first_seed = read_number(argc, argv, 3, 1)};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(steps_over_a_bad_network_happen_once_and_are_the_same, &p),
    };
    return cmocka_run_group_tests_name("exactly_once", tests, NULL, NULL);
}
