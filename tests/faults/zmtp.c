#include "zmtp.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "process.h"
#include "puppeteer.h"
#include "tcp.h"
#include "test.h"

static void append(zmtp_bytes *b, const void *bytes, size_t size)
{
    if (b->size + size > sizeof(b->bytes)) {
        abort();
    }
    memcpy(b->bytes + b->size, bytes, size);
    b->size += size;
}

void zmtp_greet(zmtp_bytes *b, const char *mechanism)
{
    // signature 10, version 2, mechanism 20, as-server 1, filler 31
    uint8_t greeting[ZMTP_GREETING] = {0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0};
    strncpy((char *) greeting + 12, mechanism, 20);
    append(b, greeting, sizeof(greeting));
}

void zmtp_shake_hands(zmtp_bytes *b)
{
    static const uint8_t ready[] = "\x04\x1c\x05READY\x0bSocket-Type\x00\x00\x00\x06"
                                   "DEALER";
    append(b, ready, sizeof(ready) - 1);
}

void zmtp_begin_frame(zmtp_bytes *b, uint64_t size)
{
    uint8_t header[9] = {2};  // a message, its last frame, with a size of 8 bytes
    for (int i = 0; i < 8; i++) {
        header[8 - i] = (uint8_t) (size >> (8 * i));
    }
    append(b, header, sizeof(header));
}

void zmtp_request(zmtp_bytes *b, Stepwire__Request *request)
{
    uint8_t bytes[ZMTP_MAX_BYTES];
    request->major = STEPWIRE__VERSION__VERSION_MAJOR;
    const size_t size = stepwire__request__get_packed_size(request);
    if (size > sizeof(bytes)) {
        abort();
    }
    stepwire__request__pack(request, bytes);
    zmtp_begin_frame(b, size);
    append(b, bytes, size);
}

void zmtp_message(zmtp_bytes *b, const void *bytes, size_t size)
{
    const uint8_t header[] = {0, (uint8_t) size};
    append(b, header, sizeof(header));
    append(b, bytes, size);
}

void zmtp_ping(zmtp_bytes *b)
{
    static const uint8_t ping[] = "\x04\x07\x04PING\x00\x00";
    append(b, ping, sizeof(ping) - 1);
}

void zmtp_begin(int fd)
{
    zmtp_bytes greeting = {.size = 0}, ready = {.size = 0};
    zmtp_greet(&greeting, "NULL");
    zmtp_shake_hands(&ready);
    assert_int_equal(tcp_write(fd, greeting.bytes, greeting.size), greeting.size);
    assert_int_equal(tcp_write(fd, ready.bytes, ready.size), ready.size);
    ssize_t heard = 0, n = 0;
    const int64_t deadline = clock_ms() + PROCESS_PATIENCE_MS;
    while (heard <= ZMTP_GREETING && n >= 0 && clock_ms() < deadline) {
        char bytes[256];
        n = tcp_read(fd, bytes, sizeof(bytes));
        heard += n;
        sleep_ms(1);
    }
    assert_true(heard > ZMTP_GREETING);
}
