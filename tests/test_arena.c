// test_arena.c -- base/arena.c
#include <string.h>

#include "arena.h"
#include "test.h"

enum { SIZE = 256 };

static int setup(void **state)
{
    static arena a;
    *state = &a;
    return arena_init(&a, SIZE) == SW_OK ? 0 : -1;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static void memory_is_zeroed_and_aligned(void **state)
{
    arena *a = *state;
    memset(a->memory, 0xff, SIZE);
    arena_take(a, 1);
    const unsigned char *p = arena_alloc(a, 100);
    assert_int_equal((uintptr_t) p % 64, 0);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(p[i], 0);
    }
    assert_int_equal((uintptr_t) arena_take(a, 1) % 16, 0);
}

static void pieces_do_not_overlap(void **state)
{
    arena *a = *state;
    unsigned char *p = arena_alloc(a, 65);
    unsigned char *q = arena_take(a, 17);
    unsigned char *r = arena_take(a, 1);
    assert_true(q >= p + 65 && r >= q + 17);
}

static void it_holds_its_size_and_not_a_byte_more(void **state)
{
    arena *a = *state;
    assert_non_null(arena_alloc(a, SIZE));
    assert_null(arena_take(a, 1));
    arena_reset(a);
    assert_null(arena_alloc(a, SIZE + 1));
    assert_null(arena_take(a, SIZE_MAX));
    assert_non_null(arena_take(a, SIZE));
}

static void a_request_that_does_not_fit_takes_nothing(void **state)
{
    arena *a = *state;
    assert_non_null(arena_take(a, 16));
    assert_null(arena_take(a, SIZE));
    assert_non_null(arena_take(a, SIZE - 16));
}

static void pieces_of_no_bytes_differ(void **state)
{
    arena *a = *state;
    assert_ptr_not_equal(arena_take(a, 0), arena_take(a, 0));
}

static void a_reset_gives_the_same_memory_again(void **state)
{
    arena *a = *state;
    const void *first = arena_alloc(a, 10);
    arena_reset(a);
    assert_ptr_equal(arena_alloc(a, 10), first);
}

static void pages_that_a_large_use_needed_are_given_back(void **state)
{
    (void) state;
    enum { LARGE = 1 << 20, KEEP = 1 << 16, PAGE = 1 << 16 };  // no page is larger
    arena a;
    assert_ok(arena_init(&a, LARGE));
    memset(arena_take(&a, LARGE), 0xff, LARGE);
    arena_trim(&a, KEEP);
    assert_int_equal(a.memory[KEEP - 1], 0xff);
    for (int i = KEEP + PAGE; i < LARGE - PAGE; i++) {
        assert_int_equal(a.memory[i], 0);  // a new page
    }
    assert_ptr_equal(arena_take(&a, LARGE), a.memory);
    arena_free(&a);
}

static void a_small_use_keeps_its_pages(void **state)
{
    arena *a = *state;
    memset(arena_take(a, SIZE), 0xff, SIZE);
    arena_trim(a, SIZE);
    const unsigned char *again = arena_take(a, SIZE);
    assert_ptr_equal(again, a->memory);
    assert_int_equal(again[0], 0xff);
    assert_int_equal(again[SIZE - 1], 0xff);
}

static void an_impossible_size_is_an_error(void **state)
{
    (void) state;
    arena a = {0};
    assert_int_equal(arena_init(&a, SIZE_MAX), SW_NO_MEMORY);
    arena_free(&a);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(memory_is_zeroed_and_aligned),
        T(pieces_do_not_overlap),
        T(it_holds_its_size_and_not_a_byte_more),
        T(a_request_that_does_not_fit_takes_nothing),
        T(pieces_of_no_bytes_differ),
        T(a_reset_gives_the_same_memory_again),
        T(a_small_use_keeps_its_pages),
        cmocka_unit_test(pages_that_a_large_use_needed_are_given_back),
        cmocka_unit_test(an_impossible_size_is_an_error),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
