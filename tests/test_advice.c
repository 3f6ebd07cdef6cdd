// test_advice.c -- agent/store/advice.c: what is said, and when nothing is.
#include "advice.h"

#include <string.h>

#include "test.h"

enum { SIZE = 1000 };

// What is said of a run of `algo_name` whose options a person gave as `items` [count].
static void advise(const char *algo_name, const sw_assignment *items, int count, char *text)
{
    config c;
    const sw_assignment named[] = {{"env", "X"}, {"algo", algo_name}};
    const config_source sources[] = {{"named", named, 2}, {"flags", items, count}};
    assert_ok(config_resolve(sources, 2, &c));
    advice_print(&c, &sources[1], text, SIZE);
}

#define ADVISE(name, text, ...)                                                                    \
    advise(name, (const sw_assignment[]){__VA_ARGS__},                                             \
           (int) (sizeof((const sw_assignment[]){__VA_ARGS__}) / sizeof(sw_assignment)), text)

static void an_option_that_counts_only_beside_another_is_named(void **state)
{
    (void) state;
    char text[SIZE];
    ADVISE("actor_critic", text, {"n_steps", "3"}, {"lambda", "0.9"});
    assert_string_equal(text, "n_steps changes nothing: it counts only where estimator=n_step or "
                              "target=n_step\n");
    ADVISE("dqn", text, {"target_every", "100"}, {"tau", "0.01"});
    assert_string_equal(text, "target_every changes nothing: it counts only where tau=0\n");
    ADVISE("sac", text, {"target_entropy", "-2"}, {"auto_temperature", "false"});
    assert_non_null(strstr(text, "target_entropy changes nothing"));
    ADVISE("ppo", text, {"objective", "none"}, {"beta_lr", "1"}, {"kl_target", "1"});
    assert_non_null(strstr(text, "beta_lr changes nothing: it counts only where "
                                 "objective=lagrangian\nkl_target changes nothing"));
}

static void an_option_that_counts_is_not(void **state)
{
    (void) state;
    char text[SIZE];
    ADVISE("actor_critic", text, {"n_steps", "3"}, {"target", "n_step"}, {"estimator", "td"});
    assert_string_equal(text, "");
    ADVISE("actor_critic", text, {"lambda", "0.9"}, {"estimator", "td"});
    assert_string_equal(text, "");
    ADVISE("ppo", text, {"lambda", "0.9"}, {"beta", "2"}, {"objective", "adaptive_kl"});
    assert_string_equal(text, "");
    ADVISE("ppo", text, {"clip", "0.1"}, {"lr", "1e-4"}, {"objective", "none"});
    assert_string_equal(text, "");  // values are clipped still
    ADVISE("dqn", text, {"target_every", "100"}, {"tau", "0.0"});
    assert_string_equal(text, "");
}

static void what_nobody_gave_is_not(void **state)
{
    (void) state;
    char text[SIZE];
    ADVISE("sac", text, {"auto_temperature", "false"});
    assert_string_equal(text, "");
}

static void a_run_of_random_actions_alone_is_said_to_be_one(void **state)
{
    (void) state;
    char text[SIZE];
    ADVISE("td3", text, {"steps", "25000"});
    assert_string_equal(text, "nothing will be learned: start_steps is 25000, of 25000 steps\n");
    ADVISE("td3", text, {"steps", "25001"});
    assert_string_equal(text, "");
    ADVISE("ppo", text, {"steps", "1"});
    assert_string_equal(text, "");
}

static void a_text_without_room_is_cut(void **state)
{
    (void) state;
    config c;
    char text[8] = "old";
    const sw_assignment items[] = {{"env", "X"}, {"algo", "td3"}, {"steps", "10"}};
    const config_source source = {"flags", items, 3};
    assert_ok(config_resolve(&source, 1, &c));
    advice_print(&c, &source, text, sizeof(text));
    assert_string_equal(text, "nothing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_option_that_counts_only_beside_another_is_named),
        cmocka_unit_test(an_option_that_counts_is_not),
        cmocka_unit_test(what_nobody_gave_is_not),
        cmocka_unit_test(a_run_of_random_actions_alone_is_said_to_be_one),
        cmocka_unit_test(a_text_without_room_is_cut),
    };
    return cmocka_run_group_tests_name("advice", tests, NULL, NULL);
}
