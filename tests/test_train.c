// test_train.c -- agent/run/train.c: whose turn it is, and what is counted.
#include "train.h"

#include <string.h>

#include "fake_learning.h"
#include "test.h"

enum { MAX_REPORTS = 64 };

typedef struct stage {
    fake_trace trace;
    fake_pool pool;
    fake_algo algo;
    volatile sig_atomic_t interrupts;
    report_row rows[MAX_REPORTS];  // what was reported
    double first_stat[MAX_REPORTS];
    int reports;
    int fail_at;       // the report that fails; 0: none
    int interrupt_at;  // the report in which somebody interrupts; 0: none
} stage;

static sw_status take_report(void *context, const report_row *row)
{
    stage *s = context;
    assert_true(s->reports < MAX_REPORTS);
    s->rows[s->reports] = *row;
    s->first_stat[s->reports] = row->stats[0];
    s->reports++;
    fake_note(&s->trace, "report", -1);
    s->interrupts += s->reports == s->interrupt_at;
    return s->reports == s->fail_at ? sw_fail(SW_IO, "the disk is full") : SW_OK;
}

static void set_up(stage *s, int rows, int groups)
{
    memset(s, 0, sizeof(*s));
    fake_pool_init(&s->pool, rows, groups);
    s->pool.trace = &s->trace;
    s->algo = (fake_algo){.trace = &s->trace, .groups = groups, .updates_each = 1};
}

static sw_status learn(stage *s, int64_t steps)
{
    const train_options options = {.pool = &s->pool.base,
                                   .class = &fake_algo_class,
                                   .algo = fake_algo_handle(&s->algo),
                                   .steps = steps,
                                   .interrupts = &s->interrupts,
                                   .report = take_report,
                                   .context = s};
    driver *d;
    sw_status st = train_open(&options, &d);
    assert_ok(st);
    st = train_run(d, 0);
    train_close(d);
    fake_pool_free(&s->pool);
    return st;
}


// ---- turns ----------------------------------------------------------------------------------

static void on_policy_groups_wait_for_the_update_and_act_after_it(void **state)
{
    (void) state;
    stage s;
    set_up(&s, 2, 2);
    s.algo.horizon[0] = s.algo.horizon[1] = 2;
    assert_ok(learn(&s, 6));  // an iteration has 4 transitions: two of them
    assert_string_equal(s.trace.text, "reset0 reset1 "
                                      "recv0 act0 send0 recv1 act1 send1 "
                                      "recv0 observe0 act0 send0 recv1 observe1 act1 send1 "
                                      "recv0 observe0 hold0 recv1 observe1 hold1 "
                                      "update report act0 send0 act1 send1 "
                                      "recv0 observe0 act0 send0 recv1 observe1 act1 send1 "
                                      "recv0 observe0 hold0 recv1 observe1 hold1 "
                                      "update report");
}

static void groups_that_wait_are_skipped(void **state)
{
    (void) state;
    stage s;
    set_up(&s, 2, 2);
    s.algo.horizon[0] = 1;
    s.algo.horizon[1] = 3;
    assert_ok(learn(&s, 1));
    assert_string_equal(s.trace.text, "reset0 reset1 "
                                      "recv0 act0 send0 recv1 act1 send1 "
                                      "recv0 observe0 hold0 recv1 observe1 act1 send1 "
                                      "recv1 observe1 act1 send1 "
                                      "recv1 observe1 hold1 update report");
}

static void waiting_groups_act_in_group_order_whichever_waited_first(void **state)
{
    (void) state;
    stage s;
    set_up(&s, 3, 3);
    s.algo.horizon[0] = 2;
    s.algo.horizon[1] = s.algo.horizon[2] = 1;
    assert_ok(learn(&s, 5));
    assert_non_null(strstr(s.trace.text, "recv1 observe1 hold1 recv2 observe2 hold2 "
                                         "recv0 observe0 hold0 "
                                         "update report act0 send0 act1 send1 act2 send2"));
}

