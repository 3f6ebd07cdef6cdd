// machine.h -- what the agent must know of the machine it runs on.
#ifndef AGENT_MACHINE_H
#define AGENT_MACHINE_H

// Cores this process may use, >= 1.
int machine_cores(void);

// Makes OpenBLAS compute for the core there is. OpenBLAS 0.3.21 takes many newer processors for a
// Prescott of 2004 and is then 4 to 5 times slower; it reads OPENBLAS_CORETYPE only when it is
// loaded, so this starts the program again, once, with it set. Leaves alone what the user set. Call
// before anything else; `argv` is main's.
void machine_tune_blas(char **argv);

#endif
