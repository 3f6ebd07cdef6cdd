#include "loan.h"

#include <stdlib.h>

enum { ALIGN = 64 };

sw_status loan_take(server *s, size_t size, loan *out)
{
    const size_t most = LOAN_MESSAGES * s->config.limits.max_message;
    if (size > most) {
        return sw_fail(SW_TOO_LARGE, "%zu bytes for pictures or states: this server has %zu", size,
                       most);
    }
    const size_t rounded = (size + ALIGN - 1) / ALIGN * ALIGN;
    if (rounded > most - s->lent) {
        return sw_fail(SW_CAPACITY,
                       "%zu bytes for pictures or states: %zu of the server's %zu are in use", size,
                       s->lent, most);
    }
    unsigned char *bytes = aligned_alloc(ALIGN, rounded);
    if (bytes == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for %zu bytes of pictures or states", size);
    }
    s->lent += rounded;
    *out = (loan){.bytes = bytes, .size = rounded};
    return SW_OK;
}

void loan_return(server *s, loan *l)
{
    s->lent -= l->size;
    free(l->bytes);
    *l = (loan){0};
}
