// test_faulty.c -- what becomes of faulty transitions between the pool and PPO's gradient: nothing.
//
// A pool of its own gives every row a script of ends and faults at random places. Observations are
// numbers that tell row and step, so that what an update learned from can be recognised.
#include <math.h>
#include <string.h>

#include <ppo.h>

#include "fake_task.h"
#include "pool_ops.h"
#include "random.h"
#include "test.h"
#include "train.h"

enum {
    ROWS = 6,
    GROUPS = 2,
    HORIZON = 50,
    UPDATES = 3,
    STEPS = HORIZON * UPDATES,
    MAX_PARAMS = 64,
    LOST = SW_FAULTY | SW_TRUNCATED
};

static const double gamma_ = 0.9, lambda = 0.8;
static const double poison = 1e6;  // where nothing may look

// ---- the script -----------------------------------------------------------------------------

// What the observation of row `row` after `step` steps shows; the final one of the same step is
// half a unit above it.
static float show(int row, int step, bool is_final)
{
    return ((float) (row * 256 + step) + (is_final ? 0.5f : 0)) / 1024;
}

static int row_of(float shown)
{
    return (int) lroundf(shown * 1024) / 256;
}

static int step_of(float shown)
{
    return (int) lroundf(shown * 1024) % 256;
}

static double reward_of(int row, int step)
{
    return sin(row * 256.0 + step);
}

// Flags and rewards of step t of a row, which leads from observation t to t + 1.
typedef struct script {
    uint8_t flags[ROWS][STEPS];
    int faulty;
} script;

static void write_script(script *s, uint64_t seed)
{
    random_state random = random_seed(seed);
    memset(s, 0, sizeof(*s));
    for (int row = 0; row < ROWS; row++) {
        for (int t = 0; t < STEPS; t++) {
            const double u = random_uniform(&random, 0, 1);
            s->flags[row][t] = u < 0.15   ? LOST | SW_FIRST
                               : u < 0.2  ? SW_TERMINATED | SW_FIRST
                               : u < 0.25 ? SW_TRUNCATED | SW_FIRST
                               : u < 0.27 ? SW_TERMINATED | SW_TRUNCATED | SW_FIRST
                                          : 0;
            s->faulty += (s->flags[row][t] & SW_FAULTY) != 0;
        }
    }
}


// ---- the pool -------------------------------------------------------------------------------

typedef struct scripted_pool {
    sw_pool base;
    sw_spec spec;
    const script *script;
    int step[GROUPS];  // -1 before the reset
    float seen[GROUPS][ROWS], finals[GROUPS][ROWS];
    double rewards[GROUPS][ROWS];
    uint8_t flags[GROUPS][ROWS];
    int final_index[GROUPS][ROWS];
    const void *observations[GROUPS], *final_observations[GROUPS];
    sw_batch batch[GROUPS];
} scripted_pool;

static sw_status reset_group(sw_pool *pool, int group, const uint64_t *seeds)
{
    (void) seeds;
    ((scripted_pool *) pool)->step[group] = -1;
    return SW_OK;
}

static sw_status send_group(sw_pool *pool, int group, const void *const *actions)
{
    (void) actions;
    ((scripted_pool *) pool)->step[group]++;
    return SW_OK;
}

static sw_status recv_group(sw_pool *pool, int group, const sw_batch **batch)
{
    scripted_pool *p = (scripted_pool *) pool;
    const int t = p->step[group], first = sw_pool_first_row(pool, group);
    sw_batch *b = &p->batch[group];
    b->rows = sw_pool_rows(pool, group);
    for (int i = 0; i < b->rows; i++) {
        const uint8_t flags = t < 0 ? SW_FIRST : p->script->flags[first + i][t];
        const bool is_faulty = (flags & SW_FAULTY) != 0;
        p->flags[group][i] = flags;
        p->seen[group][i] = show(first + i, t + 1, false);
        p->finals[group][i] = is_faulty ? (float) poison : show(first + i, t + 1, true);
        p->rewards[group][i] = t < 0 ? 0 : is_faulty ? poison : reward_of(first + i, t);
        p->final_index[group][i] = i;
    }
    *batch = b;
    return SW_OK;
}

static const pool_ops scripted_ops = {.reset = reset_group, .send = send_group, .recv = recv_group};

static void open_pool(scripted_pool *p, const script *s)
{
    const sw_tensor number = {.name = "x", .dtype = SW_FLOAT32, .dims = 1, .shape = {1}};
    *p = (scripted_pool){.base = {.ops = &scripted_ops, .groups = GROUPS, .rows = ROWS},
                         .script = s};
    assert_ok(sw_spec_init(&p->spec, "Scripted-v0"));
    assert_ok(sw_spec_add_observation(&p->spec, &number));
    assert_ok(sw_spec_add_action(&p->spec, &number));
    p->base.spec = &p->spec;
    for (int g = 0; g < GROUPS; g++) {
        p->observations[g] = p->seen[g];
        p->final_observations[g] = p->finals[g];
        p->batch[g] = (sw_batch){.observations = &p->observations[g],
                                 .rewards = p->rewards[g],
                                 .flags = p->flags[g],
                                 .final_index = p->final_index[g],
                                 .final_observations = &p->final_observations[g]};
    }
}


// ---- what an update learned from ------------------------------------------------------------

typedef struct witness {
    const script *script;
    ppo *p;
    int updates;
    int learned;             // transitions in all updates
    int times[ROWS][STEPS];  // how often each was learned from
    bool is_normalised;      // then observations do not tell who they are
} witness;

