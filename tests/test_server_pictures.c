// test_server_pictures.c -- pictures beside steps, and on their way through a socket.
#include <string.h>

#include "house.h"
#include "test.h"

enum { PATIENT = 100, WIDE = 500 };

static const Stepwire__Reset reset_all = STEPWIRE__RESET__INIT;
static const Stepwire__Close close_it = STEPWIRE__CLOSE__INIT;

static Stepwire__Render ask_for(uint32_t side)
{
    Stepwire__Render asked = STEPWIRE__RENDER__INIT;
    asked.width = asked.height = side;
    return asked;
}

static void ask_for_a_picture_that_hangs(house *h, uint64_t token)
{
    const Stepwire__Render small = ask_for(1);
    const uint64_t session = house_open(h, token, "render");
    served_expect(house_reset(h, session), STEPWIRE__REPLY__RESULT_RESET);
    served_send(&h->s, session, h->seq + 1, STEPWIRE__REQUEST__KIND_RENDER, &small);
}

static void steps_go_on_however_many_pictures_are_being_drawn(void **state)
{
    (void) state;
    enum { PICTURES = 3 };
    for (int workers = 1; workers <= 2; workers++) {
        house h;
        house_enter(&h, served_options(workers), PATIENT);
        for (int i = 0; i < PICTURES; i++) {
            ask_for_a_picture_that_hangs(&h, 7 + (uint64_t) i);
        }
        for (uint64_t token = 20; token < 25; token++) {
            house_expect_service(&h, token);
        }
        house_open_gate(&h, PICTURES);
        for (int i = 0; i < PICTURES; i++) {
            served_expect(served_receive(&h.s), STEPWIRE__REPLY__RESULT_RENDERED);
        }
        house_leave(&h);
    }
}

// Fake-v0's pixels.
static void expect_picture(served *s, int steps)
{
    Stepwire__Reply *reply = served_receive(s);
    assert_int_equal(reply->result_case, STEPWIRE__REPLY__RESULT_RENDERED);
    assert_int_equal(reply->rendered->width, WIDE);
    assert_int_equal(reply->rendered->rgb.len, 3 * WIDE * WIDE);
    const unsigned char *pixel = reply->rendered->rgb.data;
    for (int row = 0; row < WIDE; row++) {
        for (int column = 0; column < WIDE; column++, pixel += 3) {
            assert_int_equal(pixel[0], steps);
            assert_int_equal(pixel[1], column % 256);
            assert_int_equal(pixel[2], row % 256);
        }
    }
    stepwire__reply__free_unpacked(reply, NULL);
}

static uint64_t start_with_a_session(served *s)
{
    const sw_server_options options = served_options(1);
    served_start(s, &options, NULL);
    const Stepwire__Open open = open_fake(7, 1);
    const uint64_t session = served_open(s, &open);
    served_expect(served_ask(s, session, 1, STEPWIRE__REQUEST__KIND_RESET, &reset_all),
                  STEPWIRE__REPLY__RESULT_RESET);
    return session;
}

// It is sent from where it was drawn, more than once if it is asked for again.
static void a_picture_arrives_though_its_session_goes_on_or_ends(void **state)
{
    (void) state;
    enum { AGAIN = 3 };
    served s;
    const Stepwire__Render wide = ask_for(WIDE);
    const uint64_t session = start_with_a_session(&s);
    for (uint64_t seq = 2; seq <= 3; seq++) {
        served_send(&s, session, seq, STEPWIRE__REQUEST__KIND_RENDER, &wide);
        expect_picture(&s, 0);
    }
    for (int i = 0; i < AGAIN; i++) {
        served_send(&s, session, 3, STEPWIRE__REQUEST__KIND_RENDER, &wide);
    }
    step_fake step;
    step_fake_init(&step, 1);
    served_send(&s, session, 4, STEPWIRE__REQUEST__KIND_STEP, &step.body);
    for (int i = 0; i < AGAIN; i++) {
        expect_picture(&s, 0);
    }
    served_expect(served_receive(&s), STEPWIRE__REPLY__RESULT_STEP);
    served_send(&s, session, 5, STEPWIRE__REQUEST__KIND_RENDER, &wide);
    expect_picture(&s, 1);
    for (int i = 0; i < AGAIN; i++) {
        served_send(&s, session, 5, STEPWIRE__REQUEST__KIND_RENDER, &wide);
    }
    served_send(&s, session, 6, STEPWIRE__REQUEST__KIND_CLOSE, &close_it);
    for (int i = 0; i < AGAIN; i++) {
        expect_picture(&s, 1);
    }
    served_expect(served_receive(&s), STEPWIRE__REPLY__RESULT_CLOSED);
    served_finish(&s);
}

// Not read by anybody, it must still be freed.
static void a_server_ends_with_a_picture_on_its_way(void **state)
{
    (void) state;
    served s;
    const Stepwire__Render wide = ask_for(WIDE);
    const uint64_t session = start_with_a_session(&s);
    for (int i = 0; i < 10; i++) {
        served_send(&s, session, 2, STEPWIRE__REQUEST__KIND_RENDER, &wide);
    }
    expect_picture(&s, 0);
    served_finish(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_go_on_however_many_pictures_are_being_drawn),
        cmocka_unit_test(a_picture_arrives_though_its_session_goes_on_or_ends),
        cmocka_unit_test(a_server_ends_with_a_picture_on_its_way),
    };
    return cmocka_run_group_tests_name("server_pictures", tests, NULL, NULL);
}
