// interrupts.h -- how often the program was asked to stop: by Ctrl-C or a plain `kill`.
#ifndef AGENT_INTERRUPTS_H
#define AGENT_INTERRUPTS_H

#include <signal.h>

// Counts SIGINT and SIGTERM from now on, instead of dying of them; whoever waits is woken. A third
// one is not caught any more.
void interrupts_catch(void);

// The count, for whoever can stop.
const volatile sig_atomic_t *interrupts_count(void);

#endif
