// setting.c -- settings as people write them: the sw_setting_ part of stepwire/spec.h.
//
// Parsing only reads the text; what a value may be is decided in one place, sw_setting_check(), so
// that a value from a message and one from a command line are held to the same rules. Both fail
// with the same sentence, made by setting_print_allowed().
#include "setting.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

enum { MAX_PRINTED = 512 };

static void print_vector(const double *v, int length, char *text, size_t size)
{
    size_t used = 0;
    for (int i = 0; i < length; i++) {
        char number[NUMBER_TEXT];
        number_print(v[i], number, sizeof(number));
        used += (size_t) snprintf(text + used, size - used, "%s%s", i == 0 ? "[" : ", ", number);
    }
    snprintf(text + used, size - used, "]");
}

size_t sw_setting_print(const sw_setting *setting, const sw_value *value, char *text, size_t size)
{
    char whole[MAX_PRINTED] = "";
    switch (setting->type) {
    case SW_BOOL: snprintf(whole, sizeof(whole), "%s", value->b ? "true" : "false"); break;
    case SW_INT: snprintf(whole, sizeof(whole), "%lld", (long long) value->i); break;
    case SW_FLOAT: number_print(value->f, whole, sizeof(whole)); break;
    case SW_STRING:
        // a value that is being checked may lack its terminating 0
        snprintf(whole, sizeof(whole), "%.*s", SW_MAX_TEXT, value->s);
        break;
    case SW_VECTOR: print_vector(value->v, setting->length, whole, sizeof(whole)); break;
    }
    return (size_t) snprintf(text, size, "%s", whole);
}


// ---- what is allowed ------------------------------------------------------------------------

static bool is_ranged(const sw_setting *s)
{
    return s->low != 0 || s->high != 0;
}

static bool is_number_allowed(const sw_setting *s, double x)
{
    return !isnan(x) && (!is_ranged(s) || (s->low <= x && x <= s->high));
}

// Is `word` one of the words in "tanh|relu"?
static bool is_choice(const char *choices, const char *word)
{
    const size_t length = strlen(word);
    for (;;) {
        const size_t n = strcspn(choices, "|");
        if (n == length && memcmp(choices, word, n) == 0) {
            return true;
        }
        if (choices[n] == '\0') {
            return false;
        }
        choices += n + 1;
    }
}

void setting_print_allowed(const sw_setting *s, char *text, size_t size)
{
    snprintf(text, size, "of a known type");
    char range[2 * NUMBER_TEXT + 8] = "";
    if (is_ranged(s)) {
        char low[NUMBER_TEXT], high[NUMBER_TEXT];
        number_print(s->low, low, sizeof(low));
        number_print(s->high, high, sizeof(high));
        snprintf(range, sizeof(range), " in [%s, %s]", low, high);
    }
    switch (s->type) {
    case SW_BOOL: snprintf(text, size, "true or false"); break;
    case SW_INT: snprintf(text, size, "an integer%s", range); break;
    case SW_FLOAT: snprintf(text, size, "a number%s", range); break;
    case SW_VECTOR: snprintf(text, size, "%d numbers%s, as [a, ...]", s->length, range); break;
    case SW_STRING:
        if (s->choices != NULL) {
            snprintf(text, size, "one of %s", s->choices);
        } else {
            snprintf(text, size, "a text of at most %d bytes", SW_MAX_TEXT);
        }
        break;
    }
}

static sw_status refuse(const sw_setting *s, const char *text)
{
    char allowed[SETTING_ALLOWED_TEXT];
    setting_print_allowed(s, allowed, sizeof(allowed));
    return sw_fail(SW_INVALID_ARGUMENT, "setting '%s' is '%.*s' but must be %s", s->name,
                   SW_MAX_TEXT, text, allowed);
}

