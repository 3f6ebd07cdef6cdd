// keys.c -- reading keys. Making them is keygen.c's.
#include "keys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "endpoint.h"
#include "key_file.h"

sw_status key_path(const char *directory, const char *name, const char *suffix, char *path)
{
    const int n = snprintf(path, KEYS_MAX_PATH, "%s/%s%s", directory, name, suffix);
    if (n < 0 || n >= KEYS_MAX_PATH) {
        return sw_fail(SW_INVALID_ARGUMENT, "%.80s.../%s%s: a path has at most %d bytes", directory,
                       name, suffix, KEYS_MAX_PATH - 1);
    }
    return SW_OK;
}

// Like ssh: a secret that others may read is none.
static sw_status check_file(int fd, const char *path, bool secret)
{
    struct stat what;
    if (fstat(fd, &what) != 0) {
        return sw_fail(SW_IO, "%s: %s", path, strerror(errno));
    }
    if (!S_ISREG(what.st_mode)) {
        return sw_fail(SW_INVALID_ARGUMENT, "%s: a key must be a file", path);
    }
    if (secret && (what.st_mode & 077) != 0) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "%s: its mode is %04o, a secret key must be its owner's alone: chmod 600 %s",
                       path, (unsigned) what.st_mode & 07777, path);
    }
    return SW_OK;
}

static bool is_key(const char *text)
{
    uint8_t binary[32];
    return strlen(text) == KEYS_TEXT - 1 && zmq_z85_decode(binary, text) != NULL;
}

// Reads the key from the beginning of a file, text [size]. An editor, a mail or a copy may have
// changed how its line ends.
static bool read_text(char *text, ssize_t size, char *key)
{
    while (size > 0 && strchr(" \t\r\n", text[size - 1]) != NULL && text[size - 1] != '\0') {
        size--;
    }
    if (size != KEYS_TEXT - 1) {
        return false;
    }
    text[size] = '\0';
    if (!is_key(text)) {
        return false;
    }
    memcpy(key, text, KEYS_TEXT);
    return true;
}

static sw_status refuse(const char *path, bool secret)
{
    return sw_fail(SW_INVALID_ARGUMENT,
                   "%s: not a key: expected one line of 40 characters of Z85; %s", path,
                   secret ? "a new one is made by removing it and its .pub and stepwire-simserver "
                            "keygen"
                          : "copy it again from the machine that has the secret one, or remove it");
}

sw_status key_read(const char *path, bool secret, char *key)
{
    if (!zmq_has("curve")) {
        return sw_fail(SW_UNIMPLEMENTED, "%s: this ZeroMQ was built without CURVE", path);
    }
    // not to hang on a pipe
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return sw_fail(errno == ENOENT ? SW_NOT_FOUND : SW_IO, "%s: %s", path, strerror(errno));
    }
    char text[2 * KEYS_TEXT];  // with blanks
    sw_status st = check_file(fd, path, secret);
    if (st == SW_OK) {
        const ssize_t size = read(fd, text, sizeof(text));
        if (size < 0) {
            st = sw_fail(SW_IO, "%s: %s", path, strerror(errno));
        } else if (size == sizeof(text) || !read_text(text, size, key)) {
            st = refuse(path, secret);
        }
    }
    close(fd);
    return st;
}

// Reads a side's own pair.
static sw_status read_own(const char *directory, const char *name, keys *k)
{
    char path[KEYS_MAX_PATH];
    sw_status st = key_path(directory, name, ".key", path);
    if (st == SW_OK) {
        st = key_read(path, true, k->secret_key);
    }
    if (st == SW_NOT_FOUND) {
        return sw_fail(st, "%s: no such file; make it with: stepwire-simserver keygen %s", path,
                       directory);
    }
    return st == SW_OK ? key_public(path, k->secret_key, k->public_key) : st;
}

sw_status key_public(const char *path, const char *secret, char *public_key)
{
    if (zmq_curve_public(public_key, secret) != 0) {
        return sw_fail(SW_INVALID_ARGUMENT, "%s: not a key: %s", path, zmq_strerror(errno));
    }
    return SW_OK;
}

sw_status keys_read_server(const char *directory, keys *k)
{
    keys read = {.server_key = ""};
    const sw_status st = read_own(directory, "server", &read);
    if (st == SW_OK) {
        *k = read;
    }
    return st;
}

sw_status keys_server_path(const char *directory, const char *endpoint, char *path)
{
    char host[ENDPOINT_MAX_HOST], servers[KEYS_MAX_PATH];
    if (!endpoint_host(endpoint, host)) {
        return sw_fail(SW_INVALID_ARGUMENT,
                       "'%s' has no host whose key could be looked for; expected tcp://HOST:PORT "
                       "or ipc://PATH",
                       endpoint);
    }
    const sw_status st = key_path(directory, "servers", "", servers);
    return st == SW_OK ? key_path(servers, host, ".pub", path) : st;
}

sw_status keys_read_client(const char *directory, const char *endpoint, keys *k)
{
    keys read = {.server_key = ""};
    char path[KEYS_MAX_PATH];
    sw_status st = keys_server_path(directory, endpoint, path);
    if (st == SW_OK) {
        st = read_own(directory, "client", &read);
    }
    if (st != SW_OK) {
        return st;
    }
    st = key_read(path, false, read.server_key);
    if (st == SW_NOT_FOUND) {
        return sw_fail(st, "%s: no such file; copy to it server.pub of the server's keys", path);
    }
    if (st == SW_OK) {
        *k = read;
    }
    return st;
}

static bool is_public(const char *name)
{
    const size_t n = strlen(name);
    return name[0] != '.' && n > strlen(".pub") && strcmp(name + n - strlen(".pub"), ".pub") == 0;
}

sw_status keys_find_client(const char *directory, const char *public_key, bool *found)
{
    char clients[KEYS_MAX_PATH], path[KEYS_MAX_PATH], key[KEYS_TEXT];
    sw_status st = key_path(directory, "clients", "", clients);
    if (st != SW_OK) {
        return st;
    }
    DIR *list = opendir(clients);
    if (list == NULL) {
        return sw_fail(errno == ENOENT ? SW_NOT_FOUND : SW_IO,
                       "%s: %s; the public keys of the clients to let in belong there", clients,
                       strerror(errno));
    }
    bool is_there = false;
    const struct dirent *entry;
    while (!is_there && (entry = readdir(list)) != NULL) {
        if (!is_public(entry->d_name)) {
            continue;
        }
        sw_status one = key_path(clients, entry->d_name, "", path);
        if (one == SW_OK) {
            one = key_read(path, false, key);
        }
        is_there = one == SW_OK && strcmp(key, public_key) == 0;
        st = one == SW_OK || one == SW_NOT_FOUND ? st : one;  // one may just have been removed
    }
    closedir(list);
    *found = is_there;
    return is_there ? SW_OK : st;
}
