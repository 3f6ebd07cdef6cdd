// test_record.c -- agent/run/record.c: what a training leaves behind, and when.
#include "record.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake_learning.h"
#include "test.h"

typedef struct place {
    char directory[64];  // does not exist yet
    char above[32];
    config config;
    fake_algo algo;
    fake_pool pool;
    driver *driver;
    record record;
} place;

static int set_up(void **state)
{
    static place p;
    p = (place){
        .above = "/tmp/stepwire-test-XXXXXX",
        .config = {.algo = &fake_algo_class, .env = "Fake-v0", .envs = 2, .steps = 100, .keep = 2}};
    *state = &p;
    if (mkdtemp(p.above) == NULL) {
        return -1;
    }
    snprintf(p.directory, sizeof(p.directory), "%s/runs/one", p.above);
    return 0;
}

static int tear_down(void **state)
{
    place *p = *state;
    record_close(&p->record);
    train_close(p->driver);
    fake_pool_free(&p->pool);
    char command[64];
    snprintf(command, sizeof(command), "rm -r %s", p->above);
    return system(command);
}

// Two groups that make a step each per iteration, and no progress between rows.
static void open_driver(place *p)
{
    train_close(p->driver);
    fake_pool_free(&p->pool);
    fake_pool_init(&p->pool, 2, 2);
    p->algo = (fake_algo){.groups = 2, .updates_each = 1};
    const train_options options = {.pool = &p->pool.base,
                                   .class = &fake_algo_class,
                                   .algo = fake_algo_handle(&p->algo),
                                   .steps = p->config.steps,
                                   .report = record_row,
                                   .is_due = record_is_due,
                                   .save = record_save,
                                   .context = &p->record};
    assert_ok(train_open(&options, &p->driver));
}

static sw_status init_record(place *p)
{
    open_driver(p);
    const record_options options = {.directory = p->directory,
                                    .config = &p->config,
                                    .algo = fake_algo_handle(&p->algo),
                                    .driver = p->driver,
                                    .pool = &p->pool.base,
                                    .blas_core = "Haswell"};
    return record_init(&p->record, &options);
}

static sw_status open_record(place *p)
{
    const sw_status st = init_record(p);
    return st == SW_OK ? record_begin(&p->record) : st;
}

static sw_status add_row(place *p, int64_t steps, double wall_s, double return_mean)
{
    const double stats[] = {7};
    const report_row row = {
        .steps = steps, .wall_s = wall_s, .return_mean = return_mean, .stats = stats};
    return record_row(&p->record, &row);
}

static bool has(const place *p, const char *name)
{
    char path[FILE_MAX_PATH + 1];
    assert_ok(file_path(p->directory, name, path));
    return access(path, F_OK) == 0;
}

static void check_holds(const place *p, const char *name, const char *text)
{
    char path[FILE_MAX_PATH + 1], *data;
    size_t bytes;
    assert_ok(file_path(p->directory, name, path));
    assert_ok(file_read(path, 1 << 16, &data, &bytes));
    if (strstr(data, text) == NULL) {
        fail_msg("%s has no %s: %s", name, text, data);
    }
    free(data);
}

static void a_run_leaves_its_four_files(void **state)
{
    place *p = *state;
    assert_ok(open_record(p));
    check_holds(p, "config.yaml", "env: Fake-v0\nalgo: fake\npreset: none\nenvs: 2\n");
    assert_ok(add_row(p, 50, 1, 3));
    check_holds(p, "progress.csv", "length_mean,updates\n50,0,1.000,50,3,0,7\n");
    assert_false(has(p, "checkpoints/latest.safetensors"));
    assert_ok(record_finish(&p->record));
    assert_true(has(p, "checkpoints/latest.safetensors"));
    check_holds(p, "summary.json", "\"steps\": 50");
}

static void an_existing_directory_is_refused_and_untouched(void **state)
{
    place *p = *state;
    assert_ok(open_record(p));
    assert_ok(add_row(p, 50, 1, 3));
    record_close(&p->record);
    assert_int_equal(open_record(p), SW_FAILED_PRECONDITION);
    assert_non_null(strstr(sw_last_error(), p->directory));
    check_holds(p, "progress.csv", "\n50,");
}

