// number.h -- doubles as text.
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stddef.h>

enum { NUMBER_TEXT = 32 };  // bytes that any number fits in

// Writes the shortest of 15 to 17 digits that strtod() reads back as the same number; "nan" for
// any NaN.
void number_print(double x, char *text, size_t size);

#endif
