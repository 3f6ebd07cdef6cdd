// test_shelf.c -- agent/store/shelf.h: which checkpoints of a run stay, and which one is named when
// another cannot be used.
#include "shelf.h"

#include <dirent.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "things.h"

typedef struct room {
    char directory[32];
    shelf shelf;
} room;

static int set_up(void **state)
{
    static room r;
    strcpy(r.directory, "/tmp/stepwire-shelf-XXXXXX");
    if (mkdtemp(r.directory) == NULL) {
        return -1;
    }
    r.shelf = (shelf){r.directory, 2, true};
    *state = &r;
    return 0;
}

static int tear_down(void **state)
{
    const room *r = *state;
    char command[64];
    snprintf(command, sizeof(command), "rm -r %s", r->directory);
    return system(command);
}

static sw_status add(const room *r, int64_t steps, bool is_best)
{
    things t = {.counter = steps};
    const checkpoint_part part = things_part(&t);
    const checkpoint_about about = {
        .algo = "fake", .env = "Fake-v0", .steps = steps, .config = "env: Fake-v0\n"};
    return shelf_add(&r->shelf, &about, &part, 1, is_best);
}

static const char *path_of(const room *r, const char *name)
{
    static char path[FILE_MAX_PATH + 1];
    assert_ok(file_path(r->directory, name, path));
    return path;
}

static bool has(const room *r, const char *name)
{
    return access(path_of(r, name), F_OK) == 0;
}

static int count_files(const room *r)
{
    int count = 0;
    DIR *d = opendir(r->directory);
    const struct dirent *e;
    while ((e = readdir(d)) != NULL) {
        count += e->d_name[0] != '.';
    }
    closedir(d);
    return count;
}

// Which steps a file was saved at.
static void check_is_of(const room *r, const char *name, int64_t steps)
{
    things t = {0};
    checkpoint *c;
    assert_ok(shelf_open(path_of(r, name), "fake", "Fake-v0", &c));
    assert_int_equal(checkpoint_says(c)->steps, steps);
    const checkpoint_part part = things_part(&t);
    assert_ok(checkpoint_read(c, &part, 1));
    assert_int_equal(t.counter, steps);
    checkpoint_close(c);
}

static ino_t inode(const room *r, const char *name)
{
    struct stat s;
    assert_int_equal(stat(path_of(r, name), &s), 0);
    return s.st_ino;
}

static void write_text(const room *r, const char *name, const char *text)
{
    assert_ok(file_replace(path_of(r, name), text, strlen(text)));
}

static void flip_bit(const room *r, const char *name)
{
    FILE *f = fopen(path_of(r, name), "r+b");
    assert_non_null(f);
    fseek(f, -1, SEEK_END);
    const int last = fgetc(f);
    fseek(f, -1, SEEK_END);
    fputc(last ^ 1, f);
    fclose(f);
}


// ---- what stays -----------------------------------------------------------------------------

static void the_newest_few_stay_and_the_best(void **state)
{
    const room *r = *state;
    for (int64_t steps = 5; steps <= 20; steps += 5) {
        assert_ok(add(r, steps, steps == 5));
    }
    assert_false(has(r, "step-5.safetensors"));
    assert_false(has(r, "step-10.safetensors"));
    check_is_of(r, "step-15.safetensors", 15);
    check_is_of(r, "step-20.safetensors", 20);
    check_is_of(r, SHELF_LATEST, 20);
    check_is_of(r, SHELF_BEST, 5);
    assert_int_equal(count_files(r), 4);
}

static void latest_and_best_are_other_names_of_one_file(void **state)
{
    const room *r = *state;
    assert_ok(add(r, 5, false));
    assert_false(has(r, SHELF_BEST));
    assert_ok(add(r, 5, true));
    assert_ok(add(r, 5, true));  // again: nothing is left behind
    assert_true(inode(r, SHELF_LATEST) == inode(r, "step-5.safetensors"));
    assert_true(inode(r, SHELF_BEST) == inode(r, "step-5.safetensors"));
    assert_int_equal(count_files(r), 3);
}

// Of a run that went on from step 5, when 30 and 40 were there.
static void what_is_ahead_of_the_run_counts_once_it_gets_there(void **state)
{
    const room *r = *state;
    assert_ok(add(r, 30, false));
    assert_ok(add(r, 40, false));
    assert_ok(add(r, 10, false));
    assert_ok(add(r, 20, false));
    assert_int_equal(count_files(r), 5);
    check_is_of(r, SHELF_LATEST, 20);
    assert_ok(add(r, 50, false));
    check_is_of(r, "step-40.safetensors", 40);
    assert_int_equal(count_files(r), 3);
}

