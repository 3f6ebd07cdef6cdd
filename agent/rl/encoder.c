#include "encoder.h"

#include <assert.h>
#include <math.h>

#include <mlp.h>

// Whether element i of a tensor is a category with known bounds.
static bool is_category(const sw_tensor *t, int64_t i)
{
    return (t->dtype == SW_INT32 || t->dtype == SW_INT64) && isfinite(t->low[i]) &&
           isfinite(t->high[i]);
}

sw_status encoder_init(encoder *e, const sw_spec *spec, bool one_hot)
{
    double size = 0;
    for (int k = 0; k < spec->observation_count; k++) {
        const sw_tensor *t = &spec->observations[k];
        const int64_t elements = sw_tensor_elements(t);
        for (int64_t i = 0; i < elements; i++) {
            size += one_hot && is_category(t, i) ? t->high[i] - t->low[i] + 1 : 1;
        }
    }
    if (!(size >= 1 && size <= MLP_MAX_WIDTH)) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "%s: an observation is %g numbers%s; a network takes 1 to %d", spec->id,
                       size, one_hot ? " (each value of a category counts)" : "", MLP_MAX_WIDTH);
    }
    *e = (encoder){.spec = spec, .one_hot = one_hot, .size = (int) size};
    return SW_OK;
}

sw_status encoder_bounds(const encoder *e, double *low, double *high)
{
    int used = 0;
    assert(!e->one_hot);
    for (int k = 0; k < e->spec->observation_count; k++) {
        const sw_tensor *t = &e->spec->observations[k];
        const int64_t elements = sw_tensor_elements(t);
        for (int64_t i = 0; i < elements; i++, used++) {
            if (!isfinite(t->low[i]) || !isfinite(t->high[i])) {
                return sw_fail(SW_INVALID_ARGUMENT,
                               "%s: element %lld of observation '%s' is in [%g, %g]: features can "
                               "only be scaled by finite bounds; set obs_norm=true",
                               e->spec->id, (long long) i, t->name, t->low[i], t->high[i]);
            }
            low[used] = t->low[i];
            high[used] = t->high[i];
        }
    }
    return SW_OK;
}

// Element i of an array of `dtype`.
static double element_value(sw_dtype dtype, const void *data, int64_t i)
{
    switch (dtype) {
    case SW_UINT8: return ((const uint8_t *) data)[i];
    case SW_INT32: return ((const int32_t *) data)[i];
    case SW_INT64: return (double) ((const int64_t *) data)[i];
    case SW_FLOAT32: return (double) ((const float *) data)[i];
    case SW_FLOAT64: return ((const double *) data)[i];
    }
    return 0;
}

// Whether element i of a tensor is a float with bounds that mean something: 3.4e38 is how some say
// that there are none.
static bool is_bounded_float(const sw_tensor *t, int64_t i)
{
    return (t->dtype == SW_FLOAT32 || t->dtype == SW_FLOAT64) && t->high[i] > t->low[i] &&
           t->high[i] - t->low[i] < 1e9;
}

// Writes the numbers of one row of tensor k and returns how many there are.
static int read_row(const encoder *e, int k, const void *data, float *out)
{
    const sw_tensor *t = &e->spec->observations[k];
    const int64_t elements = sw_tensor_elements(t);
    int used = 0;
    for (int64_t i = 0; i < elements; i++) {
        double value = element_value(t->dtype, data, i);
        if (e->scaled && is_bounded_float(t, i)) {
            value = 2 * (value - t->low[i]) / (t->high[i] - t->low[i]) - 1;
        }
        if (!e->one_hot || !is_category(t, i)) {
            out[used++] = (float) value;
            continue;
        }
        for (double c = t->low[i]; c <= t->high[i]; c++) {
            out[used++] = value == c ? 1.0f : 0.0f;
        }
    }
    return used;
}

void encoder_read(const encoder *e, const void *const *observations, int first, int n, float *out)
{
    int column = 0;  // where the tensor's numbers begin
    for (int k = 0; k < e->spec->observation_count; k++) {
        const sw_tensor *t = &e->spec->observations[k];
        const size_t row_size = (size_t) sw_tensor_elements(t) * sw_dtype_size(t->dtype);
        const unsigned char *data =
            (const unsigned char *) observations[k] + row_size * (size_t) first;
        int width = 0;
        for (int i = 0; i < n; i++) {
            float *row = out + (size_t) i * (size_t) e->size + column;
            width = read_row(e, k, data + row_size * (size_t) i, row);
        }
        column += width;
    }
}
