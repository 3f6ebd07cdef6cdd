#include "number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void number_print(double x, char *text, size_t size)
{
    if (isnan(x)) {
        snprintf(text, size, "nan");  // whatever its sign
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, size, "%.*g", digits, x);
        if (strtod(text, NULL) == x) {
            return;
        }
    }
}
