// Design: an outcome is a move, and what a tile does to who enters it; see the header.
#include "grid.h"

#include <assert.h>
#include <string.h>

static int find_start(const grid_map *map)
{
    const char *start = memchr(map->tiles, GRID_START, (size_t) (map->rows * map->columns));
    assert(start != NULL);
    return (int) (start - map->tiles);
}

static int move_from(const grid_map *map, int tile, grid_move move)
{
    const int row = tile / map->columns + move.rows;
    const int column = tile % map->columns + move.columns;
    if (row < 0 || row >= map->rows || column < 0 || column >= map->columns) {
        return tile;
    }
    const int next = row * map->columns + column;
    return map->tiles[next] == GRID_WALL ? tile : next;
}

static tabular_outcome enter(const grid_map *map, const grid_rules *rules, int tile)
{
    switch (map->tiles[tile]) {
    case GRID_GOAL:
        return (tabular_outcome){.next = tile, .reward = rules->goal, .is_terminated = true};
    case GRID_HOLE:
        return (tabular_outcome){.next = tile, .reward = rules->hole, .is_terminated = true};
    case GRID_CLIFF: return (tabular_outcome){.next = find_start(map), .reward = rules->cliff};
    default: return (tabular_outcome){.next = tile, .reward = rules->free};
    }
}

static void add_move(const grid_map *map, const grid_rules *rules, int tile, int direction,
                     double probability, tabular_choice *choice)
{
    tabular_outcome outcome = enter(map, rules, move_from(map, tile, rules->moves[direction]));
    outcome.probability = probability;
    tabular_add(choice, outcome);
}

static void fill_choice(const grid_map *map, const grid_rules *rules, int tile, int action,
                        tabular_choice *choice)
{
    const char kind = map->tiles[tile];
    if (rules->rests && (kind == GRID_GOAL || kind == GRID_HOLE)) {
        tabular_add(choice, (tabular_outcome){1, tile, 0, true});
    } else if (rules->is_slippery) {
        for (int turn = GRID_ACTIONS - 1; turn <= GRID_ACTIONS + 1; turn++) {
            const bool is_straight = turn == GRID_ACTIONS;
            add_move(map, rules, tile, (action + turn) % GRID_ACTIONS,
                     is_straight ? rules->success : rules->failure, choice);
        }
    } else {
        add_move(map, rules, tile, action, 1, choice);
    }
}

void grid_fill(const grid_map *map, const grid_rules *rules, tabular_table *table)
{
    for (int tile = 0; tile < table->states; tile++) {
        for (int action = 0; action < table->actions; action++) {
            fill_choice(map, rules, tile, action, tabular_at(table, tile, action));
        }
    }
    table->start[find_start(map)] = 1;
}

// ---- pictures -------------------------------------------------------------------------------

static draw_color color_of(char tile)
{
    switch (tile) {
    case GRID_START: return (draw_color){255, 236, 170};
    case GRID_GOAL: return (draw_color){120, 200, 120};
    case GRID_HOLE: return (draw_color){40, 60, 100};
    case GRID_CLIFF: return (draw_color){150, 90, 60};
    case GRID_WALL: return (draw_color){90, 90, 90};
    default: return (draw_color){225, 235, 245};
    }
}

// A tile is a unit wide; row 0 is at the top.
static draw_point middle_of(const grid_map *map, int tile)
{
    return (draw_point){tile % map->columns + 0.5, map->rows - 0.5 - tile / map->columns};
}

void grid_draw(const tabular_env *env, const grid_map *map, const grid_move *moves,
               const sw_picture *picture)
{
    static const draw_color red = {204, 77, 77};
    static const draw_color black = {0, 0, 0};
    const draw_canvas canvas =
        draw_begin(picture, (draw_point){0, 0}, (draw_point){map->columns, map->rows});
    for (int tile = 0; tile < map->rows * map->columns; tile++) {
        draw_rectangle(&canvas, (draw_frame){middle_of(map, tile), 0}, (draw_point){-0.48, -0.48},
                       (draw_point){0.48, 0.48}, color_of(map->tiles[tile]));
    }
    const draw_point at = middle_of(map, env->state);
    draw_disc(&canvas, at, 0.3, red);
    if (env->last_action >= 0) {
        const grid_move move = moves[env->last_action];
        const draw_point eye = {at.x + 0.18 * move.columns, at.y - 0.18 * move.rows};
        draw_disc(&canvas, eye, 0.08, black);
    }
}
