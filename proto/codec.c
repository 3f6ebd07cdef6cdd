// codec.c -- parsing into an arena, and the numbers inside tensors.
#include "codec.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "random.h"

// ---- messages -------------------------------------------------------------------------------

// Contents and fixed-width numbers need what they need in the message, a varint of one byte 8 times
// as much. Everything else (structs, the parser's list of fields) is bounded by the limits on
// counts: the largest spec needs about 100 KiB, a Pong of 1,024 sessions 150 KiB.
size_t codec_arena_size(size_t bytes)
{
    return ((size_t) 1 << 20) + 8 * bytes;
}

static void *take(void *data, size_t size)
{
    return arena_take(data, size);
}

static void give(void *data, void *pointer)
{
    (void) data;
    (void) pointer;
}

static sw_status refuse(const char *what, size_t size, const arena *a)
{
    // protobuf-c does not tell why, so both reasons are named
    return sw_fail(SW_PROTOCOL,
                   "%zu bytes are not a well-formed %s, or need more than %zu bytes to parse", size,
                   what, a->size);
}

static uint64_t read_varint(const uint8_t **at)
{
    uint64_t value = 0;
    int shift = 0;
    uint8_t byte;
    do {
        byte = *(*at)++;
        value |= shift < 64 ? (uint64_t) (byte & 0x7f) << shift : 0;
        shift += 7;
    } while (byte >= 0x80);
    return value;
}

// True if a string in the message, or in one inside it, has a NUL byte. protobuf-c's strings end
// there, so that one name would pass for another. Only for bytes that protobuf-c has parsed: then
// every length is right, and there are no groups.
static bool has_nul(const ProtobufCMessageDescriptor *message, const uint8_t *at,
                    const uint8_t *end)
{
    enum { VARINT, FIXED_64, BYTES, TYPE_BITS = 3 };
    while (at < end) {
        const uint64_t tag = read_varint(&at);
        const int type = (int) (tag & ((1 << TYPE_BITS) - 1));
        if (type == VARINT) {
            (void) read_varint(&at);
            continue;
        }
        if (type != BYTES) {
            at += type == FIXED_64 ? sizeof(uint64_t) : sizeof(uint32_t);
            continue;
        }
        const size_t length = (size_t) read_varint(&at);
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field(message, (unsigned) (tag >> TYPE_BITS));
        const bool is_string = field != NULL && field->type == PROTOBUF_C_TYPE_STRING;
        const bool is_message = field != NULL && field->type == PROTOBUF_C_TYPE_MESSAGE;
        if ((is_string && memchr(at, '\0', length) != NULL) ||
            (is_message && has_nul(field->descriptor, at, at + length))) {
            return true;
        }
        at += length;
    }
    assert(at == end);
    return false;
}

static sw_status check_strings(const ProtobufCMessageDescriptor *message, const void *bytes,
                               size_t size)
{
    const uint8_t *at = bytes;
    return has_nul(message, at, at + size)
               ? sw_fail(SW_PROTOCOL, "a string in a %s has a NUL byte", message->short_name)
               : SW_OK;
}

sw_status codec_unpack_request(const void *bytes, size_t size, arena *a, Stepwire__Request **out)
{
    ProtobufCAllocator allocator = {.alloc = take, .free = give, .allocator_data = a};
    Stepwire__Request *request = stepwire__request__unpack(&allocator, size, bytes);
    if (request == NULL) {
        return refuse("request", size, a);
    }
    const sw_status st = check_strings(&stepwire__request__descriptor, bytes, size);
    if (st == SW_OK) {
        *out = request;
    }
    return st;
}

sw_status codec_unpack_reply(const void *bytes, size_t size, arena *a, Stepwire__Reply **out)
{
    ProtobufCAllocator allocator = {.alloc = take, .free = give, .allocator_data = a};
    Stepwire__Reply *reply = stepwire__reply__unpack(&allocator, size, bytes);
    if (reply == NULL) {
        return refuse("reply", size, a);
    }
    const sw_status st = check_strings(&stepwire__reply__descriptor, bytes, size);
    if (st == SW_OK) {
        *out = reply;
    }
    return st;
}

// SplitMix64's finaliser chained over words of 8 bytes, the last one filled up with zeros, and the
// length first so that zeros at the end count.
uint64_t codec_hash(const void *bytes, size_t size)
{
    const unsigned char *next = bytes;
    uint64_t hash = random_mix(size, 0);
    uint64_t word;
    for (; size >= sizeof(word); size -= sizeof(word), next += sizeof(word)) {
        memcpy(&word, next, sizeof(word));
        hash = random_mix(hash ^ word, 0);
    }
    word = 0;
    memcpy(&word, next, size);
    return random_mix(hash ^ word, 0);
}

