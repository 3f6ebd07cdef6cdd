// guarded_env.h -- Fake-v0 that aborts when the server breaks a promise of stepwire/env.h: an
// environment stepped before its reset or after its end, drawn or saved while it has no state,
// closed twice. FAKE_WAIT is an error: there is no time to wait.
#ifndef GUARDED_ENV_H
#define GUARDED_ENV_H

#include "fake_env.h"

// *task is the class, with the settings and the memory of fake_env.
void guarded_env(sw_env_class *task);

// How many environments were initialised and not closed yet, in the whole process.
int guarded_env_count(void);

#endif
