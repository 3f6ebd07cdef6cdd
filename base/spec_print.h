// spec_print.h -- a task, as a person reads it.
#ifndef BASE_SPEC_PRINT_H
#define BASE_SPEC_PRINT_H

#include <stdio.h>

#include <stepwire/spec.h>

// Writes tensors, reward, episode, info columns, whether there are states and pictures, and each
// setting with its range and meaning. The value shown of setting i is values[i]; NULL: the
// defaults.
void spec_print(const sw_spec *spec, const sw_value *values, FILE *out);

// Writes settings [count] alone, two lines each.
void spec_print_settings(const sw_setting *settings, const sw_value *values, int count, FILE *out);

#endif
