// spec.c -- tensors and the specs made of them: stepwire/spec.h but for sw_setting_.
//
// A spec's arrays grow by one entry at a time; every add makes its copies first and appends last,
// so that a failure leaves the spec as it was.
#include <stepwire/spec.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t sw_dtype_size(sw_dtype dtype)
{
    switch (dtype) {
    case SW_UINT8: return 1;
    case SW_INT32: return 4;
    case SW_INT64: return 8;
    case SW_FLOAT32: return 4;
    case SW_FLOAT64: return 8;
    }
    return 0;
}

const char *sw_dtype_name(sw_dtype dtype)
{
    switch (dtype) {
    case SW_UINT8: return "uint8";
    case SW_INT32: return "int32";
    case SW_INT64: return "int64";
    case SW_FLOAT32: return "float32";
    case SW_FLOAT64: return "float64";
    }
    return "?";
}

int64_t sw_tensor_elements(const sw_tensor *tensor)
{
    int64_t elements = 1;
    for (int i = 0; i < tensor->dims; i++) {
        elements *= tensor->shape[i];
    }
    return elements;
}


// ---- life of a spec -------------------------------------------------------------------------

static sw_status check_name(const char *task, const char *what, const char *name)
{
    if (name == NULL || name[0] == '\0') {
        return sw_fail(SW_INVALID_ARGUMENT, "%s: %s has no name", task, what);
    }
    if (strlen(name) > SW_MAX_NAME) {
        return sw_fail(SW_INVALID_ARGUMENT, "%s: the name of %s '%.*s...' is over %d bytes", task,
                       what, SW_MAX_NAME, name, SW_MAX_NAME);
    }
    return SW_OK;
}

static sw_status no_memory(const char *task, const char *what, const char *name)
{
    return sw_fail(SW_NO_MEMORY, "%s: no memory for %s '%s'", task, what, name);
}

sw_status sw_spec_init(sw_spec *spec, const char *id)
{
    sw_status st = check_name("spec", "a task", id);
    if (st != SW_OK) {
        return st;
    }
    char *copy = strdup(id);
    if (copy == NULL) {
        return no_memory(id, "task", id);
    }
    *spec = (sw_spec){.id = copy, .reward_low = -INFINITY, .reward_high = INFINITY, .agents = 1};
    return SW_OK;
}

// What a tensor, info or setting points to is the spec's own memory; only its users see const.
static void free_tensor(sw_tensor *t)
{
    free((void *) t->name);
    free((void *) t->low);
    free((void *) t->high);
}

static void free_setting(sw_setting *s)
{
    free((void *) s->name);
    free((void *) s->choices);
    free((void *) s->doc);
}

void sw_spec_free(sw_spec *spec)
{
    if (spec == NULL) {
        return;
    }
    for (int i = 0; i < spec->observation_count; i++) {
        free_tensor(&spec->observations[i]);
    }
    for (int i = 0; i < spec->action_count; i++) {
        free_tensor(&spec->actions[i]);
    }
    for (int i = 0; i < spec->info_count; i++) {
        free((void *) spec->infos[i].name);
    }
    for (int i = 0; i < spec->setting_count; i++) {
        free_setting(&spec->settings[i]);
    }
    free(spec->observations);
    free(spec->actions);
    free(spec->infos);
    free(spec->settings);
    free((void *) spec->id);
    *spec = (sw_spec){0};
}

// Makes room behind *items [count] of `size` bytes each and copies `item` there.
static bool append(void *items, int count, const void *item, size_t size)
{
    void *old;
    memcpy(&old, items, sizeof(old));
    unsigned char *grown = realloc(old, ((size_t) count + 1) * size);
    if (grown == NULL) {
        return false;
    }
    memcpy(grown + (size_t) count * size, item, size);
    memcpy(items, &grown, sizeof(grown));
    return true;
}


// ---- tensors --------------------------------------------------------------------------------