sw_status setting_refuse_unknown(const char *task, const sw_setting *settings, int count,
                                 const char *name)
{
    char names[MAX_PRINTED] = "none";
    size_t used = 0;
    for (int i = 0; i < count && used < sizeof(names); i++) {
        used += (size_t) snprintf(names + used, sizeof(names) - used, "%s%s", i > 0 ? ", " : "",
                                  settings[i].name);
    }
    return sw_fail(SW_INVALID_ARGUMENT, "%s has no setting '%.*s'; it has: %s", task, SW_MAX_NAME,
                   name, names);
}

static bool is_allowed(const sw_setting *s, const sw_value *value)
{
    switch (s->type) {
    case SW_BOOL: return true;
    case SW_INT: return is_number_allowed(s, (double) value->i);
    case SW_FLOAT: return is_number_allowed(s, value->f);
    case SW_STRING:
        return memchr(value->s, '\0', sizeof(value->s)) != NULL &&
               (s->choices == NULL || is_choice(s->choices, value->s));
    case SW_VECTOR:
        for (int i = 0; i < s->length; i++) {
            if (!is_number_allowed(s, value->v[i])) {
                return false;
            }
        }
        return true;
    }
    return false;
}

sw_status sw_setting_check(const sw_setting *setting, const sw_value *value)
{
    if (is_allowed(setting, value)) {
        return SW_OK;
    }
    char text[MAX_PRINTED];
    sw_setting_print(setting, value, text, sizeof(text));
    return refuse(setting, text);
}


// ---- reading --------------------------------------------------------------------------------

static const char *skip_space(const char *text)
{
    while (isspace((unsigned char) *text)) {
        text++;
    }
    return text;
}

static bool parse_bool(const char *text, bool *b)
{
    if (strcmp(text, "true") == 0 || strcmp(text, "1") == 0) {
        *b = true;
        return true;
    }
    if (strcmp(text, "false") == 0 || strcmp(text, "0") == 0) {
        *b = false;
        return true;
    }
    return false;
}

// One number at *text, which moves behind it and the space that follows.
static bool parse_number(const char **text, double *x)
{
    char *end;
    const double read = strtod(*text, &end);
    if (end == *text) {
        return false;
    }
    *text = skip_space(end);
    *x = read;
    return true;
}

// 5 exactly, or 1e6 where the number is whole and in range.
static bool parse_int(const char *text, int64_t *i)
{
    char *end;
    errno = 0;
    const long long exact = strtoll(text, &end, 10);
    if (end != text && *skip_space(end) == '\0') {
        *i = exact;
        return errno == 0;
    }
    double x;
    if (!parse_number(&text, &x) || *text != '\0') {
        return false;
    }
    if (!(x >= -0x1.0p63 && x < 0x1.0p63) || x != floor(x)) {
        return false;
    }
    *i = (int64_t) x;
    return true;
}

static bool parse_vector(const char *text, int length, double *v)
{
    text = skip_space(text);
    const bool bracketed = *text == '[';
    text += bracketed;
    for (int i = 0; i < length; i++) {
        if (i > 0 && *text++ != ',') {
            return false;
        }
        if (!parse_number(&text, &v[i])) {
            return false;
        }
    }
    if (bracketed && *text++ != ']') {
        return false;
    }
    return *skip_space(text) == '\0';
}

static bool parse_value(const sw_setting *s, const char *text, sw_value *value)
{
    switch (s->type) {
    case SW_BOOL: return parse_bool(text, &value->b);
    case SW_INT: return parse_int(text, &value->i);
    case SW_FLOAT: return parse_number(&text, &value->f) && *text == '\0';
    case SW_VECTOR: return parse_vector(text, s->length, value->v);
    case SW_STRING:
        if (strlen(text) > SW_MAX_TEXT) {
            return false;
        }
        strcpy(value->s, text);
        return true;
    }
    return false;
}

sw_status sw_setting_parse(const sw_setting *setting, const char *text, sw_value *value)
{
    sw_value read = {0};
    if (!parse_value(setting, text, &read) || !is_allowed(setting, &read)) {
        return refuse(setting, text);
    }
    *value = read;
    return SW_OK;
}
