// grid.h -- what the worlds of square tiles share: a map, moves to four sides, slipping.
//
// A state is a tile, numbered row by row from the top. Whoever would leave the map or enter a wall
// stays where they are.
#ifndef GRID_H
#define GRID_H

#include "tabular_env.h"

enum { GRID_MAX_SIDE = 20, GRID_ACTIONS = 4 };

// The tiles of a map, its characters.
enum {
    GRID_START = 'S',  // the only place where episodes begin
    GRID_GOAL = 'G',   // who enters has ended
    GRID_FREE = '.',
    GRID_HOLE = 'H',   // the same
    GRID_CLIFF = 'C',  // who enters is back at the start
    GRID_WALL = '#',
};

typedef struct grid_map {
    int rows, columns;
    char tiles[GRID_MAX_SIDE * GRID_MAX_SIDE];  // [rows, columns]
} grid_map;

// A direction: what it adds to row and column.
typedef struct grid_move {
    int rows, columns;
} grid_move;

typedef struct grid_rules {
    grid_move moves[GRID_ACTIONS];   // of the actions, around the compass
    bool is_slippery;                // to both neighbours of the direction, too
    double success;                  // then: how likely the direction itself is,
    double failure;                  //   and each neighbour
    double goal, hole, cliff, free;  // rewards of entering these tiles, the start as a free one
    bool rests;  // a table goes on after the end: who has ended stays, for nothing, or moves on
} grid_rules;

// Fills `table`, of the size of the map.
void grid_fill(const grid_map *map, const grid_rules *rules, tabular_table *table);

// The map from above, with a dot where `env` is, in whose face is the direction of the last move.
void grid_draw(const tabular_env *env, const grid_map *map, const grid_move *moves,
               const sw_picture *picture);

#endif
