// Design: the picture has the measures of Gymnasium's, whose 600 x 400 pixels show 1.8 x 1.2 units.
#include "mountain.h"

#include <math.h>

const sw_setting mountain_settings[1] = {
    {.name = "goal_velocity",
     .type = SW_FLOAT,
     .low = -1,
     .high = 1,
     .doc = "velocity that the car must have at the goal at least, per step"},
};

void mountain_observe(const double *state, float *observation)
{
    observation[0] = (float) state[MOUNTAIN_POSITION];
    observation[1] = (float) state[MOUNTAIN_VELOCITY];
}

static draw_point on_ground(double x)
{
    return (draw_point){x, 0.45 * sin(3 * x) + 0.55};
}

static void draw_ground(const draw_canvas *canvas, draw_color color)
{
    enum { PIECES = 100 };
    const double length = (MOUNTAIN_RIGHT - MOUNTAIN_LEFT) / PIECES;
    for (int i = 0; i < PIECES; i++) {
        const double x = MOUNTAIN_LEFT + i * length;
        draw_line(canvas, on_ground(x), on_ground(x + length), 0, color);
    }
}

void mountain_draw(const classic_env *env, double goal, const sw_picture *picture)
{
    static const draw_color black = {0, 0, 0};
    static const draw_color grey = {128, 128, 128};
    static const draw_color yellow = {204, 204, 0};
    const draw_canvas canvas =
        draw_begin(picture, (draw_point){MOUNTAIN_LEFT, 0}, (draw_point){MOUNTAIN_RIGHT, 1.2});
    draw_ground(&canvas, black);

    // Gymnasium takes cos(3x) for the angle of the slope, whose tangent is 1.35 cos(3x).
    const double x = env->state[MOUNTAIN_POSITION];
    draw_frame car = {on_ground(x), cos(3 * x)};
    car.origin.y += 0.03;
    draw_rectangle(&canvas, car, (draw_point){-0.06, 0}, (draw_point){0.06, 0.06}, black);
    draw_disc(&canvas, draw_place(car, (draw_point){-0.03, 0}), 0.024, grey);
    draw_disc(&canvas, draw_place(car, (draw_point){0.03, 0}), 0.024, grey);

    const draw_point foot = on_ground(goal);
    const draw_point tip = {goal, foot.y + 0.15};
    const draw_point cloth[] = {tip, {tip.x, tip.y - 0.03}, {tip.x + 0.075, tip.y - 0.015}};
    draw_polygon(&canvas, cloth, 3, yellow);
    draw_line(&canvas, foot, tip, 0, black);
}
