// test_off_policy.c -- agent/algo/off_policy.c: what all that learn from a replay have from it,
// seen through dqn.
#include <dqn.h>

#include "learner.h"

typedef struct fixture {
    learner l;
    off_policy *o;
} fixture;

// A learner of transitions over three steps, so that there are always some that are not yet ones.
static void begin(fixture *f)
{
    learner_begin(&f->l, &algo_dqn, FAKE_CORRIDOR, 2);
    learner_set_small(&f->l, "n_step", 3);
}

static void open_with(fixture *f, uint64_t seed)
{
    learner_open(&f->l, seed, 1);
    f->o = (off_policy *) f->l.algo;
}

static bool is_no_replay(const char *name)
{
    return strncmp(name, "replay.", 7) != 0;
}


// ---- going on -----------------------------------------------------------------------------------

// Two reports in, the ring of `buffer` has gone round or not; two more, with what was loaded.
static void check_going_on(int64_t buffer)
{
    static learner_state saved, want, have;
    fixture old, fresh;
    begin(&old);
    begin(&fresh);
    learner_set_small(&old.l, "buffer", buffer);
    learner_set_small(&fresh.l, "buffer", buffer);
    open_with(&old, 1);
    open_with(&fresh, 2);
    learner_run(&old.l, 2);
    learner_save(&old.l, NULL, &saved);
    learner_load(&fresh.l, &saved);
    fake_copy(&fresh.l.task, &old.l.task);
    learner_run(&old.l, 2);
    learner_run(&fresh.l, 2);
    learner_save(&old.l, NULL, &want);
    learner_save(&fresh.l, NULL, &have);
    assert_int_equal(want.used, have.used);
    assert_memory_equal(want.bytes, have.bytes, want.used);
    assert_near(learner_stat(&old.l, "loss"), learner_stat(&fresh.l, "loss"), 0);
    learner_close(&old.l);
    learner_close(&fresh.l);
}

static void what_was_loaded_goes_on_bit_for_bit(void **state)
{
    (void) state;
    check_going_on(512);
    check_going_on(1500);
}

static void what_was_loaded_without_a_replay_fills_a_new_one(void **state)
{
    (void) state;
    static learner_state saved;
    fixture old, fresh;
    begin(&old);
    begin(&fresh);
    open_with(&old, 1);
    open_with(&fresh, 2);
    learner_run(&old.l, 2);
    learner_save(&old.l, is_no_replay, &saved);
    saved.wanted = is_no_replay;
    learner_load(&fresh.l, &saved);
    assert_int_equal(fresh.o->replay.count, 0);
    assert_int_equal(fresh.o->steps, old.o->steps);
    const int64_t updates = fresh.o->updates;
    learner_run(&fresh.l, 1);
    assert_int_equal(fresh.o->replay.count, 512);
    assert_true(fresh.o->updates > updates + 900);
    learner_close(&old.l);
    learner_close(&fresh.l);
}

static void an_impossible_replay_is_refused(void **state)
{
    (void) state;
    static learner_state saved;
    fixture f;
    begin(&f);
    open_with(&f, 1);
    learner_run(&f.l, 1);
    f.o->replay.next = 512;
    assert_int_equal(algo_dqn.tensors(f.l.algo, learner_visit, &saved), SW_INVALID_ARGUMENT);
    assert_says("the next at 512");
    learner_close(&f.l);
}

// Whoever resumes without the states of the environments begins new episodes: act() alone is
// called.
static void no_transition_leads_from_one_episode_into_another(void **state)
{
    (void) state;
    fixture f;
    begin(&f);
    open_with(&f, 1);
    fake_group *g = &f.l.task.group[0];
    memset(g->rewards, 0, sizeof(g->rewards));
    memset(g->flags, 0, sizeof(g->flags));
    algo_dqn.observe(f.l.algo, 0, &g->batch);
    assert_int_equal(f.o->replay.pending_count[0], 1);
    g->flags[0] = SW_FIRST;
    fake_act(&f.l.task, &algo_dqn, f.l.algo, 0);
    assert_int_equal(f.o->replay.pending_count[0], 0);
    assert_int_equal(f.o->replay.pending_count[1], 1);
    learner_close(&f.l);
}

static void fill(float *obs, float number)
{
    for (int k = 0; k < FAKE_OBS; k++) {
        obs[k] = number;
    }
}

