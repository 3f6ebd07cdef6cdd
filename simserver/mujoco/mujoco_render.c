// Design: a list of renderers, one for each model that was ever drawn. One thread draws at a time:
// MuJoCo's functions of OpenGL are the process's, and a context can be current on one thread only.
// Who draws binds the model's context to its own thread and unbinds it again, since the next
// picture may be drawn by any other thread. A model that is freed meanwhile does not wait for the
// picture of another: its renderer is set aside for whoever draws to free.
//
// MuJoCo takes the mjData it draws as something that it may write to (its stack, the counter of a
// warning that there are too many shapes), so that it gets a copy.
//
// A picture is drawn in tiles of the size of MuJoCo's offscreen buffer, each through its own part
// of the camera's frustum. So the buffer never changes, and memory does not grow with the picture:
// the 60 bytes that each pixel takes with four samples would be 1 GB at 4096 x 4096.
//
// After an error of MuJoCo the renderer is thrown away with its context and everything in it.
#include "mujoco_render.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gl_context.h"
#include "mujoco_guard.h"

enum { MAX_SHAPES = 1000, RGB = 3 };

typedef struct renderer {
    struct renderer *next;
    const mjModel *model;
    const gl_platform *platform;
    void *context;
    mjrContext resources;
    mjvScene scene;
    mjvOption option;
    mjData *data;
    unsigned char *tile;  // [offHeight, offWidth, 3], bottom row first; NULL: not prepared yet
} renderer;

static struct {
    pthread_mutex_t drawing;  // the right to use OpenGL; taken before `lock`
    pthread_mutex_t lock;     // of what follows, for moments
    renderer *first;
    renderer *forgotten;  // to be freed
} renderers = {.drawing = PTHREAD_MUTEX_INITIALIZER, .lock = PTHREAD_MUTEX_INITIALIZER};

// What draw() is told.
typedef struct drawing {
    renderer *renderer;
    const mjData *data;
    mjvCamera camera;
    const sw_picture *picture;
} drawing;

// ---- drawing: inside mujoco_guard() -----------------------------------------------------------

static void prepare(renderer *r)
{
    mjv_defaultOption(&r->option);
    mjv_makeScene(r->model, &r->scene, MAX_SHAPES);
    mjr_makeContext(r->model, &r->resources, mjFONTSCALE_100);
    mjr_setBuffer(mjFB_OFFSCREEN, &r->resources);
    const size_t pixels = (size_t) r->resources.offWidth * (size_t) r->resources.offHeight;
    r->tile = mju_malloc(pixels * RGB);
}

// The part of the frustum through which `tile` of the picture is seen. MuJoCo takes the width from
// the shape of the viewport; `center` is where its middle is, relative to the viewing direction.
static mjvGLCamera narrow(const mjvGLCamera *whole, mjrRect tile, const sw_picture *p)
{
    const float pixel = (whole->frustum_top - whole->frustum_bottom) / (float) p->height;
    mjvGLCamera part = *whole;
    part.frustum_bottom += pixel * (float) tile.bottom;
    part.frustum_top = part.frustum_bottom + pixel * (float) tile.height;
    part.frustum_center += pixel * ((float) tile.left + 0.5F * (float) (tile.width - p->width));
    return part;
}

// Draws one tile, in pixels of the picture counted from its bottom left, and puts its rows in
// place.
static void draw_tile(renderer *r, mjrRect tile, const sw_picture *p)
{
    const mjrRect viewport = {0, 0, tile.width, tile.height};
    mjr_render(viewport, &r->scene, &r->resources);
    mjr_readPixels(r->tile, NULL, viewport, &r->resources);
    const size_t line = (size_t) tile.width * RGB;
    for (int i = 0; i < tile.height; i++) {
        const size_t row = (size_t) (p->height - 1 - (tile.bottom + i));
        const size_t first = row * (size_t) p->width + (size_t) tile.left;
        memcpy(p->rgb + first * RGB, r->tile + (size_t) i * line, line);
    }
}

static void draw_tiles(renderer *r, const sw_picture *p)
{
    const mjvGLCamera eyes[2] = {r->scene.camera[0], r->scene.camera[1]};
    const mjrRect largest = mjr_maxViewport(&r->resources);
    for (int bottom = 0; bottom < p->height; bottom += largest.height) {
        for (int left = 0; left < p->width; left += largest.width) {
            const mjrRect tile = {
                .left = left,
                .bottom = bottom,
                .width = mjMIN(largest.width, p->width - left),
                .height = mjMIN(largest.height, p->height - bottom),
            };
            r->scene.camera[0] = narrow(&eyes[0], tile, p);
            r->scene.camera[1] = narrow(&eyes[1], tile, p);
            draw_tile(r, tile, p);
        }
    }
}

static void draw(void *context)
{
    drawing *w = context;
    renderer *r = w->renderer;
    if (r->tile == NULL) {
        prepare(r);
    }
    r->data = mj_copyData(r->data, r->model, w->data);  // NULL: makes one
    mjvPerturb none;
    mjv_defaultPerturb(&none);
    mjv_updateScene(r->model, r->data, &r->option, &none, &w->camera, mjCAT_ALL, &r->scene);
    draw_tiles(r, w->picture);
}

// ---- renderers --------------------------------------------------------------------------------

// The link to the model's renderer, or to NULL. With the lock.
static renderer **find_link(const mjModel *model)
{
    renderer **link = &renderers.first;
    while (*link != NULL && (*link)->model != model) {
        link = &(*link)->next;
    }
    return link;
}

