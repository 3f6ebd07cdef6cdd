// test_td3.c -- agent/algo/td3.c: targets by hand, the actor's gradient, the delay, and that it
// learns. What it shares with ddpg is tested here.
#include <td3.h>
#include <vec.h>

#include "learner.h"

enum { M = 16 };

// TARGET's one observation and one action; a minibatch of random numbers.
typedef struct fixture {
    learner l;
    td3 *t;
    deterministic *d;
} fixture;

static void make(fixture *f, const char *hidden)
{
    learner_begin(&f->l, &algo_td3, FAKE_TARGET, 1);
    strcpy(fake_value(&algo_td3, f->l.values, "hidden")->s, hidden);
    strcpy(fake_value(&algo_td3, f->l.values, "activation")->s, "tanh");
    learner_open(&f->l, 1, 1);
    f->t = (td3 *) f->l.algo;
    f->d = &f->t->base;
    replay_batch *b = &f->d->base.batch;
    random_state random = random_seed(3);
    b->n = M;
    for (int i = 0; i < M; i++) {
        b->obs[i] = b->input[2 * i] = (float) random_uniform(&random, -1, 1);
        b->input[2 * i + 1] = (float) random_uniform(&random, -1, 1);
        b->next[i] = (float) random_uniform(&random, -1, 1);
        b->reward[i] = (float) random_uniform(&random, -1, 0);
        b->discount[i] = i % 5 == 4 ? 0 : 0.99f;
    }
}

// mu^- = tanh(s'), and noise 0.2 times what was drawn, at most 0.5; then at most 1.
static void the_next_action_is_that_of_equation_14(void **state)
{
    (void) state;
    const double next[] = {0, 0.5, 0, 0, 1, -1}, drawn[] = {0, 1, 10, -10, 10, -1};
    fixture f;
    make(&f, "");
    const float mu[] = {1, 0};
    memcpy(f.d->target.params, mu, sizeof(mu));
    for (int i = 0; i < 6; i++) {
        f.d->base.batch.next[i] = (float) next[i];
        f.t->drawn[i] = (float) drawn[i];
    }
    td3_smooth(f.t);
    assert_near(f.d->act[0], 0, 1e-6);
    assert_near(f.d->act[1], tanh(0.5) + 0.2, 1e-6);
    assert_near(f.d->act[2], 0.5, 1e-6);
    assert_near(f.d->act[3], -0.5, 1e-6);
    assert_near(f.d->act[4], 1, 0);
    assert_near(f.d->act[5], -tanh(1) - 0.2, 1e-6);
    learner_close(&f.l);
}

// Over 1000 gradient steps: 0 and 1 within 3 standard errors.
static void the_noise_of_targets_is_standard_normal(void **state)
{
    (void) state;
    enum { STEPS = 1000 };
    fixture f;
    double sum = 0, squares = 0;
    make(&f, "");
    for (int step = 0; step < STEPS; step++) {
        f.d->base.kind->learn(&f.d->base);
        for (int i = 0; i < M; i++) {
            sum += (double) f.t->drawn[i];
            squares += (double) f.t->drawn[i] * (double) f.t->drawn[i];
        }
    }
    assert_near(sum / (STEPS * M), 0, 3 / sqrt(STEPS * M));
    assert_near(squares / (STEPS * M), 1, 3 * sqrt(2.0 / (STEPS * M)));
    learner_close(&f.l);
}

static void the_gradient_of_the_actors_loss_matches_differences(void **state)
{
    (void) state;
    enum { MOST = 512 };
    const float h = 1e-2f;
    static float slopes[MOST];
    fixture f;
    make(&f, "16,16");
    mlp *actor = &f.d->actor;
    mlp_zero_grads(actor);
    deterministic_gradient(f.d);
    assert_true(actor->param_count <= MOST);
    memcpy(slopes, actor->grads, (size_t) actor->param_count * sizeof(float));
    assert_true(vec_sum_squares(slopes, actor->param_count) > 1e-4f);
    for (int i = 0; i < actor->param_count; i++) {
        const float at = actor->params[i];
        actor->params[i] = at + h;
        const double above = deterministic_gradient(f.d);
        actor->params[i] = at - h;
        const double below = deterministic_gradient(f.d);
        actor->params[i] = at;
        assert_near(slopes[i], (above - below) / (2 * (double) h), 1e-4);
    }
    learner_close(&f.l);
}

