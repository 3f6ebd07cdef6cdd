// The platforms of OpenGL, and what renderers leave behind. The platform is what MUJOCO_GL says,
// and stays the same while a process lives: ctest runs these once with EGL and once with OSMesa.
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gl_context.h"
#include "mujoco_model.h"
#include "mujoco_render.h"

// A model that is quickly drawn, into a buffer WIDTH pixels wide.
#define BALL(WIDTH)                                                                                \
    "<mujoco><visual><global offwidth='" WIDTH "' offheight='9'/></visual>"                        \
    "<worldbody><light castshadow='false' pos='0 0 3'/><geom size='1'/></worldbody></mujoco>"

static const char small_text[] = BALL("640");
static const char huge_text[] = BALL("1000000");
static const mujoco_xml small = {.name = "small.xml",
                                 .text = (const unsigned char *) small_text,
                                 .size = sizeof(small_text) - 1};
static const mujoco_xml huge = {
    .name = "huge.xml", .text = (const unsigned char *) huge_text, .size = sizeof(huge_text) - 1};

typedef struct ball {
    const mjModel *model;
    mjData *data;
} ball;

static ball open_ball(const mujoco_xml *xml)
{
    ball b;
    assert_ok(mujoco_model_acquire(xml, &b.model));
    b.data = mj_makeData(b.model);
    assert_non_null(b.data);
    return b;
}

static void close_ball(ball b)
{
    mj_deleteData(b.data);
    mujoco_model_release(b.model);
}

static sw_status draw_ball(ball b)
{
    static const mujoco_camera camera = {.distance = 5};
    unsigned char rgb[16 * 12 * 3];
    const sw_picture picture = {16, 12, "", rgb};
    return mujoco_render_draw(b.model, b.data, &camera, &picture);
}

// Before any picture: the platform is not chosen yet.
static void a_platform_that_there_is_not_is_named_and_can_be_corrected(void **state)
{
    (void) state;
    const char *platform = getenv("MUJOCO_GL");
    char saved[16] = "";
    if (platform != NULL) {
        (void) snprintf(saved, sizeof(saved), "%s", platform);
    }
    const ball b = open_ball(&small);
    assert_int_equal(setenv("MUJOCO_GL", "crayon", 1), 0);
    assert_int_equal(draw_ball(b), SW_ENVIRONMENT);
    assert_says("MUJOCO_GL is 'crayon'");
    assert_int_equal(setenv("MUJOCO_GL", saved, 1), 0);
    assert_ok(draw_ball(b));
    close_ball(b);
}

static void a_library_that_is_missing_is_named_with_its_package(void **state)
{
    (void) state;
    void *library = NULL;
    assert_int_equal(gl_library_open("libnowhere.so.7", "libnowhere7", NULL, 0, &library),
                     SW_ENVIRONMENT);
    assert_says("libnowhere.so.7");
    assert_says("apt-get install libnowhere7");
    assert_null(library);
}

static void the_platform_is_the_one_that_was_asked_for(void **state)
{
    (void) state;
    const gl_platform *platform = NULL;
    assert_ok(gl_platform_find(&platform));
    const char *asked = getenv("MUJOCO_GL");
    if (asked != NULL && asked[0] != '\0') {
        assert_string_equal(platform->name, asked);
    }
}

static long resident_kib(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    long pages = 0;
    assert_int_equal(fscanf(file, "%*d %ld", &pages), 1);
    assert_int_equal(fclose(file), 0);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

// The sanitizers keep freed memory for a while, and records of it; AddressSanitizer's own check at
// the end finds leaks.
static void assert_has_not_grown(long before_kib, long by_kib)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    (void) before_kib;
    (void) by_kib;
#else
    assert_in_range(resident_kib(), 0, before_kib + by_kib);
#endif
}

static void a_thousand_pictures_take_no_more_memory_than_one_hundred(void **state)
{
    (void) state;
    const ball b = open_ball(&small);
    for (int i = 0; i < 100; i++) {
        assert_ok(draw_ball(b));
    }
    const long before = resident_kib();
    for (int i = 0; i < 1000; i++) {
        assert_ok(draw_ball(b));
    }
    assert_has_not_grown(before, 2048);
    close_ball(b);
}

static void a_model_that_comes_and_goes_takes_no_more_memory(void **state)
{
    (void) state;
    long before = 0;
    for (int i = 0; i < 12; i++) {
        if (i == 4) {
            before = resident_kib();
        }
        const ball b = open_ball(&small);
        assert_ok(draw_ball(b));
        close_ball(b);
    }
    assert_has_not_grown(before, 4096);
}

static void an_error_of_mujoco_is_a_status_and_others_can_still_draw(void **state)
{
    (void) state;
    const ball good = open_ball(&small);
    const ball bad = open_ball(&huge);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(draw_ball(bad), SW_ENVIRONMENT);
        assert_says("MuJoCo: ");
        assert_ok(draw_ball(good));
    }
    close_ball(good);
    close_ball(bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_platform_that_there_is_not_is_named_and_can_be_corrected),
        cmocka_unit_test(a_library_that_is_missing_is_named_with_its_package),
        cmocka_unit_test(the_platform_is_the_one_that_was_asked_for),
        cmocka_unit_test(a_thousand_pictures_take_no_more_memory_than_one_hundred),
        cmocka_unit_test(a_model_that_comes_and_goes_takes_no_more_memory),
        cmocka_unit_test(an_error_of_mujoco_is_a_status_and_others_can_still_draw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
