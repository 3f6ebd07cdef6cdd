// args.c -- see the header.
#include "args.h"

#include <string.h>

#include <stepwire/spec.h>

static const args_flag *find_flag(const args_command *command, const char *name, size_t length)
{
    for (int i = 0; i < command->flag_count; i++) {
        const args_flag *flag = &command->flags[i];
        if (strlen(flag->name) == length && memcmp(flag->name, name, length) == 0) {
            return flag;
        }
    }
    return NULL;
}

static sw_status fail_unknown(const args_command *command, const char *text)
{
    char allowed[400] = "";
    size_t used = 0;
    for (int i = 0; i < command->flag_count && used < sizeof(allowed); i++) {
        used += (size_t) snprintf(allowed + used, sizeof(allowed) - used, "%s--%s",
                                  i > 0 ? ", " : "", command->flags[i].name);
    }
    return sw_fail(SW_INVALID_ARGUMENT, "'%.60s' is unknown; there are: %s", text, allowed);
}

// A word that no flag asks for: likely the value of the first one that takes any.
static sw_status fail_stray(const args_command *command, const char *text)
{
    for (int i = 0; i < command->flag_count; i++) {
        if (command->flags[i].value != NULL) {
            return sw_fail(SW_INVALID_ARGUMENT, "'%.60s' belongs to no flag; --%s %.60s?", text,
                           command->flags[i].name, text);
        }
    }
    return fail_unknown(command, text);
}

// Reads the flag at argv[*i] and moves *i to its last word.
static sw_status parse_flag(args *a, int argc, char *const *argv, int *i)
{
    const char *name = argv[*i] + 2;
    const char *equals = strchr(name, '=');
    const size_t length = equals != NULL ? (size_t) (equals - name) : strlen(name);
    const args_flag *flag = find_flag(a->command, name, length);
    if (flag == NULL) {
        return fail_unknown(a->command, argv[*i]);
    }
    if (a->count == ARGS_MAX) {
        return sw_fail(SW_INVALID_ARGUMENT, "more than %d flags", ARGS_MAX);
    }
    const char *value = "";
    if (flag->value == NULL && equals != NULL) {
        return sw_fail(SW_INVALID_ARGUMENT, "--%s takes no value", flag->name);
    }
    if (flag->value != NULL && equals != NULL) {
        value = equals + 1;
    } else if (flag->value != NULL) {
        if (*i + 1 == argc) {
            return sw_fail(SW_INVALID_ARGUMENT, "--%s lacks its value: --%s %s", flag->name,
                           flag->name, flag->value);
        }
        value = argv[++*i];
    }
    a->given[a->count++] = (args_given){flag->name, value};
    return SW_OK;
}

sw_status args_parse(const args_command *command, int argc, char *const *argv, args *a)
{
    *a = (args){.command = command};
    for (int i = 0; i < argc; i++) {
        sw_status st = SW_OK;
        if (strncmp(argv[i], "--", 2) == 0) {
            st = parse_flag(a, argc, argv, &i);
        } else if (command->operand != NULL && a->operand == NULL && argv[i][0] != '-') {
            a->operand = argv[i];
        } else {
            st = argv[i][0] == '-' ? fail_unknown(command, argv[i]) : fail_stray(command, argv[i]);
        }
        if (st != SW_OK) {
            return st;
        }
    }
    return SW_OK;
}

const char *args_get(const args *a, const char *name)
{
    const char *value = NULL;
    for (int i = 0; i < a->count; i++) {
        if (strcmp(a->given[i].name, name) == 0) {
            value = a->given[i].value;
        }
    }
    return value;
}

sw_status args_need(const args *a, const char *name, const char **value)
{
    *value = args_get(a, name);
    return *value != NULL ? SW_OK : sw_fail(SW_INVALID_ARGUMENT, "--%s is missing", name);
}

sw_status args_int(const args *a, const char *name, int64_t low, int64_t high, int64_t *value)
{
    const char *text = args_get(a, name);
    if (text == NULL) {
        return SW_OK;
    }
    const sw_setting number = {
        .name = name, .type = SW_INT, .low = (double) low, .high = (double) high};
    sw_value read;
    if (sw_setting_parse(&number, text, &read) != SW_OK) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "--%s is '%.60s' but must be a whole number in "
                       "[%lld, %lld]",
                       name, text, (long long) low, (long long) high);
    }
    *value = read.i;
    return SW_OK;
}

sw_status args_float(const args *a, const char *name, double low, double high, double *value)
{
    const char *text = args_get(a, name);
    if (text == NULL) {
        return SW_OK;
    }
    const sw_setting number = {.name = name, .type = SW_FLOAT, .low = low, .high = high};
    sw_value read;
    if (sw_setting_parse(&number, text, &read) != SW_OK) {
        return sw_fail(SW_INVALID_ARGUMENT, "--%s is '%.60s' but must be a number in [%g, %g]",
                       name, text, low, high);
    }
    *value = read.f;
    return SW_OK;
}

void args_help(const char *program, const args_command *command, FILE *out)
{
    fprintf(out, "%s%s%s%s%s%s\n\n%s\n", program, command->name[0] != '\0' ? " " : "",
            command->name, command->operand != NULL ? " " : "",
            command->operand != NULL ? command->operand : "",
            command->flag_count > 0 ? " [FLAG]..." : "", command->doc);
    for (int i = 0; i < command->flag_count; i++) {
        const args_flag *flag = &command->flags[i];
        char left[40];
        (void) snprintf(left, sizeof(left), "--%s %s", flag->name,
                        flag->value != NULL ? flag->value : "");
        fprintf(out, "%s  %-22s %s\n", i == 0 ? "\n" : "", left, flag->doc);
    }
}
