// FrozenLake-v1: across the ice to the goal, and into none of its holes.
//
// Source: Gymnasium 1.4, gymnasium/envs/toy_text/frozen_lake.py.
//
//   state   the tile, row by row from the top left: 0 to 15, or 0 to 63
//   obs     the state, int64 []
//   action  0 left, 1 down, 2 right, 3 up; int64 []
//   moves   as asked with probability success_rate, and to each of the two sides with half of the
//           rest; as asked if not is_slippery. Who would leave the lake stays where they are
//   reward  reward_schedule: 1 for the goal, 0 for a hole, 0 for ice
//   end     terminated in a hole or at the goal, bottom right;
//           truncated after 100 steps, 200 on the 8x8 lake, Gymnasium's FrozenLake8x8-v1
//   reset   top left
//   info    prob, the probability of what happened; 1 at reset
//
// Differences from Gymnasium: random numbers are our own, and there are no lakes but these two.
#include <string.h>

#include "classic_tasks.h"
#include "grid.h"

enum { MAP_NAME, IS_SLIPPERY, SUCCESS_RATE, REWARD_SCHEDULE, SETTINGS };

static const sw_setting settings[SETTINGS] = {
    [MAP_NAME] = {.name = "map_name",
                  .type = SW_STRING,
                  .initial.s = "4x4",
                  .choices = "4x4|8x8",
                  .doc = "which lake, by its tiles"},
    [IS_SLIPPERY] = {.name = "is_slippery",
                     .type = SW_BOOL,
                     .initial.b = true,
                     .doc = "whether moves may go to the sides"},
    [SUCCESS_RATE] = {.name = "success_rate",
                      .type = SW_FLOAT,
                      .initial.f = 1.0 / 3.0,
                      .low = 0,
                      .high = 1,
                      .doc = "on slippery ice, how likely a move goes as asked"},
    [REWARD_SCHEDULE] = {.name = "reward_schedule",
                         .type = SW_VECTOR,
                         .length = 3,
                         .initial.v = {1, 0, 0},
                         .low = -1e6,
                         .high = 1e6,
                         .doc = "rewards of reaching the goal, a hole and other ice"},
};

static grid_map lay_map(const sw_value *values)
{
    if (strcmp(values[MAP_NAME].s, "8x8") == 0) {
        return (grid_map){8, 8,
                          "S......."
                          "........"
                          "...H...."
                          ".....H.."
                          "...H...."
                          ".HH...H."
                          ".H..H.H."
                          "...H...G"};
    }
    return (grid_map){4, 4,
                      "S..."
                      ".H.H"
                      "...H"
                      "H..G"};
}

static const grid_move moves[GRID_ACTIONS] = {{0, -1}, {1, 0}, {0, 1}, {-1, 0}};

static void measure(const sw_value *values, int *states, int *actions)
{
    const grid_map map = lay_map(values);
    *states = map.rows * map.columns;
    *actions = GRID_ACTIONS;
}

static void fill(const sw_value *values, tabular_table *table)
{
    const grid_map map = lay_map(values);
    const double *rewards = values[REWARD_SCHEDULE].v;
    grid_rules rules = {.is_slippery = values[IS_SLIPPERY].b,
                        .success = values[SUCCESS_RATE].f,
                        .failure = (1 - values[SUCCESS_RATE].f) / 2,
                        .goal = rewards[0],
                        .hole = rewards[1],
                        .free = rewards[2],
                        .rests = true};
    memcpy(rules.moves, moves, sizeof(moves));
    grid_fill(&map, &rules, table);
}

static int64_t limit(const sw_value *values)
{
    return strcmp(values[MAP_NAME].s, "8x8") == 0 ? 200 : 100;
}

static void draw(const tabular_env *env, const sw_picture *picture)
{
    const grid_map map = lay_map(env->settings);
    grid_draw(env, &map, moves, picture);
}

static const tabular_task frozen_lake = {
    .env_class = &classic_frozen_lake_v1,
    .measure = measure,
    .fill = fill,
    .limit = limit,
    .draw = draw,
};

static const char *const state_formats[] = {"frozen_lake/1", "frozen_lake/state-seed", NULL};

TABULAR_CLASS(classic_frozen_lake_v1, frozen_lake, .id = "FrozenLake-v1",
              .doc = "across slippery ice to the goal, and into no hole", .settings = settings,
              .setting_count = SETTINGS, .state_formats = state_formats);
