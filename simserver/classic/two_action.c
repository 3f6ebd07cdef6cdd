// TwoAction-v0: 100 or 1? The smallest task on which a policy gradient can be looked at.
//
// Source: the Bernoulli example of courses on policy gradients. With theta the difference of the
// two logits, the probability of action 0 is p = exp(theta) / (1 + exp(theta)), the gradient of
// what is expected 99 p (1 - p), which vanishes on both sides, and the natural gradient 99
// everywhere.
//
//   state   one only
//   obs     0, int64 []
//   action  0 or 1, int64 []
//   reward  100 for action 0, 1 for action 1
//   end     terminated after one step
//   reset   nothing to draw
//   info    prob, always 1
#include "arms.h"
#include "classic_tasks.h"

enum { ACTIONS = 2 };

static void measure(const sw_value *values, int *states, int *actions)
{
    (void) values;
    *states = 1;
    *actions = ACTIONS;
}

static void fill(const sw_value *values, tabular_table *table)
{
    (void) values;
    static const double rewards[ACTIONS] = {100, 1};
    arms_fill(rewards, table);
}

static const tabular_task two_action = {
    .env_class = &classic_two_action_v0,
    .measure = measure,
    .fill = fill,
    .limit = arms_limit,
    .draw = arms_draw,
};

static const char *const state_formats[] = {"two_action/1", "two_action/state-seed", NULL};

TABULAR_CLASS(classic_two_action_v0, two_action, .id = "TwoAction-v0",
              .doc = "one choice between a reward of 100 and one of 1",
              .state_formats = state_formats);