static void off_policy_actions_leave_before_the_update_of_their_turn(void **state)
{
    (void) state;
    stage s;
    set_up(&s, 2, 2);
    assert_ok(learn(&s, 3));
    assert_string_equal(s.trace.text, "reset0 reset1 "
                                      "recv0 act0 send0 recv1 act1 send1 "
                                      "recv0 observe0 act0 send0 update report "
                                      "recv1 observe1 act1 send1 update report "
                                      "recv0 observe0 act0 send0 update report "
                                      "recv0 recv1");  // what is outstanding when it ends
}

static void the_actions_sent_are_those_of_act(void **state)
{
    (void) state;
    stage s;
    set_up(&s, 4, 2);
    s.algo.horizon[0] = s.algo.horizon[1] = 1;
    assert_ok(learn(&s, 9));  // three iterations: the last actions saw two updates
    for (int row = 0; row < 4; row++) {
        assert_near(s.pool.actions[row], 2, 0);
    }
}


// ---- what is counted ------------------------------------------------------------------------

static void steps_are_transitions_and_training_ends_with_an_iteration(void **state)
{
    (void) state;
    stage s;
    set_up(&s, 5, 2);
    s.algo.horizon[0] = s.algo.horizon[1] = 4;
    assert_ok(learn(&s, 21));  // 20 in an iteration
    assert_int_equal(s.reports, 2);
    assert_int_equal(s.rows[0].steps, 20);
    assert_int_equal(s.rows[1].steps, 40);
    assert_near(s.first_stat[1], 2, 0);
}

// Row 0 ends after 3 steps with rewards 1, 2, 3; row 1 is truncated after 2 with 10, 20.
static void two_episodes(int row, int step, double *reward, uint8_t *flags)
{
    *reward = row == 0 ? step : 10 * step;
    if (row == 0 && step == 3) {
        *flags = SW_TERMINATED | SW_FIRST;
    } else if (row == 1 && step == 2) {
        *flags = SW_TRUNCATED | SW_FIRST;
    }
}

static void returns_and_lengths_are_of_raw_rewards_per_row(void **state)
{
    (void) state;
    stage s;
    set_up(&s, 2, 1);
    s.pool.script = two_episodes;
    s.algo.horizon[0] = 3;
    assert_ok(learn(&s, 1));
    assert_int_equal(s.rows[0].episodes, 2);
    assert_near(s.rows[0].return_mean, (6 + 30) / 2.0, 0);
    assert_near(s.rows[0].length_mean, (3 + 2) / 2.0, 0);
}

// As above, but the third step of row 0 did not happen.
static void one_faulty(int row, int step, double *reward, uint8_t *flags)
{
    two_episodes(row, step, reward, flags);
    if (row == 0 && step == 3) {
        *reward = 0;
        *flags = SW_TRUNCATED | SW_FAULTY | SW_FIRST;
    }
}

static void a_faulty_episode_counts_in_no_return(void **state)
{
    (void) state;
    stage s;
    set_up(&s, 2, 1);
    s.pool.script = one_faulty;
    s.algo.horizon[0] = 3;
    assert_ok(learn(&s, 1));
    assert_int_equal(s.rows[0].episodes, 1);
    assert_near(s.rows[0].return_mean, 30, 0);
    assert_int_equal(s.rows[0].steps, 6);
}

static void before_the_first_episode_ends_its_return_is_unknown(void **state)
{
    (void) state;
    stage s;
    set_up(&s, 1, 1);
    assert_ok(learn(&s, 1));
    assert_int_equal(s.rows[0].episodes, 0);
    assert_true(isnan(s.rows[0].return_mean));
}


// ---- how it ends ----------------------------------------------------------------------------

static void interrupt_at_recv(stage *s, int call)
{
    s->pool.interrupts = &s->interrupts;
    s->pool.interrupt_at = call;
}

static void one_interrupt_ends_training_with_the_turn(void **state)
{
    (void) state;
    stage s;
    set_up(&s, 2, 2);
    s.algo.horizon[0] = s.algo.horizon[1] = 2;
    interrupt_at_recv(&s, 1);
    assert_ok(learn(&s, 1000));
    assert_string_equal(s.trace.text, "reset0 reset1 recv0 act0 send0 recv0 recv1");
}

static void an_interrupt_before_the_first_turn_ends_it_with_nothing_sent(void **state)
{
    (void) state;
    stage s;
    set_up(&s, 2, 2);
    s.interrupts = 1;
    assert_ok(learn(&s, 1000));
    assert_string_equal(s.trace.text, "");
}

