// test_critics.c -- agent/algo/critics.c: targets by hand, derivatives against central differences.
#include <math.h>
#include <string.h>

#include <critics.h>
#include <vec.h>

#include "test.h"

enum { N = 8, S = 2, A = 2, WIDTH = S + A, MAX_PARAMS = 256 };

// Critics, and a batch of random numbers.
typedef struct fixture {
    off_policy o;
    critics c;
    replay_batch b;
    float input[N * WIDTH], obs[N * S], reward[N], discount[N], next[N * S];
    float act[N * A];
} fixture;

static void fill(float *x, int n, random_state *random)
{
    for (int i = 0; i < n; i++) {
        x[i] = (float) random_normal(random);
    }
}

static void make(fixture *f, int count, const char *hidden, int threads)
{
    random_state random = random_seed(1);
    *f = (fixture){.o = {.obs_dim = S, .act_dim = A, .batch_rows = N}};
    assert_ok(mlp_shape_parse(hidden, "tanh", &f->o.shape));
    assert_ok(team_new(threads, &f->o.team));
    assert_ok(critics_init(&f->c, &f->o, count, &random));
    fill(f->input, N * WIDTH, &random);
    fill(f->reward, N, &random);
    fill(f->discount, N, &random);
    fill(f->next, N * S, &random);
    fill(f->act, N * A, &random);
    for (int i = 0; i < N; i++) {
        memcpy(f->obs + i * S, f->input + i * WIDTH, S * sizeof(float));
    }
    f->b = (replay_batch){.n = N,
                          .input = f->input,
                          .obs = f->obs,
                          .reward = f->reward,
                          .discount = f->discount,
                          .next = f->next};
}

static void drop(fixture *f)
{
    critics_free(&f->c);
    team_close(f->o.team);
}

// What a linear network says: weights (1, 2, 3, 4) times (s, a), plus b.
static void set_linear(mlp *m, float b)
{
    for (int j = 0; j < WIDTH; j++) {
        m->layers[0].weight[j] = (float) (j + 1);
    }
    m->layers[0].bias[0] = b;
}

// s' = (1, 1), a' = (-1, 1): 1 + 2 - 3 + 4 = 4 of the first, 4 + b of the second.
static void check_target(int count, float b, double least)
{
    const float cost[N] = {0, 0.5f, 0, 0};
    fixture f;
    make(&f, count, "", 1);
    for (int k = 0; k < count; k++) {
        set_linear(&f.c.target[k], k == 0 ? 0 : b);
    }
    for (int i = 0; i < N; i++) {
        f.next[i * S] = f.next[i * S + 1] = f.act[i * A + 1] = 1;
        f.act[i * A] = -1;
        f.reward[i] = (float) i;
        f.discount[i] = i == 3 ? 0 : 0.5f;
    }
    critics_target(&f.c, &f.b, f.act, cost);
    assert_near(f.c.y[0], 0.5 * least, 1e-6);
    assert_near(f.c.y[1], 1 + 0.5 * (least - 0.5), 1e-6);
    assert_near(f.c.y[3], 3, 1e-6);
    critics_target(&f.c, &f.b, f.act, NULL);
    assert_near(f.c.y[1], 1 + 0.5 * least, 1e-6);
    drop(&f);
}

static void the_smaller_of_two_values_counts(void **state)
{
    (void) state;
    check_target(2, -3, 1);
    check_target(2, 3, 4);
    check_target(1, 0, 4);
}

// y = 0; Q is 3 and 0 everywhere, but 5 and 2 in row 3: L = (7 * 9 + 25) / 8 + 4 / 8.
static void the_loss_is_the_mean_square(void **state)
{
    (void) state;
    fixture f;
    make(&f, 2, "", 1);
    memset(f.input, 0, sizeof(f.input));
    memset(f.c.y, 0, N * sizeof(float));
    set_linear(&f.c.net[0], 3);
    set_linear(&f.c.net[1], 0);
    f.input[3 * WIDTH + 1] = 1;
    critics_learn(&f.c, &f.b, 0);
    assert_near(f.c.loss, 92 / 8.0, 1e-5);
    assert_near(f.c.mean, 26 / 8.0, 1e-6);
    drop(&f);
}

