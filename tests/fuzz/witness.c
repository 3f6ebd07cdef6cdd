#include "witness.h"

#include <stdlib.h>
#include <string.h>

#include "loan.h"

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static size_t size_of(const loan *l)
{
    return l == NULL ? 0 : l->size;
}

void witness_books(const server *core)
{
    int envs = 0;
    size_t lent = 0;
    for (int i = 0; i < core->session_count; i++) {
        const session *x = core->sessions[i];
        envs += x->rows;
        lent += size_of(x->kept_loan) + size_of(x->reply_room) + size_of(x->work);
        require(x->job != JOB_NONE || (x->work == NULL && x->reply_room == NULL));
    }
    require(core->session_count <= core->config.limits.max_sessions);
    require(core->env_count <= core->config.limits.max_envs);
    require(core->env_count == envs);
    require(core->lender.lent == lent);
    require(lent <= LOAN_MESSAGES * core->config.limits.max_message);
}

static bool is_of_session(const Stepwire__Reply *reply)
{
    switch (reply->result_case) {
    case STEPWIRE__REPLY__RESULT_RESET:
    case STEPWIRE__REPLY__RESULT_STEP:
    case STEPWIRE__REPLY__RESULT_RENDERED:
    case STEPWIRE__REPLY__RESULT_STATES:
    case STEPWIRE__REPLY__RESULT_STATE_SET:
    case STEPWIRE__REPLY__RESULT_RESUMED:
    case STEPWIRE__REPLY__RESULT_CLOSED: return true;
    default: return false;
    }
}

void witness_reply(witness *w, const drive *d)
{
    const Stepwire__Reply *reply = d->reply;
    if (reply == NULL) {
        return;
    }
    if (reply->result_case == STEPWIRE__REPLY__RESULT_OPENED) {
        const uint64_t i = reply->opened->session - FIRST_ID;
        if (i < SESSIONS) {
            memcpy(w->owner[i], d->to.key, KEY_TEXT);
        }
    } else if (is_of_session(reply) && reply->session - FIRST_ID < SESSIONS) {
        require(strcmp(w->owner[reply->session - FIRST_ID], d->to.key) == 0);
    }
    if (reply->result_case == STEPWIRE__REPLY__RESULT_STATES) {
        const Stepwire__States *states = reply->states;
        w->blob_count = states->n_states < BLOBS ? states->n_states : BLOBS;
        for (size_t n = 0; n < w->blob_count; n++) {
            require(states->states[n].len <= BLOB_BYTES);
            w->blob_size[n] = states->states[n].len;
            memcpy(w->blobs[n], states->states[n].data, w->blob_size[n]);
        }
    }
}
