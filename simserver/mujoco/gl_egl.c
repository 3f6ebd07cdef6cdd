// Design: EGL on a device, without a display and without a surface: MuJoCo draws into a framebuffer
// object of its own. Mesa lists graphics cards first and then its software renderer, so that the
// first device that can draw is the best one; on a machine without a card, or without permission to
// use it, it is the last.
//
// What we use of EGL 1.5 and of the extensions EGL_EXT_device_base, EGL_EXT_platform_device and
// EGL_KHR_surfaceless_context is declared here, and its numbers are the registry's
// (registry.khronos.org/EGL), so that building needs no package of OpenGL.
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

#include "gl_context.h"

#define LIBRARY "libEGL.so.1"

enum {
    EGL_DEPTH_SIZE = 0x3025,
    EGL_STENCIL_SIZE = 0x3026,
    EGL_SURFACE_TYPE = 0x3033,
    EGL_PBUFFER_BIT = 0x0001,
    EGL_RENDERABLE_TYPE = 0x3040,
    EGL_OPENGL_BIT = 0x0008,
    EGL_NONE = 0x3038,
    EGL_OPENGL_API = 0x30A2,
    EGL_PLATFORM_DEVICE_EXT = 0x313F,
    MAX_DEVICES = 16
};

// Written by start() alone. Functions of type EGLBoolean return 0 on failure.
static struct {
    void (*(*get_proc_address)(const char *name))(void);
    unsigned (*initialize)(void *display, int32_t *major, int32_t *minor);
    unsigned (*terminate)(void *display);
    unsigned (*bind_api)(unsigned api);
    unsigned (*choose_config)(void *display, const int32_t *attributes, void **configs,
                              int32_t size, int32_t *count);
    void *(*create_context)(void *display, void *config, void *share, const int32_t *attributes);
    unsigned (*destroy_context)(void *display, void *context);
    unsigned (*make_current)(void *display, void *draw, void *read, void *context);
    int32_t (*get_error)(void);
    void *display;
    void *config;
} egl;

typedef unsigned query_devices(int32_t size, void **devices, int32_t *count);
typedef void *get_platform_display(unsigned platform, void *device, const int32_t *attributes);

static sw_status create(void **context)
{
    (void) egl.bind_api(EGL_OPENGL_API);  // of this thread
    void *made = egl.create_context(egl.display, egl.config, NULL, NULL);
    if (made == NULL) {
        return sw_fail(SW_ENVIRONMENT, "EGL: no context: error 0x%x", (unsigned) egl.get_error());
    }
    *context = made;
    return SW_OK;
}

static sw_status bind(void *context)
{
    (void) egl.bind_api(EGL_OPENGL_API);
    if (!egl.make_current(egl.display, NULL, NULL, context)) {
        return sw_fail(SW_ENVIRONMENT, "EGL: the context cannot be used: error 0x%x",
                       (unsigned) egl.get_error());
    }
    return SW_OK;
}

static void unbind(void)
{
    (void) egl.make_current(egl.display, NULL, NULL, NULL);
}

static void destroy(void *context)
{
    (void) egl.destroy_context(egl.display, context);
}

// Whether egl.display can draw; chooses egl.config.
static bool is_usable(void)
{
    static const int32_t wanted[] = {
        EGL_SURFACE_TYPE,
        EGL_PBUFFER_BIT,
        EGL_RENDERABLE_TYPE,
        EGL_OPENGL_BIT,
        EGL_DEPTH_SIZE,
        24,
        EGL_STENCIL_SIZE,
        8,
        EGL_NONE,
    };
    int32_t count = 0;
    void *context = NULL;
    if (!egl.choose_config(egl.display, wanted, &egl.config, 1, &count) || count == 0 ||
        create(&context) != SW_OK) {
        return false;
    }
    const bool usable = bind(context) == SW_OK;
    if (usable) {
        unbind();
    }
    destroy(context);
    return usable;
}

static sw_status choose_device(void)
{
    query_devices *const query = (query_devices *) egl.get_proc_address("eglQueryDevicesEXT");
    get_platform_display *const display_of =
        (get_platform_display *) egl.get_proc_address("eglGetPlatformDisplayEXT");
    void *devices[MAX_DEVICES];
    int32_t count = 0;
    if (query == NULL || display_of == NULL || !query(MAX_DEVICES, devices, &count)) {
        return sw_fail(SW_ENVIRONMENT, LIBRARY " cannot list its devices: it is too old");
    }
    for (int i = 0; i < count; i++) {
        egl.display = display_of(EGL_PLATFORM_DEVICE_EXT, devices[i], NULL);
        if (egl.display != NULL && egl.initialize(egl.display, NULL, NULL)) {
            if (is_usable()) {
                return SW_OK;
            }
            (void) egl.terminate(egl.display);
        }
    }
    return sw_fail(SW_ENVIRONMENT,
                   LIBRARY ": none of its %d devices can draw (Debian: apt-get install "
                           "libgl1-mesa-dri, which draws in software)",
                   (int) count);
}

static sw_status start(void)
{
    const gl_function functions[] = {
        {"eglGetProcAddress", &egl.get_proc_address},
        {"eglInitialize", &egl.initialize},
        {"eglTerminate", &egl.terminate},
        {"eglBindAPI", &egl.bind_api},
        {"eglChooseConfig", &egl.choose_config},
        {"eglCreateContext", &egl.create_context},
        {"eglDestroyContext", &egl.destroy_context},
        {"eglMakeCurrent", &egl.make_current},
        {"eglGetError", &egl.get_error},
    };
    void *library = NULL;
    sw_status st = gl_library_open(LIBRARY, "libegl1 libgl1-mesa-dri", functions,
                                   sizeof(functions) / sizeof(functions[0]), &library);
    if (st != SW_OK) {
        return st;
    }
    st = choose_device();
    if (st == SW_OK) {
        gl_library_keep(LIBRARY);
    } else {
        (void) dlclose(library);
    }
    return st;
}

const gl_platform gl_egl = {
    .name = "egl",
    .start = start,
    .create = create,
    .bind = bind,
    .unbind = unbind,
    .destroy = destroy,
};
