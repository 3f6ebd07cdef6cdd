// test_fire.c -- training under fire: of two servers one or the other is killed again and again and
// started anew, and what is learned is as good as ever.
//
//     test_fire [KILLS [SEED [TASK [STEPS [RETURN]]]]]
//
// PPO with its preset, the real driver and pool. A transition that did not happen must be in no
// update: that is looked at where the algorithm picks what it learns from, rollout_valid(), which
// the linker leads through here. At the end the policy must reach RETURN, 20 episodes' mean.
//
// SIMSERVER is the path of the program.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "config.h"
#include "eval.h"
#include "pool_ops.h"
#include "process.h"
#include "puppeteer.h"
#include "random.h"
#include "rollout.h"
#include "tcp.h"
#include "test.h"
#include "train.h"

enum { SERVERS = 2, EPISODES = 20, MAX_ENVS = 64, MAX_GROUPS = 8, LATE_MS = 50 };

// How long a server stays down: mostly so briefly that its sessions wait for it; every fifth time
// they go to the other one, and come home with their state.
enum { DOWN_MS = 300, LONG_DOWN_MS = 3000 };

typedef struct plan {
    int kills;
    uint64_t seed;
    const char *task;
    const char *steps;
    double wanted;
} plan;

typedef struct battle {
    const plan *plan;
    config config;
    char endpoints[SERVERS][TCP_MAX_ENDPOINT];
    process servers[SERVERS];
    sw_pool *pool;
    algo *algo;
    int first_row[MAX_GROUPS + 1];
    int64_t faulty_seen;  // transitions that the algorithm was told did not happen
    pthread_t killer;
    atomic_llong steps;
    atomic_int kills;
    atomic_bool over;
} battle;


// ---- what is learned from -----------------------------------------------------------------------

// Of all updates. One test at a time, on one thread; there is no other way into a wrapped function.
static int64_t updates, learned_from, faulty_kept, faulty_learned;

int __real_rollout_valid(const rollout *r, int *index);
int __wrap_rollout_valid(const rollout *r, int *index);

int __wrap_rollout_valid(const rollout *r, int *index)
{
    const int count = __real_rollout_valid(r, index);
    for (int i = 0; i < r->steps * r->rows; i++) {
        faulty_kept += (r->flags[i] & SW_FAULTY) != 0;
    }
    for (int i = 0; i < count; i++) {
        faulty_learned += (r->flags[index[i]] & SW_FAULTY) != 0;
    }
    updates++;
    learned_from += count;
    return count;
}


// ---- the fire -----------------------------------------------------------------------------------

static const char *const arguments[] = {"--log", "none", NULL};

// Where it was; with a copy of that, because the learner reads it too.
static void restart(battle *b, int i)
{
    char endpoint[TCP_MAX_ENDPOINT];
    memcpy(endpoint, b->endpoints[i], sizeof(endpoint));
    b->servers[i] = process_serve(SIMSERVER, arguments, endpoint);
}

// After how many steps kill number `i`, from 0, is due.
static int64_t due_of(const battle *b, int i)
{
    return b->config.steps * (i + 1) / (b->plan->kills + 1);
}

// Kills are spread over the run by its steps, and by time over what the learner does. The thread
// lives as long as the servers it started, which would otherwise end with it.
static void *kill_servers(void *context)
{
    battle *b = context;
    random_state random = random_seed(b->plan->seed);
    for (int i = 0; i < b->plan->kills; i++) {
        while (atomic_load(&b->steps) < due_of(b, i)) {
            sleep_ms(1);
        }
        sleep_ms((int) random_below(&random, LATE_MS));
        const int victim = (int) random_below(&random, SERVERS);
        process_kill(&b->servers[victim]);
        atomic_fetch_add(&b->kills, 1);
        sleep_ms(i % 5 == 4 ? LONG_DOWN_MS : (int) random_below(&random, DOWN_MS));
        restart(b, victim);
    }
    while (!atomic_load(&b->over)) {
        sleep_ms(1);
    }
    return NULL;
}


// ---- the learner --------------------------------------------------------------------------------

// Waits for kills that are overdue: on a busy machine a server may be long in starting.
static sw_status note_progress(void *context, const report_row *row)
{
    battle *b = context;
    atomic_store(&b->steps, row->steps);
    for (int i = 0; i < b->plan->kills && due_of(b, i + 1) <= row->steps; i++) {
        while (atomic_load(&b->kills) <= i) {
            sleep_ms(1);
        }
    }
    return SW_OK;
}

// PPO, but that it counts the faulty rows it is told of.
static battle *told;

static algo_answer observe(algo *a, int group, const sw_batch *batch)
{
    for (int i = 0; i < batch->rows; i++) {
        told->faulty_seen += (batch->flags[i] & SW_FAULTY) != 0;
    }
    return told->config.algo->observe(a, group, batch);
}

