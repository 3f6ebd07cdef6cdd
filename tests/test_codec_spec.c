// test_codec_spec.c -- proto/codec_spec.c: specs and settings to and from their messages.
#include <stdlib.h>
#include <string.h>

#include "codec.h"
#include "test.h"

enum { ARENA_BYTES = 1 << 16, SETTINGS = 5 };

static const double minus_ones[3] = {-1, -1, -1}, highs[3] = {1, 2, 3};
static const sw_setting settings[SETTINGS] = {
    {.name = "flag", .type = SW_BOOL, .initial = {.b = true}, .doc = "on or off"},
    {.name = "count", .type = SW_INT, .initial = {.i = -3}, .low = -5, .high = 10},
    {.name = "weight", .type = SW_FLOAT, .initial = {.f = 0.5}},
    {.name = "mode", .type = SW_STRING, .initial = {.s = "a"}, .choices = "a|b"},
    {.name = "range", .type = SW_VECTOR, .length = 2, .initial = {.v = {0.7, INFINITY}}},
};

typedef struct fixture {
    arena a;
    sw_spec spec;
    uint8_t *bytes;
} fixture;

static sw_status fill_spec(sw_spec *s)
{
    const sw_tensor plain = {.name = "plain", .dtype = SW_FLOAT64, .dims = 1, .shape = {3}};
    const sw_tensor scalar = {
        .name = "scalar", .dtype = SW_INT64, .low = minus_ones, .high = highs};
    const sw_tensor torque = {.name = "torque",
                              .dtype = SW_FLOAT32,
                              .dims = 1,
                              .shape = {3},
                              .low = minus_ones,
                              .high = highs};
    sw_status st = sw_spec_init(s, "Task-v0");
    st = st == SW_OK ? sw_spec_add_observation(s, &plain) : st;
    st = st == SW_OK ? sw_spec_add_observation(s, &scalar) : st;
    st = st == SW_OK ? sw_spec_add_action(s, &torque) : st;
    st = st == SW_OK ? sw_spec_add_info(s, "x", true) : st;
    st = st == SW_OK ? sw_spec_add_info(s, "y", false) : st;
    for (int i = 0; i < SETTINGS; i++) {
        st = st == SW_OK ? sw_spec_add_setting(s, &settings[i]) : st;
    }
    s->reward_low = -2;
    s->max_episode_steps = 1000;
    s->dt = 0.008;
    s->agents = 2;
    s->supports_state = true;
    s->supports_render = true;
    return st;
}

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof(*f));
    *state = f;
    if (f == NULL || arena_init(&f->a, ARENA_BYTES) != SW_OK || fill_spec(&f->spec) != SW_OK) {
        return -1;
    }
    f->bytes = malloc(ARENA_BYTES);
    return f->bytes == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    arena_free(&f->a);
    sw_spec_free(&f->spec);
    free(f->bytes);
    free(f);
    return 0;
}

// The fixture's spec as a message, fresh for every call.
static Stepwire__Spec *pack(fixture *f)
{
    Stepwire__Spec *m = NULL;
    arena_reset(&f->a);
    assert_ok(codec_pack_spec(&f->spec, NULL, &f->a, &m));
    return m;
}

static void assert_same_tensor(const sw_tensor *a, const sw_tensor *b)
{
    const int64_t n = sw_tensor_elements(a);
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->dtype, b->dtype);
    assert_int_equal(a->dims, b->dims);
    assert_memory_equal(a->shape, b->shape, (size_t) a->dims * sizeof(a->shape[0]));
    assert_memory_equal(a->low, b->low, (size_t) n * sizeof(double));
    assert_memory_equal(a->high, b->high, (size_t) n * sizeof(double));
}

