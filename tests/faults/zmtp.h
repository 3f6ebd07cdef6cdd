// zmtp.h -- ZeroMQ's transport by hand: what a client says to a server, as bytes.
//
// ZMTP 3.0, rfc.zeromq.org/spec/23.
#ifndef FAULTS_ZMTP_H
#define FAULTS_ZMTP_H

#include <stddef.h>
#include <stdint.h>

#include "stepwire.pb-c.h"

enum { ZMTP_MAX_BYTES = 4096, ZMTP_GREETING = 64 };

typedef struct zmtp_bytes {
    size_t size;
    uint8_t bytes[ZMTP_MAX_BYTES];
} zmtp_bytes;

// Each appends. A greeting for a mechanism, "NULL" for no security; the handshake of a DEALER under
// NULL; the header of a message's frame, however long it claims to be; a request as a message.
void zmtp_greet(zmtp_bytes *b, const char *mechanism);
void zmtp_shake_hands(zmtp_bytes *b);
void zmtp_begin_frame(zmtp_bytes *b, uint64_t size);
void zmtp_request(zmtp_bytes *b, Stepwire__Request *request);

#endif
