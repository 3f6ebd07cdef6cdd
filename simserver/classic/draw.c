// Design: a shape is the function that gives a point's distance from its edge, negative inside. A
// pixel takes on the shape's colour by how far inside its middle is: not at all from half a pixel
// outside, wholly from half a pixel inside.
#include "draw.h"

#include <math.h>
#include <string.h>

typedef double distance_function(const void *shape, draw_point point);

typedef struct box {
    draw_point low, high;
} box;

draw_canvas draw_begin(const sw_picture *picture, draw_point low, draw_point high)
{
    memset(picture->rgb, 255, (size_t) picture->width * (size_t) picture->height * 3);
    const double scale =
        fmin(picture->width / (high.x - low.x), picture->height / (high.y - low.y));
    return (draw_canvas){
        .picture = picture,
        .scale = scale,
        .top_left = {(low.x + high.x - picture->width / scale) / 2,
                     (low.y + high.y + picture->height / scale) / 2},
    };
}

draw_point draw_place(draw_frame frame, draw_point point)
{
    const double cosine = cos(frame.angle);
    const double sine = sin(frame.angle);
    return (draw_point){frame.origin.x + cosine * point.x - sine * point.y,
                        frame.origin.y + sine * point.x + cosine * point.y};
}

static void blend(unsigned char *channel, unsigned char color, double share)
{
    *channel = (unsigned char) lround(*channel + (color - *channel) * share);
}

// A position in pixels as an index in [0, size].
static int clamp(double position, int size)
{
    return (int) fmin(fmax(position, 0), size);
}

// Paints the shape, which lies within `bounds`.
static void paint(const draw_canvas *canvas, box bounds, distance_function *distance,
                  const void *shape, draw_color color)
{
    const sw_picture *p = canvas->picture;
    const draw_point corner = canvas->top_left;
    const double scale = canvas->scale;
    const int left = clamp((bounds.low.x - corner.x) * scale - 1, p->width);
    const int right = clamp((bounds.high.x - corner.x) * scale + 2, p->width);
    const int top = clamp((corner.y - bounds.high.y) * scale - 1, p->height);
    const int bottom = clamp((corner.y - bounds.low.y) * scale + 2, p->height);
    for (int row = top; row < bottom; row++) {
        unsigned char *pixel = p->rgb + 3 * ((size_t) row * (size_t) p->width + (size_t) left);
        for (int column = left; column < right; column++, pixel += 3) {
            const draw_point middle = {corner.x + (column + 0.5) / scale,
                                       corner.y - (row + 0.5) / scale};
            const double share = 0.5 - distance(shape, middle) * scale;
            if (share > 0) {
                blend(&pixel[0], color.r, fmin(share, 1));
                blend(&pixel[1], color.g, fmin(share, 1));
                blend(&pixel[2], color.b, fmin(share, 1));
            }
        }
    }
}

// ---- polygon --------------------------------------------------------------------------------

typedef struct polygon {
    const draw_point *corners;  // [count]
    int count;
} polygon;

// The largest distance from the lines along the sides: exact but outside near a corner.
static double distance_from_polygon(const void *shape, draw_point point)
{
    const polygon *s = shape;
    double largest = -INFINITY;
    for (int i = 0; i < s->count; i++) {
        const draw_point a = s->corners[i];
        const draw_point b = s->corners[(i + 1) % s->count];
        const double dx = b.x - a.x;
        const double dy = b.y - a.y;
        const double outside = (dy * (point.x - a.x) - dx * (point.y - a.y)) / hypot(dx, dy);
        largest = fmax(largest, outside);
    }
    return largest;
}

void draw_polygon(const draw_canvas *canvas, const draw_point *corners, int count, draw_color color)
{
    const polygon shape = {corners, count};
    box bounds = {corners[0], corners[0]};
    for (int i = 1; i < count; i++) {
        bounds.low.x = fmin(bounds.low.x, corners[i].x);
        bounds.low.y = fmin(bounds.low.y, corners[i].y);
        bounds.high.x = fmax(bounds.high.x, corners[i].x);
        bounds.high.y = fmax(bounds.high.y, corners[i].y);
    }
    paint(canvas, bounds, distance_from_polygon, &shape, color);
}

void draw_rectangle(const draw_canvas *canvas, draw_frame frame, draw_point low, draw_point high,
                    draw_color color)
{
    const draw_point corners[] = {
        draw_place(frame, low), draw_place(frame, (draw_point){high.x, low.y}),
        draw_place(frame, high), draw_place(frame, (draw_point){low.x, high.y})};
    draw_polygon(canvas, corners, 4, color);
}

// ---- disc and line --------------------------------------------------------------------------

// All points within `radius` of the line between two points.
typedef struct capsule {
    draw_point from, to;
    double radius;
} capsule;

static double distance_from_capsule(const void *shape, draw_point point)
{
    const capsule *s = shape;
    const double dx = s->to.x - s->from.x;
    const double dy = s->to.y - s->from.y;
    const double square = dx * dx + dy * dy;
    // How far along the line its point nearest to `point` is: 0 at from, 1 at to.
    double along = 0;
    if (square > 0) {
        along = ((point.x - s->from.x) * dx + (point.y - s->from.y) * dy) / square;
        along = fmin(fmax(along, 0), 1);
    }
    return hypot(point.x - s->from.x - along * dx, point.y - s->from.y - along * dy) - s->radius;
}

static void draw_capsule(const draw_canvas *canvas, const capsule *shape, draw_color color)
{
    const double r = shape->radius;
    const box bounds = {
        {fmin(shape->from.x, shape->to.x) - r, fmin(shape->from.y, shape->to.y) - r},
        {fmax(shape->from.x, shape->to.x) + r, fmax(shape->from.y, shape->to.y) + r}};
    paint(canvas, bounds, distance_from_capsule, shape, color);
}

void draw_disc(const draw_canvas *canvas, draw_point centre, double radius, draw_color color)
{
    draw_capsule(canvas, &(capsule){centre, centre, radius}, color);
}

void draw_line(const draw_canvas *canvas, draw_point from, draw_point to, double width,
               draw_color color)
{
    draw_capsule(canvas, &(capsule){from, to, fmax(width, 1 / canvas->scale) / 2}, color);
}