// Shape and dtype. The product is checked at every factor, so that it cannot overflow.
static sw_status check_shape(const char *task, const char *what, const sw_tensor *t)
{
    if (sw_dtype_size(t->dtype) == 0) {
        return sw_fail(SW_INVALID_ARGUMENT, "%s: %s '%s' has no dtype", task, what, t->name);
    }
    if (t->dims < 0 || t->dims > SW_MAX_DIMS) {
        return sw_fail(SW_INVALID_ARGUMENT, "%s: %s '%s' has %d dimensions, allowed are 0 to %d",
                       task, what, t->name, t->dims, SW_MAX_DIMS);
    }
    int64_t elements = 1;
    for (int i = 0; i < t->dims; i++) {
        if (t->shape[i] < 1 || t->shape[i] > SW_MAX_ELEMENTS / elements) {
            return sw_fail(SW_INVALID_ARGUMENT,
                           "%s: %s '%s' has length %lld in dimension %d; allowed are 1 to %d "
                           "elements in all",
                           task, what, t->name, (long long) t->shape[i], i, SW_MAX_ELEMENTS);
        }
        elements *= t->shape[i];
    }
    return SW_OK;
}

static sw_status check_bounds(const char *task, const char *what, const sw_tensor *t)
{
    const int64_t elements = sw_tensor_elements(t);
    for (int64_t i = 0; i < elements; i++) {
        const double low = t->low == NULL ? -INFINITY : t->low[i];
        const double high = t->high == NULL ? INFINITY : t->high[i];
        if (!(low <= high)) {  // written so that NaN is refused
            return sw_fail(SW_INVALID_ARGUMENT, "%s: %s '%s' has bounds [%g, %g] at element %lld",
                           task, what, t->name, low, high, (long long) i);
        }
    }
    return SW_OK;
}

static sw_status check_tensor(const char *task, const char *what, const sw_tensor *list, int count,
                              const sw_tensor *t)
{
    sw_status st = check_name(task, what, t->name);
    if (st != SW_OK) {
        return st;
    }
    if (count == SW_MAX_TENSORS) {
        return sw_fail(SW_INVALID_ARGUMENT, "%s: %s '%s' is one more than the %d allowed", task,
                       what, t->name, SW_MAX_TENSORS);
    }
    st = check_shape(task, what, t);
    if (st != SW_OK) {
        return st;
    }
    int64_t elements = sw_tensor_elements(t);
    for (int i = 0; i < count; i++) {
        if (strcmp(list[i].name, t->name) == 0) {
            return sw_fail(SW_INVALID_ARGUMENT, "%s: two of %s are called '%s'", task, what,
                           t->name);
        }
        elements += sw_tensor_elements(&list[i]);
    }
    if (elements > SW_MAX_ELEMENTS) {
        return sw_fail(SW_INVALID_ARGUMENT, "%s: with %s '%s' a row has over %d elements", task,
                       what, t->name, SW_MAX_ELEMENTS);
    }
    return check_bounds(task, what, t);
}

// A copy of bounds [elements]; `none` everywhere if they are NULL.
static double *copy_bounds(const double *bounds, int64_t elements, double none)
{
    double *copy = malloc((size_t) elements * sizeof(*copy));
    for (int64_t i = 0; copy != NULL && i < elements; i++) {
        copy[i] = bounds == NULL ? none : bounds[i];
    }
    return copy;
}

static sw_status add_tensor(const char *task, const char *what, sw_tensor **list, int *count,
                            const sw_tensor *tensor)
{
    sw_status st = check_tensor(task, what, *list, *count, tensor);
    if (st != SW_OK) {
        return st;
    }
    const int64_t elements = sw_tensor_elements(tensor);
    sw_tensor copy = *tensor;
    copy.name = strdup(tensor->name);
    copy.low = copy_bounds(tensor->low, elements, -INFINITY);
    copy.high = copy_bounds(tensor->high, elements, INFINITY);
    if (copy.name == NULL || copy.low == NULL || copy.high == NULL ||
        !append(list, *count, &copy, sizeof(copy))) {
        free_tensor(&copy);
        return no_memory(task, what, tensor->name);
    }
    ++*count;
    return SW_OK;
}

