// advice.c -- a table of which options count only beside which others.
//
// It speaks of what a person has typed, not of files: config.yaml has all options, whether they
// count or not. A line of the table is for every algorithm that has both options.
#include "advice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// `option` counts where `other` has one of the values a|b|c, or another line for it says so.
static const struct {
    const char *option, *other, *values;
} conditions[] = {
    {"baseline_share", "baseline", "independent"},
    {"beta", "objective", "fixed_kl|adaptive_kl|lagrangian"},
    {"beta_lr", "objective", "lagrangian"},
    {"clip", "objective", "clip"},
    {"clip", "value_clip", "true"},
    {"eps_high", "objective", "clip_asymmetric"},
    {"eps_low", "objective", "clip_asymmetric"},
    {"feature_order", "features", "polynomial|fourier|rbf|tile"},
    {"kl_target", "objective", "adaptive_kl|lagrangian"},
    {"lambda", "estimator", "gae"},
    {"lambda", "target", "lambda"},
    {"lr", "step", "rate"},
    {"max_kl", "step", "kl"},
    {"n_steps", "estimator", "n_step"},
    {"n_steps", "target", "n_step"},
    {"obs_clip", "obs_norm", "true"},
    {"target_entropy", "auto_temperature", "true"},
    {"target_every", "tau", "0"},
};

enum { CONDITIONS = sizeof(conditions) / sizeof(conditions[0]), LINE = 200 };

// Whether `value` is one of a|b|c.
static bool is_among(const char *value, const char *values)
{
    const size_t length = strlen(value);
    const char *at = values;
    while (at != NULL) {
        if (strncmp(at, value, length) == 0 && (at[length] == '|' || at[length] == '\0')) {
            return true;
        }
        at = strchr(at, '|');
        at = at != NULL ? at + 1 : NULL;
    }
    return false;
}

// Appends to text [size].
static void add(char *text, size_t size, const char *more)
{
    const size_t used = strlen(text);
    snprintf(text + used, size - used, "%s", more);
}

// A line if the option counts nowhere.
static void advise_on(const config *c, const char *option, char *text, size_t size)
{
    char where[LINE] = "";
    for (int i = 0; i < CONDITIONS; i++) {
        char value[CONFIG_MAX_VALUE + 1];
        config_print_value(c, conditions[i].other, value, sizeof(value));
        if (strcmp(conditions[i].option, option) != 0 || value[0] == '\0') {
            continue;  // of another option, or another algorithm
        }
        if (is_among(value, conditions[i].values)) {
            return;
        }
        add(where, sizeof(where), where[0] != '\0' ? " or " : "");
        add(where, sizeof(where), conditions[i].other);
        add(where, sizeof(where), "=");
        add(where, sizeof(where), conditions[i].values);
    }
    if (where[0] != '\0') {
        add(text, size, option);
        add(text, size, " changes nothing: it counts only where ");
        add(text, size, where);
        add(text, size, "\n");
    }
}

void advice_print(const config *c, const config_source *given, char *text, size_t size)
{
    char start[CONFIG_MAX_VALUE + 1], line[LINE];
    text[0] = '\0';
    for (int i = 0; i < given->count; i++) {
        advise_on(c, given->items[i].name, text, size);
    }
    config_print_value(c, "start_steps", start, sizeof(start));
    if (strtoll(start, NULL, 10) >= c->steps) {
        snprintf(line, sizeof(line),
                 "nothing will be learned: start_steps is %.20s, of %lld steps\n", start,
                 (long long) c->steps);
        add(text, size, line);
    }
}
