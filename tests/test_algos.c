// test_algos.c -- what every algorithm must promise, whatever it does: agent/algo/algo.h.
#include <stdlib.h>

#include "learner.h"

static bool can_learn(const algo_class *class, fake_kind kind)
{
    learner l;
    learner_begin(&l, class, kind, 1);
    const algo_problem problem = fake_problem(&l.task, 1, 1024, 1);
    const sw_status st = class->open(&problem, l.values, &l.algo);
    assert_true(st == SW_OK || st == SW_INVALID_ARGUMENT);
    class->close(st == SW_OK ? l.algo : NULL);
    fake_free(&l.task);
    return st == SW_OK;
}

// Calls test(class, kind) for every algorithm on a continuous and on a discrete task, or the one of
// them that it is for.
static void for_each(void (*test)(const algo_class *class, fake_kind kind))
{
    int count;
    const algo_class *const *all = algo_list(&count);
    for (int i = 0; i < count; i++) {
        for (int kind = FAKE_TARGET; kind <= FAKE_CORRIDOR; kind++) {
            if (can_learn(all[i], (fake_kind) kind)) {
                print_message("           %s, task %d\n", all[i]->name, kind);
                test(all[i], (fake_kind) kind);
            }
        }
    }
}

static learner_state *train(const algo_class *class, fake_kind kind, int threads)
{
    learner l;
    learner_state *state = malloc(sizeof(*state));
    learner_begin(&l, class, kind, 3);
    learner_open(&l, 1, threads);
    learner_run(&l, 4);
    learner_save(&l, NULL, state);
    learner_close(&l);
    return state;
}

static void check_threads(const algo_class *class, fake_kind kind)
{
    learner_state *one = train(class, kind, 1), *again = train(class, kind, 1);
    learner_state *two = train(class, kind, 2), *many = train(class, kind, 5);
    assert_memory_equal(one->bytes, again->bytes, one->used);
    assert_memory_equal(one->bytes, two->bytes, one->used);
    assert_memory_equal(one->bytes, many->bytes, one->used);
    free(one);
    free(again);
    free(two);
    free(many);
}

static void the_same_seed_gives_the_same_bits_with_any_number_of_threads(void **state)
{
    (void) state;
    for_each(check_threads);
}

static void check_first_batch(const algo_class *class, fake_kind kind)
{
    learner l;
    learner_begin(&l, class, kind, 3);
    learner_open(&l, 1, 1);
    for (int i = 0; i < 5; i++) {
        learner_run(&l, 1);
        const double error = learner_stat(&l, "ratio_error");
        assert_true(isnan(error) || error < 1e-5);  // not all have ratios
    }
    learner_close(&l);
}

static void the_first_rows_learned_from_have_ratio_1(void **state)
{
    (void) state;
    for_each(check_first_batch);
}

static bool is_of_training(const char *name)
{
    return strcmp(name, "random.decide") != 0;
}

// Two of a kind, one of which is asked for decisions again and again.
static void check_decisions(const algo_class *class, fake_kind kind)
{
    static learner_state quiet, asked;
    learner l[2];
    fake_group mode, sample, again;
    for (int i = 0; i < 2; i++) {
        learner_begin(&l[i], class, kind, 1);
        learner_open(&l[i], 1, 1);
        for (int update = 0; update < 3; update++) {
            learner_run(&l[i], 1);
            const sw_batch *batch = &l[i].task.group[0].batch;
            for (int n = 0; n < i * 4; n++) {
                class->decide(l[i].algo, batch, false, (void *[]){&mode.actions});
                class->decide(l[i].algo, batch, true, (void *[]){&sample.actions});
                class->decide(l[i].algo, batch, false, (void *[]){&again.actions});
                assert_memory_equal(mode.actions.f, again.actions.f, 8 * sizeof(float));
            }
        }
    }
    learner_save(&l[0], is_of_training, &quiet);
    learner_save(&l[1], is_of_training, &asked);
    assert_memory_equal(quiet.bytes, asked.bytes, quiet.used);
    learner_close(&l[0]);
    learner_close(&l[1]);
}

static void deciding_changes_nothing_that_training_sees(void **state)
{
    (void) state;
    for_each(check_decisions);
}

