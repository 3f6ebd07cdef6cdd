// trained.c -- see the header.
#include "trained.h"

#include <string.h>
#include <sys/stat.h>

static sw_status read_config(const char *directory, config *c)
{
    char path[FILE_MAX_PATH + 1];
    config_file file = {0};
    sw_status st = file_path(directory, "config.yaml", path);
    if (st == SW_OK) {
        st = config_read(path, &file);
    }
    if (st == SW_OK) {
        st = config_resolve(&(config_source){path, file.items, file.count}, 1, c);
    }
    config_file_free(&file);
    return st;
}

static sw_status open_directory(const char *directory, config *c, checkpoint **out)
{
    char path[FILE_MAX_PATH + 1];
    sw_status st = read_config(directory, c);
    if (st == SW_OK) {
        st = file_path(directory, "checkpoints", path);
    }
    if (st == SW_OK && shelf_is_empty(path)) {
        st = sw_fail(SW_FAILED_PRECONDITION,
                     "%s has no checkpoint; to begin again: train --config %s/config.yaml --run "
                     "OTHER",
                     directory, directory);
    }
    if (st == SW_OK) {
        st = file_path(directory, "checkpoints/" SHELF_LATEST, path);
    }
    return st == SW_OK ? shelf_open(path, c->algo->name, c->env, out) : st;
}

// What the checkpoint says that it was made with.
static sw_status read_own_config(const checkpoint *from, config *c)
{
    const char *path = checkpoint_path(from), *text = checkpoint_says(from)->config;
    config_file file = {0};
    sw_status st = config_parse(path, text, strlen(text), &file);
    if (st == SW_OK) {
        st = config_resolve(&(config_source){path, file.items, file.count}, 1, c);
    }
    config_file_free(&file);
    return st;
}

static sw_status find_config(const checkpoint *opened, config *c)
{
    if (checkpoint_says(opened)->config[0] == 0) {
        char above[FILE_MAX_PATH + 8];
        snprintf(above, sizeof(above), "%s/../..", checkpoint_path(opened));
        return read_config(above, c);
    }
    return read_own_config(opened, c);
}

static sw_status open_file(const char *path, config *c, checkpoint **out)
{
    checkpoint *opened;
    sw_status st = shelf_open(path, NULL, NULL, &opened);
    if (st != SW_OK) {
        return st;
    }
    st = find_config(opened, c);
    if (st == SW_OK) {
        st = checkpoint_check(opened, c->algo->name, c->env);
    }
    if (st != SW_OK) {
        checkpoint_close(opened);
        return st;
    }
    *out = opened;
    return SW_OK;
}

sw_status trained_open(const char *path, config *c, checkpoint **out)
{
    struct stat s;
    const bool is_file = stat(path, &s) == 0 && !S_ISDIR(s.st_mode);
    return is_file ? open_file(path, c, out) : open_directory(path, c, out);
}

void trained_print_changes(const checkpoint *from, const config *c, char *text, size_t size)
{
    config was;
    text[0] = '\0';
    if (read_own_config(from, &was) == SW_OK && was.algo == c->algo) {
        config_print_changes(&was, c, text, size);
    }
}

sw_status trained_fail(sw_status st, const checkpoint *from, const config *c)
{
    char why[260], changes[200];
    snprintf(why, sizeof(why), "%s", sw_last_error());
    trained_print_changes(from, c, changes, sizeof(changes));
    return sw_fail(st, "%s%s%s", why, changes[0] != '\0' ? "; config.yaml has changed: " : "",
                   changes);
}
