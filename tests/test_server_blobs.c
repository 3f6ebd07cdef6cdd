// test_server_blobs.c -- rule 15: SetState of what is no state.
#include "core_blobs.h"
#include "random.h"
#include "test.h"

static void a_blob_with_any_bit_flipped_is_refused(void **state)
{
    rows *f = *state;
    blobs b;
    blobs_begin(f, MODE(DEFAULT));
    rows_step(f);
    blobs_keep(&b, blobs_get(f, NULL, 0, ""));
    const size_t bits = b.list[1].len * 8;
    for (size_t bit = 0; bit < bits; bit++) {
        b.bytes[1][bit / 8] ^= (unsigned char) (1 << bit % 8);
        assert_null(blobs_set(f, NULL, 0, &b));
        assert_int_equal(rows_error(f)->code, CODE(INVALID_ARGUMENT));
        assert_string_equal(rows_error(f)->field, "states");
        assert_int_equal(rows_error(f)->n_rows, 1);
        assert_int_equal(rows_error(f)->rows[0], 1);
        b.bytes[1][bit / 8] ^= (unsigned char) (1 << bit % 8);
    }
    assert_non_null(blobs_set(f, NULL, 0, &b));
}

static void a_blob_of_another_length_or_version_is_refused(void **state)
{
    rows *f = *state;
    blobs b;
    blobs_begin(f, MODE(DEFAULT));
    blobs_keep(&b, blobs_get(f, NULL, 0, ""));
    b.list[2].len--;
    assert_null(blobs_set(f, NULL, 0, &b));
    blobs_assert_refused(f, CODE(INVALID_ARGUMENT), "row 2: a state of 71 bytes, expected 72");
    assert_string_equal(rows_error(f)->field, "states");
    b.list[2].len++;
    b.bytes[0][8] = 2;
    assert_null(blobs_set(f, NULL, 0, &b));
    blobs_assert_refused(f, CODE(INVALID_ARGUMENT), "version 2");
    b.bytes[0][8] = 1;
    b.count = 2;
    assert_null(blobs_set(f, NULL, 0, &b));
    blobs_assert_refused(f, CODE(INVALID_ARGUMENT), "2 states for 3 rows");
}

static void a_blob_of_another_task_is_refused(void **state)
{
    rows *f = *state;
    blobs b;
    sw_env_class twin = fake_env;
    twin.id = "Twin-v0";
    assert_ok(server_add(&f->d.core, &twin));
    blobs_begin(f, MODE(DEFAULT));
    blobs_keep(&b, blobs_get(f, NULL, 0, ""));
    Stepwire__Open open = open_fake(8, ROWS);
    open.env_id = "Twin-v0";
    rows_open(f, &open);
    assert_null(blobs_set(f, NULL, 0, &b));
    blobs_assert_refused(f, CODE(INVALID_ARGUMENT), "Twin-v0: row 0: a state of another task");
    assert_int_equal(rows_error(f)->n_rows, ROWS);
    drive_free(&f->d);  // before the class goes
    drive_init(&f->d, &fake_env);
}

static void a_blob_of_other_settings_is_refused(void **state)
{
    rows *f = *state;
    blobs b;
    Stepwire__Setting scale = STEPWIRE__SETTING__INIT, *settings[] = {&scale};
    scale.name = "scale";
    scale.type = STEPWIRE__SETTING_TYPE__FLOAT;
    scale.float_value = 2;
    Stepwire__Open open = open_fake(8, ROWS);
    open.settings = settings;
    open.n_settings = 1;
    blobs_begin(f, MODE(DEFAULT));
    blobs_keep(&b, blobs_get(f, NULL, 0, ""));
    rows_open(f, &open);
    assert_null(blobs_set(f, NULL, 0, &b));
    blobs_assert_refused(f, CODE(INVALID_ARGUMENT),
                         "row 0: a state of another task, or of other settings");
    rows_reset(f);
    blobs_keep(&b, blobs_get(f, NULL, 0, ""));
    open.token++;
    rows_open(f, &open);  // another session of the same settings
    assert_non_null(blobs_set(f, NULL, 0, &b));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rows_setup, rows_teardown)
    const struct CMUnitTest tests[] = {
        T(a_blob_with_any_bit_flipped_is_refused),
        T(a_blob_of_another_length_or_version_is_refused),
        T(a_blob_of_another_task_is_refused),
        T(a_blob_of_other_settings_is_refused),
    };
    return cmocka_run_group_tests_name("server_blobs", tests, NULL, NULL);
}