static void a_spec_survives_the_wire(void **state)
{
    fixture *f = *state;
    const sw_spec *s = &f->spec;
    Stepwire__Spec *m = pack(f);
    const size_t size = stepwire__spec__pack(m, f->bytes);
    Stepwire__Spec *wired = stepwire__spec__unpack(NULL, size, f->bytes);
    assert_non_null(wired);
    sw_spec r;
    assert_ok(codec_unpack_spec(wired, &r));
    stepwire__spec__free_unpacked(wired, NULL);

    assert_string_equal(r.id, "Task-v0");
    assert_int_equal(r.observation_count, 2);
    assert_same_tensor(&r.observations[0], &s->observations[0]);
    assert_same_tensor(&r.observations[1], &s->observations[1]);
    assert_int_equal(r.action_count, 1);
    assert_same_tensor(&r.actions[0], &s->actions[0]);
    assert_int_equal(r.info_count, 2);
    assert_true(r.infos[0].at_reset && !r.infos[1].at_reset);
    assert_string_equal(r.infos[1].name, "y");
    assert_true(r.reward_low == -2 && r.reward_high == INFINITY && r.dt == 0.008);
    assert_int_equal(r.max_episode_steps, 1000);
    assert_int_equal(r.agents, 2);
    assert_true(r.supports_state && r.supports_render);
    sw_spec_free(&r);
}

static void settings_survive_the_wire(void **state)
{
    fixture *f = *state;
    sw_spec r;
    assert_ok(codec_unpack_spec(pack(f), &r));
    assert_int_equal(r.setting_count, SETTINGS);
    for (int i = 0; i < SETTINGS; i++) {
        assert_string_equal(r.settings[i].name, settings[i].name);
        assert_int_equal(r.settings[i].type, settings[i].type);
        assert_int_equal(r.settings[i].length, settings[i].length);
        assert_memory_equal(&r.settings[i].initial, &settings[i].initial, sizeof(sw_value));
        assert_true(r.settings[i].low == settings[i].low);
        assert_true(r.settings[i].high == settings[i].high);
    }
    assert_string_equal(r.settings[0].doc, "on or off");
    assert_null(r.settings[0].choices);
    assert_string_equal(r.settings[3].choices, "a|b");
    sw_spec_free(&r);
}

static void values_in_force_take_the_place_of_the_defaults(void **state)
{
    fixture *f = *state;
    sw_value values[SETTINGS];
    Stepwire__Spec *m;
    sw_spec r;
    for (int i = 0; i < SETTINGS; i++) {
        values[i] = settings[i].initial;
    }
    values[1].i = 9;
    assert_ok(codec_pack_spec(&f->spec, values, &f->a, &m));
    assert_ok(codec_unpack_spec(m, &r));
    assert_int_equal(r.settings[1].initial.i, 9);
    sw_spec_free(&r);
}

static void bounds_are_sent_as_few_times_as_possible(void **state)
{
    fixture *f = *state;
    const Stepwire__Spec *m = pack(f);
    assert_int_equal(m->observations[0]->n_low, 0);
    assert_int_equal(m->observations[0]->n_high, 0);
    assert_int_equal(m->observations[1]->n_low, 1);
    assert_int_equal(m->actions[0]->n_low, 1);
    assert_true(m->actions[0]->low[0] == -1);
    assert_int_equal(m->actions[0]->n_high, 3);
}

static void a_full_arena_is_no_memory(void **state)
{
    fixture *f = *state;
    Stepwire__Spec *m = NULL;
    Stepwire__Setting *setting = NULL;
    arena small;
    for (size_t size = 0; size < 1024; size += 64) {
        assert_ok(arena_init(&small, size));
        assert_int_equal(codec_pack_spec(&f->spec, NULL, &small, &m), SW_NO_MEMORY);
        arena_free(&small);
    }
    assert_ok(arena_init(&small, 64));
    assert_int_equal(codec_pack_setting(&settings[0], &settings[0].initial, &small, &setting),
                     SW_NO_MEMORY);
    arena_free(&small);
    assert_true(m == NULL && setting == NULL);
}

static void assert_spec_refused(const Stepwire__Spec *m, const char *named)
{
    sw_spec r = {.agents = 77};
    assert_int_equal(codec_unpack_spec(m, &r), SW_PROTOCOL);
    assert_int_equal(r.agents, 77);  // written only on success
    if (strstr(sw_last_error(), named) == NULL) {
        fail_msg("'%s' does not name '%s'", sw_last_error(), named);
    }
}

static void hostile_shapes_are_refused(void **state)
{
    fixture *f = *state;
    uint64_t bad[][5] = {{0},
                         {(uint64_t) 1 << 32, (uint64_t) 1 << 32},
                         {UINT64_MAX, 2},
                         {1, 1, 1, 1, 1},
                         {SW_MAX_ELEMENTS + 1}};
    const size_t dims[] = {1, 2, 2, 5, 1};
    for (int i = 0; i < 5; i++) {
        Stepwire__Spec *m = pack(f);
        m->actions[0]->shape = bad[i];
        m->actions[0]->n_shape = dims[i];
        assert_spec_refused(m, "torque");
    }
}

