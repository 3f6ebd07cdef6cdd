#include "request.h"

#include <inttypes.h>

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
