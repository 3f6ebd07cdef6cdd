// interrupts.c -- see the header.
#include "interrupts.h"

#include <stddef.h>

// What a signal handler has to say it can only say in a variable of its own.
static volatile sig_atomic_t count;

static void count_one(int number)
{
    (void) number;
    count++;
}

void interrupts_catch(void)
{
    struct sigaction action = {.sa_handler = count_one};  // no SA_RESTART: a wait ends
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

const volatile sig_atomic_t *interrupts_count(void)
{
    return &count;
}
