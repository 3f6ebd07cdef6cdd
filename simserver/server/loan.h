// loan.h -- memory for what does not fit into the memory that a session was opened with.
//
// Pictures and states are large and rare. Their memory is taken when one is asked for and given
// back when it has been sent and the session's next number is answered; all sessions of a server
// together have at most LOAN_MESSAGES times max_message of it.
#ifndef SERVER_LOAN_H
#define SERVER_LOAN_H

#include "core.h"

enum { LOAN_MESSAGES = 4 };

// `size` bytes, 64-byte aligned, not zeroed. SW_TOO_LARGE if the server never has so many;
// SW_CAPACITY if other sessions have them now; SW_NO_MEMORY.
sw_status loan_take(server *s, size_t size, loan *out);

// Gives the memory back and zeroes *l. An empty loan is allowed.
void loan_return(server *s, loan *l);

#endif
