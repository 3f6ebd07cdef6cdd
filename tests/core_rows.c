#include "core_rows.h"

#include <stdlib.h>

int rows_setup(void **state)
{
    rows *f = calloc(1, sizeof(*f));
    if (f == NULL) {
        return -1;
    }
    drive_init(&f->d, &fake_env);
    step_fake_init(&f->step, ROWS);
    *state = f;
    return 0;
}

int rows_teardown(void **state)
{
    rows *f = *state;
    drive_free(&f->d);
    free(f);
    return 0;
}

void rows_open(rows *f, const Stepwire__Open *open)
{
    const Stepwire__Reply *reply = drive_ask(&f->d, 0, 1, KIND(OPEN), open);
    if (reply == NULL || reply->result_case != RESULT(OPENED)) {
        abort();
    }
    f->id = reply->opened->session;
    f->seq = 0;
}

const Stepwire__Reply *rows_ask(rows *f, Stepwire__Request__KindCase kind, const void *body)
{
    return drive_ask(&f->d, f->id, ++f->seq, kind, body);
}

void rows_reset(rows *f)
{
    const Stepwire__Reset all = STEPWIRE__RESET__INIT;
    const Stepwire__Reply *reply = rows_ask(f, KIND(RESET), &all);
    if (reply == NULL || reply->result_case != RESULT(RESET)) {
        abort();
    }
}

void rows_begin(rows *f, Stepwire__AutoResetMode mode)
{
    Stepwire__Open open = open_fake(7, ROWS);
    open.autoreset = mode;
    rows_open(f, &open);
    rows_reset(f);
}

const Stepwire__StepDone *rows_step(rows *f)
{
    const Stepwire__Reply *reply = rows_ask(f, KIND(STEP), &f->step.body);
    return reply != NULL && reply->result_case == RESULT(STEP) ? reply->step : NULL;
}

const Stepwire__Error *rows_error(const rows *f)
{
    return f->d.reply->error;
}