static void other_files_are_left_alone_and_unfinished_ones_removed(void **state)
{
    const room *r = *state;
    write_text(r, "step-1.safetensors.tmp", "");
    write_text(r, "step-2.safetensors.bak", "");
    write_text(r, "step-x.safetensors", "");
    write_text(r, "notes", "");
    assert_ok(add(r, 5, false));
    assert_false(has(r, "step-1.safetensors.tmp"));
    assert_int_equal(count_files(r), 5);
}


// ---- which one is named ---------------------------------------------------------------------

static void a_damaged_checkpoint_leads_to_the_newest_that_is_whole(void **state)
{
    const room *r = *state;
    checkpoint *c;
    assert_ok(add(r, 5, false));
    assert_ok(add(r, 10, false));
    flip_bit(r, SHELF_LATEST);  // and with it step-10, the same file
    assert_int_equal(shelf_open(path_of(r, SHELF_LATEST), "fake", "Fake-v0", &c), SW_PROTOCOL);
    assert_says("latest.safetensors is damaged");
    assert_says("step-5.safetensors is whole; to go on from that: ln -f ");
    flip_bit(r, "step-5.safetensors");
    assert_int_equal(shelf_open(path_of(r, SHELF_LATEST), "fake", "Fake-v0", &c), SW_PROTOCOL);
    assert_null(strstr(sw_last_error(), "whole"));
}

static void a_missing_checkpoint_leads_to_one_that_is_there(void **state)
{
    const room *r = *state;
    checkpoint *c;
    assert_ok(add(r, 5, false));
    assert_int_equal(shelf_open(path_of(r, "step-7.safetensors"), NULL, NULL, &c), SW_IO);
    assert_says("step-5.safetensors is whole");
    assert_null(strstr(sw_last_error(), "ln"));  // step-7 is nothing to go on from
}

static void a_checkpoint_of_another_task_leads_to_one_that_fits(void **state)
{
    const room *r = *state;
    things t = {0};
    const checkpoint_part part = things_part(&t);
    const checkpoint_about other = {
        .algo = "fake", .env = "Other-v1", .steps = 9, .config = "env: Other-v1\n"};
    checkpoint *c;
    assert_ok(add(r, 5, false));
    assert_ok(shelf_add(&r->shelf, &other, &part, 1, false));
    assert_int_equal(shelf_open(path_of(r, SHELF_LATEST), "fake", "Fake-v0", &c),
                     SW_FAILED_PRECONDITION);
    assert_says("of 'fake' on 'Other-v1', not of 'fake' on 'Fake-v0'");
    assert_says("step-5.safetensors is whole");
}

static void a_shelf_is_empty_without_a_step_and_a_latest(void **state)
{
    const room *r = *state;
    assert_true(shelf_is_empty(path_of(r, "not there")));
    write_text(r, "notes", "");
    assert_true(shelf_is_empty(r->directory));
    write_text(r, SHELF_LATEST, "");
    assert_false(shelf_is_empty(r->directory));
    assert_int_equal(unlink(path_of(r, SHELF_LATEST)), 0);
    write_text(r, "step-0.safetensors", "");
    assert_false(shelf_is_empty(r->directory));
}

static void a_full_disk_leaves_everything_and_names_the_previous_one(void **state)
{
    const room *r = *state;
    assert_ok(add(r, 5, true));
    assert_ok(add(r, 10, false));

    struct rlimit old;
    getrlimit(RLIMIT_FSIZE, &old);
    const struct rlimit full = {.rlim_cur = 300, .rlim_max = old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);  // then write() fails instead
    setrlimit(RLIMIT_FSIZE, &full);
    const sw_status st = add(r, 15, true);
    setrlimit(RLIMIT_FSIZE, &old);

    assert_int_equal(st, SW_IO);
    assert_says("step-15.safetensors: File too large; ");
    assert_says("step-10.safetensors is whole");
    check_is_of(r, "step-5.safetensors", 5);
    check_is_of(r, SHELF_BEST, 5);
    check_is_of(r, SHELF_LATEST, 10);
    assert_int_equal(count_files(r), 4);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(the_newest_few_stay_and_the_best),
        T(latest_and_best_are_other_names_of_one_file),
        T(what_is_ahead_of_the_run_counts_once_it_gets_there),
        T(other_files_are_left_alone_and_unfinished_ones_removed),
        T(a_damaged_checkpoint_leads_to_the_newest_that_is_whole),
        T(a_missing_checkpoint_leads_to_one_that_is_there),
        T(a_checkpoint_of_another_task_leads_to_one_that_fits),
        T(a_shelf_is_empty_without_a_step_and_a_latest),
        T(a_full_disk_leaves_everything_and_names_the_previous_one),
    };
    return cmocka_run_group_tests_name("shelf", tests, NULL, NULL);
}
