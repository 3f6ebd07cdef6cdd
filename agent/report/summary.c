// summary.c -- see the header.
#include "summary.h"

#include <jansson.h>
#include <math.h>

// JSON has no NaN.
static json_t *number(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *make_json(const summary *s, const report_row *last)
{
    json_t *servers = json_array();
    for (int i = 0; i < s->server_count; i++) {
        json_array_append_new(servers, json_string(s->servers[i]));
    }
    return json_pack(
        "{s:s, s:s, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:s, s:o, s:I, s:I, s:I, s:b, s:s}",  //
        "env", s->env,                                                                       //
        "algo", s->algo,                                                                     //
        "seed", (json_int_t) s->seed,                                                        //
        "steps", (json_int_t) last->steps,                                                   //
        "episodes", (json_int_t) last->episodes,                                             //
        "wall_s", number(last->wall_s),                                                      //
        "sps", number(report_sps(last)),                                                     //
        "return_last100", number(last->return_mean),                                         //
        "return_best", number(s->return_best),                                               //
        "blas_core", s->blas_core,                                                           //
        "servers", servers, "sessions_lost", (json_int_t) s->sessions_lost, "faulty_rows",
        (json_int_t) s->faulty_rows, "moves", (json_int_t) s->moves, "complete", s->complete,  //
        "version", SW_PROJECT_VERSION);
}

char *summary_text(const summary *s, const report_row *last)
{
    json_t *json = make_json(s, last);
    char *text = json_dumps(json, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    json_decref(json);
    return text;
}
