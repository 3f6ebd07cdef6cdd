// random_request.c -- walks the descriptors that protoc-c generates and writes the wire format.
//
// Numbers are mostly small and texts mostly names that mean something, so that many requests get
// past the first check.
#include "random_request.h"

#include <math.h>
#include <string.h>

enum {
    LENGTH_BYTES = 3,  // of a length, written with as many bytes whatever it is
    MOST_LENGTH = 1 << 20,
    ROOM = 32,  // bytes that a number, or a head of a text, has at most
    DEEPEST = 4
};

typedef enum wire { VARINT = 0, FIXED64 = 1, LENGTH = 2, FIXED32 = 5 } wire;

typedef struct writer {
    random_state *random;
    const random_request_hints *hints;
    unsigned char *next, *end;
} writer;

static uint64_t below(writer *w, uint64_t n)
{
    return random_below(w->random, n);
}

static void put_varint(writer *w, uint64_t x)
{
    while (x >= 0x80) {
        *w->next++ = (unsigned char) (x | 0x80);
        x >>= 7;
    }
    *w->next++ = (unsigned char) x;
}

static void put_bytes(writer *w, const void *bytes, size_t size)
{
    if (size > 0) {
        memcpy(w->next, bytes, size);
        w->next += size;
    }
}

static void put_length(unsigned char *at, size_t length)
{
    for (int i = 0; i < LENGTH_BYTES; i++) {
        at[i] = (unsigned char) ((length >> 7 * i & 0x7f) | (i < LENGTH_BYTES - 1 ? 0x80 : 0));
    }
}

static uint64_t any_integer(writer *w)
{
    switch (below(w, 8)) {
    case 0: return random_bits(w->random) >> below(w, 64);
    case 1: return below(w, 5000);
    default: return below(w, 10);
    }
}

static double any_double(writer *w)
{
    static const double some[] = {0, 1, 0.5, -1, 30, 1e300, NAN, INFINITY};
    return some[below(w, sizeof(some) / sizeof(some[0]))];
}

static void put_text(writer *w)
{
    static const char *const some[] = {"Fake-v0", "Fake-v0",    "scale", "gate", "init_fails",
                                       "side",    "fake/all",   "",      "top",  "fake/sum",
                                       "broken",  "\xff\x01%s", "Fake"};
    const char *text = some[below(w, sizeof(some) / sizeof(some[0]))];
    put_varint(w, strlen(text));
    put_bytes(w, text, strlen(text));
}

static void put_blob(writer *w)
{
    const random_request_hints *hints = w->hints;
    const size_t room = (size_t) (w->end - w->next);
    if (below(w, 2) == 0 && hints->blob_size + ROOM <= room) {
        put_varint(w, hints->blob_size);
        put_bytes(w, hints->blob, hints->blob_size);
        return;
    }
    const size_t size = 8 * below(w, 3);
    put_varint(w, size);
    for (size_t i = 0; i < size; i += 8) {
        const double x = any_double(w);
        put_bytes(w, &x, sizeof(x));
    }
}

static void put_message(writer *w, const ProtobufCMessageDescriptor *message, int depth);

static wire wire_of(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_DOUBLE: return FIXED64;
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FLOAT: return FIXED32;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE: return LENGTH;
    default: return VARINT;
    }
}

// One field with its tag; nothing if there is no room.
static void put_field(writer *w, const ProtobufCFieldDescriptor *field, int depth)
{
    if (w->end - w->next < 2 * ROOM) {
        return;
    }
    put_varint(w, (uint64_t) field->id << 3 | wire_of(field->type));
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        unsigned char *length = w->next;
        w->next += LENGTH_BYTES;
        put_message(w, field->descriptor, depth + 1);
        put_length(length, (size_t) (w->next - length) - LENGTH_BYTES);
    } else if (field->type == PROTOBUF_C_TYPE_STRING) {
        put_text(w);
    } else if (field->type == PROTOBUF_C_TYPE_BYTES) {
        put_blob(w);
    } else if (field->type == PROTOBUF_C_TYPE_DOUBLE) {
        const double x = any_double(w);
        put_bytes(w, &x, sizeof(x));
    } else if (wire_of(field->type) == VARINT) {
        put_varint(w, any_integer(w));
    } else {
        const uint64_t x = any_integer(w);
        put_bytes(w, &x, wire_of(field->type) == FIXED64 ? 8 : 4);
    }
}

static void put_message(writer *w, const ProtobufCMessageDescriptor *message, int depth)
{
    if (depth > DEEPEST) {
        return;
    }
    for (unsigned i = 0; i < message->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->fields[i];
        const uint64_t most = field->label == PROTOBUF_C_LABEL_REPEATED ? 4 : 2;
        for (uint64_t count = below(w, most + 1); count > 0; count--) {
            put_field(w, field, depth);
        }
    }
}

size_t random_request(random_state *r, const random_request_hints *hints, unsigned char *bytes,
                      size_t size)
{
    writer w = {.random = r,
                .hints = hints,
                .next = bytes,
                .end = bytes + (size < MOST_LENGTH ? size : MOST_LENGTH)};
    const ProtobufCMessageDescriptor *request = &stepwire__request__descriptor;
    put_varint(&w, 1 << 3 | VARINT);
    put_varint(&w, STEPWIRE__VERSION__VERSION_MAJOR);
    put_varint(&w, 2 << 3 | FIXED64);
    put_bytes(&w, &hints->session, sizeof(hints->session));
    put_varint(&w, 3 << 3 | VARINT);
    put_varint(&w, hints->seq);
    for (uint64_t kinds = below(&w, 16) == 0 ? 2 : 1; kinds > 0; kinds--) {
        const unsigned envelope = 3;  // fields before the kinds
        put_field(&w, &request->fields[envelope + below(&w, request->n_fields - envelope)], 0);
    }
    return (size_t) (w.next - bytes);
}
