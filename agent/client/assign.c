#include "assign.h"

#include <string.h>

#include "codec.h"
#include "setting.h"

// enough for SW_MAX_SETTINGS messages, whatever their alignment
enum { ARENA_BYTES = SW_MAX_SETTINGS * 1024 };

sw_status assigned_init(assigned *a, const sw_spec *spec, const sw_assignment *assignments,
                        int count)
{
    bool given[SW_MAX_SETTINGS] = {false};
    memset(a, 0, sizeof(*a));
    for (int i = 0; i < count; i++) {
        const int which = sw_spec_find_setting(spec, assignments[i].name);
        if (which < 0) {
            return setting_refuse_unknown(spec->id, spec->settings, spec->setting_count,
                                          assignments[i].name);
        }
        const sw_status st =
            sw_setting_parse(&spec->settings[which], assignments[i].value, &a->values[which]);
        if (st != SW_OK) {
            return sw_fail(st, "%s: %s", spec->id, sw_last_error());
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
