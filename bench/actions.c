#include "actions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

enum { TURNS = 509, SEED = 1 };

// Writes an action of one element whose bounds are `low` and `high`.
static void draw(random_state *random, sw_dtype dtype, double low, double high, unsigned char *to)
{
    if (dtype == SW_FLOAT64) {
        const double x = random_uniform(random, low, high);
        memcpy(to, &x, sizeof(x));
    } else if (dtype == SW_FLOAT32) {
        const float x = (float) random_uniform(random, low, high);
        memcpy(to, &x, sizeof(x));
    } else {  // little-endian, as the protocol is
        const int64_t x =
            (int64_t) low + (int64_t) random_below(random, (uint64_t) (high - low) + 1);
        memcpy(to, &x, sw_dtype_size(dtype));
    }
}

sw_status actions_draw(const sw_tensor *tensor, int rows, actions *a)
{
    const int64_t elements = sw_tensor_elements(tensor);
    const size_t size = sw_dtype_size(tensor->dtype);
    const size_t row_bytes = (size_t) elements * size;
    unsigned char *bytes = malloc(TURNS * (size_t) rows * row_bytes);
    if (bytes == NULL) {
        return sw_fail(SW_NO_MEMORY, "no memory for the actions of %d rows", rows);
    }
    random_state random = random_seed(SEED);
    unsigned char *to = bytes;
    for (int64_t i = 0; i < (int64_t) TURNS * rows * elements; i++, to += size) {
        const double low = tensor->low[i % elements];
        const double high = tensor->high[i % elements];
        draw(&random, tensor->dtype, isfinite(low) ? low : -1, isfinite(high) ? high : 1, to);
    }
    *a = (actions){.bytes = bytes, .row_bytes = row_bytes, .rows = rows};
    return SW_OK;
}

void actions_free(actions *a)
{
    free(a->bytes);
    *a = (actions){.bytes = NULL};
}

const void *actions_at(const actions *a, int64_t turn, int row)
{
    const size_t row_of_all = (size_t) (turn % TURNS) * (size_t) a->rows + (size_t) row;
    return a->bytes + row_of_all * a->row_bytes;
}
