// What is expected is the table of golden/README.md.
#include "test.h"

#include <stdbool.h>
#include <string.h>

#include "golden_files.h"

// Whether DIRECTORY/FILE is replayed with MuJoCo `version`.
static bool holds(const char *version, const char *file)
{
    static char paths[GOLDEN_MAX_FILES][GOLDEN_MAX_PATH];
    const int count = golden_files(golden_version(version), paths);
    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        if (strcmp(paths[i] + strlen("golden/mujoco-"), file) == 0) {
            return true;
        }
    }
    return false;
}

static void a_version_is_a_number(void **state)
{
    (void) state;
    assert_int_equal(golden_version("2.2.2"), 2002002);
    assert_int_equal(golden_version("3.17.0"), 3017000);
    assert_true(golden_library() >= 2002002);
}

static void a_task_that_does_not_change_has_one_file_for_all(void **state)
{
    (void) state;
    static const char *const versions[] = {"2.2.2", "2.3.7", "3.1.6", "3.3.5",
                                           "3.3.7", "3.5.0", "3.10.0"};
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        assert_true(holds(versions[i], "2.2.2/Walker2d-v5.txt"));
    }
    assert_false(holds("3.11.0", "2.2.2/Walker2d-v5.txt"));
    assert_true(holds("3.11.0", "3.17.0/Walker2d-v5.txt"));
    assert_true(holds("4.0.0", "4.0.0/Walker2d-v5.txt"));
}

static void a_task_that_changes_has_the_file_of_its_version(void **state)
{
    (void) state;
    assert_true(holds("3.3.5", "2.2.2/Hopper-v4.txt"));
    assert_true(holds("3.3.5", "3.3.5/Pusher-v5.txt"));
    assert_true(holds("3.3.7", "3.3.7/Hopper-v5.txt"));
    assert_false(holds("3.3.7", "2.2.2/Hopper-v5.txt"));
    assert_true(holds("3.10.0", "3.17.0/Hopper-v5.txt"));
    assert_false(holds("3.10.0", "3.17.0/Humanoid-v5.txt"));
    assert_false(holds("3.12.0", "3.17.0/Pusher-v5.txt"));
    assert_true(holds("3.17.0", "3.17.0/Pusher-v5.txt"));
    assert_false(holds("4.0.0", "3.17.0/Hopper-v5.txt"));
}

static void a_version_between_two_has_the_files_of_the_lower(void **state)
{
    (void) state;
    assert_true(holds("3.4.0", "3.3.7/Hopper-v5.txt"));
    assert_true(holds("3.16.0", "3.17.0/Hopper-v5.txt"));
    assert_false(holds("3.16.0", "3.17.0/Humanoid-v5.txt"));
    assert_true(holds("5.1.0", "4.0.0/Hopper-v5.txt"));
    assert_true(holds("1.50.0", "2.2.2/Hopper-v5.txt"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_version_is_a_number),
        cmocka_unit_test(a_task_that_does_not_change_has_one_file_for_all),
        cmocka_unit_test(a_task_that_changes_has_the_file_of_its_version),
        cmocka_unit_test(a_version_between_two_has_the_files_of_the_lower),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