// Row i saw i, was paid 10 i and then saw i + 1/2, but for those whose next episode began with 99:
// that of row 1 was terminated, that of row 2 truncated, and the step of row 3 did not happen.
static void step_rows(fake_group *g)
{
    static const uint8_t flags[] = {0, SW_TERMINATED, SW_TRUNCATED, SW_FAULTY | SW_TRUNCATED};
    for (int i = 0; i < 4; i++) {
        fill(g->obs + i * FAKE_OBS, flags[i] != 0 ? 99 : (float) i + 0.5f);
        g->flags[i] = flags[i] != 0 ? flags[i] | SW_FIRST : 0;
        g->rewards[i] = 10 * i;
        g->final_index[i] = i - 1;
        if (i > 0) {
            fill(g->finals + (i - 1) * FAKE_OBS, (float) i + 0.5f);
        }
    }
    g->batch.final_count = 3;
}

static void rows_become_transitions_as_their_flags_say(void **state)
{
    (void) state;
    const int which[] = {0, 1, 2};
    fixture f;
    learner_begin(&f.l, &algo_dqn, FAKE_CORRIDOR, 2);
    open_with(&f, 1);
    fake_group *g = &f.l.task.group[0];
    for (int i = 0; i < 4; i++) {
        fill(g->obs + i * FAKE_OBS, (float) i);
    }
    fake_act(&f.l.task, &algo_dqn, f.l.algo, 0);
    step_rows(g);
    assert_int_equal(algo_dqn.observe(f.l.algo, 0, &g->batch), ALGO_GO);
    assert_int_equal(f.o->replay.count, 3);
    replay_gather(&f.o->replay, which, 3, &f.o->batch);
    const replay_batch *b = &f.o->batch;
    for (int i = 0; i < 3; i++) {
        assert_near(b->obs[i * FAKE_OBS], i, 0);
        assert_near(b->input[i * (FAKE_OBS + 1) + FAKE_OBS], g->actions.i[i], 0);
        assert_near(b->reward[i], 10 * i, 0);
        assert_near(b->discount[i], i == 1 ? 0 : 0.99, 1e-7);
        assert_near(b->next[i * FAKE_OBS], i + 0.5, 0);
    }
    learner_close(&f.l);
}

// A task of one row that sees four uint8 and has two choices.
static void picture_spec(sw_spec *spec)
{
    const double low = 0, high = 1;
    const sw_tensor seen = {.name = "picture", .dtype = SW_UINT8, .dims = 1, .shape = {4}};
    const sw_tensor move = {.name = "move", .dtype = SW_INT64, .low = &low, .high = &high};
    assert_ok(sw_spec_init(spec, "Picture-v0"));
    assert_ok(sw_spec_add_observation(spec, &seen));
    assert_ok(sw_spec_add_action(spec, &move));
}

// A record is an action, a reward and a discount of four bytes each, and twice four bytes.
static void pictures_are_kept_as_bytes(void **state)
{
    (void) state;
    static const int first_row[] = {0, 1};
    static const uint8_t before[] = {0, 1, 128, 255}, after[] = {255, 254, 127, 0};
    const void *seen = before;
    uint8_t flags = SW_FIRST;
    double reward = 1;
    int64_t move;
    fixture f;
    sw_spec spec;
    learner_begin(&f.l, &algo_dqn, FAKE_CORRIDOR, 1);
    picture_spec(&spec);
    const algo_problem problem = {.spec = &spec,
                                  .rows = 1,
                                  .groups = 1,
                                  .first_row = first_row,
                                  .total_steps = 10,
                                  .threads = 1};
    const sw_batch batch = {.rows = 1, .observations = &seen, .rewards = &reward, .flags = &flags};
    assert_ok(algo_dqn.open(&problem, f.l.values, &f.l.algo));
    f.o = (off_policy *) f.l.algo;
    algo_dqn.act(f.l.algo, 0, &batch, (void *[]){&move});
    seen = after;
    flags = 0;
    algo_dqn.observe(f.l.algo, 0, &batch);
    assert_int_equal(f.o->replay.record, 3 * 4 + 2 * 4);
    replay_gather(&f.o->replay, (const int[]){0}, 1, &f.o->batch);
    for (int k = 0; k < 4; k++) {
        assert_near(f.o->batch.obs[k], before[k], 0);
        assert_near(f.o->batch.next[k], after[k], 0);
    }
    learner_close(&f.l);
    sw_spec_free(&spec);
}


// ---- when ---------------------------------------------------------------------------------------

// 8 rows in 2 groups: 4 transitions a turn, learning begins with the 17th turn, for 0.3 of its own.
static void gradient_steps_fall_due_with_transitions(void **state)
{
    (void) state;
    fixture f;
    begin(&f);
    fake_value(&algo_dqn, f.l.values, "updates_per_step")->f = 0.3;
    open_with(&f, 1);
    learner_run(&f.l, 1);
    assert_int_equal(f.o->steps, 1000);
    assert_int_equal(f.o->updates, (int64_t) (0.3 * (1000 - 64)));
    assert_near(f.o->due, 0.3 * (1000 - 64) - 280, 1e-9);
    learner_close(&f.l);
}

