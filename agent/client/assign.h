// assign.h -- settings as a person writes them, typed by the task's spec and made into messages.
#ifndef CLIENT_ASSIGN_H
#define CLIENT_ASSIGN_H

#include <stepwire/client.h>

#include "arena.h"
#include "stepwire.pb-c.h"

typedef struct assigned {
    sw_value values[SW_MAX_SETTINGS];
    Stepwire__Setting *messages[SW_MAX_SETTINGS];  // [count]; point into values, arena and the spec
    size_t count;
    arena arena;
} assigned;

// Types assignments [count]; of two to the same setting the later one counts. The spec must outlive
// `a`. SW_INVALID_ARGUMENT listing the settings there are if a name is not among them, or naming
// type and range if a value does not fit. Freed with assigned_free() in either case.
sw_status assigned_init(assigned *a, const sw_spec *spec, const sw_assignment *assignments,
                        int count);

// A zeroed one is allowed.
void assigned_free(assigned *a);

#endif
