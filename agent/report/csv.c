// csv.c -- a line is written whole and flushed at once: whoever watches the file sees no halves.
#include "csv.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "number.h"

static void put_number(FILE *f, double x)
{
    char text[NUMBER_TEXT];
    number_print(x, text, sizeof(text));
    fprintf(f, ",%s", text);
}

static sw_status end_line(csv *c)
{
    fputc('\n', c->file);
    if (fflush(c->file) != 0) {
        return sw_fail(SW_IO, "cannot write %s: %s", c->path, strerror(errno));
    }
    return SW_OK;
}

sw_status csv_open(csv *c, const char *path, const char *const *stat_names, int stat_count)
{
    *c = (csv){.file = fopen(path, "wbe"), .path = path, .stat_count = stat_count};
    if (c->file == NULL) {
        return sw_fail(SW_IO, "cannot write %s: %s", path, strerror(errno));
    }
    fputs("steps,episodes,wall_s,sps,return_mean,length_mean", c->file);
    for (int i = 0; i < stat_count; i++) {
        fprintf(c->file, ",%s", stat_names[i]);
    }
    const sw_status st = end_line(c);
    if (st != SW_OK) {
        csv_close(c);
    }
    return st;
}

sw_status csv_write(csv *c, const report_row *row)
{
    fprintf(c->file, "%" PRId64 ",%" PRId64 ",%.3f,%.0f", row->steps, row->episodes, row->wall_s,
            report_sps(row));
    put_number(c->file, row->return_mean);
    put_number(c->file, row->length_mean);
    for (int i = 0; i < c->stat_count; i++) {
        put_number(c->file, row->stats[i]);
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
