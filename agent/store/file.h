// file.h -- files that are whole or not there, and reading with a limit.
#ifndef STORE_FILE_H
#define STORE_FILE_H

#include <stddef.h>

#include <stepwire/status.h>

enum { FILE_MAX_PATH = 1023 };  // bytes in the path of any file of a run

// A file on its way: written beside its place, and moved there when it is complete.
typedef struct file_writer {
    int fd;
    char path[FILE_MAX_PATH + 1];
    char temporary[FILE_MAX_PATH + 1];
} file_writer;

// Joins a directory and a name into path [FILE_MAX_PATH + 1]. SW_INVALID_ARGUMENT if too long.
sw_status file_path(const char *directory, const char *name, char *path);

// Begins a file that will stand at `path`; what stands there stays until file_commit(). Every
// error below is SW_IO naming the path and the system's reason; after one, call file_abandon().
sw_status file_begin(file_writer *w, const char *path);

sw_status file_write(file_writer *w, const void *data, size_t bytes);

// Writes over the first bytes of what was written.
sw_status file_rewrite(file_writer *w, const void *data, size_t bytes);

// Makes the file durable and puts it in its place, atomically.
sw_status file_commit(file_writer *w);

// Removes what was written. Nothing to do after a commit, or after a begin that failed.
void file_abandon(file_writer *w);

// The four above for what is already in memory.
sw_status file_replace(const char *path, const void *data, size_t bytes);

// Makes `path` another name of the file `existing`, in the same directory, atomically; what stood
// there is gone. SW_IO naming the path: then what stood there stays.
sw_status file_link(const char *existing, const char *path);

// Has a directory for itself until *fd is closed, or the process has ended. SW_FAILED_PRECONDITION
// if another process has it; SW_IO.
sw_status file_lock(const char *directory, int *fd);

// Reads a whole file of at most `limit` bytes; *data ends in a 0 that *bytes does not count and is
// the caller's to free(). SW_IO naming the path; SW_TOO_LARGE with the limit.
sw_status file_read(const char *path, size_t limit, char **data, size_t *bytes);

#endif
