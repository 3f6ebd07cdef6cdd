// mujoco_render.h -- pictures of a simulation.
//
// Each model that is in use has at most one renderer, which all its environments share: MuJoCo's
// scene, what OpenGL has of the model, and a copy of the mjData being drawn. It is made by the
// first picture (in some 0.3 s) and freed with the model. In software it holds about 40 MiB however
// large the pictures are, and Mesa some 100 MiB for all of them together.
#ifndef MUJOCO_RENDER_H
#define MUJOCO_RENDER_H

#include <mujoco/mujoco.h>

#include <stepwire/env.h>

// Where a task looks from unless told otherwise: along +y, at a point above the centre of mass of a
// body that it follows.
typedef struct mujoco_camera {
    int body;          // number in the model; 0: the origin of the world
    double height;     // of the point looked at, m above the ground
    double distance;   // from it, m
    double elevation;  // degrees, negative: from above
} mujoco_camera;

// Draws `data` through the camera of the model that picture->camera names, or through `own` if that
// is "". Equal states give equal pictures. Changes nothing but the pixels. SW_NOT_FOUND listing the
// cameras; SW_ENVIRONMENT if there is no OpenGL (gl_context.h) or MuJoCo gave up, after which
// everything can be tried again; SW_NO_MEMORY. Any thread; pictures are drawn one after the other.
sw_status mujoco_render_draw(const mjModel *model, const mjData *data, const mujoco_camera *own,
                             const sw_picture *picture);

// Frees the renderer of a model, which is about to be freed, if there is one. Waits for no picture:
// while one is drawn, who draws it does this afterwards.
void mujoco_render_forget(const mjModel *model);

#endif
