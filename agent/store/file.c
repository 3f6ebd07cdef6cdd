// file.c -- write to PATH.tmp, fsync, rename, fsync the directory.
//
// The directory is synced too: without it a crash may undo the rename.
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

sw_status file_path(const char *directory, const char *name, char *path)
{
    const int n = snprintf(path, FILE_MAX_PATH + 1, "%s/%s", directory, name);
    if (n < 0 || n > FILE_MAX_PATH) {
        return sw_fail(SW_INVALID_ARGUMENT, "'%.80s.../%s': a path has at most %d bytes", directory,
                       name, FILE_MAX_PATH);
    }
    return SW_OK;
}

static sw_status fail(const char *what, const char *path)
{
    return sw_fail(SW_IO, "cannot %s %s: %s", what, path, strerror(errno));
}

// Where a file is made that will stand at `path`, into temporary [FILE_MAX_PATH + 1].
static sw_status name_temporary(const char *path, char *temporary)
{
    const int n = snprintf(temporary, FILE_MAX_PATH + 1, "%s.tmp", path);
    if (n < 0 || n > FILE_MAX_PATH) {
        return sw_fail(SW_IO, "%.80s...: a path has at most %d bytes", path, FILE_MAX_PATH - 4);
    }
    return SW_OK;
}

sw_status file_begin(file_writer *w, const char *path)
{
    w->fd = -1;
    const sw_status st = name_temporary(path, w->temporary);
    if (st != SW_OK) {
        return st;
    }
    strcpy(w->path, path);
    w->fd = open(w->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    return w->fd < 0 ? fail("write", w->temporary) : SW_OK;
}

sw_status file_write(file_writer *w, const void *data, size_t bytes)
{
    const char *at = data;
    while (bytes > 0) {
        const ssize_t n = write(w->fd, at, bytes);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return fail("write", w->path);
        }
        at += n;
        bytes -= (size_t) n;
    }
    return SW_OK;
}

sw_status file_rewrite(file_writer *w, const void *data, size_t bytes)
{
    if (lseek(w->fd, 0, SEEK_SET) != 0) {
        return fail("write", w->path);
    }
    const sw_status st = file_write(w, data, bytes);
    return st == SW_OK && lseek(w->fd, 0, SEEK_END) < 0 ? fail("write", w->path) : st;
}

static sw_status sync_directory(const char *path)
{
    char copy[FILE_MAX_PATH + 1];  // dirname() writes into it
    snprintf(copy, sizeof(copy), "%s", path);
    const int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return fail("open the directory of", path);
    }
    const int result = fsync(fd);
    close(fd);
    return result != 0 && errno != EINVAL ? fail("sync the directory of", path) : SW_OK;
}

sw_status file_commit(file_writer *w)
{
    if (fsync(w->fd) != 0 && errno != EINVAL) {  // EINVAL: the file system cannot
        return fail("write", w->path);
    }
    const int result = close(w->fd);
    w->fd = -1;
    if (result != 0 || rename(w->temporary, w->path) != 0) {
        const sw_status st = fail("write", w->path);
        unlink(w->temporary);
        return st;
    }
    return sync_directory(w->path);
}

void file_abandon(file_writer *w)
{
    if (w->fd >= 0) {
        close(w->fd);
        unlink(w->temporary);
        w->fd = -1;
    }
}

sw_status file_replace(const char *path, const void *data, size_t bytes)
{
    file_writer w;
    sw_status st = file_begin(&w, path);
    if (st == SW_OK) {
        st = file_write(&w, data, bytes);
    }
    if (st == SW_OK) {
        st = file_commit(&w);
    }
    file_abandon(&w);
    return st;
}

sw_status file_link(const char *existing, const char *path)
{
    char temporary[FILE_MAX_PATH + 1];
    const sw_status st = name_temporary(path, temporary);
    if (st != SW_OK) {
        return st;
    }
    unlink(temporary);  // of somebody who was killed
    const bool linked = link(existing, temporary) == 0 && rename(temporary, path) == 0;
    const sw_status result = linked ? sync_directory(path) : fail("link", path);
    unlink(temporary);  // rename() leaves it if both were names of one file already
    return result;
}

sw_status file_lock(const char *directory, int *fd)
{
    const int opened = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (opened < 0) {
        return fail("open", directory);
    }
    if (flock(opened, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        close(opened);  // other errors: the file system has no locks
        return sw_fail(SW_FAILED_PRECONDITION, "%s: another process is training there", directory);
    }
    *fd = opened;
    return SW_OK;
}

sw_status file_read(const char *path, size_t limit, char **data, size_t *bytes)
{
    FILE *f = fopen(path, "rbe");
    if (f == NULL) {
        return fail("read", path);
    }
    sw_status st = SW_OK;
    char *text = malloc(limit + 1);
    const size_t n = text != NULL ? fread(text, 1, limit + 1, f) : 0;
    if (text == NULL) {
        st = sw_fail(SW_NO_MEMORY, "no memory to read %s", path);
    } else if (ferror(f)) {
        st = fail("read", path);
    } else if (n > limit) {
        st = sw_fail(SW_TOO_LARGE, "%s has more than %zu bytes", path, limit);
    }
    fclose(f);
    if (st != SW_OK) {
        free(text);
        return st;
    }
    text[n] = 0;
    *data = text;
    *bytes = n;
    return SW_OK;
}
