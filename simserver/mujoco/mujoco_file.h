// mujoco_file.h -- model files of users, in a directory that the operator of the server names.
//
// A client says which file, and must not thereby read others: the environment variable
// STEPWIRE_MODELS names the directory, and what the client names is a path inside it, without "..".
#ifndef MUJOCO_FILE_H
#define MUJOCO_FILE_H

#include <limits.h>
#include <mujoco/mujoco.h>
#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include <stepwire/spec.h>

// A file, and what tells its content from an earlier one.
typedef struct mujoco_file {
    char name[SW_MAX_TEXT + 1];  // as the client has it
    char path[PATH_MAX];
    dev_t device;
    ino_t inode;
    off_t size;  // bytes
    struct timespec written, changed;
} mujoco_file;

// Finds the file that a client calls `name`. SW_INVALID_ARGUMENT if there is no directory of
// models, if the name leads out of it, or if there is no file of this name or it is above 16 MiB.
sw_status mujoco_file_find(const char *name, mujoco_file *file);

// True if both are the same file with the same content. A file that it includes may have changed.
bool mujoco_file_is_same(const mujoco_file *one, const mujoco_file *two);

// Checks that the model that was made of `file` does not take more than 256 MiB, nor an environment
// of it more than 64 MiB. SW_INVALID_ARGUMENT; SW_NO_MEMORY.
sw_status mujoco_file_check_memory(const mujoco_file *file, const mjModel *model);

// Checks a model of the file that clients call `name` before it is used: it must be of the sizes
// that the first one had in this process. For one reading of the file describes a session, others
// make its environments, and they must fit into its memory. SW_INVALID_ARGUMENT; SW_NO_MEMORY. Any
// thread.
sw_status mujoco_file_check_sizes(const char *name, const mjModel *model);

#endif
