// test_unknown.c -- agent/store/unknown.c and words.c: what is said of names that do not exist.
#include "unknown.h"

#include <stdio.h>
#include <string.h>

#include "config.h"
#include "test.h"
#include "words.h"

static void refuse(const char *algo_name, const char *option)
{
    int count;
    const sw_setting *common = config_common(&count);
    assert_int_equal(unknown_option(algo_find(algo_name), common, count, option), SW_NOT_FOUND);
}

static void an_option_of_other_algorithms_is_said_to_be_theirs(void **state)
{
    (void) state;
    refuse("trpo", "clip");
    assert_says("trpo has no option 'clip' (only ");
    assert_says("; it has: envs, groups, steps, seed, eval_every, checkpoint_every, keep, "
                "no_replay, env.NAME, horizon, ");
    assert_says("max_kl");
}

static void an_option_of_none_has_no_owner(void **state)
{
    (void) state;
    refuse("trpo", "wings");
    assert_says("trpo has no option 'wings'; it has: ");
}

static void a_typing_error_leads_to_the_option_that_was_meant(void **state)
{
    (void) state;
    refuse("ppo", "gama");
    assert_says("did you mean gamma?");
    refuse("ppo", "max_grad_nrom");
    assert_says("did you mean max_grad_norm?");
    refuse("ppo", "stpes");
    assert_says("did you mean steps?");
}

// The names that other libraries use.
static void a_part_of_a_name_leads_to_the_option_that_was_meant(void **state)
{
    (void) state;
    refuse("ppo", "gae_lambda");
    assert_says("did you mean lambda?");
    refuse("ppo", "clip_range");
    assert_says("did you mean clip?");
    refuse("trpo", "kl");
    assert_says("did you mean max_kl?");
}

static void an_unknown_algorithm_leads_to_those_there_are(void **state)
{
    (void) state;
    assert_int_equal(unknown_algo("tpro"), SW_NOT_FOUND);
    assert_says("no algorithm 'tpro'; there are: ");
    assert_says("trpo");
}

static void assert_is_cut_between_words(void)
{
    const char *text = sw_last_error();
    const size_t length = strlen(text);
    assert_in_range(length, 0, 499);
    assert_string_equal(text + length - strlen(", ..."), ", ...");
}

static void more_options_than_fit_into_a_text_end_with_dots(void **state)
{
    (void) state;
    enum { MANY = 64, NAME = 20 };
    char names[MANY][NAME], endless[1000];
    sw_setting params[MANY];
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], NAME, "option_number_%d", i);
        params[i] = (sw_setting){.name = names[i]};
    }
    const algo_class many = {.name = "many", .params = params, .param_count = MANY};
    memset(endless, 'x', sizeof(endless) - 1);
    endless[sizeof(endless) - 1] = 0;

    assert_int_equal(unknown_option(&many, NULL, 0, "wings"), SW_NOT_FOUND);
    assert_is_cut_between_words();
    assert_int_equal(unknown_option(&many, NULL, 0, endless), SW_NOT_FOUND);
    assert_is_cut_between_words();
    assert_int_equal(unknown_option(&many, NULL, 0, "gamma"), SW_NOT_FOUND);
    assert_is_cut_between_words();
    assert_int_equal(unknown_algo(endless), SW_NOT_FOUND);
    assert_says("there are: ");
}

// "aa, bb" and ", ..." take 11 bytes, and a 0.
static void a_list_is_cut_between_words(void **state)
{
    (void) state;
    char list[12] = "";
    words_add(list, sizeof(list), "aa");
    words_add(list, sizeof(list), "bb");
    assert_string_equal(list, "aa, bb");
    words_add(list, sizeof(list), "cc");
    assert_string_equal(list, "aa, bb, ...");
    words_add(list, sizeof(list), "d");
    assert_string_equal(list, "aa, bb, ...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_option_of_other_algorithms_is_said_to_be_theirs),
        cmocka_unit_test(an_option_of_none_has_no_owner),
        cmocka_unit_test(a_typing_error_leads_to_the_option_that_was_meant),
        cmocka_unit_test(a_part_of_a_name_leads_to_the_option_that_was_meant),
        cmocka_unit_test(an_unknown_algorithm_leads_to_those_there_are),
        cmocka_unit_test(more_options_than_fit_into_a_text_end_with_dots),
        cmocka_unit_test(a_list_is_cut_between_words),
    };
    return cmocka_run_group_tests_name("unknown", tests, NULL, NULL);
}
