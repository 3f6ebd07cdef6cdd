// GridWorld-v0: around a wall to the goal, by the shortest way.
//
//     S . # . .     size rows of size tiles; the wall stands in the middle column and leaves its
//     . . # . .     last tile free. So the best way, 2 (size - 1) steps, must be down before it is
//     . . # . .     past the wall: right and down in any order will not do.
//     . . # . .
//     . . . . G
//
//   state   the tile, row by row from the top left: 0 to size^2 - 1
//   obs     the state, int64 []; or if observation=position, (row, column) / (size - 1), float32
//   action  0 up, 1 right, 2 down, 3 left; int64 []
//   moves   as asked; with probability slip / 2 each to one of the two sides instead. Who would
//           leave the grid or enter the wall stays where they are
//   reward  -1
//   end     terminated at the goal, bottom right; truncated after 4 size^2 steps
//   reset   top left
//   info    prob, the probability of what happened; 1 at reset
#include <string.h>

#include "classic_tasks.h"
#include "grid.h"

enum { SIZE, SLIP, OBSERVATION, SETTINGS };

static const sw_setting settings[SETTINGS] = {
    [SIZE] = {.name = "size",
              .type = SW_INT,
              .initial.i = 5,
              .low = 3,
              .high = GRID_MAX_SIDE,
              .doc = "tiles on a side"},
    [SLIP] = {.name = "slip",
              .type = SW_FLOAT,
              .initial.f = 0,
              .low = 0,
              .high = 1,
              .doc = "how likely a move goes to a side"},
    [OBSERVATION] = {.name = "observation",
                     .type = SW_STRING,
                     .initial.s = "state",
                     .choices = "state|position",
                     .doc = "the number of the tile, or where it lies, as two numbers"},
};

static const grid_move moves[GRID_ACTIONS] = {{-1, 0}, {0, 1}, {1, 0}, {0, -1}};

static grid_map lay_map(const sw_value *values)
{
    const int size = (int) values[SIZE].i;
    grid_map map = {.rows = size, .columns = size};
    memset(map.tiles, GRID_FREE, (size_t) (size * size));
    for (int row = 0; row < size - 1; row++) {
        map.tiles[row * size + size / 2] = GRID_WALL;
    }
    map.tiles[0] = GRID_START;
    map.tiles[size * size - 1] = GRID_GOAL;
    return map;
}

static void measure(const sw_value *values, int *states, int *actions)
{
    *states = (int) (values[SIZE].i * values[SIZE].i);
    *actions = GRID_ACTIONS;
}

static void fill(const sw_value *values, tabular_table *table)
{
    const grid_map map = lay_map(values);
    const double slip = values[SLIP].f;
    grid_rules rules = {
        .is_slippery = slip > 0, .success = 1 - slip, .failure = slip / 2, .goal = -1, .free = -1};
    memcpy(rules.moves, moves, sizeof(moves));
    grid_fill(&map, &rules, table);
}

static int64_t limit(const sw_value *values)
{
    return 4 * values[SIZE].i * values[SIZE].i;
}

static bool features(const sw_value *values, int state, float *out)
{
    const int size = (int) values[SIZE].i;
    if (strcmp(values[OBSERVATION].s, "position") != 0) {
        return false;
    }
    out[0] = (float) (state / size) / (float) (size - 1);
    out[1] = (float) (state % size) / (float) (size - 1);
    return true;
}

static void draw(const tabular_env *env, const sw_picture *picture)
{
    const grid_map map = lay_map(env->settings);
    grid_draw(env, &map, moves, picture);
}

static const tabular_task gridworld = {
    .env_class = &classic_gridworld_v0,
    .measure = measure,
    .fill = fill,
    .limit = limit,
    .features = features,
    .draw = draw,
};

static const char *const state_formats[] = {"gridworld/1", "gridworld/state-seed", NULL};

TABULAR_CLASS(classic_gridworld_v0, gridworld, .id = "GridWorld-v0",
              .doc = "around a wall to the goal, by the shortest way", .settings = settings,
              .setting_count = SETTINGS, .state_formats = state_formats);
