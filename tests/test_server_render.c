// test_server_render.c -- Render, and the memory that pictures and states take.
#include "core_rows.h"
#include "test.h"

enum {
    MESSAGE = 1 << 16,  // the core's max_message
    WIDE = 140          // pixels: a square picture of 58,800 bytes
};

static Stepwire__Render ask_for(uint32_t row, uint32_t width, uint32_t height, const char *camera)
{
    Stepwire__Render asked = STEPWIRE__RENDER__INIT;
    asked.row = row;
    asked.width = width;
    asked.height = height;
    asked.camera = (char *) camera;
    return asked;
}

// The picture; NULL if there is an error.
static const Stepwire__Rendered *render(rows *f, const Stepwire__Render *asked)
{
    const Stepwire__Reply *reply = rows_ask(f, KIND(RENDER), asked);
    return reply->result_case == RESULT(RENDERED) ? reply->rendered : NULL;
}

static const Stepwire__Rendered *render_wide(rows *f)
{
    const Stepwire__Render asked = ask_for(0, WIDE, WIDE, "");
    return render(f, &asked);
}

static void assert_refused(rows *f, const Stepwire__Render *asked, int code, const char *text)
{
    assert_null(render(f, asked));
    assert_int_equal(rows_error(f)->code, code);
    if (strstr(rows_error(f)->text, text) == NULL) {
        print_error("the error says '%s', not '%s'\n", rows_error(f)->text, text);
        fail();
    }
}

// ---- pictures ----------------------------------------------------------------------------------

static void a_picture_has_the_rows_pixels_from_the_top(void **state)
{
    rows *f = *state;
    rows_begin(f, MODE(DEFAULT));
    rows_step(f);
    rows_step(f);
    const Stepwire__Render asked = ask_for(1, 3, 2, "");
    const Stepwire__Rendered *picture = render(f, &asked);
    // red is the number of steps, green the column, blue the row of pixels
    static const unsigned char expected[] = {2, 0, 0, 2, 1, 0, 2, 2, 0, 2, 0, 1, 2, 1, 1, 2, 2, 1};
    assert_int_equal(picture->width, 3);
    assert_int_equal(picture->height, 2);
    assert_int_equal(picture->rgb.len, sizeof(expected));
    assert_memory_equal(picture->rgb.data, expected, sizeof(expected));
    assert_near(state_of(rows_step(f)->observations, 1, 1), 3, 0);
}

static void a_camera_is_chosen_by_its_name(void **state)
{
    rows *f = *state;
    rows_begin(f, MODE(DEFAULT));
    const Stepwire__Render side = ask_for(0, 1, 1, "side"), top = ask_for(0, 1, 1, "top");
    assert_int_equal(render(f, &side)->rgb.data[0], 255);
    assert_refused(f, &top, CODE(NOT_FOUND), "no camera 'top', there is 'side'");
    assert_string_equal(rows_error(f)->field, "camera");
    char name[100] = "";
    memset(name, 'n', sizeof(name) - 1);
    const Stepwire__Render long_name = ask_for(0, 1, 1, name);
    assert_refused(f, &long_name, CODE(NOT_FOUND), "63 bytes");
    assert_int_equal(render(f, &side)->rgb.data[0], 255);
}

static void a_camera_that_fails_leaves_the_session_as_it_was(void **state)
{
    rows *f = *state;
    rows_begin(f, MODE(DEFAULT));
    const Stepwire__Render broken = ask_for(2, 1, 1, "broken"), good = ask_for(2, 1, 1, "");
    assert_refused(f, &broken, CODE(ENVIRONMENT), "Fake-v0: row 2: the camera is broken");
    assert_int_equal(rows_error(f)->rows[0], 2);
    assert_int_equal(f->d.core.lender.lent, 0);  // an error is kept in the session's own memory
    assert_non_null(rows_step(f));
    assert_int_equal(render(f, &good)->rgb.data[0], 1);
}