// The report may have wanted to evaluate the policy, which acting changes.
static void after_an_interrupted_report_nobody_acts(void **state)
{
    (void) state;
    stage s;
    set_up(&s, 2, 2);
    s.algo.horizon[0] = s.algo.horizon[1] = 1;
    s.interrupt_at = 1;
    assert_ok(learn(&s, 1000));
    assert_string_equal(s.trace.text, "reset0 reset1 recv0 act0 send0 recv1 act1 send1 "
                                      "recv0 observe0 hold0 recv1 observe1 hold1 "
                                      "update report");
}

static void two_interrupts_end_it_at_once(void **state)
{
    (void) state;
    stage s;
    set_up(&s, 2, 2);
    s.interrupts = 2;
    assert_int_equal(learn(&s, 1000), SW_INTERRUPTED);
    assert_int_equal(s.reports, 0);
}

static sw_status interrupted_twice_at_the_third(int call)
{
    return call == 2 || call == 3 ? SW_INTERRUPTED : SW_OK;
}

static void a_wait_that_a_signal_interrupts_goes_on(void **state)
{
    (void) state;
    stage s;
    set_up(&s, 1, 1);
    s.pool.recv_status = interrupted_twice_at_the_third;
    assert_ok(learn(&s, 5));
    assert_int_equal(s.rows[s.reports - 1].steps, 5);
}

static sw_status interrupted_from_the_third_on(int call)
{
    return call >= 2 ? SW_INTERRUPTED : SW_OK;
}

static void while_the_pool_waits_for_servers_one_interrupt_ends_training(void **state)
{
    (void) state;
    stage s;
    set_up(&s, 1, 1);
    s.pool.recv_status = interrupted_from_the_third_on;
    s.pool.base.counts.stranded = 1;
    interrupt_at_recv(&s, 3);
    s.algo.horizon[0] = 5;
    assert_ok(learn(&s, 1000));
    assert_int_equal(s.reports, 0);
}

static sw_status lost_at_the_fourth(int call)
{
    return call == 3 ? SW_UNAVAILABLE : SW_OK;
}

static void a_lost_server_ends_training_with_its_error(void **state)
{
    (void) state;
    stage s;
    set_up(&s, 1, 1);
    s.pool.recv_status = lost_at_the_fourth;
    assert_int_equal(learn(&s, 1000), SW_UNAVAILABLE);
    assert_string_equal(sw_last_error(), "the fake pool was told to fail");
    assert_int_equal(s.reports, 2);
}

static void an_error_of_the_report_ends_training(void **state)
{
    (void) state;
    stage s;
    set_up(&s, 1, 1);
    s.fail_at = 3;
    assert_int_equal(learn(&s, 1000), SW_IO);
    assert_int_equal(s.reports, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_policy_groups_wait_for_the_update_and_act_after_it),
        cmocka_unit_test(groups_that_wait_are_skipped),
        cmocka_unit_test(waiting_groups_act_in_group_order_whichever_waited_first),
        cmocka_unit_test(off_policy_actions_leave_before_the_update_of_their_turn),
        cmocka_unit_test(the_actions_sent_are_those_of_act),
        cmocka_unit_test(steps_are_transitions_and_training_ends_with_an_iteration),
        cmocka_unit_test(returns_and_lengths_are_of_raw_rewards_per_row),
        cmocka_unit_test(a_faulty_episode_counts_in_no_return),
        cmocka_unit_test(before_the_first_episode_ends_its_return_is_unknown),
        cmocka_unit_test(one_interrupt_ends_training_with_the_turn),
        cmocka_unit_test(an_interrupt_before_the_first_turn_ends_it_with_nothing_sent),
        cmocka_unit_test(after_an_interrupted_report_nobody_acts),
        cmocka_unit_test(two_interrupts_end_it_at_once),
        cmocka_unit_test(a_wait_that_a_signal_interrupts_goes_on),
        cmocka_unit_test(while_the_pool_waits_for_servers_one_interrupt_ends_training),
        cmocka_unit_test(a_lost_server_ends_training_with_its_error),
        cmocka_unit_test(an_error_of_the_report_ends_training),
    };
    return cmocka_run_group_tests_name("train", tests, NULL, NULL);
}
