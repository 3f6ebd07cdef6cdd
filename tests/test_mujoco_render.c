// What is in the pictures of the tasks, and that drawing changes nothing else. ctest runs these
// once with EGL and once with OSMesa.
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "local_env.h"
#include "mujoco_env.h"

enum { SMALL_WIDTH = 64, SMALL_HEIGHT = 48, SMALL_BYTES = SMALL_WIDTH * SMALL_HEIGHT * 3 };

static mujoco_env *open_task(local_env *e, const char *id)
{
    assert_ok(local_env_open(e, local_env_task(id), NULL, 0));
    assert_ok(local_env_reset(e, 1));
    return e->env;
}

static void step_randomly(local_env *e, random_state *random)
{
    local_env_draw_actions(e, random);
    assert_ok(local_env_step(e));
}

// [height, width, 3], to be freed.
static unsigned char *draw(local_env *e, int width, int height, const char *camera)
{
    unsigned char *rgb = malloc((size_t) width * (size_t) height * 3);
    assert_non_null(rgb);
    const sw_picture picture = {width, height, camera, rgb};
    assert_ok(e->task->render(e->env, &picture));
    return rgb;
}

// In walls and floor all channels are about equal; the robots are orange.
static bool is_orange(const unsigned char *pixel)
{
    return pixel[0] > pixel[2] + 20;
}

// Orange pixels in columns [from, to) of a picture.
static int count_orange(const unsigned char *rgb, int width, int height, int from, int to)
{
    int count = 0;
    for (int y = 0; y < height; y++) {
        for (int x = from; x < to; x++) {
            count += is_orange(rgb + (y * width + x) * 3);
        }
    }
    return count;
}

// ---- what is in a picture ---------------------------------------------------------------------

// The sky is rgb1 = (0.4, 0.5, 0.6) fading to black, the light fields of the floor (0.8, 0.9, 0.8).
static void the_sky_is_above_the_floor(void **state)
{
    const char *id = *state;
    local_env e;
    (void) open_task(&e, id);
    unsigned char *rgb = draw(&e, SMALL_WIDTH, SMALL_HEIGHT, "");
    for (int i = 0; i < 4 * SMALL_WIDTH; i++) {
        const unsigned char *sky = rgb + i * 3;
        assert_true(sky[2] > sky[1] && sky[1] > sky[0]);
    }
    int red = 0;
    int green = 0;
    int blue = 0;
    for (int i = (SMALL_HEIGHT - 8) * SMALL_WIDTH; i < SMALL_HEIGHT * SMALL_WIDTH; i++) {
        red += rgb[i * 3];
        green += rgb[i * 3 + 1];
        blue += rgb[i * 3 + 2];
    }
    assert_true(green > red && green > blue);
    free(rgb);
    local_env_close(&e);
}

// The foot is a capsule from x = -0.255 to x = 0.255 about x = 0.065; +x is to the right.
static void the_robot_stands_in_the_middle_and_looks_to_the_right(void **state)
{
    (void) state;
    enum { SIZE = 240 };
    local_env e;
    (void) open_task(&e, "Hopper-v5");
    unsigned char *rgb = draw(&e, SIZE, SIZE, "");
    assert_true(is_orange(rgb + (SIZE / 2 * SIZE + SIZE / 2) * 3));
    const int left = count_orange(rgb, SIZE, SIZE, 0, SIZE / 2);
    const int right = count_orange(rgb, SIZE, SIZE, SIZE / 2, SIZE);
    assert_true(right > left && left > 0);
    free(rgb);
    local_env_close(&e);
}

static void the_tasks_own_camera_follows_the_robot(void **state)
{
    const char *id = *state;
    enum { SIZE = 240 };
    local_env e;
    mujoco_env *robot = open_task(&e, id);
    unsigned char *near = draw(&e, SIZE, SIZE, "");
    robot->data->qpos[0] += 7;
    assert_ok(mujoco_complete(robot));
    unsigned char *far = draw(&e, SIZE, SIZE, "");
    const int expected = count_orange(near, SIZE, SIZE, 0, SIZE);
    assert_true(expected > 100);
    assert_near(count_orange(far, SIZE, SIZE, SIZE / 3, 2 * SIZE / 3), expected, 0.05);
    free(near);
    free(far);
    local_env_close(&e);
}

static void a_camera_of_the_model_gives_another_view(void **state)
{
    const char *id = *state;
    local_env e;
    (void) open_task(&e, id);
    unsigned char *own = draw(&e, SMALL_WIDTH, SMALL_HEIGHT, "");
    unsigned char *track = draw(&e, SMALL_WIDTH, SMALL_HEIGHT, "track");
    assert_memory_not_equal(own, track, SMALL_BYTES);
    free(own);
    free(track);
    local_env_close(&e);
}

