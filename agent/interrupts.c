// interrupts.c -- a signal ends the wait that it falls into, but one that comes a moment before a
// wait is not noticed by it. So once there has been one, an alarm goes off every second until the
// program has ended: sooner or later one falls into a wait. Whatever does not wait, as a long
// update, goes on to its end; the third signal ends the program as if nobody caught it.
#include "interrupts.h"

#include <stddef.h>
#include <unistd.h>

enum { AGAIN_S = 1 };  // seconds
enum { ENOUGH = 2 };   // signals that are caught

// What a signal handler has to say it can only say in a variable of its own.
static volatile sig_atomic_t count;

static void count_one(int number)
{
    count++;
    alarm(AGAIN_S);
    if (count >= ENOUGH) {
        struct sigaction action = {.sa_handler = SIG_DFL};
        sigemptyset(&action.sa_mask);
        sigaction(number, &action, NULL);
    }
}

static void wake_again(int number)
{
    (void) number;
    alarm(AGAIN_S);
}

void interrupts_catch(void)
{
    struct sigaction action = {.sa_handler = count_one};  // no SA_RESTART: a wait ends
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = wake_again;
    sigaction(SIGALRM, &action, NULL);
}

const volatile sig_atomic_t *interrupts_count(void)
{
    return &count;
}
