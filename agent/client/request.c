#include "request.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "codec.h"

sw_status request_pack(const Stepwire__Request *request, uint64_t limit, zmq_msg_t *message)
{
    const size_t size = stepwire__request__get_packed_size(request);
    if (limit != 0 && size > limit) {
        return sw_fail(SW_TOO_LARGE, "a request of %zu bytes; the server takes at most %" PRIu64,
                       size, limit);
    }
    if (zmq_msg_init_size(message, size) != 0) {
        return sw_fail(SW_NO_MEMORY, "no memory for a request of %zu bytes", size);
    }
    stepwire__request__pack(request, zmq_msg_data(message));
    return SW_OK;
}

sw_status request_pack_ping(uint64_t seq, uint64_t *sessions, size_t count, zmq_msg_t *message)
{
    Stepwire__Ping ping = STEPWIRE__PING__INIT;
    ping.n_sessions = count;
    ping.sessions = sessions;
    Stepwire__Request request = STEPWIRE__REQUEST__INIT;
    request.major = STEPWIRE__VERSION__VERSION_MAJOR;
    request.seq = seq;
    request.kind_case = STEPWIRE__REQUEST__KIND_PING;
    request.ping = &ping;
    return request_pack(&request, 0, message);
}

sw_status reply_unpack(zmq_msg_t *message, arena *a, Stepwire__Reply **reply)
{
    const size_t size = zmq_msg_size(message);
    arena_reset(a);
    if (a->size < codec_arena_size(size)) {
        arena_free(a);
        // with room to grow, because sizes vary with the number of rows that end
        const sw_status st = arena_init(a, codec_arena_size(size + size / 4));
        if (st != SW_OK) {
            return st;
        }
    }
    return codec_unpack_reply(zmq_msg_data(message), size, a, reply);
}

const char *request_name(Stepwire__Request__KindCase kind)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field(&stepwire__request__descriptor, kind);
    return field != NULL ? field->name : "?";
}

static sw_status fail_as_told(const char *endpoint, Stepwire__Request__KindCase asked,
                              const Stepwire__Error *error)
{
    char text[400];
    snprintf(text, sizeof(text), "%s", error->text);
    for (char *c = text; *c != '\0'; c++) {
        *c = iscntrl((unsigned char) *c) ? '?' : *c;
    }
    if (error->code == STEPWIRE__ERROR_CODE__VERSION) {
        return sw_fail(SW_VERSION, "%s: this client speaks protocol %d; the server says: %s",
                       endpoint, STEPWIRE__VERSION__VERSION_MAJOR, text);
    }
    const bool known = error->code > STEPWIRE__ERROR_CODE__ERROR_NONE &&
                       error->code <= STEPWIRE__ERROR_CODE__INTERNAL;
    const sw_status st = known ? (sw_status) error->code : SW_PROTOCOL;
    return sw_fail(st, "%s: %s: %s (%s)", endpoint, request_name(asked), text, sw_status_name(st));
}

sw_status reply_check(const char *endpoint, Stepwire__Request__KindCase asked,
                      Stepwire__Reply__ResultCase expected, const Stepwire__Reply *reply)
{
    if (reply->result_case == STEPWIRE__REPLY__RESULT_ERROR) {
        return fail_as_told(endpoint, asked, reply->error);
    }
    if (reply->result_case != expected) {
        return sw_fail(SW_PROTOCOL, "%s: %s was answered by a reply of another kind (%d)", endpoint,
                       request_name(asked), (int) reply->result_case);
    }
    return SW_OK;
}
