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

// Likewise a small message, of at most 255 bytes, and a heartbeat that wants an answer.
void zmtp_message(zmtp_bytes *b, const void *bytes, size_t size);
void zmtp_ping(zmtp_bytes *b);

// Greets and shakes hands on a fresh connection that does not wait, as a DEALER without keys, and
// returns when the server has answered each part.
void zmtp_begin(int fd);

#endif
