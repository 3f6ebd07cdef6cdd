#define _XOPEN_SOURCE 700  // nftw()
#include "key_dirs.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keys.h"
#include "test.h"

int key_dirs_setup(void **state)
{
    key_dirs *k = calloc(1, sizeof(*k));
    *state = k;
    if (k == NULL) {
        return -1;
    }
    strcpy(k->root, "/tmp/stepwire-test-XXXXXX");
    if (mkdtemp(k->root) == NULL) {
        return -1;
    }
    snprintf(k->a, sizeof(k->a), "%s/a", k->root);
    snprintf(k->b, sizeof(k->b), "%s/b", k->root);
    return 0;
}

static int remove_one(const char *path, const struct stat *what, int type, struct FTW *place)
{
    (void) what;
    (void) type;
    (void) place;
    return remove(path);
}

int key_dirs_teardown(void **state)
{
    key_dirs *k = *state;
    const int result = nftw(k->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(k);
    return result;
}

const char *key_dirs_path(const char *directory, const char *name)
{
    static char paths[4][KEY_DIRS_PATH + 64];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
    return path;
}

void key_dirs_write(const char *path, const void *bytes, size_t size, mode_t mode)
{
    unlink(path);
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), size);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

void key_dirs_copy(const char *from, const char *to)
{
    char key[KEYS_TEXT];
    FILE *f = fopen(from, "r");
    assert_non_null(f);
    assert_int_equal(fread(key, 1, sizeof(key), f), sizeof(key));
    fclose(f);
    key_dirs_write(to, key, sizeof(key), 0600);
}

static void ignore(void *context, const char *path)
{
    (void) context;
    (void) path;
}

void key_dirs_generate(const char *directory)
{
    assert_ok(keys_generate(directory, ignore, NULL));
}

void key_dirs_make(const key_dirs *k)
{
    key_dirs_generate(k->a);
    key_dirs_generate(k->b);
    key_dirs_copy(key_dirs_path(k->a, "server.pub"), key_dirs_path(k->b, "servers/127.0.0.1.pub"));
}

void key_dirs_let_b_in(const key_dirs *k)
{
    key_dirs_copy(key_dirs_path(k->b, "client.pub"), key_dirs_path(k->a, "clients/b.pub"));
}
