// setting.h -- settings in words, for messages and lists.
#ifndef BASE_SETTING_H
#define BASE_SETTING_H

#include <stddef.h>

#include <stepwire/spec.h>

enum { SETTING_ALLOWED_TEXT = 256 };  // bytes that any of these texts fits in, but long choices

// Writes what a setting may be, as "an integer in [1, 10]", cut to size - 1 bytes.
void setting_print_allowed(const sw_setting *s, char *text, size_t size);

// SW_INVALID_ARGUMENT: `task` has no setting `name`, but settings [count].
sw_status setting_refuse_unknown(const char *task, const sw_setting *settings, int count,
                                 const char *name);

#endif
