// keys.h -- CURVE keys in files: who may talk to whom.
//
// A key is 40 characters of Z85 (ZeroMQ RFC 32) and stands alone in its file; blanks and a newline
// may follow.
// NAME.key holds a secret key and must be its owner's alone (mode 0600), NAME.pub the public key
// that belongs to it. A directory of keys serves both sides:
//
//     server.key            the server's own           client.key         the client's own
//     clients/ANY.pub       who is let in              servers/HOST.pub   by which HOST is known
//
// HOST is the host of an endpoint as endpoint_host() gives it.
//
// Every failure names the file and what to do about it: SW_NOT_FOUND if there is none, SW_IO if it
// cannot be read, SW_INVALID_ARGUMENT if others may read it or it does not hold a key, and
// SW_UNIMPLEMENTED if ZeroMQ was built without CURVE.
#ifndef PROTO_KEYS_H
#define PROTO_KEYS_H

#include <stdbool.h>

#include <stepwire/status.h>

enum {
    KEYS_TEXT = 41,       // characters of a key, with the 0 that ends it
    KEYS_MAX_PATH = 1024  // bytes of a path, likewise
};

// What one end of a connection knows.
typedef struct keys {
    char public_key[KEYS_TEXT], secret_key[KEYS_TEXT];  // its own
    char server_key[KEYS_TEXT];  // of the server a client connects to; empty at a server
} keys;

// Reads DIRECTORY/server.key.
sw_status keys_read_server(const char *directory, keys *k);

// Reads DIRECTORY/client.key and the servers/HOST.pub of an endpoint.
sw_status keys_read_client(const char *directory, const char *endpoint, keys *k);

// DIRECTORY/servers/HOST.pub of an endpoint to path [KEYS_MAX_PATH]; SW_INVALID_ARGUMENT if it has
// no host.
sw_status keys_server_path(const char *directory, const char *endpoint, char *path);

// Is a public key one of DIRECTORY/clients/*.pub? Files that hold none are passed over; if the key
// is in no other, `found` is false and one of them the failure.
sw_status keys_find_client(const char *directory, const char *public_key, bool *found);

// Makes what is missing of a directory for both sides on this machine: the two pairs of keys,
// clients/client.pub, and servers/HOST.pub for localhost, 127.0.0.1 and this machine's name. A file
// that is there stays as it is. `made` is called with the path of each file that was not.
// SW_FAILED_PRECONDITION if a public key is there that does not belong to the secret one.
sw_status keys_generate(const char *directory, void (*made)(void *context, const char *path),
                        void *context);

#endif