sw_status sw_spec_add_observation(sw_spec *spec, const sw_tensor *tensor)
{
    return add_tensor(spec->id, "observation", &spec->observations, &spec->observation_count,
                      tensor);
}

sw_status sw_spec_add_action(sw_spec *spec, const sw_tensor *tensor)
{
    return add_tensor(spec->id, "action", &spec->actions, &spec->action_count, tensor);
}


// ---- infos and settings ---------------------------------------------------------------------

sw_status sw_spec_add_info(sw_spec *spec, const char *name, bool at_reset)
{
    sw_status st = check_name(spec->id, "info", name);
    if (st != SW_OK) {
        return st;
    }
    if (spec->info_count == SW_MAX_INFOS) {
        return sw_fail(SW_INVALID_ARGUMENT, "%s: info '%s' is one more than the %d allowed",
                       spec->id, name, SW_MAX_INFOS);
    }
    for (int i = 0; i < spec->info_count; i++) {
        if (strcmp(spec->infos[i].name, name) == 0) {
            return sw_fail(SW_INVALID_ARGUMENT, "%s: two infos are called '%s'", spec->id, name);
        }
    }
    const sw_info copy = {.name = strdup(name), .at_reset = at_reset};
    if (copy.name == NULL || !append(&spec->infos, spec->info_count, &copy, sizeof(copy))) {
        free((void *) copy.name);
        return no_memory(spec->id, "info", name);
    }
    spec->info_count++;
    return SW_OK;
}

int sw_spec_find_setting(const sw_spec *spec, const char *name)
{
    for (int i = 0; i < spec->setting_count; i++) {
        if (strcmp(spec->settings[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

static sw_status check_setting(const sw_spec *spec, const sw_setting *s)
{
    sw_status st = check_name(spec->id, "setting", s->name);
    if (st != SW_OK) {
        return st;
    }
    if (spec->setting_count == SW_MAX_SETTINGS) {
        return sw_fail(SW_INVALID_ARGUMENT, "%s: setting '%s' is one more than the %d allowed",
                       spec->id, s->name, SW_MAX_SETTINGS);
    }
    if (sw_spec_find_setting(spec, s->name) >= 0) {
        return sw_fail(SW_INVALID_ARGUMENT, "%s: two settings are called '%s'", spec->id, s->name);
    }
    if (s->type < SW_BOOL || s->type > SW_VECTOR) {
        return sw_fail(SW_INVALID_ARGUMENT, "%s: setting '%s' has no type", spec->id, s->name);
    }
    const int least = s->type == SW_VECTOR ? 1 : 0;
    const int most = s->type == SW_VECTOR ? SW_MAX_VECTOR : 0;
    if (s->length < least || s->length > most) {
        return sw_fail(SW_INVALID_ARGUMENT, "%s: setting '%s' has length %d, allowed is %d to %d",
                       spec->id, s->name, s->length, least, most);
    }
    if (!(s->low <= s->high)) {  // written so that NaN is refused
        return sw_fail(SW_INVALID_ARGUMENT, "%s: setting '%s' has range [%g, %g]", spec->id,
                       s->name, s->low, s->high);
    }
    st = sw_setting_check(s, &s->initial);
    return st == SW_OK ? SW_OK : sw_fail(st, "%s: %s", spec->id, sw_last_error());
}

sw_status sw_spec_add_setting(sw_spec *spec, const sw_setting *setting)
{
    sw_status st = check_setting(spec, setting);
    if (st != SW_OK) {
        return st;
    }
    sw_setting copy = *setting;
    copy.name = strdup(setting->name);
    copy.doc = strdup(setting->doc == NULL ? "" : setting->doc);
    copy.choices = setting->choices == NULL ? NULL : strdup(setting->choices);
    if (copy.name == NULL || copy.doc == NULL ||
        (copy.choices == NULL) != (setting->choices == NULL) ||
        !append(&spec->settings, spec->setting_count, &copy, sizeof(copy))) {
        free_setting(&copy);
        return no_memory(spec->id, "setting", setting->name);
    }
    spec->setting_count++;
    return SW_OK;
}
