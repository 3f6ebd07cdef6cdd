// loan.h -- memory for what does not fit into the memory that a session was opened with.
//
// Pictures and states are large and rare. Their memory is taken when one is asked for. A reply with
// such is sent from where it stands, and so has two holders: the session, which keeps it until its
// next number is answered, and ZeroMQ, until it has left.
#ifndef SERVER_LOAN_H
#define SERVER_LOAN_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>

#include <stepwire/status.h>

enum { LOAN_MESSAGES = 4 };  // times max_message are on loan at most, to all sessions of a server

typedef struct lender {
    size_t most;
    atomic_size_t lent;  // bytes of all loans
} lender;

typedef struct loan {
    lender *from;
    size_t size;  // as it counts
    atomic_int holders;
    alignas(64) unsigned char bytes[];
} loan;

// A loan of `size` bytes, not zeroed, with one holder. SW_TOO_LARGE if the server never has so
// many; SW_CAPACITY if others have them now; SW_NO_MEMORY. By one thread at a time.
sw_status loan_take(lender *from, size_t size, loan **out);

// One more holder.
void loan_share(loan *l);

// One holder less; the last one's memory is freed. On any thread. NULL is allowed.
void loan_return(loan *l);

#endif