static void sizes_and_rows_that_are_none_are_refused_by_name(void **state)
{
    rows *f = *state;
    rows_begin(f, MODE(DEFAULT));
    const Stepwire__Render wrong[] = {ask_for(0, 0, 1, ""), ask_for(0, 4097, 1, ""),
                                      ask_for(0, 1, 0, ""), ask_for(0, 1, 1u << 31, ""),
                                      ask_for(ROWS, 1, 1, "")};
    static const char *const fields[] = {"width", "width", "height", "height", "row"};
    for (int i = 0; i < 5; i++) {
        assert_null(render(f, &wrong[i]));
        assert_int_equal(rows_error(f)->code, CODE(INVALID_ARGUMENT));
        assert_string_equal(rows_error(f)->field, fields[i]);
    }
    const Stepwire__Render narrow = ask_for(0, 1, 4096, "");
    assert_int_equal(render(f, &narrow)->rgb.data[3 * 4095 + 2], 4095 % 256);
}

static void a_row_without_a_state_has_no_picture(void **state)
{
    rows *f = *state;
    const Stepwire__Open open = open_fake(7, ROWS);
    const Stepwire__Render asked = ask_for(1, 1, 1, "");
    rows_open(f, &open);
    assert_refused(f, &asked, CODE(FAILED_PRECONDITION), "no Reset");
    const Stepwire__Close close = STEPWIRE__CLOSE__INIT;
    rows_ask(f, KIND(CLOSE), &close);
    rows_begin(f, MODE(NEXT_STEP));
    f->step.command[0] = FAKE_TERMINATE;
    f->step.command[1] = FAKE_ERROR;
    rows_step(f);
    assert_refused(f, &asked, CODE(FAILED_PRECONDITION), "faulty");
    assert_int_equal(rows_error(f)->rows[0], 1);
    const Stepwire__Render ended = ask_for(0, 1, 1, "");
    assert_int_equal(render(f, &ended)->rgb.data[0], 1);  // an end like any other has one
    rows_step(f);
    assert_int_equal(render(f, &asked)->rgb.data[0], 0);
    rows_step(f);  // faulty once more
    rows_reset(f);
    assert_int_equal(render(f, &asked)->rgb.data[0], 0);
}

static void a_task_without_pictures_says_so(void **state)
{
    rows *f = *state;
    sw_env_class blind = fake_env;
    blind.id = "Blind-v0";
    blind.render = NULL;
    assert_ok(server_add(&f->d.core, &blind));
    Stepwire__Open open = open_fake(8, 1);
    open.env_id = "Blind-v0";
    rows_open(f, &open);
    assert_int_equal(f->d.reply->opened->spec->n_render_modes, 0);
    const Stepwire__Render asked = ask_for(0, 1, 1, "");
    assert_refused(f, &asked, CODE(UNIMPLEMENTED), "Blind-v0");
    open.token = 9;
    open.env_id = "Fake-v0";
    rows_open(f, &open);
    assert_int_equal(f->d.reply->opened->spec->n_render_modes, 1);
    drive_free(&f->d);  // before the class goes
    drive_init(&f->d, &fake_env);
}

// ---- memory ------------------------------------------------------------------------------------

static void a_picture_is_kept_until_the_next_number_is_answered(void **state)
{
    rows *f = *state;
    rows_begin(f, MODE(DEFAULT));
    assert_non_null(render_wide(f));
    assert_in_range(f->d.core.lender.lent, 3 * WIDE * WIDE,
                    MESSAGE);  // the reply, but not the pixels too
    assert_int_equal(drive_send(&f->d)->rendered->rgb.len, 3 * WIDE * WIDE);
    f->d.hold = true;
    const request picture = f->d.request;
    rows_step(f);
    f->d.request = picture;
    assert_int_equal(drive_send(&f->d)->rendered->rgb.data[3 * (WIDE + 1) + 1], 1);
    drive_release(&f->d);
    assert_int_equal(f->d.core.lender.lent, 0);
}

