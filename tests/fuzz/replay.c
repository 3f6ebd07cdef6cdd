// replay.c -- runs files that a fuzzer once found interesting through it again, in any build.
//
//     fuzz_NAME DIRECTORY...
//
// Fails if a directory cannot be read or holds no file.
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Reads a whole file; NULL if that fails. The caller frees it. A copy of exactly its size, so that
// AddressSanitizer sees a byte read beyond it.
static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    uint8_t *bytes = NULL;
    long length = -1;
    if (fseek(file, 0, SEEK_END) == 0) {
        length = ftell(file);
    }
    if (length >= 0 && fseek(file, 0, SEEK_SET) == 0) {
        *size = (size_t) length;
        bytes = malloc(*size);
        if (bytes != NULL && fread(bytes, 1, *size, file) != *size) {
            free(bytes);
            bytes = NULL;
        }
    }
    fclose(file);
    return bytes;
}

// The number of files replayed; -1 if one of them, or the directory, cannot be read.
static int replay_directory(const char *directory)
{
    DIR *entries = opendir(directory);
    if (entries == NULL) {
        return -1;
    }
    int count = 0;
    const struct dirent *entry;
    while (count >= 0 && (entry = readdir(entries)) != NULL) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        char path[4096];
        size_t size;
        snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
        uint8_t *bytes = read_file(path, &size);
        if (bytes == NULL) {
            count = -1;
            break;
        }
        LLVMFuzzerTestOneInput(bytes, size);
        free(bytes);
        count++;
    }
    closedir(entries);
    return count;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s DIRECTORY...\n", argv[0]);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        const int count = replay_directory(argv[i]);
        if (count <= 0) {
            fprintf(stderr, "%s: %s\n", argv[i], count == 0 ? "empty" : "cannot be read");
            return 1;
        }
        printf("%s: %d files\n", argv[i], count);
    }
    return 0;
}
