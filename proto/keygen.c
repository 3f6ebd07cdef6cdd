// keygen.c -- making keys.
//
// A file appears whole, with its mode, or not at all: it is written under another name, which
// mkstemp() makes 0600 from the start, and linked to its own, which fails if that exists.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "key_file.h"

enum { MAX_NAME = 256 };

typedef struct maker {
    const char *directory;
    void (*made)(void *context, const char *path);
    void *context;
} maker;

static sw_status cannot_make(const char *path)
{
    return sw_fail(SW_IO, "cannot make %s: %s", path, strerror(errno));
}

static sw_status make_directory(const char *path)
{
    struct stat what;
    if (mkdir(path, 0700) == 0 ||
        (errno == EEXIST && stat(path, &what) == 0 && S_ISDIR(what.st_mode))) {
        return SW_OK;
    }
    return cannot_make(path);
}

static bool is_there(const char *path)
{
    struct stat what;
    return lstat(path, &what) == 0;
}

static sw_status write_key(const maker *m, const char *path, mode_t mode, const char *key)
{
    char temporary[KEYS_MAX_PATH + 8], line[KEYS_TEXT + 1];
    snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);
    const int size = snprintf(line, sizeof(line), "%s\n", key);
    const int fd = mkstemp(temporary);
    if (fd < 0) {
        return cannot_make(path);
    }
    const bool written =
        fchmod(fd, mode) == 0 && write(fd, line, (size_t) size) == size && fsync(fd) == 0;
    const bool done = written && link(temporary, path) == 0;
    const sw_status st = done ? SW_OK : cannot_make(path);
    close(fd);
    unlink(temporary);
    if (done) {
        m->made(m->context, path);
    }
    return st;
}

// The public key beside a secret one, made if it is missing.
static sw_status match_public(const maker *m, const char *path, const char *secret_path,
                              const char *key)
{
    if (!is_there(path)) {
        return write_key(m, path, 0644, key);
    }
    char found[KEYS_TEXT];
    const sw_status st = key_read(path, false, found);
    if (st == SW_OK && strcmp(found, key) != 0) {
        return sw_fail(SW_FAILED_PRECONDITION,
                       "%s is not the public key of %s; remove the one that is wrong", path,
                       secret_path);
    }
    return st;
}

// DIRECTORY/NAME.key and NAME.pub; their public key to key [KEYS_TEXT].
static sw_status make_pair(const maker *m, const char *name, char *key)
{
    char secret_path[KEYS_MAX_PATH], public_path[KEYS_MAX_PATH], secret[KEYS_TEXT];
    sw_status st = key_path(m->directory, name, ".key", secret_path);
    if (st == SW_OK) {
        st = key_path(m->directory, name, ".pub", public_path);
    }
    if (st != SW_OK) {
        return st;
    }
    if (is_there(secret_path)) {
        st = key_read(secret_path, true, secret);
        st = st == SW_OK ? key_public(secret_path, secret, key) : st;
    } else if (is_there(public_path)) {
        return sw_fail(SW_FAILED_PRECONDITION,
                       "%s is there, but not %s; remove it, or put its secret key back",
                       public_path, secret_path);
    } else if (zmq_curve_keypair(key, secret) != 0) {
        return sw_fail(SW_UNIMPLEMENTED, "%s: no keys from this ZeroMQ: %s", secret_path,
                       zmq_strerror(errno));
    } else {
        st = write_key(m, secret_path, 0600, secret);
    }
    return st == SW_OK ? match_public(m, public_path, secret_path, key) : st;
}

// DIRECTORY/FOLDER/NAME.pub, unless it is there, whatever it holds.
static sw_status make_known(const maker *m, const char *folder, const char *name, const char *key)
{
    char known[KEYS_MAX_PATH], path[KEYS_MAX_PATH];
    sw_status st = key_path(m->directory, folder, "", known);
    if (st == SW_OK) {
        st = make_directory(known);
    }
    if (st == SW_OK) {
        st = key_path(known, name, ".pub", path);
    }
    return st == SW_OK && !is_there(path) ? write_key(m, path, 0644, key) : st;
}

sw_status keys_generate(const char *directory, void (*made)(void *context, const char *path),
                        void *context)
{
    const maker m = {.directory = directory, .made = made, .context = context};
    char server[KEYS_TEXT], client[KEYS_TEXT], machine[MAX_NAME] = "";
    if (gethostname(machine, sizeof(machine) - 1) != 0 || strchr(machine, '/') != NULL) {
        machine[0] = '\0';
    }
    sw_status st = make_directory(directory);
    if (st == SW_OK) {
        st = make_pair(&m, "server", server);
    }
    if (st == SW_OK) {
        st = make_pair(&m, "client", client);
    }
    if (st == SW_OK) {
        st = make_known(&m, "clients", "client", client);
    }
    const char *const hosts[] = {"localhost", "127.0.0.1", machine};
    for (size_t i = 0; st == SW_OK && i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        st = hosts[i][0] != '\0' ? make_known(&m, "servers", hosts[i], server) : SW_OK;
    }
    return st;
}
