// codec_setting.c -- the values of settings to and from their messages.
#include "codec.h"

#include <string.h>

#include "setting.h"

// protobuf-c's structs have no const members; nothing is written through them.
sw_status codec_pack_setting(const sw_setting *setting, const sw_value *value, arena *a,
                             Stepwire__Setting **out)
{
    Stepwire__Setting *m = arena_alloc(a, sizeof(*m));
    if (m == NULL) {
        return sw_fail(SW_NO_MEMORY, "the message of setting '%s' does not fit", setting->name);
    }
    stepwire__setting__init(m);
    m->name = (char *) setting->name;
    m->type = (Stepwire__SettingType) setting->type;
    switch (setting->type) {
    case SW_BOOL: m->bool_value = value->b; break;
    case SW_INT: m->int_value = value->i; break;
    case SW_FLOAT: m->float_value = value->f; break;
    case SW_STRING: m->string_value = (char *) value->s; break;
    case SW_VECTOR:
        m->n_vector_value = (size_t) setting->length;
        m->vector_value = (double *) value->v;
        break;
    }
    *out = m;
    return SW_OK;
}

// True if the message's value has the setting's type and fits sw_value.
static bool has_type(const sw_setting *setting, const Stepwire__Setting *m)
{
    if ((int) m->type != (int) setting->type) {
        return false;
    }
    if (setting->type == SW_VECTOR) {
        return m->n_vector_value == (size_t) setting->length;
    }
    return setting->type != SW_STRING || strlen(m->string_value) <= SW_MAX_TEXT;
}

// A message for which has_type() holds.
static sw_value read_value(const sw_setting *setting, const Stepwire__Setting *m)
{
    sw_value value = {0};
    switch (setting->type) {
    case SW_BOOL: value.b = m->bool_value != 0; break;
    case SW_INT: value.i = m->int_value; break;
    case SW_FLOAT: value.f = m->float_value; break;
    case SW_STRING: strcpy(value.s, m->string_value); break;
    case SW_VECTOR:
        for (int i = 0; i < setting->length; i++) {
            value.v[i] = m->vector_value[i];
        }
        break;
    }
    return value;
}

static int find_setting(const sw_setting *settings, int count, const char *name)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(settings[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

static sw_status read_setting(const char *env_id, const sw_setting *setting,
                              const Stepwire__Setting *m, sw_value *value)
{
    if (!has_type(setting, m)) {
        char allowed[SETTING_ALLOWED_TEXT];
        setting_print_allowed(setting, allowed, sizeof(allowed));
        return sw_fail(SW_INVALID_ARGUMENT, "%s: setting '%s' must be %s", env_id, setting->name,
                       allowed);
    }
    const sw_value read = read_value(setting, m);
    sw_status st = sw_setting_check(setting, &read);
    if (st != SW_OK) {
        return sw_fail(st, "%s: %s", env_id, sw_last_error());
    }
    *value = read;
    return SW_OK;
}

sw_status codec_unpack_settings(const char *env_id, const sw_setting *settings, int count,
                                Stepwire__Setting *const *messages, size_t message_count,
                                sw_value *values)
{
    bool given[SW_MAX_SETTINGS] = {false};
    for (int i = 0; i < count; i++) {
        values[i] = settings[i].initial;
    }
    for (size_t i = 0; i < message_count; i++) {
        const int which = find_setting(settings, count, messages[i]->name);
        if (which < 0) {
            return setting_refuse_unknown(env_id, settings, count, messages[i]->name);
        }
        if (given[which]) {
            return sw_fail(SW_INVALID_ARGUMENT, "%s: setting '%s' is given twice", env_id,
                           settings[which].name);
        }
        given[which] = true;
        sw_status st = read_setting(env_id, &settings[which], messages[i], &values[which]);
        if (st != SW_OK) {
            return st;
        }
    }
    return SW_OK;
}
