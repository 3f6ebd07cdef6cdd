// line_task.h -- a collector on the smallest of tasks, driven by hand: one number x to see, one to
// do, V(x) = 2 x.
#ifndef LINE_TASK_H
#define LINE_TASK_H

#include <collector.h>

#include "test.h"

enum { ROWS = 3, GROUPS = 2, LONGEST = 5 };

// A pool of two groups, of 2 rows and 1.
typedef struct line_task {
    sw_spec spec;
    policy policy;
    mlp critic;
    collector c;
    float obs[2], finals[2], actions[2];
    double rewards[2];
    uint8_t flags[2];
    int final_index[2];
    const void *obs_list[1], *final_list[1];
    sw_batch batch;  // a reply for either group
} line_task;

static const int first_row[] = {0, 2, 3};

// `f` must stay where it is.
static inline void line_init(line_task *f, const estimator *e, int horizon)
{
    const sw_tensor number = {.name = "x", .dtype = SW_FLOAT32};
    const mlp_shape shape = {.in = estimator_has_action_critic(e) ? 2 : 1, .out = 1};
    random_state random = random_seed(1);
    const policy_options options = {.max_batch = 4, .init = INIT_UNIFORM};
    const collector_options collect = {.rows = ROWS,
                                       .groups = GROUPS,
                                       .first_row = first_row,
                                       .horizon = horizon,
                                       .longest_episode = LONGEST,
                                       .estimator = *e,
                                       .seed = 9,
                                       .revalues = true};
    *f = (line_task){.final_index = {0, 1}};
    assert_ok(sw_spec_init(&f->spec, "Line-v0"));
    assert_ok(sw_spec_add_observation(&f->spec, &number));
    assert_ok(sw_spec_add_action(&f->spec, &number));
    assert_ok(policy_init(&f->policy, &f->spec, &options, &random));
    assert_ok(mlp_init(&f->critic, &shape, 0, 4));
    f->critic.params[0] = 2;
    assert_ok(collector_init(&f->c, &f->policy, &f->critic, &collect));
    f->obs_list[0] = f->obs;
    f->final_list[0] = f->finals;
    f->batch = (sw_batch){.observations = f->obs_list,
                          .rewards = f->rewards,
                          .flags = f->flags,
                          .final_index = f->final_index,
                          .final_observations = f->final_list};
}

static inline void line_free(line_task *f)
{
    collector_free(&f->c);
    mlp_free(&f->critic);
    policy_free(&f->policy);
    sw_spec_free(&f->spec);
}

#endif