// One that learned, copied into a fresh one of another seed.
static void check_loading(const algo_class *class, fake_kind kind)
{
    static learner_state saved, loaded;
    learner old, fresh;
    fake_group want, have;
    learner_begin(&old, class, kind, 2);
    learner_begin(&fresh, class, kind, 2);
    learner_open(&old, 1, 1);
    learner_open(&fresh, 2, 1);
    learner_run(&old, 3);
    learner_save(&old, NULL, &saved);
    learner_load(&fresh, &saved);
    learner_save(&fresh, NULL, &loaded);
    assert_string_equal(saved.text, loaded.text);
    assert_memory_equal(saved.bytes, loaded.bytes, saved.used);

    const sw_batch *batch = &old.task.group[0].batch;
    class->decide(old.algo, batch, true, (void *[]){&want.actions});
    class->decide(fresh.algo, batch, true, (void *[]){&have.actions});
    assert_memory_equal(want.actions.f, have.actions.f, 4 * sizeof(float));
    learner_close(&old);
    learner_close(&fresh);
}

static void what_was_saved_and_loaded_decides_the_same(void **state)
{
    (void) state;
    for_each(check_loading);
}

static sw_status refuse(void *context, const algo_tensor *t)
{
    int *left = context;
    (void) t;
    return (*left)-- > 0 ? SW_OK : sw_fail(SW_IO, "full");
}

static sw_status count_tensor(void *context, const algo_tensor *t)
{
    (void) t;
    (*(int *) context)++;
    return SW_OK;
}

static void check_refusals(const algo_class *class, fake_kind kind)
{
    learner l;
    int count = 0;
    learner_begin(&l, class, kind, 1);
    learner_open(&l, 1, 1);
    assert_ok(class->tensors(l.algo, count_tensor, &count));
    assert_true(count > 8);
    for (int n = 0; n < count; n++) {
        int left = n;
        assert_int_equal(class->tensors(l.algo, refuse, &left), SW_IO);
        assert_int_equal(left, -1);
    }
    learner_close(&l);
}

static void the_visitors_first_error_ends_the_visit(void **state)
{
    (void) state;
    for_each(check_refusals);
}

static bool is_of_network(const char *name)
{
    const size_t length = strlen(name);
    return strcmp(name, "policy.log_std") == 0 ||
           (length > 7 && strcmp(name + length - 7, ".weight") == 0) ||
           (length > 5 && strcmp(name + length - 5, ".bias") == 0);
}

static void check_faulty(const algo_class *class, fake_kind kind)
{
    static learner_state before, after;
    learner l;
    learner_begin(&l, class, kind, 1);
    l.task.fault_every = 1;
    l.task.first_row[1] = l.task.group[0].rows = l.task.group[0].batch.rows = 1;  // row 0 alone
    learner_open(&l, 1, 1);
    learner_save(&l, is_of_network, &before);
    learner_run(&l, 1);
    learner_save(&l, is_of_network, &after);
    assert_true(before.used > 0);
    assert_memory_equal(before.bytes, after.bytes, before.used);
    learner_close(&l);
}

static void a_rollout_of_faulty_rows_changes_nothing(void **state)
{
    (void) state;
    for_each(check_faulty);
}

static void check_networks(const algo_class *class, fake_kind kind)
{
    learner l;
    learner_begin(&l, class, kind, 1);
    strcpy(fake_value(class, l.values, "hidden")->s, "64;64");
    const algo_problem problem = fake_problem(&l.task, 1, 1024, 1);
    assert_int_equal(class->open(&problem, l.values, &l.algo), SW_INVALID_ARGUMENT);
    assert_says("64;64");
    fake_free(&l.task);
}

static void bad_networks_are_refused_at_open(void **state)
{
    (void) state;
    for_each(check_networks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_bits_with_any_number_of_threads),
        cmocka_unit_test(the_first_rows_learned_from_have_ratio_1),
        cmocka_unit_test(deciding_changes_nothing_that_training_sees),
        cmocka_unit_test(what_was_saved_and_loaded_decides_the_same),
        cmocka_unit_test(the_visitors_first_error_ends_the_visit),
        cmocka_unit_test(a_rollout_of_faulty_rows_changes_nothing),
        cmocka_unit_test(bad_networks_are_refused_at_open),
    };
    return cmocka_run_group_tests_name("algos", tests, NULL, NULL);
}
