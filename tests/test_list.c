// test_list.c -- agent/algo/list.c: every algorithm is complete.
#include <string.h>

#include <algo.h>

#include "test.h"

static void every_algorithm_is_found_by_its_name(void **state)
{
    (void) state;
    int count;
    const algo_class *const *all = algo_list(&count);
    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        assert_ptr_equal(algo_find(all[i]->name), all[i]);
    }
    assert_null(algo_find("pp"));
}

static void every_hyper_parameter_has_a_doc_and_a_default_within_its_range(void **state)
{
    (void) state;
    int count;
    const algo_class *const *all = algo_list(&count);
    for (int i = 0; i < count; i++) {
        for (int k = 0; k < all[i]->param_count; k++) {
            const sw_setting *s = &all[i]->params[k];
            assert_non_null(s->name);
            assert_true(strlen(s->doc) > 0);
            assert_ok(sw_setting_check(s, &s->initial));
        }
    }
}

static void every_algorithm_fills_the_whole_table(void **state)
{
    (void) state;
    int count;
    const algo_class *const *all = algo_list(&count);
    for (int i = 0; i < count; i++) {
        const algo_class *c = all[i];
        assert_true(c->doc && c->open && c->observe && c->act && c->update && c->stats &&
                    c->decide && c->tensors && c->close);
        for (int k = 0; k < c->stat_count; k++) {
            assert_non_null(c->stat_names[k]);
        }
        c->close(NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_algorithm_is_found_by_its_name),
        cmocka_unit_test(every_hyper_parameter_has_a_doc_and_a_default_within_its_range),
        cmocka_unit_test(every_algorithm_fills_the_whole_table),
    };
    return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
