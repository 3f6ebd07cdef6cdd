// words.h -- lists of names for messages.
#ifndef STORE_WORDS_H
#define STORE_WORDS_H

#include <stddef.h>

// Appends a word to list [size], which begins as "": "a, b". Where it does not fit, the list ends
// with "..." and takes no more.
void words_add(char *list, size_t size, const char *word);

#endif
