// fuzz_codec.c -- no message does harm, and what the codec accepts survives a round trip.
//
// Input: an encoded Request or Reply; it is tried as both. Seeds are made with
//     protoc-c --proto_path=proto --encode=stepwire.Request stepwire.proto < text > file
#include <stdint.h>
#include <stdlib.h>

#include "codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SETTINGS = 5, ARENA_BYTES = 1 << 20 };

static const sw_setting settings[SETTINGS] = {
    {.name = "flag", .type = SW_BOOL},
    {.name = "count", .type = SW_INT, .initial = {.i = 1}, .low = 1, .high = 10},
    {.name = "weight", .type = SW_FLOAT},
    {.name = "mode", .type = SW_STRING, .initial = {.s = "a"}, .choices = "a|b"},
    {.name = "range", .type = SW_VECTOR, .length = 2},
};

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void read_settings(Stepwire__Setting *const *messages, size_t count)
{
    sw_value values[SETTINGS];
    if (codec_unpack_settings("Fuzz-v0", settings, SETTINGS, messages, count, values) == SW_OK) {
        for (int i = 0; i < SETTINGS; i++) {
            require(sw_setting_check(&settings[i], &values[i]) == SW_OK);
        }
    }
}

static void read_request(const uint8_t *data, size_t size, arena *a)
{
    Stepwire__Request *request;
    if (codec_unpack_request(data, size, a, &request) != SW_OK) {
        return;
    }
    if (request->kind_case == STEPWIRE__REQUEST__KIND_OPEN) {
        read_settings(request->open->settings, request->open->n_settings);
    } else if (request->kind_case == STEPWIRE__REQUEST__KIND_DESCRIBE) {
        read_settings(request->describe->settings, request->describe->n_settings);
    }
}

// A spec that was accepted packs and reads back as accepted.
static void read_spec(const Stepwire__Spec *message, arena *a)
{
    sw_spec spec, again;
    Stepwire__Spec *packed;
    if (message == NULL || codec_unpack_spec(message, &spec) != SW_OK) {
        return;
    }
    if (codec_pack_spec(&spec, NULL, a, &packed) == SW_OK) {
        require(codec_unpack_spec(packed, &again) == SW_OK);
        require(again.observation_count == spec.observation_count);
        require(again.setting_count == spec.setting_count);
        sw_spec_free(&again);
    }
    sw_spec_free(&spec);
}

static void read_reply(const uint8_t *data, size_t size, arena *a)
{
    Stepwire__Reply *reply;
    if (codec_unpack_reply(data, size, a, &reply) != SW_OK) {
        return;
    }
    if (reply->result_case == STEPWIRE__REPLY__RESULT_DESCRIPTION) {
        read_spec(reply->description->spec, a);
    } else if (reply->result_case == STEPWIRE__REPLY__RESULT_OPENED) {
        read_spec(reply->opened->spec, a);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    arena a;
    require(arena_init(&a, ARENA_BYTES) == SW_OK);
    read_request(data, size, &a);
    arena_reset(&a);
    read_reply(data, size, &a);
    arena_free(&a);
    return 0;
}
