// codec_spec.c -- specs to and from their messages.
//
// Reading a spec goes through sw_spec_add_*(), so that what a peer sends is held to the same limits
// as what an author writes; only what would have to be allocated before that is checked here.
#include "codec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// An array of `count` pointers to structs of `size` bytes in `a`; NULL if the arena is full. The
// structs are one block, so two allocations make any number of messages.
static void *take_messages(arena *a, int count, size_t size)
{
    unsigned char *block = arena_alloc(a, (size_t) count * size);
    void **list = arena_alloc(a, (size_t) count * sizeof(*list));
    if (block == NULL || list == NULL) {
        return NULL;
    }
    for (int i = 0; i < count; i++) {
        list[i] = block + (size_t) i * size;
    }
    return list;
}

static sw_status no_room(const char *task)
{
    return sw_fail(SW_NO_MEMORY, "%s: the message of its spec does not fit", task);
}


// ---- packing --------------------------------------------------------------------------------

// How many of bounds [elements] have to be sent: none if every one is `none`, one if all are equal.
static size_t count_bounds(const double *bounds, int64_t elements, double none)
{
    for (int64_t i = 1; i < elements; i++) {
        if (bounds[i] != bounds[0]) {
            return (size_t) elements;
        }
    }
    return bounds[0] == none ? 0 : 1;
}

// protobuf-c's structs have no const members; nothing is written through them.
static bool pack_tensor(const sw_tensor *t, arena *a, Stepwire__Tensor *out)
{
    const int64_t elements = sw_tensor_elements(t);
    uint64_t *shape = arena_take(a, (size_t) t->dims * sizeof(*shape));
    if (shape == NULL) {
        return false;
    }
    for (int i = 0; i < t->dims; i++) {
        shape[i] = (uint64_t) t->shape[i];
    }
    stepwire__tensor__init(out);
    out->name = (char *) t->name;
    out->dtype = (Stepwire__DType) t->dtype;
    out->n_shape = (size_t) t->dims;
    out->shape = shape;
    out->n_low = count_bounds(t->low, elements, -INFINITY);
    out->low = (double *) t->low;
    out->n_high = count_bounds(t->high, elements, INFINITY);
    out->high = (double *) t->high;
    return true;
}

static Stepwire__Tensor **pack_tensors(const sw_tensor *list, int count, arena *a)
{
    Stepwire__Tensor **out = take_messages(a, count, sizeof(**out));
    for (int i = 0; out != NULL && i < count; i++) {
        if (!pack_tensor(&list[i], a, out[i])) {
            return NULL;
        }
    }
    return out;
}

static Stepwire__InfoColumn **pack_infos(const sw_info *list, int count, arena *a)
{
    Stepwire__InfoColumn **out = take_messages(a, count, sizeof(**out));
    for (int i = 0; out != NULL && i < count; i++) {
        stepwire__info_column__init(out[i]);
        out[i]->name = (char *) list[i].name;
        out[i]->at_reset = list[i].at_reset;
    }
    return out;
}

static Stepwire__SettingSpec **pack_settings(const sw_setting *list, const sw_value *values,
                                             int count, arena *a)
{
    Stepwire__SettingSpec **out = take_messages(a, count, sizeof(**out));
    for (int i = 0; out != NULL && i < count; i++) {
        const sw_value *value = values == NULL ? &list[i].initial : &values[i];
        stepwire__setting_spec__init(out[i]);
        if (codec_pack_setting(&list[i], value, a, &out[i]->value) != SW_OK) {
            return NULL;
        }
        out[i]->low = list[i].low;
        out[i]->high = list[i].high;
        out[i]->doc = (char *) list[i].doc;
        if (list[i].choices != NULL) {
            out[i]->choices = (char *) list[i].choices;
        }
    }
    return out;
}

static const char rgb_array[] = "rgb_array";  // Gymnasium's name for what Render gives

