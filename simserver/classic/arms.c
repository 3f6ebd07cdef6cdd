// Design: the picture is drawn from the table, with the largest bar as high as the picture is.
#include "arms.h"

#include <math.h>

void arms_fill(const double *means, tabular_table *table)
{
    table->start[0] = 1;
    for (int a = 0; a < table->actions; a++) {
        tabular_add(tabular_at(table, 0, a), (tabular_outcome){1, 0, means[a], true});
    }
}

int64_t arms_limit(const sw_value *settings)
{
    (void) settings;
    return 1;
}

void arms_draw(const tabular_env *env, const sw_picture *picture)
{
    static const draw_color black = {0, 0, 0};
    static const draw_color blue = {60, 110, 200};
    static const draw_color red = {204, 77, 77};
    const tabular_table *table = &env->table;
    double low = 0, high = 0;
    for (int a = 0; a < table->actions; a++) {
        low = fmin(low, tabular_at(table, 0, a)->outcomes[0].reward);
        high = fmax(high, tabular_at(table, 0, a)->outcomes[0].reward);
    }
    const double scale = 0.75 * table->actions / fmax(high - low, 1e-9);
    const draw_canvas canvas = draw_begin(picture, (draw_point){-0.2, scale * low - 0.2},
                                          (draw_point){table->actions + 0.2, scale * high + 0.2});
    for (int a = 0; a < table->actions; a++) {
        const double mean = scale * tabular_at(table, 0, a)->outcomes[0].reward;
        const draw_frame foot = {{a, 0}, 0};
        draw_rectangle(&canvas, foot, (draw_point){0.1, fmin(mean, 0)},
                       (draw_point){0.9, fmax(mean, 0)}, a == env->last_action ? red : blue);
    }
    draw_line(&canvas, (draw_point){0, 0}, (draw_point){table->actions, 0}, 0, black);
}
