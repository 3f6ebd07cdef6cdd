// test.h -- what every test file includes: cmocka and a few assertions of our own.
#ifndef TEST_H
#define TEST_H

// cmocka.h needs these four first
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <stepwire/status.h>

// Passes if |actual - expected| <= tol * max(1, |expected|); NaN fails. Shows both on failure.
#define assert_near(actual, expected, tol)                                                         \
    assert_near_(actual, expected, tol, #actual, __FILE__, __LINE__)

static inline void assert_near_(double actual, double expected, double tol, const char *what,
                                const char *file, int line)
{
    const double scale = fabs(expected) > 1 ? fabs(expected) : 1;
    if (!(fabs(actual - expected) <= tol * scale)) {
        print_error("%s = %.9g, expected %.9g +- %g\n", what, actual, expected, tol * scale);
        _fail(file, line);
    }
}

// Passes if the call returns SW_OK; shows sw_last_error() on failure.
#define assert_ok(call)                                                                            \
    do {                                                                                           \
        const sw_status st_ = (call);                                                              \
        if (st_ != SW_OK) {                                                                        \
            print_error("%s: %s: %s\n", #call, sw_status_name(st_), sw_last_error());              \
            _fail(__FILE__, __LINE__);                                                             \
        }                                                                                          \
    } while (0)

// Passes if sw_last_error() contains `text`; shows both on failure.
#define assert_says(text)                                                                          \
    do {                                                                                           \
        if (strstr(sw_last_error(), text) == NULL) {                                               \
            print_error("the error says '%s', not '%s'\n", sw_last_error(), text);                 \
            _fail(__FILE__, __LINE__);                                                             \
        }                                                                                          \
    } while (0)

#endif