// The renderer of a model, which stays while an environment of it is being drawn; NULL: none.
static renderer *find_renderer(const mjModel *model)
{
    pthread_mutex_lock(&renderers.lock);
    renderer *r = *find_link(model);
    pthread_mutex_unlock(&renderers.lock);
    return r;
}

static void forget(const mjModel *model)
{
    pthread_mutex_lock(&renderers.lock);
    renderer **link = find_link(model);
    renderer *r = *link;
    if (r != NULL) {
        *link = r->next;
        r->next = renderers.forgotten;
        renderers.forgotten = r;
    }
    pthread_mutex_unlock(&renderers.lock);
}

static renderer *take_forgotten(void)
{
    pthread_mutex_lock(&renderers.lock);
    renderer *r = renderers.forgotten;
    renderers.forgotten = NULL;
    pthread_mutex_unlock(&renderers.lock);
    return r;
}

static bool has_forgotten(void)
{
    pthread_mutex_lock(&renderers.lock);
    const bool has = renderers.forgotten != NULL;
    pthread_mutex_unlock(&renderers.lock);
    return has;
}

// With the right to draw. The model may be gone.
static void free_renderer(renderer *r)
{
    if (r->platform->bind(r->context) == SW_OK) {
        mjr_freeContext(&r->resources);
        r->platform->unbind();
    }
    r->platform->destroy(r->context);
    mjv_freeScene(&r->scene);
    mj_deleteData(r->data);
    mju_free(r->tile);
    free(r);
}

// Frees what was forgotten, unless somebody draws: that one does it afterwards.
static void free_forgotten(void)
{
    while (has_forgotten() && pthread_mutex_trylock(&renderers.drawing) == 0) {
        renderer *next;
        for (renderer *r = take_forgotten(); r != NULL; r = next) {
            next = r->next;
            free_renderer(r);
        }
        pthread_mutex_unlock(&renderers.drawing);
    }
}

// A renderer that has a context, but nothing in it yet. With the right to draw.
static sw_status add_renderer(const mjModel *model, renderer **added)
{
    renderer *r = calloc(1, sizeof(*r));
    if (r == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory to draw with");
    }
    sw_status st = gl_platform_find(&r->platform);
    if (st == SW_OK) {
        st = r->platform->create(&r->context);
    }
    if (st != SW_OK) {
        free(r);
        return st;
    }
    mjv_defaultScene(&r->scene);
    mjr_defaultContext(&r->resources);
    r->model = model;
    pthread_mutex_lock(&renderers.lock);
    r->next = renderers.first;
    renderers.first = r;
    pthread_mutex_unlock(&renderers.lock);
    *added = r;
    return SW_OK;
}

// With the right to draw.
static sw_status draw_with_renderer(const mjModel *model, drawing *work)
{
    work->renderer = find_renderer(model);
    if (work->renderer == NULL) {
        const sw_status st = add_renderer(model, &work->renderer);
        if (st != SW_OK) {
            return st;
        }
    }
    const gl_platform *platform = work->renderer->platform;
    sw_status st = platform->bind(work->renderer->context);
    if (st == SW_OK) {
        st = mujoco_guard(draw, work);
        platform->unbind();
    }
    if (st != SW_OK) {
        forget(model);
    }
    return st;
}

// ---- the interface ----------------------------------------------------------------------------

static sw_status refuse_camera(const mjModel *model, const char *name)
{
    char list[300] = "none";
    size_t length = 0;
    for (int i = 0; i < model->ncam && length < sizeof(list); i++) {
        const char *known = mj_id2name(model, mjOBJ_CAMERA, i);
        if (known != NULL) {
            length += (size_t) snprintf(list + length, sizeof(list) - length, "%s%s",
                                        length > 0 ? ", " : "", known);
        }
    }
    return sw_fail(SW_NOT_FOUND, "no camera '%s'; there are: %s; \"\" is the task's own", name,
                   list);
}

static sw_status aim(const mjModel *model, const mjData *data, const mujoco_camera *own,
                     const char *name, mjvCamera *camera)
{
    mjv_defaultCamera(camera);
    if (name[0] == '\0') {
        const int body = own->body < model->nbody ? own->body : 0;  // the model may be the user's
        camera->type = mjCAMERA_FREE;
        camera->lookat[0] = data->xipos[3 * body];
        camera->lookat[1] = data->xipos[3 * body + 1];
        camera->lookat[2] = own->height;
        camera->distance = own->distance;
        camera->elevation = own->elevation;
        return SW_OK;
    }
    camera->type = mjCAMERA_FIXED;
    camera->fixedcamid = mj_name2id(model, mjOBJ_CAMERA, name);
    return camera->fixedcamid >= 0 ? SW_OK : refuse_camera(model, name);
}

sw_status mujoco_render_draw(const mjModel *model, const mjData *data, const mujoco_camera *own,
                             const sw_picture *picture)
{
    drawing work = {.data = data, .picture = picture};
    sw_status st = aim(model, data, own, picture->camera, &work.camera);
    if (st != SW_OK) {
        return st;
    }
    pthread_mutex_lock(&renderers.drawing);
    st = draw_with_renderer(model, &work);
    pthread_mutex_unlock(&renderers.drawing);
    free_forgotten();
    return st;
}

void mujoco_render_forget(const mjModel *model)
{
    forget(model);
    free_forgotten();
}
