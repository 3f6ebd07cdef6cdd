// gl_context.h -- OpenGL without a window: EGL, or OSMesa, which needs neither driver nor device.
//
// Neither is needed to build or to start a server. The one that draws is looked for when a picture
// is first asked for, and stays the same until the process ends, because MuJoCo takes OpenGL's
// functions from it once and for all.
#ifndef GL_CONTEXT_H
#define GL_CONTEXT_H

#include <stddef.h>

#include <stepwire/status.h>

// One way to have contexts. A context is current on at most one thread at a time, between bind()
// and unbind().
typedef struct gl_platform {
    const char *name;  // as MUJOCO_GL calls it

    // Loads the library and makes sure that it can draw; the other functions only after that. On
    // failure nothing is left behind, and it may be tried again. SW_ENVIRONMENT saying what is
    // missing.
    sw_status (*start)(void);

    // A new context, of OpenGL's compatibility profile.
    sw_status (*create)(void **context);

    // Makes `context` current on this thread, which has none.
    sw_status (*bind)(void *context);

    // Leaves this thread without a current context.
    void (*unbind)(void);

    // Frees a context that is current nowhere, and everything in it.
    void (*destroy)(void *context);
} gl_platform;

// The platform of this process: what the environment variable MUJOCO_GL names (egl or osmesa, as
// for MuJoCo in Python), or if it is not set the first of the two that works. SW_ENVIRONMENT saying
// what to install if none does; then it may be called again. Not from two threads at once.
sw_status gl_platform_find(const gl_platform **platform);

// ---- for the platforms ------------------------------------------------------------------------

extern const gl_platform gl_egl;
extern const gl_platform gl_osmesa;

// A function to be found in a library.
typedef struct gl_function {
    const char *name;
    void *slot;  // address of the function pointer
} gl_function;

// Loads `file` and fills the slots of functions [count]. SW_ENVIRONMENT naming `package`, which
// brings the file in Debian. The library is to be given to gl_library_keep() or dlclose().
sw_status gl_library_open(const char *file, const char *package, const gl_function *functions,
                          size_t count, void **library);

// Keeps a library that works until the process ends, as the one where MuJoCo finds OpenGL.
void gl_library_keep(const char *file);

#endif
