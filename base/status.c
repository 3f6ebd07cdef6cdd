#include <stepwire/status.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MAX_TEXT = 500 };

static _Thread_local char last_error[MAX_TEXT + 1];

const char *sw_status_text(sw_status status)
{
    switch (status) {
#define X(name, number, text)                                                                      \
    case name: return text;
        SW_STATUS_MAP(X)
#undef X
    }
    return "unknown status";  // a number from a newer peer
}

const char *sw_status_name(sw_status status)
{
    switch (status) {
#define X(name, number, text)                                                                      \
    case name: return &#name[sizeof("SW_") - 1];
        SW_STATUS_MAP(X)
#undef X
    }
    return "UNKNOWN";
}

const char *sw_last_error(void)
{
    return last_error;
}

sw_status sw_fail(sw_status status, const char *format, ...)
{
    // formatted aside, because an argument may be the last error itself
    char text[MAX_TEXT + 1];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    memcpy(last_error, text, sizeof(text));
    return status;
}
