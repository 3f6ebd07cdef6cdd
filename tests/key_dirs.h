// key_dirs.h -- directories of keys for tests, and files in them.
#ifndef KEY_DIRS_H
#define KEY_DIRS_H

#include <sys/types.h>

enum { KEY_DIRS_PATH = 128 };

typedef struct key_dirs {
    char root[32];
    char a[KEY_DIRS_PATH], b[KEY_DIRS_PATH];  // in the root; not there yet
} key_dirs;

// A cmocka setup and its teardown: *state becomes a key_dirs; all of the root is removed.
int key_dirs_setup(void **state);
int key_dirs_teardown(void **state);

// DIRECTORY/NAME, in one of a few buffers used in turn.
const char *key_dirs_path(const char *directory, const char *name);

// Writes a file with a mode, in place of what is there.
void key_dirs_write(const char *path, const void *bytes, size_t size, mode_t mode);

// Copies a key file.
void key_dirs_copy(const char *from, const char *to);

// Makes all keys of a directory.
void key_dirs_generate(const char *directory);

// Makes all keys of both; b knows a's server, and a's server b's client only after the second.
void key_dirs_make(const key_dirs *k);
void key_dirs_let_b_in(const key_dirs *k);

#endif
