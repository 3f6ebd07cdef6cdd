// test_status.c -- base/status.c: codes, their texts and the text of the last failure.
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "test.h"

static void the_protocols_codes_keep_their_numbers(void **state)
{
    (void) state;
    assert_int_equal(SW_OK, 0);
    assert_int_equal(SW_INVALID_ARGUMENT, 1);
    assert_int_equal(SW_INTERNAL, 13);
    assert_int_equal(SW_NO_MEMORY, 32);
}

static void every_code_has_a_name_and_a_text_of_its_own(void **state)
{
    (void) state;
#define X(name, number, text) {name, #name, text},
    const struct {
        sw_status status;
        const char *name, *text;
    } all[] = {SW_STATUS_MAP(X)};
#undef X
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        assert_string_equal(sw_status_name(all[i].status), all[i].name + strlen("SW_"));
        assert_string_equal(sw_status_text(all[i].status), all[i].text);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(all[i].text, all[j].text);
            assert_int_not_equal(all[i].status, all[j].status);
        }
    }
}

static void an_unknown_number_is_called_so(void **state)
{
    (void) state;
    assert_string_equal(sw_status_name((sw_status) 999), "UNKNOWN");
    assert_non_null(sw_status_text((sw_status) 999));
}

static void a_failure_keeps_its_code_and_text(void **state)
{
    (void) state;
    assert_int_equal(sw_fail(SW_NOT_FOUND, "no task '%s'", "Hopper"), SW_NOT_FOUND);
    assert_string_equal(sw_last_error(), "no task 'Hopper'");
}

static void a_failure_may_quote_the_one_before(void **state)
{
    (void) state;
    sw_fail(SW_IO, "disk full");
    sw_fail(SW_IO, "run/config.yaml: %s", sw_last_error());
    assert_string_equal(sw_last_error(), "run/config.yaml: disk full");
}

static void a_long_text_is_cut_at_500_bytes(void **state)
{
    (void) state;
    sw_fail(SW_IO, "%0600d", 0);
    assert_int_equal(strlen(sw_last_error()), 500);
}

static void *fail_elsewhere(void *first)
{
    // a fresh thread has no error, whatever the others did
    strcpy(first, sw_last_error());
    sw_fail(SW_IO, "elsewhere");
    return NULL;
}

static void each_thread_has_its_own_text(void **state)
{
    (void) state;
    char first[600] = "untouched";
    pthread_t thread;
    sw_fail(SW_IO, "here");
    assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, first), 0);
    pthread_join(thread, NULL);
    assert_string_equal(first, "");
    assert_string_equal(sw_last_error(), "here");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_protocols_codes_keep_their_numbers),
        cmocka_unit_test(every_code_has_a_name_and_a_text_of_its_own),
        cmocka_unit_test(an_unknown_number_is_called_so),
        cmocka_unit_test(a_failure_keeps_its_code_and_text),
        cmocka_unit_test(a_failure_may_quote_the_one_before),
        cmocka_unit_test(a_long_text_is_cut_at_500_bytes),
        cmocka_unit_test(each_thread_has_its_own_text),
    };
    return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
