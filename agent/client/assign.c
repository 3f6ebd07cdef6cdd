#include "assign.h"

#include <stdio.h>
#include <string.h>

#include "codec.h"

// enough for SW_MAX_SETTINGS messages, whatever their alignment
enum { ARENA_BYTES = SW_MAX_SETTINGS * 1024 };

static sw_status unknown_setting(const sw_spec *spec, const char *name)
{
    char names[400] = "";
    size_t used = 0;
    for (int i = 0; i < spec->setting_count && used < sizeof(names); i++) {
        used += (size_t) snprintf(names + used, sizeof(names) - used, "%s%s", i > 0 ? ", " : "",
                                  spec->settings[i].name);
    }
    return sw_fail(SW_INVALID_ARGUMENT, "%s has no setting '%s'; it has: %s", spec->id, name,
                   spec->setting_count > 0 ? names : "none");
}

sw_status assigned_init(assigned *a, const sw_spec *spec, const sw_assignment *assignments,
                        int count)
{
    bool given[SW_MAX_SETTINGS] = {false};
    memset(a, 0, sizeof(*a));
    for (int i = 0; i < count; i++) {
        const int which = sw_spec_find_setting(spec, assignments[i].name);
        if (which < 0) {
            return unknown_setting(spec, assignments[i].name);
        }
        const sw_status st =
            sw_setting_parse(&spec->settings[which], assignments[i].value, &a->values[which]);
        if (st != SW_OK) {
            return st;
        }
        given[which] = true;
    }
    sw_status st = arena_init(&a->arena, ARENA_BYTES);
    for (int i = 0; st == SW_OK && i < spec->setting_count; i++) {
        if (given[i]) {
            st = codec_pack_setting(&spec->settings[i], &a->values[i], &a->arena,
                                    &a->messages[a->count++]);
        }
    }
    return st;
}

void assigned_free(assigned *a)
{
    arena_free(&a->arena);
}