// Q_1 = 3 a and mu = tanh(s): -J = -mean 3 tanh(s).
static void the_actors_loss_is_what_the_first_critic_says(void **state)
{
    (void) state;
    fixture f;
    double sum = 0;
    make(&f, "");
    const float q[] = {0, 3, 0}, other[] = {0, -100, -100}, mu[] = {1, 0};
    memcpy(f.d->critics.net[0].params, q, sizeof(q));
    memcpy(f.d->critics.net[1].params, other, sizeof(other));
    memcpy(f.d->actor.params, mu, sizeof(mu));
    for (int i = 0; i < M; i++) {
        sum += 3 * tanh((double) f.d->base.batch.obs[i]);
    }
    assert_near(deterministic_gradient(f.d), -sum / M, 1e-5);
    learner_close(&f.l);
}

// Of a gradient step: whether the actor and whether a target network moved.
static void check_delay(int64_t delay)
{
    fixture f;
    make(&f, "16,16");
    f.t->delay = delay;
    off_policy *o = &f.d->base;
    for (o->updates = 0; o->updates < 6; o->updates++) {
        const float actor = f.d->actor.params[0], target = f.d->critics.target[1].params[0];
        const float critic = f.d->critics.net[1].params[0];
        const bool due = o->updates % delay == delay - 1;
        o->kind->learn(o);
        assert_true((f.d->actor.params[0] != actor) == due);
        assert_true((f.d->critics.target[1].params[0] != target) == due);
        assert_true(f.d->critics.net[1].params[0] != critic);
    }
    assert_int_equal(f.d->adam.steps, 6 / delay);
    assert_int_equal(f.d->critics.adam[0].steps, 6);
    learner_close(&f.l);
}

static void actor_and_targets_move_every_second_or_third_time(void **state)
{
    (void) state;
    check_delay(1);
    check_delay(2);
    check_delay(3);
}

static void steps_shorten_to_nothing_when_asked(void **state)
{
    (void) state;
    for (int anneal = 0; anneal < 2; anneal++) {
        fixture f;
        make(&f, "16,16");
        off_policy *o = &f.d->base;
        o->steps = o->total_steps;  // the run is over
        f.d->anneal = anneal;
        const float actor = f.d->actor.params[0], critic = f.d->critics.net[1].params[0];
        for (o->updates = 0; o->updates < 2; o->updates++) {
            o->kind->learn(o);
        }
        assert_true((f.d->actor.params[0] == actor) == anneal);
        assert_true((f.d->critics.net[1].params[0] == critic) == anneal);
        learner_close(&f.l);
    }
}

// The best deterministic action pays 0; noise of 0.1 of half the width 2 costs 0.04.
static void it_learns_to_hit_the_target(void **state)
{
    (void) state;
    learner l;
    learner_begin(&l, &algo_td3, FAKE_TARGET, 2);
    fake_value(&algo_td3, l.values, "lr")->f = 3e-3;
    fake_value(&algo_td3, l.values, "critic_lr")->f = 3e-3;
    learner_learns(&l, 3, 1, -0.1);
}

static void categories_are_not_for_it(void **state)
{
    (void) state;
    learner l;
    learner_begin(&l, &algo_td3, FAKE_CORRIDOR, 1);
    const algo_problem problem = fake_problem(&l.task, 1, 1024, 1);
    assert_int_equal(algo_td3.open(&problem, l.values, &l.algo), SW_INVALID_ARGUMENT);
    assert_says("td3 learns one float32 action");
    fake_free(&l.task);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_action_is_that_of_equation_14),
        cmocka_unit_test(the_noise_of_targets_is_standard_normal),
        cmocka_unit_test(the_gradient_of_the_actors_loss_matches_differences),
        cmocka_unit_test(the_actors_loss_is_what_the_first_critic_says),
        cmocka_unit_test(actor_and_targets_move_every_second_or_third_time),
        cmocka_unit_test(steps_shorten_to_nothing_when_asked),
        cmocka_unit_test(it_learns_to_hit_the_target),
        cmocka_unit_test(categories_are_not_for_it),
    };
    return cmocka_run_group_tests_name("td3", tests, NULL, NULL);
}
