// codec.h -- messages to and from our own types, with every bound checked before allocation.
//
// Unpacked messages live in an arena that the caller gives and resets: nothing is freed one by one,
// and its size is the limit on what a peer can make us allocate. Packing from our types builds the
// protobuf structs in an arena too.
#ifndef PROTO_CODEC_H
#define PROTO_CODEC_H

#include <stepwire/spec.h>

#include "arena.h"
#include "stepwire.pb-c.h"

// How much arena is enough for a well-formed message of `bytes` bytes: 1 MiB and 8 times as much.
// One that needs more, millions of fields in a few bytes each, is not parsed.
size_t codec_arena_size(size_t bytes);

// Parses one message into `a`; valid until the arena is reset. SW_PROTOCOL if it does not parse, if
// a string has a NUL byte, or if it needs more than the arena has.
sw_status codec_unpack_request(const void *bytes, size_t size, arena *a, Stepwire__Request **out);
sw_status codec_unpack_reply(const void *bytes, size_t size, arena *a, Stepwire__Reply **out);

// 64-bit hash of a request's bytes, to tell a repeated request from another under the same number.
uint64_t codec_hash(const void *bytes, size_t size);

// ---- large replies --------------------------------------------------------------------------
//
// A picture need not be copied to be packed: it is made where the reply will have it, what comes
// before it in the reply is packed in front of it later.

enum {
    CODEC_KEY_BYTES = 10,     // at most
    CODEC_FRONT_BYTES = 256,  // likewise
    CODEC_RENDERED_RGB = 3,   // numbers of the fields that are so made
    CODEC_STATES_STATES = 2
};

// Packs what comes before the `size` < 2^35 bytes of a field: its number and their count. Returns
// how many bytes that takes.
size_t codec_pack_key(uint32_t field, size_t size, uint8_t *to);

// The last fields of a result stand packed in `rest` [size]: packs in front of them the other
// fields of the result, which are in `part` and have lower numbers, and those of the reply, whose
// result is not set. Returns where the reply begins.
uint8_t *codec_pack_front(const Stepwire__Reply *reply, Stepwire__Reply__ResultCase result,
                          const ProtobufCMessage *part, uint8_t *rest, size_t size);

// ---- specs and settings ---------------------------------------------------------------------

// Builds the message for a spec, its settings with `values` [setting_count] (NULL: the defaults).
// Strings and arrays are the spec's own, not copied. SW_NO_MEMORY if the arena is full.
sw_status codec_pack_spec(const sw_spec *spec, const sw_value *values, arena *a,
                          Stepwire__Spec **out);

// Reads a spec, checking every size and bound against spec.h. The setting defaults are the
// message's values. On success *spec is the caller's to free. SW_PROTOCOL naming what is wrong.
sw_status codec_unpack_spec(const Stepwire__Spec *message, sw_spec *spec);

// Builds the message for one setting's value. Not copied: `value` must live as long.
sw_status codec_pack_setting(const sw_setting *setting, const sw_value *value, arena *a,
                             Stepwire__Setting **out);

// Fills values [count] with the defaults and then what the message gives. SW_INVALID_ARGUMENT
// naming the task, the setting and what is allowed: unknown, twice, of the wrong type, out of
// range.
sw_status codec_unpack_settings(const char *env_id, const sw_setting *settings, int count,
                                Stepwire__Setting *const *messages, size_t message_count,
                                sw_value *values);

// ---- tensors --------------------------------------------------------------------------------

// Bytes of one row of a tensor.
size_t codec_row_bytes(const sw_tensor *tensor);

// The dtype in which a tensor travels: float64 as float32 if `float32`.
sw_dtype codec_wire_dtype(sw_dtype dtype, bool float32);

// Copies `count` numbers, converting between float64 and float32 where the dtypes differ (any other
// pair of different dtypes is a defect). Unaligned memory is allowed.
void codec_convert(void *to, sw_dtype to_dtype, const void *from, sw_dtype from_dtype,
                   int64_t count);

// Element i of a tensor of integers.
int64_t codec_integer(const void *data, sw_dtype dtype, int64_t i);

// The index of the first of `count` elements that may not be sent as an action or delivered as an
// observation: a float that is not finite, or, if `tensor` is given, an integer outside its bounds
// (low and high of element i at i % elements). -1 if all may.
int64_t codec_first_bad(const void *data, sw_dtype dtype, int64_t count, const sw_tensor *tensor);

#endif