// Turns of 2 transitions, learned from at once: in binary, ten times 0.1 is less than 1.
static void every_tenth_turn_has_its_gradient_step(void **state)
{
    (void) state;
    fixture f;
    learner_begin(&f.l, &algo_dqn, FAKE_CORRIDOR, 4);
    learner_set_small(&f.l, "start_steps", 0);
    fake_value(&algo_dqn, f.l.values, "updates_per_step")->f = 0.05;
    open_with(&f, 1);
    learner_run(&f.l, 1);
    assert_int_equal(f.o->steps, 1000);
    assert_int_equal(f.o->updates, 50);
    learner_close(&f.l);
}

static void a_run_shorter_than_its_random_steps_ends(void **state)
{
    (void) state;
    fixture f;
    begin(&f);
    learner_set_small(&f.l, "start_steps", 1 << 20);
    open_with(&f, 1);
    learner_run(&f.l, 2);
    assert_int_equal(f.o->steps, 1024);  // what fake_problem() of open_with() says
    assert_int_equal(f.o->updates, 0);
    learner_close(&f.l);
}


// ---- opening ------------------------------------------------------------------------------------

static sw_status open_problem(fixture *f, bool evaluates)
{
    algo_problem problem = fake_problem(&f->l.task, 1, 1024, 1);
    problem.evaluates = evaluates;
    const sw_status st = algo_dqn.open(&problem, f->l.values, &f->l.algo);
    f->l.algo = st == SW_OK ? f->l.algo : NULL;
    return st;
}

static void a_buffer_that_no_memory_holds_is_of_no_concern_to_evaluation(void **state)
{
    (void) state;
    fixture f;
    fake_group group;
    begin(&f);
    learner_set_small(&f.l, "buffer", 1LL << 40);
    assert_int_equal(open_problem(&f, false), SW_NO_MEMORY);
    assert_says("lower buffer");
    assert_int_equal(open_problem(&f, true), SW_OK);
    algo_dqn.decide(f.l.algo, &f.l.task.group[0].batch, false, (void *[]){&group.actions});
    learner_close(&f.l);
}

static void a_buffer_without_a_batch_is_refused(void **state)
{
    (void) state;
    fixture f;
    begin(&f);
    learner_set_small(&f.l, "buffer", 15);
    assert_int_equal(open_problem(&f, false), SW_INVALID_ARGUMENT);
    assert_says("15 transitions has no batch of 16");
    learner_close(&f.l);
}

static void other_actions_are_refused_with_what_learns_them(void **state)
{
    (void) state;
    fixture f;
    learner_begin(&f.l, &algo_dqn, FAKE_TARGET, 1);
    assert_int_equal(open_problem(&f, false), SW_INVALID_ARGUMENT);
    assert_says("dqn learns one Discrete action, and 'a' of Fake-v0 is 1 x float32: use ddpg");
    learner_close(&f.l);
}

static void several_actions_are_refused_and_nobody_is_named(void **state)
{
    (void) state;
    fixture f;
    learner_begin(&f.l, &algo_dqn, FAKE_TARGET, 1);
    sw_tensor second = f.l.task.spec.actions[0];
    second.name = "b";
    assert_ok(sw_spec_add_action(&f.l.task.spec, &second));
    assert_int_equal(open_problem(&f, false), SW_INVALID_ARGUMENT);
    assert_says("'a' of Fake-v0 is 1 x float32, and not alone: no algorithm learns that");
    learner_close(&f.l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_loaded_goes_on_bit_for_bit),
        cmocka_unit_test(what_was_loaded_without_a_replay_fills_a_new_one),
        cmocka_unit_test(an_impossible_replay_is_refused),
        cmocka_unit_test(no_transition_leads_from_one_episode_into_another),
        cmocka_unit_test(rows_become_transitions_as_their_flags_say),
        cmocka_unit_test(pictures_are_kept_as_bytes),
        cmocka_unit_test(gradient_steps_fall_due_with_transitions),
        cmocka_unit_test(every_tenth_turn_has_its_gradient_step),
        cmocka_unit_test(a_run_shorter_than_its_random_steps_ends),
        cmocka_unit_test(a_buffer_that_no_memory_holds_is_of_no_concern_to_evaluation),
        cmocka_unit_test(a_buffer_without_a_batch_is_refused),
        cmocka_unit_test(other_actions_are_refused_with_what_learns_them),
        cmocka_unit_test(several_actions_are_refused_and_nobody_is_named),
    };
    return cmocka_run_group_tests_name("off_policy", tests, NULL, NULL);
}