static void a_reply_that_one_side_does_not_accept_is_too_large(void **state)
{
    rows *f = *state;
    rows_begin(f, MODE(DEFAULT));
    const Stepwire__Render large = ask_for(0, 150, 150, "");  // 67,500 bytes
    assert_refused(f, &large, CODE(TOO_LARGE), "65536");
    assert_string_equal(rows_error(f)->field, "width");
    assert_false(rows_error(f)->retry);
    Stepwire__Open open = open_fake(8, ROWS);
    open.max_reply = 2000;
    rows_open(f, &open);
    rows_reset(f);
    const Stepwire__Render small = ask_for(0, 24, 24, ""), medium = ask_for(0, 26, 26, "");
    assert_non_null(render(f, &small));  // 1,728 bytes
    assert_refused(f, &medium, CODE(TOO_LARGE), "2000");
    assert_int_equal(f->d.core.lender.lent, 0);
}

static void all_pictures_of_a_server_together_have_a_bound(void **state)
{
    rows *f = *state;
    uint64_t id[4];
    for (uint64_t i = 0; i < 4; i++) {
        id[i] = drive_begin(&f->d, 10 + i, 1);
    }
    f->seq = 1;
    for (int i = 0; i < 4; i++) {  // 4 x 58,800 of 4 x 65,536 bytes
        f->id = id[i];
        f->seq = 1;
        assert_non_null(render_wide(f));
    }
    assert_null(render_wide(f));
    assert_int_equal(rows_error(f)->code, CODE(CAPACITY));
    assert_true(rows_error(f)->retry);
    const Stepwire__Close close = STEPWIRE__CLOSE__INIT;
    drive_ask(&f->d, id[0], 3, KIND(CLOSE), &close);
    assert_non_null(render_wide(f));  // as new work
    drive_tick(&f->d, 1000);
    assert_true(f->d.core.lender.lent <= 4 * MESSAGE);
    for (int s = 0; s < 31; s++) {
        drive_tick(&f->d, 1000);
    }
    assert_int_equal(f->d.core.session_count, 0);
    assert_int_equal(f->d.core.lender.lent, 0);
}

static void states_are_on_loan_too(void **state)
{
    rows *f = *state;
    rows_begin(f, MODE(DEFAULT));
    const Stepwire__GetState all = STEPWIRE__GET_STATE__INIT;
    const Stepwire__States *states = rows_ask(f, KIND(GET_STATE), &all)->states;
    assert_true(f->d.core.lender.lent > 0);
    unsigned char blobs[ROWS][128];
    ProtobufCBinaryData list[ROWS];
    for (int n = 0; n < ROWS; n++) {
        memcpy(blobs[n], states->states[n].data, states->states[n].len);
        list[n] = (ProtobufCBinaryData){.data = blobs[n], .len = states->states[n].len};
    }
    Stepwire__SetState set = STEPWIRE__SET_STATE__INIT;
    set.states = list;
    set.n_states = ROWS;
    assert_int_equal(rows_ask(f, KIND(SET_STATE), &set)->result_case, RESULT(STATE_SET));
    assert_int_equal(f->d.core.lender.lent, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rows_setup, rows_teardown)
    const struct CMUnitTest tests[] = {
        T(a_picture_has_the_rows_pixels_from_the_top),
        T(a_camera_is_chosen_by_its_name),
        T(a_camera_that_fails_leaves_the_session_as_it_was),
        T(sizes_and_rows_that_are_none_are_refused_by_name),
        T(a_row_without_a_state_has_no_picture),
        T(a_task_without_pictures_says_so),
        T(a_picture_is_kept_until_the_next_number_is_answered),
        T(a_reply_that_one_side_does_not_accept_is_too_large),
        T(all_pictures_of_a_server_together_have_a_bound),
        T(states_are_on_loan_too),
    };
    return cmocka_run_group_tests_name("server_render", tests, NULL, NULL);
}
