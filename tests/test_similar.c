// test_similar.c -- base/similar.c: which names can be taken for each other.
#include "similar.h"

#include <string.h>

#include "test.h"

static int measure(const char *a, const char *b)
{
    return similar_distance(a, (int) strlen(a), b, (int) strlen(b));
}

// kitten -> sitten -> sittin -> sitting, the textbook's example
static void a_letter_in_out_or_changed_counts_one(void **state)
{
    (void) state;
    assert_int_equal(measure("kitten", "sitting"), 3);
    assert_int_equal(measure("sitting", "kitten"), 3);
    assert_int_equal(measure("lr", "lrr"), 1);
    assert_int_equal(measure("gamma", "gamma"), 0);
    assert_int_equal(measure("GAMMA", "gamma"), 0);
}

static void more_than_half_of_the_longer_one_is_too_much(void **state)
{
    (void) state;
    assert_int_equal(measure("abcd", "abxy"), 2);
    assert_int_equal(measure("abcd", "axyz"), -1);
    assert_int_equal(measure("", "a"), -1);
    assert_int_equal(measure("", ""), 0);
}

static void only_the_given_letters_count(void **state)
{
    (void) state;
    assert_int_equal(similar_distance("Hopper-v5", 6, "hopper", 6), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_letter_in_out_or_changed_counts_one),
        cmocka_unit_test(more_than_half_of_the_longer_one_is_too_much),
        cmocka_unit_test(only_the_given_letters_count),
    };
    return cmocka_run_group_tests_name("similar", tests, NULL, NULL);
}
