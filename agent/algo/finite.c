// finite.c -- one pass over the parameters, which costs less than any gradient step.
#include "finite.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ADVICE_SIZE = 128 };

static bool ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text), size = strlen(end);
    return length >= size && strcmp(text + length - size, end) == 0;
}

// Step sizes and bounds on steps: "; lower lr, critic_lr", or nothing if there are none.
static void advise(const algo_class *class, char *text)
{
    size_t used = 0;
    text[0] = 0;
    for (int i = 0; i < class->param_count; i++) {
        const char *name = class->params[i].name;
        if ((ends_with(name, "lr") || ends_with(name, "max_kl")) &&
            used + strlen(name) + sizeof("; lower ") < ADVICE_SIZE) {
            used += (size_t) sprintf(text + used, "%s%s", used > 0 ? ", " : "; lower ", name);
        }
    }
}

static sw_status refuse(const algo_class *class, const char *what)
{
    char advice[ADVICE_SIZE];
    advise(class, advice);
    return sw_fail(SW_FAILED_PRECONDITION, "%s has diverged: %s is infinite or not a number%s",
                   class->name, what, advice);
}

// The exponent of what is not finite has all bits set. A loop that compilers make vectors of.
static bool are_finite(const float *x, int64_t count)
{
    const uint32_t exponent = 0x7f800000;
    uint32_t any = 0;
    for (int64_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof(bits));
        any |= (bits & exponent) == exponent;
    }
    return !any;
}

static bool is_finite(const algo_tensor *t)
{
    int64_t count = 1;
    for (int i = 0; i < t->dims; i++) {
        count *= t->shape[i];
    }
    if (t->dtype == ALGO_F32) {
        return are_finite(t->data, count);
    }
    bool finite = true;
    for (int64_t i = 0; i < count && t->dtype == ALGO_F64; i++) {
        finite = finite && isfinite(((const double *) t->data)[i]);
    }
    return finite;
}

// An algo_visit; `context` is the class.
static sw_status check(void *context, const algo_tensor *t)
{
    const bool learned = strncmp(t->name, "policy", 6) == 0 || strncmp(t->name, "critic", 6) == 0;
    return !learned || is_finite(t) ? SW_OK : refuse(context, t->name);
}

sw_status algo_check_finite(const algo_class *class, algo *a)
{
    return class->tensors(a, check, (void *) class);
}

sw_status algo_check_stats(const algo_class *class, const double *stats)
{
    for (int i = 0; i < class->stat_count; i++) {
        if (!isfinite(stats[i])) {
            return refuse(class, class->stat_names[i]);
        }
    }
    return SW_OK;
}