static void an_unknown_camera_is_refused_with_a_list(void **state)
{
    const char *id = *state;
    local_env e;
    (void) open_task(&e, id);
    unsigned char rgb[3] = {1, 2, 3};
    const sw_picture picture = {1, 1, "attic", rgb};
    assert_int_equal(e.task->render(e.env, &picture), SW_NOT_FOUND);
    assert_says("no camera 'attic'; there are: track");
    assert_int_equal(rgb[0], 1);
    local_env_close(&e);
}

static void equal_states_give_equal_pictures_and_others_do_not(void **state)
{
    const char *id = *state;
    local_env a;
    local_env b;
    (void) open_task(&a, id);
    (void) open_task(&b, id);
    random_state actions = random_seed(4);
    random_state same = actions;
    for (int i = 0; i < 5; i++) {
        step_randomly(&a, &actions);
        step_randomly(&b, &same);
    }
    unsigned char *of_a = draw(&a, SMALL_WIDTH, SMALL_HEIGHT, "");
    unsigned char *of_b = draw(&b, SMALL_WIDTH, SMALL_HEIGHT, "");
    assert_memory_equal(of_a, of_b, SMALL_BYTES);
    step_randomly(&b, &same);
    unsigned char *later = draw(&b, SMALL_WIDTH, SMALL_HEIGHT, "");
    assert_memory_not_equal(of_a, later, SMALL_BYTES);
    free(of_a);
    free(of_b);
    free(later);
    local_env_close(&a);
    local_env_close(&b);
}

// ---- sizes ------------------------------------------------------------------------------------

static void a_picture_of_any_size_fills_its_pixels_and_no_others(void **state)
{
    (void) state;
    static const int sizes[][2] = {{1, 1}, {64, 48}, {7, 3}, {641, 1}, {1, 481}, {1000, 700}};
    enum { GUARD = 64 };
    local_env e;
    (void) open_task(&e, "Hopper-v5");
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        const size_t count = (size_t) sizes[i][0] * (size_t) sizes[i][1] * 3;
        unsigned char *rgb = malloc(count + GUARD);
        assert_non_null(rgb);
        memset(rgb, 0xA5, count + GUARD);
        const sw_picture picture = {sizes[i][0], sizes[i][1], "", rgb};
        assert_ok(e.task->render(e.env, &picture));
        for (size_t k = count; k < count + GUARD; k++) {
            assert_int_equal(rgb[k], 0xA5);
        }
        free(rgb);
    }
    local_env_close(&e);
}

// A picture of `id` that MuJoCo draws into a buffer of width x height.
static unsigned char *draw_with_buffer(const char *id, int width, int height)
{
    local_env e;
    const mujoco_env *env = open_task(&e, id);
    mjModel *model = (mjModel *) env->model;
    model->vis.global.offwidth = width;
    model->vis.global.offheight = height;
    unsigned char *rgb = draw(&e, 640, 480, "");
    local_env_close(&e);
    return rgb;
}

// Samples at the same places, seen through other frusta: rounding may move an edge, no more.
static void a_picture_drawn_in_tiles_is_the_one_drawn_at_once(void **state)
{
    const char *id = *state;
    unsigned char *at_once = draw_with_buffer(id, 640, 480);
    unsigned char *in_tiles = draw_with_buffer(id, 300, 100);
    double off = 0;
    for (int i = 0; i < 640 * 480 * 3; i++) {
        off += fabs((double) at_once[i] - in_tiles[i]);
    }
    print_message("mean difference: %g of 255\n", off / (640 * 480 * 3));
    assert_true(off / (640 * 480 * 3) < 0.1);
    free(at_once);
    free(in_tiles);
}

// ---- what drawing leaves alone ----------------------------------------------------------------

static void drawing_changes_no_bit_of_a_trajectory(void **state)
{
    const char *id = *state;
    local_env plain;
    local_env drawn;
    (void) open_task(&plain, id);
    mujoco_env *robot = open_task(&drawn, id);
    const size_t size = mujoco_state_size(robot, 0);
    unsigned char *a = malloc(size);
    unsigned char *b = malloc(size);
    assert_true(a != NULL && b != NULL);
    random_state actions = random_seed(5);
    random_state same = actions;
    for (int i = 0; i < 60; i++) {
        step_randomly(&plain, &actions);
        free(draw(&drawn, SMALL_WIDTH, SMALL_HEIGHT, i % 2 == 0 ? "" : "track"));
        step_randomly(&drawn, &same);
        assert_ok(mujoco_save(plain.env, 0, a));
        assert_ok(mujoco_save(drawn.env, 0, b));
        assert_memory_equal(a, b, size);
    }
    free(a);
    free(b);
    local_env_close(&plain);
    local_env_close(&drawn);
}

