// key_file.h -- one key in one file; what reading and making directories of keys share.
#ifndef PROTO_KEY_FILE_H
#define PROTO_KEY_FILE_H

#include "keys.h"

// DIRECTORY/NAME and suffix to path [KEYS_MAX_PATH]. SW_INVALID_ARGUMENT if it is too long.
sw_status key_path(const char *directory, const char *name, const char *suffix, char *path);

// Reads key [KEYS_TEXT] from a file. Errors as in keys.h.
sw_status key_read(const char *path, bool secret, char *key);

// The public key [KEYS_TEXT] that belongs to the secret one read from `path`.
sw_status key_public(const char *path, const char *secret, char *public_key);

#endif
