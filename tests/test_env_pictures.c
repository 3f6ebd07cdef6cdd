// What every task that has pictures promises of them, for each task there is. The state of a test
// is the task's class.
#include "contract.h"

#include <stdlib.h>

typedef struct picture {
    size_t size;
    uint8_t *rgb;  // exactly as much memory as it needs, so that drawing past it is noticed
} picture;

// Opens an environment of the test's task; skips the test if the task has no pictures, and for
// versions 4 of MuJoCo's, which are drawn as versions 5 are: drawing by software takes its time.
static void open_with_picture(local_env *e, void **state)
{
    const sw_env_class *task = *state;
    if (task->render == NULL || strstr(task->id, "-v4") != NULL) {
        skip();
    }
    contract_open(e, state);
    assert_ok(local_env_reset(e, 1));
}

// A picture drawn over memory full of `filling`.
static picture draw(local_env *e, int width, int height, int filling)
{
    const size_t size = (size_t) width * (size_t) height * 3;
    const picture p = {size, malloc(size)};
    assert_non_null(p.rgb);
    memset(p.rgb, filling, size);
    const sw_picture request = {.width = width, .height = height, .camera = "", .rgb = p.rgb};
    assert_ok(e->task->render(e->env, &request));
    return p;
}

static void step(local_env *e, int steps, random_state *random)
{
    for (int i = 0; i < steps; i++) {
        local_env_draw_actions(e, random);
        assert_ok(local_env_step(e));
    }
}

static void every_pixel_is_drawn_and_twice_the_same(void **state)
{
    static const int sizes[][2] = {{1, 1}, {64, 48}, {700, 1}, {1, 300}};
    local_env e;
    open_with_picture(&e, state);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        picture one = draw(&e, sizes[i][0], sizes[i][1], 0x55);
        picture other = draw(&e, sizes[i][0], sizes[i][1], 0xaa);
        assert_memory_equal(one.rgb, other.rgb, one.size);
        free(one.rgb);
        free(other.rgb);
    }
    local_env_close(&e);
}

static void drawing_changes_nothing(void **state)
{
    local_env drawn;
    local_env twin;
    open_with_picture(&drawn, state);
    contract_open(&twin, state);
    assert_ok(local_env_reset(&twin, 1));
    random_state random = random_seed(1);
    for (int i = 0; i < 10; i++) {
        picture p = draw(&drawn, 64, 48, 0);
        free(p.rgb);
        contract_assert_same_future(&drawn, &twin, 1, &random);
    }
    local_env_close(&drawn);
    local_env_close(&twin);
}

static void another_state_is_another_picture(void **state)
{
    local_env e;
    open_with_picture(&e, state);
    picture before = draw(&e, 160, 120, 0);
    random_state random = random_seed(2);
    step(&e, 10, &random);
    picture after = draw(&e, 160, 120, 0);
    assert_memory_not_equal(before.rgb, after.rgb, before.size);
    free(before.rgb);
    free(after.rgb);
    local_env_close(&e);
}

static void a_picture_shows_more_than_one_color(void **state)
{
    local_env e;
    open_with_picture(&e, state);
    picture p = draw(&e, 64, 48, 0);
    size_t others = 0;
    for (size_t i = 0; i < p.size; i += 3) {
        others += memcmp(p.rgb, p.rgb + i, 3) != 0;
    }
    assert_true(others > 10);
    free(p.rgb);
    local_env_close(&e);
}

static void a_loaded_state_is_the_same_picture(void **state)
{
    local_env saved;
    local_env loaded;
    open_with_picture(&saved, state);
    if (saved.task->state_formats == NULL) {
        local_env_close(&saved);
        skip();
    }
    contract_open(&loaded, state);
    random_state random = random_seed(3);
    step(&saved, 10, &random);
    uint8_t *bytes = malloc(saved.task->state_size(saved.env, 0));
    assert_non_null(bytes);
    assert_ok(saved.task->save(saved.env, 0, bytes));
    assert_ok(local_env_load(&loaded, loaded.task->state_formats[0], bytes));
    picture one = draw(&saved, 64, 48, 0);
    picture other = draw(&loaded, 64, 48, 0);
    assert_memory_equal(one.rgb, other.rgb, one.size);
    free(one.rgb);
    free(other.rgb);
    free(bytes);
    local_env_close(&saved);
    local_env_close(&loaded);
}

static void a_camera_that_is_not_there_is_refused(void **state)
{
    local_env e;
    open_with_picture(&e, state);
    unsigned char rgb[3];
    const sw_picture request = {.width = 1, .height = 1, .camera = "no_such", .rgb = rgb};
    assert_int_equal(e.task->render(e.env, &request), SW_NOT_FOUND);
    assert_says("no_such");
    local_env_close(&e);
}

int main(void)
{
    const struct CMUnitTest promises[] = {
        cmocka_unit_test(every_pixel_is_drawn_and_twice_the_same),
        cmocka_unit_test(drawing_changes_nothing),
        cmocka_unit_test(another_state_is_another_picture),
        cmocka_unit_test(a_picture_shows_more_than_one_color),
        cmocka_unit_test(a_loaded_state_is_the_same_picture),
        cmocka_unit_test(a_camera_that_is_not_there_is_refused),
    };
    return contract_run_typical(promises, sizeof(promises) / sizeof(promises[0]));
}
