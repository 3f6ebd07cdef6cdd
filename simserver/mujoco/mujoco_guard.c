// Design: MuJoCo reports an error by calling mju_user_error, which must not return. Ours jumps back
// into the mujoco_guard() of its thread. A warning is counted in mjData whether or not anyone is
// told, so that there our handler does nothing, and thereby keeps the log file from being written.
#include "mujoco_guard.h"

#include <assert.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>

// Where this thread lands on an error; NULL outside mujoco_guard().
static _Thread_local jmp_buf *landing;

static void jump_back(const char *text)
{
    (void) sw_fail(SW_ENVIRONMENT, "MuJoCo: %s", text);
    if (landing == NULL) {
        abort();  // a call that should have been guarded; MuJoCo cannot go on after an error
    }
    longjmp(*landing, 1);
}

static void ignore_warning(const char *text)
{
    (void) text;
}

static void install_handlers(void)
{
    mju_user_error = jump_back;
    mju_user_warning = ignore_warning;
}

sw_status mujoco_guard(void (*work)(void *context), void *context)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install_handlers);

    assert(landing == NULL);
    jmp_buf here;
    if (setjmp(here) != 0) {
        landing = NULL;
        return SW_ENVIRONMENT;
    }
    landing = &here;
    work(context);
    landing = NULL;
    return SW_OK;
}

sw_status mujoco_check(const char *task, const mjData *data)
{
    // By name, because the numbers differ between versions of MuJoCo.
    static const char *const names[mjNWARNING] = {
        [mjWARN_INERTIA] = "singular inertia",       [mjWARN_CONTACTFULL] = "too many contacts",
        [mjWARN_CNSTRFULL] = "too many constraints", [mjWARN_BADQPOS] = "bad number in qpos",
        [mjWARN_BADQVEL] = "bad number in qvel",     [mjWARN_BADQACC] = "bad number in qacc",
        [mjWARN_BADCTRL] = "bad number in ctrl",
    };
    for (int i = 0; i < mjNWARNING; i++) {
        if (data->warning[i].number > 0) {
            return sw_fail(SW_ENVIRONMENT, "%s: the simulation diverged: %s at %d", task,
                           names[i] != NULL ? names[i] : "warning", data->warning[i].lastinfo);
        }
    }
    return SW_OK;
}
