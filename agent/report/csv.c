// csv.c -- a line is written whole and flushed at once: whoever watches the file sees no halves.
#include "csv.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "number.h"

static void put_number(FILE *f, const char *comma, double x)
{
    char text[NUMBER_TEXT];
    number_print(x, text, sizeof(text));
    fprintf(f, "%s%s", comma, text);
}

static sw_status end_line(csv *c)
{
    fputc('\n', c->file);
    if (fflush(c->file) != 0) {
        return sw_fail(SW_IO, "cannot write %s: %s", c->path, strerror(errno));
    }
    return SW_OK;
}

// `first` and then the names [count] are the first line.
static sw_status create(csv *c, const char *path, const char *first, const char *const *names,
                        int count)
{
    *c = (csv){.file = fopen(path, "wbe"), .path = path, .count = count};
    if (c->file == NULL) {
        return sw_fail(SW_IO, "cannot write %s: %s", path, strerror(errno));
    }
    fputs(first, c->file);
    for (int i = 0; i < count; i++) {
        fprintf(c->file, "%s%s", i > 0 || first[0] != 0 ? "," : "", names[i]);
    }
    const sw_status st = end_line(c);
    if (st != SW_OK) {
        csv_close(c);
    }
    return st;
}

sw_status csv_open(csv *c, const char *path, const char *const *stat_names, int stat_count)
{
    return create(c, path, "steps,episodes,wall_s,sps,return_mean,length_mean", stat_names,
                  stat_count);
}

sw_status csv_write(csv *c, const report_row *row)
{
    fprintf(c->file, "%" PRId64 ",%" PRId64 ",%.3f,%.0f", row->steps, row->episodes, row->wall_s,
            report_sps(row));
    put_number(c->file, ",", row->return_mean);
    put_number(c->file, ",", row->length_mean);
    for (int i = 0; i < c->count; i++) {
        put_number(c->file, ",", row->stats[i]);
    }
    return end_line(c);
}

sw_status csv_open_numbers(csv *c, const char *path, const char *const *names, int count)
{
    return create(c, path, "", names, count);
}

sw_status csv_write_numbers(csv *c, const double *numbers)
{
    for (int i = 0; i < c->count; i++) {
        put_number(c->file, i > 0 ? "," : "", numbers[i]);
    }
    return end_line(c);
}

static int count_columns(const char *line)
{
    int count = 1;
    for (const char *at = strchr(line, ','); at != NULL; at = strchr(at + 1, ',')) {
        count++;
    }
    return count;
}

// A line as a row, if its steps are at most `steps` and it is whole.
static bool read_line(const char *line, int columns, int64_t steps, report_row *row)
{
    double x[6] = {0};  // steps, episodes, wall_s, sps, return_mean, length_mean
    const char *at = line;
    for (int i = 0; i < 6 && *at != 0; i++) {
        char *end;
        x[i] = strtod(at, &end);
        at = *end == ',' ? end + 1 : end;
    }
    if (strchr(line, '\n') == NULL || count_columns(line) != columns || !(x[0] <= (double) steps)) {
        return false;
    }
    *row = (report_row){.steps = (int64_t) x[0],
                        .episodes = (int64_t) x[1],
                        .wall_s = x[2],
                        .return_mean = x[4],
                        .length_mean = x[5]};
    return true;
}

// Leaves the file behind the last line that stays; -1 if it could not be read.
static long find_end(FILE *f, int64_t steps, report_row *last)
{
    char *line = NULL;
    size_t size = 0;
    long end = getline(&line, &size, f) > 0 ? ftell(f) : -1;  // the names
    const int columns = end >= 0 ? count_columns(line) : 0;
    while (end >= 0 && getline(&line, &size, f) > 0 && read_line(line, columns, steps, last)) {
        end = ftell(f);
    }
    free(line);
    return ferror(f) ? -1 : end;
}

static sw_status cut(const csv *c, int64_t steps, report_row *last)
{
    const long end = find_end(c->file, steps, last);
    if (end >= 0 && last->steps != steps) {
        return sw_fail(SW_FAILED_PRECONDITION,
                       "%s: the line of %" PRId64
                       " steps is missing, or one before it is damaged; put back the file that "
                       "belongs to the checkpoint",
                       c->path, steps);
    }
    if (end < 0 || ftruncate(fileno(c->file), end) != 0 || fseek(c->file, end, SEEK_SET) != 0) {
        return sw_fail(SW_IO, "cannot go on with %s: %s", c->path,
                       errno != 0 ? strerror(errno) : "it has no first line");
    }
    return SW_OK;
}

sw_status csv_reopen(csv *c, const char *path, int count, int64_t steps, report_row *last)
{
    errno = 0;
    *c = (csv){.file = fopen(path, "r+be"), .path = path, .count = count};
    *last = (report_row){.return_mean = (double) NAN, .length_mean = (double) NAN};
    if (c->file == NULL) {
        return sw_fail(SW_IO, "cannot go on with %s: %s; put back the file that was there", path,
                       strerror(errno));
    }
    const sw_status st = cut(c, steps, last);
    if (st != SW_OK) {
        csv_close(c);
    }
    return st;
}

sw_status csv_sync(csv *c)
{
    if (fsync(fileno(c->file)) != 0 && errno != EINVAL) {  // EINVAL: the file system cannot
        return sw_fail(SW_IO, "cannot write %s: %s", c->path, strerror(errno));
    }
    return SW_OK;
}

void csv_close(csv *c)
{
    if (c->file != NULL) {
        fclose(c->file);
    }
    *c = (csv){0};
}