// ---- large replies --------------------------------------------------------------------------

static size_t write_varint(uint64_t value, uint8_t *to)
{
    size_t size = 0;
    while (value >= 0x80) {
        to[size++] = (uint8_t) (value | 0x80);
        value >>= 7;
    }
    to[size++] = (uint8_t) value;
    return size;
}

size_t codec_pack_key(uint32_t field, size_t size, uint8_t *to)
{
    enum { BYTES = 2, TYPE_BITS = 3 };
    const size_t tag = write_varint((uint64_t) field << TYPE_BITS | BYTES, to);
    return tag + write_varint(size, to + tag);
}

uint8_t *codec_pack_front(const Stepwire__Reply *reply, Stepwire__Reply__ResultCase result,
                          const ProtobufCMessage *part, uint8_t *rest, size_t size)
{
    uint8_t key[CODEC_KEY_BYTES];
    uint8_t *at = rest - protobuf_c_message_get_packed_size(part);
    size += protobuf_c_message_pack(part, at);
    const size_t key_size = codec_pack_key(result, size, key);
    at -= key_size;
    memcpy(at, key, key_size);
    at -= stepwire__reply__get_packed_size(reply);
    stepwire__reply__pack(reply, at);
    return at;
}

// ---- tensors --------------------------------------------------------------------------------

size_t codec_row_bytes(const sw_tensor *tensor)
{
    return (size_t) sw_tensor_elements(tensor) * sw_dtype_size(tensor->dtype);
}

sw_dtype codec_wire_dtype(sw_dtype dtype, bool float32)
{
    return float32 && dtype == SW_FLOAT64 ? SW_FLOAT32 : dtype;
}

void codec_convert(void *to, sw_dtype to_dtype, const void *from, sw_dtype from_dtype,
                   int64_t count)
{
    if (to_dtype == from_dtype) {
        memcpy(to, from, (size_t) count * sw_dtype_size(to_dtype));
        return;
    }
    unsigned char *out = to;
    const unsigned char *in = from;
    if (to_dtype == SW_FLOAT32 && from_dtype == SW_FLOAT64) {
        for (int64_t i = 0; i < count; i++) {
            double x;
            memcpy(&x, in + i * (int64_t) sizeof(x), sizeof(x));
            const float y = (float) x;
            memcpy(out + i * (int64_t) sizeof(y), &y, sizeof(y));
        }
        return;
    }
    assert(to_dtype == SW_FLOAT64 && from_dtype == SW_FLOAT32);
    for (int64_t i = 0; i < count; i++) {
        float x;
        memcpy(&x, in + i * (int64_t) sizeof(x), sizeof(x));
        const double y = (double) x;
        memcpy(out + i * (int64_t) sizeof(y), &y, sizeof(y));
    }
}

static int64_t first_not_finite32(const unsigned char *data, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        float x;
        memcpy(&x, data + i * (int64_t) sizeof(x), sizeof(x));
        if (!isfinite(x)) {
            return i;
        }
    }
    return -1;
}

static int64_t first_not_finite64(const unsigned char *data, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        double x;
        memcpy(&x, data + i * (int64_t) sizeof(x), sizeof(x));
        if (!isfinite(x)) {
            return i;
        }
    }
    return -1;
}

int64_t codec_integer(const void *data, sw_dtype dtype, int64_t i)
{
    const unsigned char *bytes = data;
    int32_t narrow;
    int64_t wide;
    switch (dtype) {
    case SW_INT32:
        memcpy(&narrow, bytes + i * (int64_t) sizeof(narrow), sizeof(narrow));
        return narrow;
    case SW_INT64: memcpy(&wide, bytes + i * (int64_t) sizeof(wide), sizeof(wide)); return wide;
    default: return bytes[i];
    }
}

int64_t codec_first_bad(const void *data, sw_dtype dtype, int64_t count, const sw_tensor *tensor)
{
    if (dtype == SW_FLOAT32) {
        return first_not_finite32(data, count);
    }
    if (dtype == SW_FLOAT64) {
        return first_not_finite64(data, count);
    }
    const int64_t elements = tensor == NULL ? 1 : sw_tensor_elements(tensor);
    for (int64_t i = 0; tensor != NULL && i < count; i++) {
        // int64 loses digits beyond 2^53, which no bound is about
        const double x = (double) codec_integer(data, dtype, i);
        if (x < tensor->low[i % elements] || x > tensor->high[i % elements]) {
            return i;
        }
    }
    return -1;
}
