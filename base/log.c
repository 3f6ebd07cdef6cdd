#include "log.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

enum { MAX_LINE = 500 };

void log_line(const sw_log *log, sw_log_level level, const char *format, ...)
{
    if (log->write == NULL) {
        return;
    }
    char line[MAX_LINE + 1];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    log->write(log->context, level, line);
}

void log_to_stderr(void *context, sw_log_level level, const char *line)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    (void) context;
    const time_t now = time(NULL);
    struct tm local;
    char clock[16] = "";
    if (localtime_r(&now, &local) != NULL) {
        strftime(clock, sizeof(clock), "%H:%M:%S", &local);
    }
    // one call, so that lines of several threads do not mix
    fprintf(stderr, "%s %s: %s\n", clock, names[level], line);
}