static bool pack_render_modes(const sw_spec *spec, arena *a, Stepwire__Spec *m)
{
    if (!spec->supports_render) {
        return true;
    }
    m->render_modes = arena_take(a, sizeof(*m->render_modes));
    if (m->render_modes == NULL) {
        return false;
    }
    m->render_modes[0] = (char *) rgb_array;
    m->n_render_modes = 1;
    return true;
}

sw_status codec_pack_spec(const sw_spec *spec, const sw_value *values, arena *a,
                          Stepwire__Spec **out)
{
    Stepwire__Spec *m = arena_alloc(a, sizeof(*m));
    if (m == NULL) {
        return no_room(spec->id);
    }
    stepwire__spec__init(m);
    m->env_id = (char *) spec->id;
    m->n_observations = (size_t) spec->observation_count;
    m->observations = pack_tensors(spec->observations, spec->observation_count, a);
    m->n_actions = (size_t) spec->action_count;
    m->actions = pack_tensors(spec->actions, spec->action_count, a);
    m->n_settings = (size_t) spec->setting_count;
    m->settings = pack_settings(spec->settings, values, spec->setting_count, a);
    m->n_infos = (size_t) spec->info_count;
    m->infos = pack_infos(spec->infos, spec->info_count, a);
    if (m->observations == NULL || m->actions == NULL || m->settings == NULL || m->infos == NULL ||
        !pack_render_modes(spec, a, m)) {
        return no_room(spec->id);
    }
    m->reward_low = spec->reward_low;
    m->reward_high = spec->reward_high;
    m->max_episode_steps = (uint64_t) spec->max_episode_steps;
    m->dt = spec->dt;
    m->supports_state = spec->supports_state;
    m->agents = (uint32_t) spec->agents;
    *out = m;
    return SW_OK;
}


// ---- reading a spec -------------------------------------------------------------------------

static sw_status add_setting(const Stepwire__SettingSpec *m, sw_spec *spec)
{
    if (m->value == NULL) {
        return sw_fail(SW_PROTOCOL, "%s: a setting has no value", spec->id);
    }
    sw_setting setting = {
        .name = m->value->name,
        .type = (sw_setting_type) m->value->type,
        .low = m->low,
        .high = m->high,
        .choices = m->choices[0] == '\0' ? NULL : m->choices,
        .doc = m->doc,
    };
    if (setting.type == SW_VECTOR) {
        const size_t length = m->value->n_vector_value;
        setting.length = length > SW_MAX_VECTOR ? SW_MAX_VECTOR : (int) length;
    }
    sw_value value;
    sw_status st = codec_unpack_settings(spec->id, &setting, 1, &m->value, 1, &value);
    if (st != SW_OK) {
        return st;
    }
    setting.initial = value;
    return sw_spec_add_setting(spec, &setting);
}

// The product of a shape; 0 if it breaks a limit.
static int64_t count_elements(const Stepwire__Tensor *m)
{
    uint64_t elements = 1;
    for (size_t i = 0; i < m->n_shape; i++) {
        if (i == SW_MAX_DIMS || m->shape[i] < 1 || m->shape[i] > SW_MAX_ELEMENTS / elements) {
            return 0;
        }
        elements *= m->shape[i];
    }
    return (int64_t) elements;
}

// The `count` bounds of a message as bounds [elements]: NULL if there are none, the message's own
// if there is one for each, else the single one repeated in `room` [elements].
static const double *spread_bounds(const double *bounds, size_t count, int64_t elements,
                                   double *room)
{
    if (count == 0 || count == (size_t) elements) {
        return count == 0 ? NULL : bounds;
    }
    for (int64_t i = 0; i < elements; i++) {
        room[i] = bounds[0];
    }
    return room;
}

