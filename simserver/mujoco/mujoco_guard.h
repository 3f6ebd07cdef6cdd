// mujoco_guard.h -- MuJoCo's errors and warnings, made harmless.
//
// Left alone, MuJoCo ends the process on an error, and writes warnings to MUJOCO_LOG.TXT in the
// working directory. Every call of MuJoCo that computes, loads or allocates is made through
// mujoco_guard().
#ifndef MUJOCO_GUARD_H
#define MUJOCO_GUARD_H

#include <mujoco/mujoco.h>

#include <stepwire/status.h>

// Calls work(context). An mju_error() inside abandons it at that point, and is SW_ENVIRONMENT with
// MuJoCo's text; an mjData it was working on must then be reset before it is used again. Not to be
// nested; `work` must hold no lock of ours and own no memory when it calls MuJoCo.
sw_status mujoco_guard(void (*work)(void *context), void *context);

// Checks that no warning was counted since the last mj_resetData(): NaN, huge values, singular
// inertia, full contact buffers. After any of them the state is not what the model says, and MuJoCo
// may have put it back to the initial one without a word. SW_ENVIRONMENT naming `task` and the
// warning.
sw_status mujoco_check(const char *task, const mjData *data);

#endif
