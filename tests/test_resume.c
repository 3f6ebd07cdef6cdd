// test_resume.c -- agent/run/{train,lane,held,snapshot}.c: a checkpoint after any turn changes no
// bit of the run, and who goes on from it does not differ by a bit either.
#include <stdlib.h>
#include <string.h>

#include "algo.h"
#include "local_server.h"
#include "scratch_file.h"
#include "test.h"
#include "train.h"

enum { ROWS = 5, GROUPS = 2, MAX_PARAMS = 64, MAX_ROWS = 256 };

// A run of an algorithm on CartPole-v1.
typedef struct run {
    const algo_class *class;
    const char *endpoint, *path;
    int64_t steps;
    int save_after;                   // this many turns; 0: never
    const char *sutton_barto_reward;  // a setting of the task; NULL: its default

    sw_pool *pool;
    algo *algo;
    driver *driver;
    int turns;
    int rows;  // reported
    report_row reported[MAX_ROWS];
    char *weights;  // of all the algorithm keeps, at the end
    size_t bytes;
    train_gap gap;
    sw_pool_counts counts;
} run;

static sw_status note(void *context, const report_row *row)
{
    run *r = context;
    assert_true(r->rows < MAX_ROWS);
    r->reported[r->rows] = *row;
    r->reported[r->rows].wall_s = 0;
    r->reported[r->rows++].stats = NULL;
    return SW_OK;
}

static bool is_due(void *context)
{
    run *r = context;
    return ++r->turns == r->save_after;
}

static void list_parts(run *r, checkpoint_learner *learner, checkpoint_part *parts)
{
    *learner = (checkpoint_learner){r->class, r->algo};
    parts[0] = checkpoint_part_of(learner);
    parts[1] = (checkpoint_part){train_tensors, r->driver};
}

static sw_status save(void *context)
{
    run *r = context;
    checkpoint_learner learner;
    checkpoint_part parts[2];
    const checkpoint_about about = {.algo = r->class->name,
                                    .env = "CartPole-v1",
                                    .steps = train_steps(r->driver),
                                    .config = ""};
    list_parts(r, &learner, parts);
    assert_ok(train_keep(r->driver));
    return checkpoint_write(r->path, &about, parts, 2, true);
}

static void set(sw_value *values, const algo_class *class, const char *name, int64_t value)
{
    for (int i = 0; i < class->param_count; i++) {
        if (strcmp(class->params[i].name, name) == 0) {
            values[i].i = value;
        } else if (strcmp(class->params[i].name, "hidden") == 0) {
            strcpy(values[i].s, "4");
        }
    }
}

static void open_run(run *r)
{
    static const int first_row[] = {0, 3, 5};
    sw_value values[MAX_PARAMS];
    const sw_assignment setting = {"sutton_barto_reward", r->sutton_barto_reward};
    const sw_pool_options options = {.endpoints = &r->endpoint,
                                     .endpoint_count = 1,
                                     .rows = ROWS,
                                     .groups = GROUPS,
                                     .client = SW_CLIENT_OPTIONS,
                                     .session = {.env_id = "CartPole-v1",
                                                 .seed = 7,
                                                 .max_episode_steps = 9,
                                                 .settings = &setting,
                                                 .setting_count = r->sutton_barto_reward != NULL}};
    assert_ok(sw_pool_open(&options, &r->pool));
    for (int i = 0; i < r->class->param_count; i++) {
        values[i] = r->class->params[i].initial;
    }
    set(values, r->class, "horizon", 6);
    set(values, r->class, "minibatch", 10);
    set(values, r->class, "start_steps", 20);
    set(values, r->class, "batch", 4);
    set(values, r->class, "buffer", 64);
    const algo_problem problem = {.spec = sw_pool_spec(r->pool),
                                  .rows = ROWS,
                                  .groups = GROUPS,
                                  .first_row = first_row,
                                  .total_steps = r->steps,
                                  .seed = 7,
                                  .threads = 1};
    assert_ok(r->class->open(&problem, values, &r->algo));
    const train_options driving = {.pool = r->pool,
                                   .class = r->class,
                                   .algo = r->algo,
                                   .steps = r->steps,
                                   .report = note,
                                   .is_due = is_due,
                                   .save = save,
                                   .context = r};
    assert_ok(train_open(&driving, &r->driver));
}

static void close_run(run *r)
{
    train_close(r->driver);
    r->class->close(r->algo);
    sw_pool_close(r->pool);
}

