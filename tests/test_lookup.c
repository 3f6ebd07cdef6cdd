// test_lookup.c -- simserver/server/lookup.c: which tasks an unknown id leads to.
#include "lookup.h"

#include <stdio.h>
#include <string.h>

#include "test.h"

static const sw_env_class hopper_5 = {.id = "Hopper-v5"}, hopper_4 = {.id = "Hopper-v4"},
                          walker_4 = {.id = "Walker2d-v4"}, walker_5 = {.id = "Walker2d-v5"},
                          maze = {.id = "Maze"}, cart = {.id = "CartPole-v1"};

static const sw_env_class *const tasks[] = {&hopper_5, &hopper_4, &walker_4,
                                            &walker_5, &maze,     &cart};
enum { COUNT = sizeof(tasks) / sizeof(tasks[0]) };

static void assert_text(const char *id, const char *text)
{
    assert_null(lookup_task(tasks, COUNT, id));
    assert_int_equal(lookup_failed(tasks, COUNT, id), SW_NOT_FOUND);
    assert_string_equal(sw_last_error(), text);
}

static void a_task_is_found_by_its_whole_id(void **state)
{
    (void) state;
    assert_ptr_equal(lookup_task(tasks, COUNT, "Walker2d-v4"), &walker_4);
    assert_ptr_equal(lookup_task(tasks, COUNT, "Maze"), &maze);
    assert_null(lookup_task(tasks, COUNT, "hopper-v5"));
}

static void an_unknown_version_leads_to_those_there_are_newest_first(void **state)
{
    (void) state;
    assert_text("Hopper-v3", "no task 'Hopper-v3': version 3 is not offered; use 'Hopper-v5' (or "
                             "'Hopper-v4')");
    assert_text("Walker2d-v2", "no task 'Walker2d-v2': version 2 is not offered; use "
                               "'Walker2d-v5' (or 'Walker2d-v4')");
    assert_text("CartPole-v0", "no task 'CartPole-v0': version 0 is not offered; use "
                               "'CartPole-v1'");
    assert_text("Maze-v1", "no task 'Maze-v1': version 1 is not offered; use 'Maze'");
}

static void a_name_alone_leads_to_its_versions(void **state)
{
    (void) state;
    assert_text("Hopper", "no task 'Hopper'; use 'Hopper-v5' (or 'Hopper-v4')");
}

static void a_near_miss_leads_to_the_nearest_name(void **state)
{
    (void) state;
    assert_text("hopper-v5", "no task 'hopper-v5'; did you mean 'Hopper-v5' (or 'Hopper-v4')?");
    assert_text("Wlker-v3", "no task 'Wlker-v3'; did you mean 'Walker2d-v5' (or 'Walker2d-v4')?");
    assert_text("Cart", "no task 'Cart'; did you mean 'CartPole-v1'?");
}

static void any_other_id_leads_to_the_newest_of_each_name(void **state)
{
    (void) state;
    const char *list = "this server has Hopper-v5, Walker2d-v5, Maze, CartPole-v1, and older "
                       "versions";
    const char *ids[] = {"Breakout-v5", "", "-v5", "v3"};
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        assert_int_equal(lookup_failed(tasks, COUNT, ids[i]), SW_NOT_FOUND);
        assert_non_null(strstr(sw_last_error(), list));
    }
    assert_int_equal(lookup_failed(tasks, 1, "Breakout"), SW_NOT_FOUND);
    assert_string_equal(sw_last_error(), "no task 'Breakout'; this server has Hopper-v5");
}

static void a_server_without_tasks_says_so(void **state)
{
    (void) state;
    assert_int_equal(lookup_failed(tasks, 0, "Hopper-v5"), SW_NOT_FOUND);
    assert_string_equal(sw_last_error(), "no task 'Hopper-v5'; this server has nothing");
}

// 40 names of 29 letters that are all unlike the id: more than fit into a text.
static void a_long_list_is_cut_and_shows_it(void **state)
{
    (void) state;
    enum { MANY = 40, BYTES = 34 };
    char ids[MANY][BYTES];
    sw_env_class classes[MANY];
    const sw_env_class *many[MANY];
    for (int i = 0; i < MANY; i++) {
        (void) snprintf(ids[i], BYTES, "abcdefghijklmnopqrstuvwxyz%03d-v1", i);
        classes[i] = (sw_env_class){.id = ids[i]};
        many[i] = &classes[i];
    }
    assert_int_equal(lookup_failed(many, MANY, "Hopper-v5"), SW_NOT_FOUND);
    const size_t length = strlen(sw_last_error());
    assert_true(length < 500);
    assert_string_equal(sw_last_error() + length - 3, "...");
}

// From a peer it may be anything.
static void an_endless_id_or_version_is_cut(void **state)
{
    (void) state;
    char id[1000];
    memset(id, '7', sizeof(id) - 1);
    id[sizeof(id) - 1] = '\0';
    memcpy(id, "Hopper-v", 8);
    assert_int_equal(lookup_failed(tasks, COUNT, id), SW_NOT_FOUND);
    assert_true(strlen(sw_last_error()) < 500);
    assert_text("Hopper-v99999999999", "no task 'Hopper-v99999999999'; this server has Hopper-v5, "
                                       "Walker2d-v5, Maze, CartPole-v1, and older versions");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_is_found_by_its_whole_id),
        cmocka_unit_test(an_unknown_version_leads_to_those_there_are_newest_first),
        cmocka_unit_test(a_name_alone_leads_to_its_versions),
        cmocka_unit_test(a_near_miss_leads_to_the_nearest_name),
        cmocka_unit_test(any_other_id_leads_to_the_newest_of_each_name),
        cmocka_unit_test(a_server_without_tasks_says_so),
        cmocka_unit_test(a_long_list_is_cut_and_shows_it),
        cmocka_unit_test(an_endless_id_or_version_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
