// test_algo_state.c -- what algo.h promises of algo_class.tensors: an algorithm that was opened
// alike and loaded goes on bit for bit, whenever the other was saved.
//
// One learner goes through its turns. At many of them it is copied into a fresh one, by what it
// shows alone, and both are given the same for a while: every action, statistic and array must stay
// the same. A forgotten array shows as soon as it is read.
#include "learner.h"

enum { LOOK_AHEAD = 75 };  // turns; an iteration is 24 of them, or up to twice as many

// What makes an algorithm keep more than it does by default.
typedef struct variant {
    const char *algo, *param, *choice;  // param NULL: as it is
} variant;

static void begin(learner *l, const variant *v, fake_kind kind)
{
    learner_begin(l, algo_find(v->algo), kind, 3);
    learner_set_small(l, "horizon", 8);
    learner_set_small(l, "epochs", 2);
    learner_set_small(l, "critic_epochs", 2);
    learner_set_small(l, "target_updates", 2);
    if (v->param != NULL) {
        sw_value *value = fake_value(l->class, l->values, v->param);
        assert_ok(sw_setting_parse(&l->class->params[value - l->values], v->choice, value));
    }
    l->task.fault_every = 7;
}

static sw_status open_algo(learner *l)
{
    const algo_problem problem = fake_problem(&l->task, 1, 1 << 13, 1);
    return l->class->open(&problem, l->values, &l->algo);
}

static void compare(learner *a, learner *b, const char *when)
{
    static learner_state one, two;
    learner_save(a, NULL, &one);
    learner_save(b, NULL, &two);
    assert_string_equal(one.text, two.text);
    if (memcmp(one.bytes, two.bytes, one.used) != 0) {
        fail_msg("an array differs %s", when);
    }
}

static void decide(learner *l, fake_group *out)
{
    out->actions = l->task.group[0].actions;
    l->class->decide(l->algo, &l->task.group[0].batch, true, (void *[]){&out->actions});
}

// The next turn of both, which are at the same.
static void turn(learner *a, learner *b)
{
    double stats[2][LEARNER_STATS];
    fake_group one, two;
    const bool updated = fake_turn(&a->task, a->class, a->algo);
    assert_int_equal(fake_turn(&b->task, b->class, b->algo), updated);
    a->class->stats(a->algo, stats[0]);
    b->class->stats(b->algo, stats[1]);
    assert_memory_equal(stats[0], stats[1], (size_t) a->class->stat_count * sizeof(double));
    if (updated) {
        compare(a, b, "after an update");
        fake_release(&a->task, a->class, a->algo);
        fake_release(&b->task, b->class, b->algo);
    }
    decide(a, &one);
    decide(b, &two);
    assert_memory_equal(&one.actions, &two.actions, sizeof(one.actions));
    for (int g = 0; g < a->task.groups; g++) {
        assert_memory_equal(&a->task.group[g].actions, &b->task.group[g].actions,
                            sizeof(a->task.group[g].actions));
    }
}

// Goes on with `l` and a copy of it. `released`: the groups that wait have acted after an update.
static void check_copy(learner *l, const variant *v, bool released)
{
    static learner_state saved;
    learner copy;
    begin(&copy, v, l->task.kind);
    assert_ok(open_algo(&copy));
    learner_save(l, NULL, &saved);
    learner_load(&copy, &saved);
    fake_copy(&copy.task, &l->task);
    compare(l, &copy, "at once");
    if (!released) {
        fake_release(&l->task, l->class, l->algo);
        fake_release(&copy.task, copy.class, copy.algo);
    }
    for (int i = 0; i < LOOK_AHEAD; i++) {
        turn(l, &copy);
    }
    compare(l, &copy, "later on");
    learner_close(&copy);
}

static void run(learner *l, int turns)
{
    for (int i = 0; i < turns; i++) {
        if (fake_turn(&l->task, l->class, l->algo)) {
            fake_release(&l->task, l->class, l->algo);
        }
    }
}

static void run_into_update(learner *l)
{
    while (!fake_turn(&l->task, l->class, l->algo)) {
    }
}

static void check_variant(const variant *v)
{
    static const int turns[] = {0, 1, 1, 0, 5, 9, 14, 20, 23, 180};  // between the copies
    for (int kind = FAKE_TARGET; kind <= FAKE_CORRIDOR; kind++) {
        learner l;
        begin(&l, v, (fake_kind) kind);
        if (open_algo(&l) != SW_OK) {
            fake_free(&l.task);
            continue;
        }
        print_message("           %s %s, task %d\n", v->algo, v->param != NULL ? v->param : "",
                      kind);
        fake_start(&l.task, l.class, l.algo);
        for (size_t i = 0; i < sizeof(turns) / sizeof(turns[0]); i++) {
            run(&l, turns[i]);
            check_copy(&l, v, true);
        }
        for (int i = 0; i < 2; i++) {
            run_into_update(&l);
            check_copy(&l, v, false);
        }
        learner_close(&l);
    }
}

static void every_algorithm_goes_on_as_if_it_had_not_been_copied(void **state)
{
    (void) state;
    int count;
    const algo_class *const *all = algo_list(&count);
    for (int i = 0; i < count; i++) {
        check_variant(&(variant){.algo = all[i]->name});
    }
}

static void so_do_those_whose_options_make_them_keep_more(void **state)
{
    (void) state;
    static const variant variants[] = {
        {"reinforce", "estimator", "total"},
        {"pg", "baseline", "independent"},
        {"actor_critic", "estimator", "q"},
        {"actor_critic", "estimator", "baseline"},
        {"actor_critic", "target", "n_step"},
        {"a2c", "trunk", "shared"},
        {"ppo", "objective", "adaptive_kl"},
        {"ppo", "objective", "lagrangian"},
        {"npg", "step", "rate"},
        {"dqn", "n_step", "3"},
        {"dqn", "updates_per_step", "0.3"},
    };
    for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
        check_variant(&variants[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_algorithm_goes_on_as_if_it_had_not_been_copied),
        cmocka_unit_test(so_do_those_whose_options_make_them_keep_more),
    };
    return cmocka_run_group_tests_name("algo_state", tests, NULL, NULL);
}
