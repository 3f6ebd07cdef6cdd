// draw.h -- small pictures for tasks without a renderer: filled shapes with smooth edges.
//
// A task draws in units of its own, e.g. metres, x to the right and y up. Anything may lie outside
// the picture, and any finite coordinate is allowed.
#ifndef DRAW_H
#define DRAW_H

#include <stepwire/env.h>

typedef struct draw_point {
    double x, y;
} draw_point;

typedef struct draw_color {
    unsigned char r, g, b;
} draw_color;

// Axes of its own for a thing that is drawn: where their origin lies, and by how much they are
// turned counterclockwise, in rad.
typedef struct draw_frame {
    draw_point origin;
    double angle;
} draw_frame;

// Where a point of the frame lies.
draw_point draw_place(draw_frame frame, draw_point point);

// A picture and the part of the plane that it shows.
typedef struct draw_canvas {
    const sw_picture *picture;
    double scale;         // pixels per unit
    draw_point top_left;  // corner of the picture
} draw_canvas;

// Makes the picture white and lays the rectangle from `low` to `high` into its middle, as large as
// fits with the same scale both ways. `picture` must outlive the canvas.
draw_canvas draw_begin(const sw_picture *picture, draw_point low, draw_point high);

// A convex polygon; corners [count >= 3] counterclockwise.
void draw_polygon(const draw_canvas *canvas, const draw_point *corners, int count,
                  draw_color color);

// The rectangle from `low` to `high` in the frame.
void draw_rectangle(const draw_canvas *canvas, draw_frame frame, draw_point low, draw_point high,
                    draw_color color);

void draw_disc(const draw_canvas *canvas, draw_point centre, double radius, draw_color color);

// A line with round ends, never thinner than a pixel.
void draw_line(const draw_canvas *canvas, draw_point from, draw_point to, double width,
               draw_color color);

#endif