static sw_status add_tensor(const Stepwire__Tensor *m, sw_spec *spec,
                            sw_status (*add)(sw_spec *, const sw_tensor *))
{
    const int64_t elements = count_elements(m);
    if (elements == 0) {
        return sw_fail(SW_PROTOCOL,
                       "%s: the shape of '%.*s' has over %d dimensions, a length of 0, or over %d "
                       "elements",
                       spec->id, SW_MAX_NAME, m->name, SW_MAX_DIMS, SW_MAX_ELEMENTS);
    }
    if ((m->n_low > 1 && m->n_low != (size_t) elements) ||
        (m->n_high > 1 && m->n_high != (size_t) elements)) {
        return sw_fail(SW_PROTOCOL, "%s: '%.*s' has %zu low and %zu high bounds for %lld elements",
                       spec->id, SW_MAX_NAME, m->name, m->n_low, m->n_high, (long long) elements);
    }
    double *room = malloc(2 * (size_t) elements * sizeof(*room));
    if (room == NULL) {
        return sw_fail(SW_NO_MEMORY, "%s: no memory for the bounds of '%s'", spec->id, m->name);
    }
    sw_tensor tensor = {
        .name = m->name,
        .dtype = (sw_dtype) m->dtype,
        .dims = (int) m->n_shape,
        .low = spread_bounds(m->low, m->n_low, elements, room),
        .high = spread_bounds(m->high, m->n_high, elements, room + elements),
    };
    for (int i = 0; i < tensor.dims; i++) {
        tensor.shape[i] = (int64_t) m->shape[i];
    }
    sw_status st = add(spec, &tensor);
    free(room);
    return st;
}

static sw_status add_numbers(const Stepwire__Spec *m, sw_spec *spec)
{
    if (!(m->reward_low <= m->reward_high) || !(m->dt >= 0) || isinf(m->dt)) {
        return sw_fail(SW_PROTOCOL, "%s: its reward range is [%g, %g] and its dt %g s", spec->id,
                       m->reward_low, m->reward_high, m->dt);
    }
    if (m->max_episode_steps > INT64_MAX || m->agents < 1 || m->agents > SW_MAX_AGENTS) {
        return sw_fail(SW_PROTOCOL, "%s: it has %llu steps an episode and %u agents, at most %d",
                       spec->id, (unsigned long long) m->max_episode_steps, m->agents,
                       SW_MAX_AGENTS);
    }
    spec->reward_low = m->reward_low;
    spec->reward_high = m->reward_high;
    spec->dt = m->dt;
    spec->max_episode_steps = (int64_t) m->max_episode_steps;
    spec->agents = (int) m->agents;
    spec->supports_state = m->supports_state != 0;
    for (size_t i = 0; i < m->n_render_modes; i++) {
        spec->supports_render |= strcmp(m->render_modes[i], rgb_array) == 0;
    }
    return SW_OK;
}

static sw_status add_everything(const Stepwire__Spec *m, sw_spec *spec)
{
    sw_status st = add_numbers(m, spec);
    for (size_t i = 0; st == SW_OK && i < m->n_observations; i++) {
        st = add_tensor(m->observations[i], spec, sw_spec_add_observation);
    }
    for (size_t i = 0; st == SW_OK && i < m->n_actions; i++) {
        st = add_tensor(m->actions[i], spec, sw_spec_add_action);
    }
    for (size_t i = 0; st == SW_OK && i < m->n_infos; i++) {
        st = sw_spec_add_info(spec, m->infos[i]->name, m->infos[i]->at_reset != 0);
    }
    for (size_t i = 0; st == SW_OK && i < m->n_settings; i++) {
        st = add_setting(m->settings[i], spec);
    }
    return st;
}

sw_status codec_unpack_spec(const Stepwire__Spec *message, sw_spec *spec)
{
    sw_spec read = {0};
    sw_status st = sw_spec_init(&read, message->env_id);
    if (st == SW_OK) {
        st = add_everything(message, &read);
    }
    if (st != SW_OK) {
        sw_spec_free(&read);
        // what would be the author's mistake is here the peer's
        return st == SW_INVALID_ARGUMENT ? sw_fail(SW_PROTOCOL, "%s", sw_last_error()) : st;
    }
    *spec = read;
    return SW_OK;
}