static void the_gradient_of_the_loss_matches_differences(void **state)
{
    (void) state;
    const float h = 1e-2f;
    static float slopes[MAX_PARAMS];
    fixture f;
    make(&f, 2, "8,8", 1);
    critics_target(&f.c, &f.b, f.act, NULL);
    for (int k = 0; k < 2; k++) {
        mlp *net = &f.c.net[k];
        critics_learn(&f.c, &f.b, 0);
        memcpy(slopes, net->grads, (size_t) net->param_count * sizeof(float));
        for (int i = 0; i < net->param_count; i++) {
            const float at = net->params[i];
            net->params[i] = at + h;
            critics_learn(&f.c, &f.b, 0);
            const double above = f.c.loss;
            net->params[i] = at - h;
            critics_learn(&f.c, &f.b, 0);
            net->params[i] = at;
            assert_near(slopes[i], (above - f.c.loss) / (2 * (double) h), 2e-3);
        }
    }
    drop(&f);
}

static void check_slope(int count, bool first)
{
    const float h = 1e-2f;
    float value[N], other[N], above[N], below[N], dact[N * A], ignored[N * A];
    fixture f;
    make(&f, count, "8,8", 1);
    critics_learn(&f.c, &f.b, 0);
    const float before = f.c.net[0].grads[0];
    critics_judge(&f.c, &f.b, f.act, first, value, dact);
    critics_judge(&f.c, &f.b, f.act, true, other, ignored);
    int differ = 0;
    for (int i = 0; i < N; i++) {
        differ += value[i] < other[i];
        assert_true(value[i] <= other[i]);
    }
    assert_true(count == 2 && !first ? differ > 0 && differ < N : differ == 0);
    for (int i = 0; i < N * A; i++) {
        const float at = f.act[i];
        f.act[i] = at + h;
        critics_judge(&f.c, &f.b, f.act, first, above, ignored);
        f.act[i] = at - h;
        critics_judge(&f.c, &f.b, f.act, first, below, ignored);
        f.act[i] = at;
        const double rise = (double) above[i / A] - (double) below[i / A];
        assert_near(dact[i], rise / (2 * (double) h), 1e-3);
    }
    assert_near(f.c.net[0].grads[0], before, 0);
    drop(&f);
}

static void the_slope_along_the_action_matches_differences(void **state)
{
    (void) state;
    check_slope(1, false);
    check_slope(2, false);
    check_slope(2, true);
}

static void a_target_network_moves_by_tau(void **state)
{
    (void) state;
    fixture f;
    make(&f, 2, "", 1);
    for (int k = 0; k < 2; k++) {
        f.c.net[k].params[0] = 5;
        f.c.target[k].params[0] = 1;
    }
    critics_follow(&f.c, 0.25);
    assert_near(f.c.target[0].params[0], 2, 1e-6);
    assert_near(f.c.target[1].params[0], 2, 1e-6);
    drop(&f);
}

static void two_threads_learn_what_one_does(void **state)
{
    (void) state;
    fixture f[2];
    float value[2][N], dact[2][N * A];
    for (int t = 0; t < 2; t++) {
        make(&f[t], 2, "8,8", t + 1);
        for (int step = 0; step < 20; step++) {
            critics_target(&f[t].c, &f[t].b, f[t].act, NULL);
            critics_learn(&f[t].c, &f[t].b, 0.01);
            critics_follow(&f[t].c, 0.1);
        }
        critics_judge(&f[t].c, &f[t].b, f[t].act, false, value[t], dact[t]);
    }
    assert_memory_equal(value[0], value[1], sizeof(value[0]));
    assert_memory_equal(dact[0], dact[1], sizeof(dact[0]));
    drop(&f[0]);
    drop(&f[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smaller_of_two_values_counts),
        cmocka_unit_test(the_loss_is_the_mean_square),
        cmocka_unit_test(the_gradient_of_the_loss_matches_differences),
        cmocka_unit_test(the_slope_along_the_action_matches_differences),
        cmocka_unit_test(a_target_network_moves_by_tau),
        cmocka_unit_test(two_threads_learn_what_one_does),
    };
    return cmocka_run_group_tests_name("critics", tests, NULL, NULL);
}
