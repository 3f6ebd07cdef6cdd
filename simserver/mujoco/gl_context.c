// Design: libraries are opened by hand, as GLFW does it, so that a program without them starts.
//
// How MuJoCo finds OpenGL (src/render/glad/glad.c, 2.2.2 and later): when its first context is
// made it asks the global symbols of the process for eglGetProcAddress, then OSMesaGetProcAddress,
// and takes every function from the first that is there. Hence a library is tried in private, and
// made global only when it works: EGL without a driver must not hide OSMesa.
#include "gl_context.h"

#include <assert.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const gl_platform *const platforms[] = {&gl_egl, &gl_osmesa};
enum { PLATFORMS = sizeof(platforms) / sizeof(platforms[0]) };

static sw_status start_named(const char *name, const gl_platform **platform)
{
    for (int i = 0; i < PLATFORMS; i++) {
        if (strcmp(platforms[i]->name, name) == 0) {
            const sw_status st = platforms[i]->start();
            if (st == SW_OK) {
                *platform = platforms[i];
            }
            return st;
        }
    }
    return sw_fail(SW_ENVIRONMENT,
                   "no pictures: the environment variable MUJOCO_GL is '%s'; it may be egl, osmesa "
                   "or not set",
                   name);
}

static sw_status start_any(const gl_platform **platform)
{
    char why[PLATFORMS][200];
    for (int i = 0; i < PLATFORMS; i++) {
        if (platforms[i]->start() == SW_OK) {
            *platform = platforms[i];
            return SW_OK;
        }
        (void) snprintf(why[i], sizeof(why[i]), "%s", sw_last_error());
    }
    return sw_fail(SW_ENVIRONMENT, "no pictures: %s; %s", why[0], why[1]);
}

sw_status gl_platform_find(const gl_platform **platform)
{
    static const gl_platform *found;
    if (found == NULL) {
        const char *name = getenv("MUJOCO_GL");
        const bool is_named = name != NULL && name[0] != '\0';
        const sw_status st = is_named ? start_named(name, &found) : start_any(&found);
        if (st != SW_OK) {
            return st;
        }
    }
    *platform = found;
    return SW_OK;
}

sw_status gl_library_open(const char *file, const char *package, const gl_function *functions,
                          size_t count, void **library)
{
    void *opened = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (opened == NULL) {
        return sw_fail(SW_ENVIRONMENT, "%s (Debian: apt-get install %s)", dlerror(), package);
    }
    for (size_t i = 0; i < count; i++) {
        void *symbol = dlsym(opened, functions[i].name);
        if (symbol == NULL) {
            (void) dlclose(opened);
            return sw_fail(SW_ENVIRONMENT, "%s has no %s", file, functions[i].name);
        }
        // POSIX, not C, says that a function pointer can be kept in a void *.
        memcpy(functions[i].slot, &symbol, sizeof(symbol));
    }
    *library = opened;
    return SW_OK;
}

void gl_library_keep(const char *file)
{
    void *again = dlopen(file, RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD);
    assert(again != NULL);
    (void) again;
}