static sw_pool *open_pool(battle *b, int rows, int groups, uint64_t seed)
{
    const char *const endpoints[SERVERS] = {b->endpoints[0], b->endpoints[1]};
    const sw_pool_options options = {
        .endpoints = endpoints,
        .endpoint_count = SERVERS,
        .rows = rows,
        .groups = groups,
        .client = SW_CLIENT_OPTIONS,
        .session = {.env_id = b->config.env, .seed = seed, .float32 = true},
        .patience = 60};
    sw_pool *pool;
    assert_ok(sw_pool_open(&options, &pool));
    return pool;
}

static void open_learner(battle *b)
{
    char seed[24];
    snprintf(seed, sizeof(seed), "%llu", (unsigned long long) b->plan->seed);
    const sw_assignment items[] = {
        {"env", b->plan->task}, {"algo", "ppo"}, {"seed", seed}, {"steps", b->plan->steps}};
    const config_source source = {"test", items, 4};
    assert_ok(config_resolve(&source, 1, &b->config));
    const int rows = (int) b->config.envs, groups = (int) b->config.groups;
    assert_in_range(groups, 1, MAX_GROUPS);
    b->pool = open_pool(b, rows, groups, b->plan->seed);
    for (int g = 0; g <= groups; g++) {
        b->first_row[g] = pool_first_row(rows, groups, g);
    }
    const algo_problem problem = {.spec = sw_pool_spec(b->pool),
                                  .rows = rows,
                                  .groups = groups,
                                  .first_row = b->first_row,
                                  .total_steps = b->config.steps,
                                  .seed = b->plan->seed,
                                  .threads = 2};
    assert_ok(b->config.algo->open(&problem, b->config.params, &b->algo));
}

static void learn(battle *b)
{
    algo_class counting = *b->config.algo;
    counting.observe = observe;
    told = b;
    const train_options options = {.pool = b->pool,
                                   .class = &counting,
                                   .algo = b->algo,
                                   .steps = b->config.steps,
                                   .report = note_progress,
                                   .context = b};
    driver *d;
    assert_ok(train_open(&options, &d));
    assert_ok(train_run(d, 0));
    train_close(d);
}

static double evaluate(battle *b)
{
    sw_pool *pool = open_pool(b, EPISODES, EPISODES, b->plan->seed + 1000);
    const eval_options options = {.pool = pool, .class = b->config.algo, .algo = b->algo};
    eval_result result;
    assert_ok(eval_run(&options, &result));
    sw_pool_close(pool);
    assert_int_equal(result.episodes, EPISODES);
    return result.mean;
}


// ---- the test -----------------------------------------------------------------------------------

static void a_policy_learns_though_its_servers_are_killed(void **state)
{
    const plan *p = *state;
    battle b = {.plan = p, .endpoints = {"tcp://127.0.0.1:*", "tcp://127.0.0.1:*"}};
    for (int i = 0; i < SERVERS; i++) {
        b.servers[i] = process_serve(SIMSERVER, arguments, b.endpoints[i]);
    }
    open_learner(&b);
    const int64_t begin = clock_ms();
    assert_int_equal(pthread_create(&b.killer, NULL, kill_servers, &b), 0);
    learn(&b);
    sw_pool_counts counts;
    sw_pool_count(b.pool, &counts);
    const double reached = evaluate(&b);
    print_message("%s, seed %llu: %d kills in %.1f s; %lld sessions lost, %lld faulty rows, %lld "
                  "moves; %lld updates from %lld transitions, %lld faulty; return %.1f\n",
                  p->task, (unsigned long long) p->seed, atomic_load(&b.kills),
                  1e-3 * (double) (clock_ms() - begin), (long long) counts.sessions_lost,
                  (long long) counts.faulty_rows, (long long) counts.moves, (long long) updates,
                  (long long) learned_from, (long long) faulty_learned, reached);
    atomic_store(&b.over, true);
    pthread_join(b.killer, NULL);
    sw_pool_close(b.pool);
    b.config.algo->close(b.algo);
    for (int i = 0; i < SERVERS; i++) {
        process_kill(&b.servers[i]);
    }
    assert_int_equal(atomic_load(&b.kills), p->kills);
    assert_true(p->kills == 0 || counts.faulty_rows > 0);
    assert_int_equal(faulty_kept, b.faulty_seen);
    assert_int_equal(b.faulty_seen, counts.faulty_rows);
    assert_int_equal(faulty_learned, 0);
    assert_true(reached >= p->wanted);
}

int main(int argc, char **argv)
{
    plan p = {.kills = argc > 1 ? atoi(argv[1]) : 3,
              .seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1,
              .task = argc > 3 ? argv[3] : "CartPole-v1",
              .steps = argc > 4 ? argv[4] : "5e4",
              .wanted = argc > 5 ? strtod(argv[5], NULL) : 0};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(a_policy_learns_though_its_servers_are_killed, &p),
    };
    return cmocka_run_group_tests_name("fire", tests, NULL, NULL);
}