typedef struct artist {
    local_env *env;
    const unsigned char *expected;
    int wrong;  // out
} artist;

static void *draw_many(void *context)
{
    artist *a = context;
    for (int i = 0; i < 20; i++) {
        unsigned char rgb[SMALL_BYTES];
        const sw_picture picture = {SMALL_WIDTH, SMALL_HEIGHT, "", rgb};
        if (a->env->task->render(a->env->env, &picture) != SW_OK ||
            memcmp(rgb, a->expected, SMALL_BYTES) != 0) {
            a->wrong++;
        }
    }
    return NULL;
}

static void threads_that_draw_at_once_draw_what_each_would_alone(void **state)
{
    (void) state;
    enum { THREADS = 3 };
    static const char *const ids[THREADS] = {"Hopper-v5", "Walker2d-v5", "Hopper-v5"};
    local_env envs[THREADS];
    artist artists[THREADS];
    unsigned char *expected[THREADS];
    for (int i = 0; i < THREADS; i++) {
        (void) open_task(&envs[i], ids[i]);
        assert_ok(local_env_reset(&envs[i], (uint64_t) i));
        expected[i] = draw(&envs[i], SMALL_WIDTH, SMALL_HEIGHT, "");
        artists[i] = (artist){.env = &envs[i], .expected = expected[i]};
    }
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, draw_many, &artists[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(artists[i].wrong, 0);
        free(expected[i]);
        local_env_close(&envs[i]);
    }
}

typedef struct painter {
    local_env env;
    atomic_bool done;
} painter;

static void *draw_large(void *context)
{
    painter *p = context;
    enum { SIDE = 1500 };
    free(draw(&p->env, SIDE, SIDE, ""));
    atomic_store(&p->done, true);
    return NULL;
}

// True if the walker went before the painter's picture was done. If it has to wait for the picture
// it never does; else it does unless this thread was not run for all that time.
static bool goes_during_a_picture(painter *p)
{
    pthread_t thread;
    local_env walker;
    atomic_store(&p->done, false);
    (void) open_task(&walker, "Walker2d-v5");
    free(draw(&walker, SMALL_WIDTH, SMALL_HEIGHT, ""));
    assert_int_equal(pthread_create(&thread, NULL, draw_large, p), 0);
    const struct timespec moment = {.tv_nsec = 10000000};
    nanosleep(&moment, NULL);
    local_env_close(&walker);
    const bool went = !atomic_load(&p->done);
    assert_int_equal(pthread_join(thread, NULL), 0);
    return went;
}

static void a_model_goes_while_another_is_being_drawn(void **state)
{
    (void) state;
    painter p = {.done = false};
    local_env walker;
    (void) open_task(&p.env, "Hopper-v5");
    bool went = false;
    for (int times = 0; times < 20 && !went; times++) {
        went = goes_during_a_picture(&p);
    }
    assert_true(went);
    (void) open_task(&walker, "Walker2d-v5");
    free(draw(&walker, SMALL_WIDTH, SMALL_HEIGHT, ""));
    local_env_close(&walker);
    local_env_close(&p.env);
}

#define OF_TASK(TEST, ID)                                                                          \
    {                                                                                              \
        .name = #TEST " (" ID ")", .test_func = TEST, .initial_state = (void *) ID                 \
    }
#define OF_EACH_TASK(TEST) OF_TASK(TEST, "Hopper-v5"), OF_TASK(TEST, "Walker2d-v5")

int main(void)
{
    const struct CMUnitTest tests[] = {
        OF_EACH_TASK(the_sky_is_above_the_floor),
        cmocka_unit_test(the_robot_stands_in_the_middle_and_looks_to_the_right),
        OF_EACH_TASK(the_tasks_own_camera_follows_the_robot),
        OF_EACH_TASK(a_camera_of_the_model_gives_another_view),
        OF_EACH_TASK(an_unknown_camera_is_refused_with_a_list),
        OF_EACH_TASK(equal_states_give_equal_pictures_and_others_do_not),
        cmocka_unit_test(a_picture_of_any_size_fills_its_pixels_and_no_others),
        OF_EACH_TASK(a_picture_drawn_in_tiles_is_the_one_drawn_at_once),
        OF_EACH_TASK(drawing_changes_no_bit_of_a_trajectory),
        cmocka_unit_test(threads_that_draw_at_once_draw_what_each_would_alone),
        cmocka_unit_test(a_model_goes_while_another_is_being_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
