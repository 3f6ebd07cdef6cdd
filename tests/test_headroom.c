// test_headroom.c -- base/headroom.c.
#include <headroom.h>

#include <unistd.h>

#include "test.h"

static void there_is_some_and_not_more_than_the_machine_has(void **state)
{
    (void) state;
    const uint64_t machine = (uint64_t) sysconf(_SC_PHYS_PAGES) * (uint64_t) sysconf(_SC_PAGESIZE);
    assert_in_range(headroom_bytes(), 1 << 20, machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_some_and_not_more_than_the_machine_has),
    };
    return cmocka_run_group_tests_name("headroom", tests, NULL, NULL);
}
