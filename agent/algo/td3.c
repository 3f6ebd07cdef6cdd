// td3.c -- Twin Delayed Deep Deterministic policy gradient, for actions that are floats.
//
// Fujimoto, van Hoof, Meger 2018, "Addressing Function Approximation Error in Actor-Critic
// Methods", arXiv:1802.09477, Algorithm 1. Symbols are those of deterministic.h and critics.h.
//
//   act: a = clip(mu(s) + noise N(0, 1), -1, 1)
//   for each gradient step, a minibatch (s, a, r, discount, s') of the replay:
//     a'       =  clip(mu^-(s') + clip(sigma~ N(0, 1), -c, c), -1, 1)           eq. 14
//     y        =  r + discount min_i Q_i^-(s', a')                              eq. 10
//     Q_i      <- Adam(d/dQ_i mean (Q_i(s, a) - y)^2),  i = 1, 2
//     every d-th step:
//       theta  <- Adam(-d/dtheta mean Q_1(s, mu(s)))
//       Q_i^-  <- Q_i^- + tau (Q_i - Q_i^-),  theta^- <- theta^- + tau (theta - theta^-)
//
//   hyper-parameter   here, as the authors' code   paper
//   hidden            256,256                      400,300
//   lr, critic_lr     3e-4                         1e-3
//   batch             256                          100
//   start_steps       25000                        10000 (HalfCheetah, Ant), 1000 (others)
//   tau               .005                         .005
//   noise             .1                           .1
//   sigma~, c, d      .2, .5, 2                    .2, .5, 2
//
// Sources: sfujim/TD3, main.py and TD3.py; the paper's section 6.1 and appendix C. Noise is in
// units of half the width of an action's bounds, as theirs.
#include "td3.h"

#include <stdlib.h>

#include <vec.h>

enum { TARGET_NOISE = DET_PARAM_COUNT, TARGET_CLIP, DELAY, PARAM_COUNT };

// clang-format off
static const sw_setting params[PARAM_COUNT] = {
    DETERMINISTIC_PARAMS,
    [TARGET_NOISE] = {"target_noise", SW_FLOAT, 0, {.f = 0.2}, 0, 10, NULL,
        "standard deviation of what is added to the actions that targets are made of"},
    [TARGET_CLIP] = {"target_clip", SW_FLOAT, 0, {.f = 0.5}, 0, 10, NULL,
        "limit of what is added to them"},
    [DELAY] = {"delay", SW_INT, 0, {.i = 2}, 1, 1e6, NULL,
        "gradient steps of the critics to one of the actor"},
};
// clang-format on

static const char *const stat_names[DET_SUMS + 1] = {DETERMINISTIC_STAT_NAMES};

static void draw(td3 *t)
{
    off_policy *o = &t->base.base;
    for (int i = 0; i < o->batch.n * o->act_dim; i++) {
        t->drawn[i] = (float) random_normal(&o->sample);
    }
}

void td3_smooth(td3 *t)
{
    const off_policy *o = &t->base.base;
    const float sigma = (float) t->target_noise, c = (float) t->target_clip;
    float *act = t->base.act;

    deterministic_next(&t->base);
    for (int i = 0; i < o->batch.n * o->act_dim; i++) {
        act[i] = vec_clamp1(act[i] + vec_clamp1(sigma * t->drawn[i], -c, c), -1, 1);
    }
}

// off_policy_class
static void learn(off_policy *o)
{
    td3 *t = (td3 *) o;
    draw(t);
    td3_smooth(t);
    deterministic_criticise(&t->base);
    if ((o->updates + 1) % t->delay == 0) {
        // counts for the steps without one, too, so that the mean over all steps is right
        o->sums[DET_ACTOR_LOSS] += (double) t->delay * deterministic_improve(&t->base);
    }
}

static const off_policy_class kind = {.explore = deterministic_explore,
                                      .decide = deterministic_decide,
                                      .learn = learn,
                                      .stat_count = DET_SUMS};

static void close_td3(algo *a)
{
    if (a != NULL) {
        free(((td3 *) a)->drawn);
        deterministic_close(a);
    }
}

static sw_status open_td3(const algo_problem *problem, const sw_value *values, algo **a)
{
    td3 *t = calloc(1, sizeof(*t));
    if (t == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for td3");
    }
    t->target_noise = values[TARGET_NOISE].f;
    t->target_clip = values[TARGET_CLIP].f;
    t->delay = values[DELAY].i;
    const sw_status st = deterministic_open(&t->base, problem, values, &kind, "td3", 2);
    if (st != SW_OK) {
        return st;
    }
    const off_policy *o = &t->base.base;
    t->drawn = vec_new((size_t) o->batch_rows * (size_t) o->act_dim);
    if (t->drawn == NULL) {
        close_td3((algo *) t);
        return sw_fail(SW_NO_MEMORY, "no memory for the noise of %d rows", o->batch_rows);
    }
    *a = (algo *) t;
    return SW_OK;
}

const algo_class algo_td3 = {
    .name = "td3",
    .doc = "Twin Delayed DDPG: two critics, smooth targets, a patient actor (Fujimoto et al. 2018, "
           "arXiv:1802.09477)",
    .params = params,
    .param_count = PARAM_COUNT,
    .stat_names = stat_names,
    .stat_count = DET_SUMS + 1,
    .open = open_td3,
    OFF_POLICY_FUNCTIONS,
    .tensors = deterministic_tensors,
    .close = close_td3,
};
