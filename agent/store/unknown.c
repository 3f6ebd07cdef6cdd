// unknown.c -- see the header.
//
// A name is taken for another if one is a word of the other ("gae_lambda", lambda), or if half of
// its letters are the same (similar.h).
#include "unknown.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "similar.h"
#include "words.h"

// An error's text has 500 bytes: so many are left for a list of algorithms; and for one of options,
// with the hint and the name before it.
enum { ALGOS_BYTES = 360, OPTIONS_BYTES = 440, SHOWN_NAME = 40 };

sw_status unknown_algo(const char *name)
{
    char list[ALGOS_BYTES] = "";
    int count;
    const algo_class *const *all = algo_list(&count);
    for (int i = 0; i < count; i++) {
        words_add(list, sizeof(list), all[i]->name);
    }
    return sw_fail(SW_NOT_FOUND, "no algorithm '%.63s'; there are: %s", name, list);
}

// Whether `part` is one of the words, or some that follow each other, that make up `name`, with _
// between them.
static bool is_part(const char *part, const char *name)
{
    const size_t length = strlen(part);
    for (const char *at = name; length > 0 && (at = strstr(at, part)) != NULL; at++) {
        if ((at == name || at[-1] == '_') && (at[length] == '_' || at[length] == 0)) {
            return true;
        }
    }
    return false;
}

// How unlike two names are; -1 if neither can be taken for the other.
static int measure(const char *a, const char *b)
{
    const size_t a_length = strlen(a), b_length = strlen(b);
    if (a_length > SW_MAX_NAME || b_length > SW_MAX_NAME) {
        return -1;
    }
    const int distance = similar_distance(a, (int) a_length, b, (int) b_length);
    return distance < 0 && (is_part(a, b) || is_part(b, a)) ? SW_MAX_NAME : distance;
}

// Of the names seen so far, the one most like the wanted one.
typedef struct nearest {
    const char *wanted;
    const char *name;  // NULL: none is
    int distance;
} nearest;

static void consider(nearest *n, const char *name)
{
    const int distance = measure(n->wanted, name);
    if (distance >= 0 && (n->name == NULL || distance < n->distance)) {
        n->name = name;
        n->distance = distance;
    }
}

static bool has_option(const algo_class *class, const char *name)
{
    for (int i = 0; i < class->param_count; i++) {
        if (strcmp(class->params[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

// Lists the algorithms that have the option; how many they are.
static int list_owners(const char *name, char *list, size_t size)
{
    int count, owners = 0;
    const algo_class *const *all = algo_list(&count);
    for (int i = 0; i < count; i++) {
        if (has_option(all[i], name)) {
            words_add(list, size, all[i]->name);
            owners++;
        }
    }
    return owners;
}

// Whose option it is, or else which one was likely meant, or else nothing.
static void print_hint(const nearest *n, char *text, size_t size)
{
    char owners[60] = "";
    const int count = list_owners(n->wanted, owners, sizeof(owners));
    text[0] = 0;
    if (count > 0) {
        snprintf(text, size, " (only %s %s)", owners, count == 1 ? "has" : "have");
    } else if (n->name != NULL) {
        snprintf(text, size, " (did you mean %s?)", n->name);
    }
}

sw_status unknown_option(const algo_class *class, const sw_setting *common, int count,
                         const char *name)
{
    char list[OPTIONS_BYTES] = "", hint[SW_MAX_NAME + 20];
    nearest near = {.wanted = name};
    for (int i = 0; i < count + class->param_count; i++) {
        consider(&near, i < count ? common[i].name : class->params[i - count].name);
    }
    print_hint(&near, hint, sizeof(hint));

    const size_t room = sizeof(list) - strlen(hint) - strnlen(name, SHOWN_NAME);
    for (int i = 0; i < count; i++) {
        words_add(list, room, common[i].name);
    }
    words_add(list, room, "env.NAME");
    for (int i = 0; i < class->param_count; i++) {
        words_add(list, room, class->params[i].name);
    }
    return sw_fail(SW_NOT_FOUND, "%s has no option '%.*s'%s; it has: %s", class->name, SHOWN_NAME,
                   name, hint, list);
}