static void hostile_bounds_are_refused(void **state)
{
    fixture *f = *state;
    double nan_bounds[3] = {-1, NAN, -1}, above[1] = {9};
    Stepwire__Spec *m = pack(f);
    m->actions[0]->n_high = 2;
    assert_spec_refused(m, "2 high bounds for 3 elements");
    m = pack(f);
    m->actions[0]->n_low = 4;
    assert_spec_refused(m, "4 low");
    m = pack(f);
    m->actions[0]->n_low = 3;
    m->actions[0]->low = nan_bounds;
    assert_spec_refused(m, "torque");
    m = pack(f);
    m->actions[0]->low = above;
    assert_spec_refused(m, "[9, 1]");
}

static void hostile_counts_and_names_are_refused(void **state)
{
    fixture *f = *state;
    Stepwire__Tensor *many[SW_MAX_TENSORS + 1];
    Stepwire__Spec *m = pack(f);
    m->env_id = "";
    assert_spec_refused(m, "name");
    m = pack(f);
    m->infos[1]->name = "x";
    assert_spec_refused(m, "two infos are called 'x'");
    m = pack(f);
    m->actions[0]->name = "";
    assert_spec_refused(m, "action has no name");
    m = pack(f);
    m->actions[0]->dtype = (Stepwire__DType) 6;
    assert_spec_refused(m, "dtype");
    m = pack(f);
    for (int i = 0; i <= SW_MAX_TENSORS; i++) {
        many[i] = m->observations[0];
    }
    m->observations = many;
    m->n_observations = SW_MAX_TENSORS + 1;
    assert_spec_refused(m, "plain");
}

static void hostile_numbers_are_refused(void **state)
{
    fixture *f = *state;
    Stepwire__Spec *m = pack(f);
    m->agents = 0;
    assert_spec_refused(m, "0 agents");
    m = pack(f);
    m->agents = SW_MAX_AGENTS + 1;
    assert_spec_refused(m, "1025 agents");
    m = pack(f);
    m->max_episode_steps = (uint64_t) 1 << 63;
    assert_spec_refused(m, "9223372036854775808 steps");
    m = pack(f);
    m->dt = NAN;
    assert_spec_refused(m, "dt");
    m = pack(f);
    m->dt = -1;
    assert_spec_refused(m, "dt");
    m = pack(f);
    m->reward_low = NAN;
    assert_spec_refused(m, "reward");
}

static void hostile_settings_are_refused(void **state)
{
    fixture *f = *state;
    char text[SW_MAX_TEXT + 2];
    double vector[SW_MAX_VECTOR + 1] = {0};
    memset(text, 'x', sizeof(text));
    text[SW_MAX_TEXT + 1] = '\0';

    Stepwire__Spec *m = pack(f);
    m->settings[2]->value = NULL;
    assert_spec_refused(m, "no value");
    m = pack(f);
    m->settings[2]->value->type = (Stepwire__SettingType) 9;
    assert_spec_refused(m, "weight");
    m = pack(f);
    m->settings[1]->value->int_value = 11;  // not in its own range
    assert_spec_refused(m, "count");
    m = pack(f);
    m->settings[3]->value->string_value = text;
    assert_spec_refused(m, "mode");
    m = pack(f);
    m->settings[4]->value->vector_value = vector;
    m->settings[4]->value->n_vector_value = SW_MAX_VECTOR + 1;
    assert_spec_refused(m, "range");
    m = pack(f);
    m->settings[4]->value->n_vector_value = 0;
    assert_spec_refused(m, "range");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_spec_survives_the_wire),
        T(settings_survive_the_wire),
        T(values_in_force_take_the_place_of_the_defaults),
        T(bounds_are_sent_as_few_times_as_possible),
        T(a_full_arena_is_no_memory),
        T(hostile_shapes_are_refused),
        T(hostile_bounds_are_refused),
        T(hostile_counts_and_names_are_refused),
        T(hostile_numbers_are_refused),
        T(hostile_settings_are_refused),
    };
    return cmocka_run_group_tests_name("codec_spec", tests, NULL, NULL);
}
