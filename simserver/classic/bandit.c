// Bandit-v0: which of k arms pays best?
//
// Source: Sutton, Barto 2018 (Reinforcement Learning), section 2.3, the 10-armed testbed; here an
// episode is one pull.
//
//   state   one only
//   obs     0, int64 []
//   action  the arm, 0 to arms - 1; int64 []
//   reward  from N(mean of the arm, noise); the means are from N(0, spread)
//   end     terminated after one step
//   reset   nothing to draw
//   info    prob, always 1
//
// The means come from the setting bandit_seed and not from the episode's seed: the same settings
// are the same arms everywhere.
#include "arms.h"
#include "classic_tasks.h"

enum { ARMS, SPREAD, NOISE, BANDIT_SEED, SETTINGS };
enum { MAX_ARMS = 1000 };

static const sw_setting settings[SETTINGS] = {
    [ARMS] = {.name = "arms",
              .type = SW_INT,
              .initial.i = 10,
              .low = 1,
              .high = MAX_ARMS,
              .doc = "how many arms there are"},
    [SPREAD] = {.name = "spread",
                .type = SW_FLOAT,
                .initial.f = 1,
                .low = 0,
                .high = 1e6,
                .doc = "standard deviation of the arms' means"},
    [NOISE] = {.name = "noise",
               .type = SW_FLOAT,
               .initial.f = 1,
               .low = 0,
               .high = 1e6,
               .doc = "standard deviation of a reward around its arm's mean"},
    [BANDIT_SEED] = {.name = "bandit_seed",
                     .type = SW_INT,
                     .initial.i = 1,
                     .low = 0,
                     .high = 1e15,
                     .doc = "seed of the arms' means"},
};

static void measure(const sw_value *values, int *states, int *actions)
{
    *states = 1;
    *actions = (int) values[ARMS].i;
}

static void fill(const sw_value *values, tabular_table *table)
{
    double means[MAX_ARMS];
    random_state random = random_seed((uint64_t) values[BANDIT_SEED].i);
    for (int a = 0; a < table->actions; a++) {
        means[a] = values[SPREAD].f * random_normal(&random);
    }
    arms_fill(means, table);
    table->noise = values[NOISE].f;
}

static const tabular_task bandit = {
    .env_class = &classic_bandit_v0,
    .measure = measure,
    .fill = fill,
    .limit = arms_limit,
    .draw = arms_draw,
};

static const char *const state_formats[] = {"bandit/1", "bandit/state-seed", NULL};

TABULAR_CLASS(classic_bandit_v0, bandit, .id = "Bandit-v0",
              .doc = "which of k arms pays best, one pull an episode", .settings = settings,
              .setting_count = SETTINGS, .state_formats = state_formats);
