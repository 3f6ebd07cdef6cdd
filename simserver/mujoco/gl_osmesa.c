// Design: OSMesa draws in software into memory, with nothing but its own library. It insists on a
// buffer for what we never draw to: MuJoCo has a framebuffer object of its own, so that one pixel
// is enough.
//
// What we use of GL/osmesa.h is declared here, so that building needs no package of OpenGL.
#include <stdlib.h>

#include "gl_context.h"

#define LIBRARY "libOSMesa.so.8"

enum { OSMESA_RGBA = 0x1908, GL_UNSIGNED_BYTE = 0x1401, DEPTH_BITS = 24, STENCIL_BITS = 8 };

// Written by start() alone. Functions of type GLboolean return 0 on failure.
static struct {
    void *(*create_context)(unsigned format, int depth_bits, int stencil_bits, int accum_bits,
                            void *share);
    void (*destroy_context)(void *context);
    unsigned char (*make_current)(void *context, void *buffer, unsigned type, int width,
                                  int height);
} osmesa;

typedef struct osmesa_context {
    void *handle;
    unsigned char pixel[4];
} osmesa_context;

static sw_status start(void)
{
    const gl_function functions[] = {
        {"OSMesaCreateContextExt", &osmesa.create_context},
        {"OSMesaDestroyContext", &osmesa.destroy_context},
        {"OSMesaMakeCurrent", &osmesa.make_current},
    };
    void *library = NULL;
    const sw_status st = gl_library_open(LIBRARY, "libosmesa6", functions,
                                         sizeof(functions) / sizeof(functions[0]), &library);
    if (st == SW_OK) {
        gl_library_keep(LIBRARY);
    }
    return st;
}

static sw_status create(void **context)
{
    osmesa_context *c = calloc(1, sizeof(*c));
    if (c == NULL) {
        return sw_fail(SW_NO_MEMORY, "OSMesa: no memory for a context");
    }
    c->handle = osmesa.create_context(OSMESA_RGBA, DEPTH_BITS, STENCIL_BITS, 0, NULL);
    if (c->handle == NULL) {
        free(c);
        return sw_fail(SW_ENVIRONMENT, "OSMesa: no context");
    }
    *context = c;
    return SW_OK;
}

static sw_status bind(void *context)
{
    osmesa_context *c = context;
    if (!osmesa.make_current(c->handle, c->pixel, GL_UNSIGNED_BYTE, 1, 1)) {
        return sw_fail(SW_ENVIRONMENT, "OSMesa: the context cannot be used");
    }
    return SW_OK;
}

static void unbind(void)
{
    (void) osmesa.make_current(NULL, NULL, GL_UNSIGNED_BYTE, 0, 0);
}

static void destroy(void *context)
{
    osmesa_context *c = context;
    osmesa.destroy_context(c->handle);
    free(c);
}

const gl_platform gl_osmesa = {
    .name = "osmesa",
    .start = start,
    .create = create,
    .bind = bind,
    .unbind = unbind,
    .destroy = destroy,
};
