#include "similar.h"

#include <assert.h>
#include <ctype.h>

#include <stepwire/spec.h>  // SW_MAX_NAME

static int least(int a, int b)
{
    return a < b ? a : b;
}

int similar_distance(const char *a, int a_length, const char *b, int b_length)
{
    int row[SW_MAX_NAME + 1];  // row[j]: from the first i letters of `a` to the first j of `b`
    assert(a_length <= SW_MAX_NAME && b_length <= SW_MAX_NAME);
    for (int j = 0; j <= b_length; j++) {
        row[j] = j;
    }
    for (int i = 1; i <= a_length; i++) {
        int diagonal = row[0];  // of i - 1 and j - 1
        row[0] = i;
        for (int j = 1; j <= b_length; j++) {
            const int changed =
                tolower((unsigned char) a[i - 1]) != tolower((unsigned char) b[j - 1]);
            const int both = diagonal + changed;
            diagonal = row[j];
            row[j] = least(both, 1 + least(row[j], row[j - 1]));
        }
    }
    const int distance = row[b_length];
    const int longer = a_length > b_length ? a_length : b_length;
    return 2 * distance <= longer ? distance : -1;
}
