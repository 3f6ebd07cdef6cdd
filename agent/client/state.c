// state.c -- states and pictures of an open session.
#include "session.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codec.h"

// A call inside the session from beginning to end. Signals do not interrupt it: the number is used,
// and there is no recv with which to go on. An environment that fails here ends no session.
static sw_status call(sw_client *c, Stepwire__Request *request,
                      Stepwire__Reply__ResultCase expected, const Stepwire__Reply **reply)
{
    sw_status st = session_send(c, request, expected);
    if (st != SW_OK) {
        return st;
    }
    do {
        st = channel_receive(c->channel, reply);
    } while (st == SW_INTERRUPTED);
    return st == SW_ENVIRONMENT ? st : session_conclude(c, st);
}


// ---- saving -------------------------------------------------------------------------------------

static sw_status allocate_states(sw_client *c)
{
    const size_t rows = (size_t) c->reader.rows;
    if (c->state_bytes == NULL) {
        c->state_bytes = calloc(rows, sizeof(*c->state_bytes));
    }
    if (c->state_sizes == NULL) {
        c->state_sizes = calloc(rows, sizeof(*c->state_sizes));
    }
    if (c->state_bytes == NULL || c->state_sizes == NULL) {
        return sw_fail(SW_NO_MEMORY, "%s: no memory for the states of %zu rows", c->spec.id, rows);
    }
    return SW_OK;
}

static sw_status take_states(sw_client *c, const Stepwire__States *message, const char *format)
{
    const size_t count = (size_t) c->reader.asked_count;
    if (message->n_states != count) {
        return sw_fail(SW_PROTOCOL, "%s: %zu states in the reply; expected %zu", c->spec.id,
                       message->n_states, count);
    }
    if (format[0] != '\0' && strcmp(message->format, format) != 0) {
        return sw_fail(SW_PROTOCOL, "%s: states of format '%s' in the reply; expected '%s'",
                       c->spec.id, message->format, format);
    }
    for (size_t i = 0; i < count; i++) {
        c->state_bytes[i] = message->states[i].data;
        c->state_sizes[i] = message->states[i].len;
    }
    c->saved = (sw_states){.format = message->format,
                           .count = (int) count,
                           .states = c->state_bytes,
                           .sizes = c->state_sizes};
    return SW_OK;
}

sw_status sw_client_get_state(sw_client *client, const uint32_t *rows, int row_count,
                              const char *format, const sw_states **states)
{
    sw_status st = batch_expect(&client->reader, rows, row_count);
    if (st == SW_OK) {
        st = allocate_states(client);
    }
    if (st != SW_OK) {
        return st;
    }
    Stepwire__GetState body = STEPWIRE__GET_STATE__INIT;
    body.n_rows = (size_t) row_count;
    body.rows = (uint32_t *) rows;
    body.format = (char *) (format != NULL ? format : "");
    Stepwire__Request request = STEPWIRE__REQUEST__INIT;
    request.kind_case = STEPWIRE__REQUEST__KIND_GET_STATE;
    request.get_state = &body;
    const Stepwire__Reply *reply;
    st = call(client, &request, STEPWIRE__REPLY__RESULT_STATES, &reply);
    if (st == SW_OK) {
        st = session_conclude(client, take_states(client, reply->states, body.format));
    }
    if (st == SW_OK) {
        *states = &client->saved;
    }
    return st;
}


// ---- loading ------------------------------------------------------------------------------------

static sw_status send_states(sw_client *c, Stepwire__SetState *body, const sw_states *states,
                             const Stepwire__Reply **reply)
{
    ProtobufCBinaryData *blobs = calloc((size_t) states->count, sizeof(*blobs));
    if (blobs == NULL) {
        return sw_fail(SW_NO_MEMORY, "%s: no memory for %d states", c->spec.id, states->count);
    }
    for (int i = 0; i < states->count; i++) {
        blobs[i].data = (uint8_t *) states->states[i];
        blobs[i].len = states->sizes[i];
    }
    body->n_states = (size_t) states->count;
    body->states = blobs;
    body->format = (char *) (states->format != NULL ? states->format : "");
    Stepwire__Request request = STEPWIRE__REQUEST__INIT;
    request.kind_case = STEPWIRE__REQUEST__KIND_SET_STATE;
    request.set_state = body;
    const sw_status st = call(c, &request, STEPWIRE__REPLY__RESULT_STATE_SET, reply);
    free(blobs);
    return st;
}

sw_status sw_client_set_state(sw_client *client, const uint32_t *rows, int row_count,
                              const sw_states *states, const sw_batch **batch)
{
    sw_status st = batch_expect(&client->reader, rows, row_count);
    if (st != SW_OK) {
        return st;
    }
    if (states->count != client->reader.asked_count) {
        return sw_fail(SW_INVALID_ARGUMENT, "%s: %d states for %d rows", client->spec.id,
                       states->count, client->reader.asked_count);
    }
    Stepwire__SetState body = STEPWIRE__SET_STATE__INIT;
    body.n_rows = (size_t) row_count;
    body.rows = (uint32_t *) rows;
    const Stepwire__Reply *reply;
    st = send_states(client, &body, states, &reply);
    if (st == SW_OK) {
        st = session_conclude(client, batch_read_state_set(&client->reader, reply->state_set));
    }
    if (st == SW_OK) {
        *batch = &client->reader.batch;
    }
    return st;
}


// ---- pictures -----------------------------------------------------------------------------------

static sw_status take_image(sw_client *c, const Stepwire__Rendered *message, const sw_view *view)
{
    const uint64_t bytes = UINT64_C(3) * (uint64_t) view->width * (uint64_t) view->height;
    if (message->width != (uint32_t) view->width || message->height != (uint32_t) view->height ||
        message->rgb.len != bytes) {
        return sw_fail(SW_PROTOCOL,
                       "%s: a picture of %" PRIu32 " x %" PRIu32 " pixels in %zu bytes in the "
                       "reply; expected %d x %d",
                       c->spec.id, message->width, message->height, message->rgb.len, view->width,
                       view->height);
    }
    c->image = (sw_image){.width = view->width, .height = view->height, .rgb = message->rgb.data};
    return SW_OK;
}

sw_status sw_client_render(sw_client *client, int row, const sw_view *view, const sw_image **image)
{
    if (row < 0 || row >= client->reader.rows || view->width < 1 || view->height < 1) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "%s: a picture of row %d, %d x %d pixels; there are %d rows, and a picture "
                       "has pixels",
                       client->spec.id, row, view->width, view->height, client->reader.rows);
    }
    Stepwire__Render body = STEPWIRE__RENDER__INIT;
    body.row = (uint32_t) row;
    body.width = (uint32_t) view->width;
    body.height = (uint32_t) view->height;
    body.camera = (char *) (view->camera != NULL ? view->camera : "");
    Stepwire__Request request = STEPWIRE__REQUEST__INIT;
    request.kind_case = STEPWIRE__REQUEST__KIND_RENDER;
    request.render = &body;
    const Stepwire__Reply *reply;
    sw_status st = call(client, &request, STEPWIRE__REPLY__RESULT_RENDERED, &reply);
    if (st == SW_OK) {
        st = session_conclude(client, take_image(client, reply->rendered, view));
    }
    if (st == SW_OK) {
        *image = &client->image;
    }
    return st;
}
