// log.h -- a line for whoever listens. See sw_log in stepwire/status.h.
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stepwire/status.h>

// Formats one line (cut at 500 bytes) for log->write; nothing where that is NULL.
void log_line(const sw_log *log, sw_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// An sw_log that writes "time level: line" to standard error; `context` is unused.
void log_to_stderr(void *context, sw_log_level level, const char *line);

#endif
