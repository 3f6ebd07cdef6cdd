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
    char command[64];
    snprintf(command, sizeof(command), "rm -r %s", p->above);
    return system(command);
}

static sw_status open_record(place *p)
{
    const record_options options = {.directory = p->directory,
                                    .config = &p->config,
                                    .algo = fake_algo_handle(&p->algo),
                                    .pool = &p->pool.base,
                                    .blas_core = "Haswell"};
    return record_open(&p->record, &options);
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

static void a_long_run_is_saved_every_minute(void **state)
{
    place *p = *state;
    char path[FILE_MAX_PATH + 1];
    assert_ok(open_record(p));
    assert_ok(file_path(p->directory, "checkpoints/latest.safetensors", path));
    assert_ok(add_row(p, 10, 59, 3));
    assert_int_not_equal(access(path, F_OK), 0);
    assert_ok(add_row(p, 20, 61, 3));
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(unlink(path), 0);
    assert_ok(add_row(p, 30, 120, 3));
    assert_int_not_equal(access(path, F_OK), 0);
    assert_ok(add_row(p, 40, 121, 3));
    assert_int_equal(access(path, F_OK), 0);
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
        T(a_long_run_is_saved_every_minute),
        T(the_best_return_is_the_highest_of_any_row),
    };
    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
