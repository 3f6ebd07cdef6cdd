// csv.c -- a line is written whole and flushed at once: whoever watches the file sees no halves.
#include "csv.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

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

void csv_close(csv *c)
{
    if (c->file != NULL) {
        fclose(c->file);
    }
    *c = (csv){0};
}