// The critic does not change, because lr is 0.
static double value(const witness *w, float shown)
{
    return (double) mlp_forward(&w->p->base.ac.critic, &shown, 1)[0];
}

// A_t = sum over l of (gamma lambda)^l delta_t+l, up to the first end, the last step before a
// faulty one, or the end of the rollout, whichever comes first.
static double advantage(const witness *w, int row, int t)
{
    const uint8_t *flags = w->script->flags[row];
    const int end = (t / HORIZON + 1) * HORIZON;
    double sum = 0, weight = 1;
    for (int k = t; k < end && (flags[k] & SW_FAULTY) == 0; k++) {
        const double next = (flags[k] & SW_TERMINATED)  ? 0
                            : (flags[k] & SW_TRUNCATED) ? value(w, show(row, k + 1, true))
                                                        : value(w, show(row, k + 1, false));
        sum += weight * (reward_of(row, k) + gamma_ * next - value(w, show(row, k, false)));
        weight *= gamma_ * lambda;
        if (flags[k] != 0) {
            break;
        }
    }
    return sum;
}

static sw_status look(void *context, const report_row *report)
{
    (void) report;
    witness *w = context;
    const minibatch *b = &w->p->descent.surrogate.batch;  // the only one of the update
    assert_int_equal(w->p->minibatches, 1);
    for (int i = 0; i < b->n && !w->is_normalised; i++) {
        const int row = row_of(b->obs[i]), t = step_of(b->obs[i]);
        assert_in_range(t, w->updates * HORIZON, (w->updates + 1) * HORIZON - 1);
        assert_int_equal(w->script->flags[row][t] & SW_FAULTY, 0);
        w->times[row][t]++;
        assert_near(b->adv[i], advantage(w, row, t), 1e-5);
        assert_near(b->ret[i], b->adv[i] + (float) value(w, b->obs[i]), 1e-6);
    }
    w->learned += b->n;
    w->updates++;
    return SW_OK;
}

// Trains by one minibatch of everything per update.
static void train(witness *w, uint64_t seed, bool normalise)
{
    static const int first_row[] = {0, 3, 6};
    static script s;
    scripted_pool pool;
    sw_value values[MAX_PARAMS];
    algo *a;
    write_script(&s, seed);
    open_pool(&pool, &s);
    fake_defaults(&algo_ppo, values);
    fake_value(&algo_ppo, values, "horizon")->i = HORIZON;
    fake_value(&algo_ppo, values, "gamma")->f = gamma_;
    fake_value(&algo_ppo, values, "lambda")->f = lambda;
    fake_value(&algo_ppo, values, "epochs")->i = 1;
    fake_value(&algo_ppo, values, "minibatch")->i = ROWS * HORIZON;
    fake_value(&algo_ppo, values, "lr")->f = 0;
    fake_value(&algo_ppo, values, "adv_norm")->b = false;
    fake_value(&algo_ppo, values, "obs_norm")->b = normalise;
    fake_value(&algo_ppo, values, "reward_norm")->b = normalise;
    const algo_problem problem = {.spec = &pool.spec,
                                  .rows = ROWS,
                                  .groups = GROUPS,
                                  .first_row = first_row,
                                  .total_steps = ROWS * STEPS,
                                  .seed = seed,
                                  .threads = 1};
    assert_ok(algo_ppo.open(&problem, values, &a));
    *w = (witness){.script = &s, .p = (ppo *) a, .is_normalised = normalise};
    const train_options options = {.pool = &pool.base,
                                   .class = &algo_ppo,
                                   .algo = a,
                                   .steps = ROWS * STEPS,
                                   .report = look,
                                   .context = w};
    driver *d;
    assert_ok(train_open(&options, &d));
    assert_ok(train_run(d, 0));
    train_close(d);
    sw_spec_free(&pool.spec);
}

static void every_transition_but_the_faulty_ones_is_learned_from_once(void **state)
{
    (void) state;
    static witness w;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        train(&w, seed, false);
        assert_int_equal(w.updates, UPDATES);
        assert_true(w.script->faulty > 50);
        assert_int_equal(w.learned, ROWS * STEPS - w.script->faulty);
        for (int row = 0; row < ROWS; row++) {
            for (int t = 0; t < STEPS; t++) {
                const bool is_faulty = (w.script->flags[row][t] & SW_FAULTY) != 0;
                assert_int_equal(w.times[row][t], is_faulty ? 0 : 1);
            }
        }
        algo_ppo.close((algo *) w.p);
    }
}

// Shown are numbers below 2 and rewards of at most 1, whose discounted sums are below 10.
static void no_normaliser_sees_reward_or_final_observation_of_a_faulty_row(void **state)
{
    (void) state;
    static witness w;
    train(&w, 1, true);
    const normalizer *norm = &w.p->base.ac.policy.norm;
    const return_scaler *returns = &w.p->base.ac.collector.returns;
    assert_near(norm->count, ROWS * (STEPS + 1) + 1e-4, 1e-9);  // what was shown to act upon
    assert_true(fabs(norm->mean[0]) < 2 && norm->var[0] < 4);
    assert_near(returns->count, ROWS * STEPS - w.script->faulty + 1e-4, 1e-9);
    assert_true(fabs(returns->mean) < 10 && returns->var < 100);
    algo_ppo.close((algo *) w.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_transition_but_the_faulty_ones_is_learned_from_once),
        cmocka_unit_test(no_normaliser_sees_reward_or_final_observation_of_a_faulty_row),
    };
    return cmocka_run_group_tests_name("faulty", tests, NULL, NULL);
}