static void a_run_is_saved_at_once_and_every_minute(void **state)
{
    place *p = *state;
    assert_ok(open_record(p));
    assert_true(record_is_due(&p->record));
    assert_ok(record_save(&p->record));
    assert_true(has(p, "checkpoints/step-0.safetensors"));
    assert_false(record_is_due(&p->record));
    p->record.saved_s -= 50;
    assert_false(record_is_due(&p->record));
    p->record.saved_s -= 11;
    assert_true(record_is_due(&p->record));
}

static void a_run_is_saved_every_so_many_steps(void **state)
{
    place *p = *state;
    p->config.checkpoint_every = 8;
    p->config.keep = 20;
    assert_ok(open_record(p));
    assert_ok(train_run(p->driver, 0));
    assert_true(has(p, "checkpoints/step-0.safetensors"));
    assert_true(has(p, "checkpoints/step-8.safetensors"));
    assert_true(has(p, "checkpoints/step-96.safetensors"));
    assert_false(has(p, "checkpoints/step-9.safetensors"));
}

static void a_directory_belongs_to_one_process(void **state)
{
    place *p = *state;
    int other;
    assert_ok(open_record(p));
    assert_int_equal(file_lock(p->directory, &other), SW_FAILED_PRECONDITION);
    assert_non_null(strstr(sw_last_error(), "another process"));
    record_close(&p->record);
    assert_ok(file_lock(p->directory, &other));
    assert_int_equal(close(other), 0);
}

static sw_status load(place *p)
{
    char path[FILE_MAX_PATH + 1];
    checkpoint *c;
    assert_ok(file_path(p->directory, "checkpoints/latest.safetensors", path));
    assert_ok(checkpoint_open(path, &c));
    const sw_status st = record_load(&p->record, c);
    checkpoint_close(c);
    return st;
}

static void a_run_goes_on_from_the_line_of_its_checkpoint(void **state)
{
    place *p = *state;
    assert_ok(open_record(p));
    p->pool.base.counts.faulty_rows = 3;
    assert_ok(add_row(p, 0, 1.5, 30));
    assert_ok(record_finish(&p->record));
    assert_ok(add_row(p, 12, 2.5, 99));  // of which the checkpoint knows nothing
    record_close(&p->record);

    assert_ok(init_record(p));
    assert_ok(load(p));
    check_holds(p, "progress.csv", "\n12,");  // so far nothing has changed
    assert_true(has(p, "summary.json"));
    assert_ok(record_go_on(&p->record));
    assert_near(p->record.last.wall_s, 1.5, 0);
    assert_false(has(p, "summary.json"));
    p->pool.base.counts.faulty_rows = 4;
    assert_ok(add_row(p, 20, 3.5, 10));
    assert_ok(record_finish(&p->record));
    check_holds(p, "progress.csv", "updates\n0,0,1.500,0,30,0,7\n20,0,3.500,6,10,0,7\n");
    check_holds(p, "summary.json", "\"return_best\": 30.0");
    check_holds(p, "summary.json", "\"faulty_rows\": 7");
}

static void the_best_return_is_the_highest_of_any_row(void **state)
{
    place *p = *state;
    assert_ok(open_record(p));
    assert_true(isnan(p->record.return_best));
    assert_ok(add_row(p, 10, 1, NAN));
    assert_ok(add_row(p, 20, 2, -5));
    assert_ok(add_row(p, 30, 3, 8));
    assert_ok(add_row(p, 40, 4, 6));
    assert_ok(record_finish(&p->record));
    check_holds(p, "summary.json", "\"return_best\": 8.0");
    check_holds(p, "summary.json", "\"return_last100\": 6.0");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_run_leaves_its_four_files),
        T(an_existing_directory_is_refused_and_untouched),
        T(a_run_is_saved_at_once_and_every_minute),
        T(a_run_is_saved_every_so_many_steps),
        T(a_directory_belongs_to_one_process),
        T(a_run_goes_on_from_the_line_of_its_checkpoint),
        T(the_best_return_is_the_highest_of_any_row),
    };
    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