static sw_status append(void *context, const algo_tensor *t)
{
    static const size_t sizes[] = {
        [ALGO_F32] = 4, [ALGO_F64] = 8, [ALGO_I64] = 8, [ALGO_U64] = 8, [ALGO_U8] = 1};
    run *r = context;
    size_t bytes = sizes[t->dtype];
    for (int i = 0; i < t->dims; i++) {
        bytes *= (size_t) (i == 0 && t->used != NULL ? *t->used : t->shape[i]);
    }
    r->weights = realloc(r->weights, r->bytes + bytes + 1);
    assert_non_null(r->weights);
    memcpy(r->weights + r->bytes, t->data, bytes);
    r->bytes += bytes;
    return SW_OK;
}

static void load(run *r)
{
    checkpoint *c;
    checkpoint_learner learner;
    checkpoint_part parts[2];
    list_parts(r, &learner, parts);
    assert_ok(checkpoint_open(r->path, &c));
    assert_ok(train_make_room(r->driver, c));
    assert_ok(checkpoint_read(c, parts, 2));
    checkpoint_close(c);
    assert_ok(train_restore(r->driver, &r->gap));
}

// From the beginning, or from the checkpoint at `path`.
static void play(run *r, bool resumes)
{
    open_run(r);
    if (resumes) {
        load(r);
    }
    assert_ok(train_run(r->driver, 0));
    assert_ok(r->class->tensors(r->algo, append, r));
    sw_pool_count(r->pool, &r->counts);
    close_run(r);
}

static void assert_same_end(const run *a, const run *b)
{
    assert_true(a->rows >= b->rows);
    for (int i = 1; i <= b->rows; i++) {
        const report_row *x = &a->reported[a->rows - i], *y = &b->reported[b->rows - i];
        assert_int_equal(x->steps, y->steps);
        assert_int_equal(x->episodes, y->episodes);
        assert_memory_equal(&x->return_mean, &y->return_mean, sizeof(double));
        assert_memory_equal(&x->length_mean, &y->length_mean, sizeof(double));
    }
    assert_int_equal(a->bytes, b->bytes);
    assert_memory_equal(a->weights, b->weights, a->bytes);
}

static void check_every_turn(const place *p, const char *name, int64_t steps)
{
    local_server *server = local_server_start("tcp://127.0.0.1:*", 1);
    run alone = {.class = algo_find(name),
                 .endpoint = local_server_endpoint(server),
                 .path = p->path,
                 .steps = steps};
    assert_non_null(alone.class);
    const run plan = alone;
    play(&alone, false);
    assert_true(alone.rows > 0);
    for (int k = 1; k < alone.turns; k++) {
        run saved = plan, resumed = plan;
        saved.save_after = k;
        play(&saved, false);
        assert_int_equal(saved.rows, alone.rows);
        assert_same_end(&alone, &saved);
        play(&resumed, true);
        assert_int_equal(resumed.gap.groups, 0);
        assert_same_end(&alone, &resumed);
        free(saved.weights);
        free(resumed.weights);
    }
    free(alone.weights);
    local_server_stop(server);
}

static void ppo_goes_on_bit_for_bit_after_any_turn(void **state)
{
    check_every_turn(*state, "ppo", 40);  // two rollouts of 30
}

static void dqn_goes_on_bit_for_bit_after_any_turn(void **state)
{
    check_every_turn(*state, "dqn", 45);
}

static void states_that_no_server_takes_make_new_episodes(void **state)
{
    local_server *server = local_server_start("tcp://127.0.0.1:*", 1);
    const place *p = *state;
    run saved = {.class = algo_find("ppo"),
                 .endpoint = local_server_endpoint(server),
                 .path = p->path,
                 .steps = 40};
    run other = saved;
    saved.save_after = 8;
    play(&saved, false);
    other.sutton_barto_reward = "true";  // another task, for its states
    play(&other, true);
    assert_int_equal(other.gap.groups, GROUPS);
    assert_non_null(strstr(other.gap.why, "group 1: "));
    assert_int_equal(other.counts.faulty_rows, ROWS);
    assert_int_equal(other.counts.sessions_lost, 0);
    assert_int_equal(other.reported[other.rows - 1].steps, saved.reported[saved.rows - 1].steps);
    free(saved.weights);
    free(other.weights);
    local_server_stop(server);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up_place, tear_down_place)
    const struct CMUnitTest tests[] = {
        T(ppo_goes_on_bit_for_bit_after_any_turn),
        T(dqn_goes_on_bit_for_bit_after_any_turn),
        T(states_that_no_server_takes_make_new_episodes),
    };
    return cmocka_run_group_tests_name("resume", tests, NULL, NULL);
}
