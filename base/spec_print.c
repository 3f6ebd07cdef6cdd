// spec_print.c -- see the header.
#include "spec_print.h"

#include <inttypes.h>
#include <math.h>

#include "setting.h"

static void print_shape(const sw_tensor *t, FILE *out)
{
    fprintf(out, "[");
    for (int i = 0; i < t->dims; i++) {
        fprintf(out, "%s%" PRId64, i > 0 ? ", " : "", t->shape[i]);
    }
    fprintf(out, "]");
}

// The bounds that all elements share, or where each has its own, all of a few and the outermost of
// many.
static void print_bounds(const sw_tensor *t, FILE *out)
{
    enum { FEW = 8 };
    const int64_t elements = sw_tensor_elements(t);
    double low = t->low[0];
    double high = t->high[0];
    bool same = true;
    for (int64_t i = 1; i < elements; i++) {
        same = same && t->low[i] == t->low[0] && t->high[i] == t->high[0];
        low = fmin(low, t->low[i]);
        high = fmax(high, t->high[i]);
    }
    if (same && isinf(low) && isinf(high)) {
        fprintf(out, "unbounded");
    } else if (same || elements > FEW) {
        fprintf(out, "%s%g to %g", same ? "" : "within ", low, high);
    } else {
        for (int64_t i = 0; i < elements; i++) {
            fprintf(out, "%s%g to %g", i > 0 ? ", " : "", t->low[i], t->high[i]);
        }
    }
}

static void print_tensors(const char *what, const sw_tensor *tensors, int count, FILE *out)
{
    for (int i = 0; i < count; i++) {
        fprintf(out, "%-12s %s: %s ", i == 0 ? what : "", tensors[i].name,
                sw_dtype_name(tensors[i].dtype));
        print_shape(&tensors[i], out);
        fprintf(out, ", ");
        print_bounds(&tensors[i], out);
        fprintf(out, "\n");
    }
}

static void print_episode(const sw_spec *spec, FILE *out)
{
    if (isinf(spec->reward_low) && isinf(spec->reward_high)) {
        fprintf(out, "%-12s unbounded\n", "reward");
    } else {
        fprintf(out, "%-12s %g to %g\n", "reward", spec->reward_low, spec->reward_high);
    }
    fprintf(out, "%-12s ", "episode");
    if (spec->max_episode_steps > 0) {
        fprintf(out, "at most %" PRId64 " steps", spec->max_episode_steps);
    } else {
        fprintf(out, "no limit");
    }
    if (spec->dt > 0) {
        fprintf(out, ", %g s each", spec->dt);
    }
    fprintf(out, "\n");
}

static void print_infos(const sw_spec *spec, FILE *out)
{
    for (int i = 0; i < spec->info_count; i++) {
        fprintf(out, "%-12s %s%s\n", i == 0 ? "info" : "", spec->infos[i].name,
                spec->infos[i].at_reset ? ", also at reset" : "");
    }
}

void spec_print_settings(const sw_setting *settings, const sw_value *values, int count, FILE *out)
{
    for (int i = 0; i < count; i++) {
        const sw_setting *s = &settings[i];
        char value[512];
        (void) sw_setting_print(s, values != NULL ? &values[i] : &s->initial, value, sizeof(value));
        char allowed[SETTING_ALLOWED_TEXT];
        setting_print_allowed(s, allowed, sizeof(allowed));
        fprintf(out, "  %s = %s (%s)\n      %s\n", s->name, value, allowed, s->doc);
    }
}

void spec_print(const sw_spec *spec, const sw_value *values, FILE *out)
{
    print_tensors("observation", spec->observations, spec->observation_count, out);
    print_tensors("action", spec->actions, spec->action_count, out);
    print_episode(spec, out);
    print_infos(spec, out);
    if (spec->supports_state) {
        fprintf(out, "%-12s can be saved and continued\n", "state");
    }
    if (spec->supports_render) {
        fprintf(out, "%-12s can be drawn\n", "pictures");
    }
    if (spec->setting_count > 0) {
        fprintf(out, "\nsettings\n");
        spec_print_settings(spec->settings, values, spec->setting_count, out);
    }
}
