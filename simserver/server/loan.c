#include "loan.h"

#include <stdlib.h>

sw_status loan_take(lender *from, size_t size, loan **out)
{
    if (size > from->most) {
        return sw_fail(SW_TOO_LARGE, "%zu bytes for pictures or states: this server has %zu", size,
                       from->most);
    }
    const size_t align = alignof(loan);
    const size_t rounded = sizeof(loan) + (size + align - 1) / align * align;
    const size_t lent = atomic_load(&from->lent);
    if (rounded > from->most - lent) {
        return sw_fail(SW_CAPACITY,
                       "%zu bytes for pictures or states: %zu of the server's %zu are in use", size,
                       lent, from->most);
    }
    loan *l = aligned_alloc(align, rounded);
    if (l == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for %zu bytes of pictures or states", size);
    }
    l->from = from;
    l->size = rounded;
    atomic_init(&l->holders, 1);
    atomic_fetch_add(&from->lent, rounded);
    *out = l;
    return SW_OK;
}

void loan_share(loan *l)
{
    atomic_fetch_add(&l->holders, 1);
}

void loan_return(loan *l)
{
    if (l != NULL && atomic_fetch_sub(&l->holders, 1) == 1) {
        atomic_fetch_sub(&l->from->lent, l->size);
        free(l);
    }
}
