// CliffWalking-v1: along a cliff to the goal, as near to the edge as one dares.
//
// Source: Gymnasium 1.4, gymnasium/envs/toy_text/cliffwalking.py, after Sutton, Barto 2018
// (Reinforcement Learning, example 6.6).
//
//   state   the tile of 4 rows of 12, row by row from the top left: 0 to 47
//   obs     the state, int64 []
//   action  0 up, 1 right, 2 down, 3 left; int64 []
//   moves   as asked; if is_slippery, with probability 1/3 each as asked and to its two sides
//   reward  -1; -100 for a step off the cliff, which leads back to the start
//   end     terminated at the goal, bottom right; no time limit unless max_episode_steps is one
//   reset   bottom left; the cliff is all between there and the goal
//   info    prob, the probability of what happened; 1 at reset
//
// The best way is along the edge: -13.
//
// Differences from Gymnasium: random numbers are our own.
#include <string.h>

#include "classic_tasks.h"
#include "grid.h"

enum { IS_SLIPPERY, MAX_EPISODE_STEPS, SETTINGS };

static const sw_setting settings[SETTINGS] = {
    [IS_SLIPPERY] = {.name = "is_slippery",
                     .type = SW_BOOL,
                     .initial.b = false,
                     .doc = "whether moves may go to the sides"},
    [MAX_EPISODE_STEPS] = {.name = "max_episode_steps",
                           .type = SW_INT,
                           .initial.i = 0,
                           .low = 0,
                           .high = 1e9,
                           .doc = "truncation after so many steps; 0: none"},
};

static const grid_map map = {4, 12,
                             "............"
                             "............"
                             "............"
                             "SCCCCCCCCCCG"};

static const grid_move moves[GRID_ACTIONS] = {{-1, 0}, {0, 1}, {1, 0}, {0, -1}};

static void measure(const sw_value *values, int *states, int *actions)
{
    (void) values;
    *states = map.rows * map.columns;
    *actions = GRID_ACTIONS;
}

static void fill(const sw_value *values, tabular_table *table)
{
    grid_rules rules = {.is_slippery = values[IS_SLIPPERY].b,
                        .success = 1.0 / 3.0,
                        .failure = 1.0 / 3.0,
                        .goal = -1,
                        .cliff = -100,
                        .free = -1};
    memcpy(rules.moves, moves, sizeof(moves));
    grid_fill(&map, &rules, table);
}

static int64_t limit(const sw_value *values)
{
    return values[MAX_EPISODE_STEPS].i;
}

static void draw(const tabular_env *env, const sw_picture *picture)
{
    grid_draw(env, &map, moves, picture);
}

static const tabular_task cliff_walking = {
    .env_class = &classic_cliff_walking_v1,
    .measure = measure,
    .fill = fill,
    .limit = limit,
    .draw = draw,
};

static const char *const state_formats[] = {"cliff_walking/1", "cliff_walking/state-seed", NULL};

TABULAR_CLASS(classic_cliff_walking_v1, cliff_walking, .id = "CliffWalking-v1",
              .doc = "along a cliff to the goal, near the edge", .settings = settings,
              .setting_count = SETTINGS, .state_formats = state_formats);
