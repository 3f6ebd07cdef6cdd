// scratch_file.h -- a file's place in a directory of its own, for tests that write one.
#ifndef SCRATCH_FILE_H
#define SCRATCH_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct place {
    char directory[32];
    char path[64];  // of the file, which is not there yet
} place;

// A cmocka setup: *state becomes a place.
static inline int set_up_place(void **state)
{
    static place p;
    strcpy(p.directory, "/tmp/stepwire-test-XXXXXX");
    if (mkdtemp(p.directory) == NULL) {
        return -1;
    }
    snprintf(p.path, sizeof(p.path), "%s/file", p.directory);
    *state = &p;
    return 0;
}

// Its teardown: fails if another file was left behind.
static inline int tear_down_place(void **state)
{
    const place *p = *state;
    unlink(p->path);
    return rmdir(p->directory);
}

#endif
