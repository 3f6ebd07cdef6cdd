// advice.h -- what is said of a run that can be made but is hardly what was meant.
#ifndef STORE_ADVICE_H
#define STORE_ADVICE_H

#include "config.h"

// Writes a line for each option that `given` assigns and that changes nothing beside the others of
// `c`, and one if nothing will be learned, cut to size - 1 bytes; "" if there is nothing to say.
void advice_print(const config *c, const config_source *given, char *text, size_t size);

#endif
