#include "test.h"

#include "draw.h"

enum { WIDTH = 20, HEIGHT = 10 };

typedef struct board {
    unsigned char rgb[HEIGHT][WIDTH][3];
    sw_picture picture;
} board;

static const draw_color red = {255, 0, 0};

// One unit is one pixel, and the origin is the picture's lower left corner.
static draw_canvas begin(board *b)
{
    b->picture =
        (sw_picture){.width = WIDTH, .height = HEIGHT, .camera = "", .rgb = &b->rgb[0][0][0]};
    return draw_begin(&b->picture, (draw_point){0, 0}, (draw_point){WIDTH, HEIGHT});
}

// How red the pixel is whose lower left corner is (x, y): 0 white, 1 red.
static double redness(const board *b, int x, int y)
{
    const unsigned char *pixel = b->rgb[HEIGHT - 1 - y][x];
    assert_int_equal(pixel[0], 255);
    assert_int_equal(pixel[1], pixel[2]);
    return (255 - pixel[1]) / 255.0;
}

static double all_redness(const board *b)
{
    double sum = 0;
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            sum += redness(b, x, y);
        }
    }
    return sum;
}

static void a_new_picture_is_white(void **state)
{
    (void) state;
    board b;
    memset(&b, 0, sizeof(b));
    (void) begin(&b);
    assert_near(all_redness(&b), 0, 0);
}

static void a_polygon_fills_the_pixels_inside_it(void **state)
{
    (void) state;
    board b;
    const draw_canvas canvas = begin(&b);
    const draw_point corners[] = {{3, 2}, {7, 2}, {7, 4}, {3, 4}};
    draw_polygon(&canvas, corners, 4, red);
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            assert_near(redness(&b, x, y), x >= 3 && x < 7 && y >= 2 && y < 4, 0);
        }
    }
}

static void a_pixel_half_covered_is_half_colored(void **state)
{
    (void) state;
    board b;
    const draw_canvas canvas = begin(&b);
    const draw_point corners[] = {{3.5, 2}, {7, 2}, {7, 4}, {3.5, 4}};
    draw_polygon(&canvas, corners, 4, red);
    assert_near(redness(&b, 3, 2), 0.5, 0.01);
    assert_near(redness(&b, 4, 2), 1, 0);
}

static void a_rectangle_turns_with_its_frame(void **state)
{
    (void) state;
    board b;
    const draw_canvas canvas = begin(&b);
    // A quarter turn takes (x, y) to (-y, x): this one to x from 6 to 9, y from 6 to 8.
    const draw_frame frame = {{10, 5}, 3.14159265358979 / 2};
    draw_rectangle(&canvas, frame, (draw_point){1, 1}, (draw_point){3, 4}, red);
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            assert_near(redness(&b, x, y), x >= 6 && x < 9 && y >= 6 && y < 8, 0.01);
        }
    }
}

static void areas_are_those_of_the_shapes(void **state)
{
    (void) state;
    board b;
    draw_canvas canvas = begin(&b);
    draw_disc(&canvas, (draw_point){9.3, 5.1}, 4, red);
    assert_near(all_redness(&b), 3.14159265 * 16, 0.01);
    canvas = begin(&b);
    draw_line(&canvas, (draw_point){4, 3}, (draw_point){16, 8}, 3, red);
    assert_near(all_redness(&b), 13 * 3 + 3.14159265 * 1.5 * 1.5, 0.01);  // 13^2 = 12^2 + 5^2
    canvas = begin(&b);
    const draw_point triangle[] = {{2, 1}, {18, 1}, {10, 9}};
    draw_polygon(&canvas, triangle, 3, red);
    assert_near(all_redness(&b), 16 * 8 / 2.0, 0.01);
}

static void a_line_is_never_thinner_than_a_pixel(void **state)
{
    (void) state;
    board b;
    const draw_canvas canvas = begin(&b);
    draw_line(&canvas, (draw_point){-5, 3.5}, (draw_point){25, 3.5}, 0, red);
    for (int x = 0; x < WIDTH; x++) {
        assert_near(redness(&b, x, 3), 1, 0);
    }
    assert_near(all_redness(&b), WIDTH, 0);
}

static void the_rectangle_is_in_the_middle_with_one_scale(void **state)
{
    (void) state;
    board b;
    (void) begin(&b);
    // 2 x 2 units in 20 x 10 pixels: 5 pixels a unit, 5 pixels left over on either side
    const draw_canvas canvas = draw_begin(&b.picture, (draw_point){-1, -1}, (draw_point){1, 1});
    assert_near(canvas.scale, 5, 0);
    const draw_point corners[] = {{-1, -1}, {1, -1}, {1, 1}, {-1, 1}};
    draw_polygon(&canvas, corners, 4, red);
    assert_near(all_redness(&b), 100, 0);
    assert_near(redness(&b, 4, 5), 0, 0);
    assert_near(redness(&b, 5, 5), 1, 0);
    assert_near(redness(&b, 14, 5), 1, 0);
}

static void shapes_outside_the_picture_are_harmless(void **state)
{
    (void) state;
    static const double far[] = {30, -30, 1e9, -1e9, 1e300, -1e300};
    board b;
    const draw_canvas canvas = begin(&b);
    for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
        const draw_point at = {far[i], far[i]};
        const draw_point corners[] = {at, {at.x + 1, at.y}, {at.x + 1, at.y + 1}, {at.x, at.y + 1}};
        draw_disc(&canvas, at, 2, red);
        draw_line(&canvas, at, (draw_point){at.x, at.y + 1}, 1, red);
        draw_polygon(&canvas, corners, 4, red);
    }
    assert_near(all_redness(&b), 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_picture_is_white),
        cmocka_unit_test(a_polygon_fills_the_pixels_inside_it),
        cmocka_unit_test(a_pixel_half_covered_is_half_colored),
        cmocka_unit_test(a_rectangle_turns_with_its_frame),
        cmocka_unit_test(areas_are_those_of_the_shapes),
        cmocka_unit_test(a_line_is_never_thinner_than_a_pixel),
        cmocka_unit_test(the_rectangle_is_in_the_middle_with_one_scale),
        cmocka_unit_test(shapes_outside_the_picture_are_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
