// config_yaml.c -- config.yaml: a map of plain values, with one map inside it for the task; and
// files of sections, which are such maps under a name each.
//
// Read from libyaml's events rather than its document tree: whatever is not a flat map of plain
// values (an alias, a deeper map, a second document) is refused where it begins, so a hostile file
// can make us nest or allocate no more than an honest one.
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "file.h"
#include "preset.h"

static const char settings_key[] = "env_settings";


// ---- reading --------------------------------------------------------------------------------

// Each string of the file takes 64 bytes of an arena, or its length rounded up.
enum { TEXT_SIZE = 2 * CONFIG_MAX_FILE + CONFIG_MAX_ITEMS * 2 * (64 + CONFIG_MAX_VALUE) };

typedef struct reader {
    yaml_parser_t parser;
    yaml_event_t event;  // the one read last; to be deleted before the next
    const char *path;
    config_file *file;
    char section[CONFIG_MAX_VALUE + 1];  // with a dot behind it; "": the file has none
} reader;

static sw_status fail_at(const reader *r, const char *what)
{
    return sw_fail(SW_INVALID_ARGUMENT, "%s:%zu: %s", r->path, r->event.start_mark.line + 1, what);
}

static sw_status next(reader *r)
{
    yaml_event_delete(&r->event);
    if (!yaml_parser_parse(&r->parser, &r->event)) {
        const char *problem = r->parser.problem != NULL ? r->parser.problem : "cannot be read";
        return sw_fail(SW_INVALID_ARGUMENT, "%s:%zu: not YAML: %s", r->path,
                       r->parser.problem_mark.line + 1, problem);
    }
    return SW_OK;
}

static sw_status expect(reader *r, yaml_event_type_t type, const char *what)
{
    const sw_status st = next(r);
    if (st != SW_OK) {
        return st;
    }
    return r->event.type == type ? SW_OK : fail_at(r, what);
}

// Copies the text of the scalar at hand to text [CONFIG_MAX_VALUE + 1].
static sw_status scalar(const reader *r, char *text)
{
    const size_t length = r->event.data.scalar.length;
    const char *value = (const char *) r->event.data.scalar.value;
    if (length > CONFIG_MAX_VALUE || memchr(value, 0, length) != NULL) {
        return fail_at(r, "a key or value is too long or holds a NUL");
    }
    memcpy(text, value, length + 1);
    return SW_OK;
}

// Appends one key with its value.
static sw_status add(reader *r, const char *prefix, const char *key, const char *value)
{
    config_file *f = r->file;
    const size_t length = strlen(r->section) + strlen(prefix) + strlen(key);
    char *name = arena_alloc(&f->text, length + 1);
    char *text = arena_alloc(&f->text, strlen(value) + 1);
    if (f->count == CONFIG_MAX_ITEMS || name == NULL || text == NULL) {
        return fail_at(r, "too many entries");
    }
    snprintf(name, length + 1, "%s%s%s", r->section, prefix, key);
    strcpy(text, value);
    for (int i = 0; i < f->count; i++) {
        if (strcmp(f->items[i].name, name) == 0) {
            return fail_at(r, "this key was given before");
        }
    }
    f->items[f->count++] = (sw_assignment){name, text};
    return SW_OK;
}

// [a, b] as the text "[a, b]", which is how a vector is written on the command line.
static sw_status read_sequence(reader *r, char *text)
{
    char item[CONFIG_MAX_VALUE + 1];
    size_t used = 0;
    text[used++] = '[';
    for (;;) {
        sw_status st = next(r);
        if (st == SW_OK && r->event.type == YAML_SEQUENCE_END_EVENT) {
            break;
        }
        if (st == SW_OK && r->event.type != YAML_SCALAR_EVENT) {
            st = fail_at(r, "a list may hold only plain values");
        }
        if (st == SW_OK) {
            st = scalar(r, item);
        }
        if (st != SW_OK) {
            return st;
        }
        const char *comma = used > 1 ? ", " : "";
        if (used + strlen(comma) + strlen(item) + 1 > CONFIG_MAX_VALUE) {
            return fail_at(r, "the list is too long");
        }
        used += (size_t) snprintf(text + used, CONFIG_MAX_VALUE + 1 - used, "%s%s", comma, item);
    }
    strcpy(text + used, "]");
    return SW_OK;
}

static sw_status read_map(reader *r, const char *prefix);

// What stands after `key`, whose text the caller has read.
static sw_status read_value(reader *r, const char *prefix, const char *key)
{
    char value[CONFIG_MAX_VALUE + 1];
    sw_status st = next(r);
    if (st != SW_OK) {
        return st;
    }
    const yaml_event_type_t type = r->event.type;
    if (prefix[0] == 0 && strcmp(key, settings_key) == 0) {
        return type == YAML_MAPPING_START_EVENT ? read_map(r, "env.")
                                                : fail_at(r, "env_settings must be a map");
    }
    if (type == YAML_SCALAR_EVENT) {
        st = scalar(r, value);
    } else if (type == YAML_SEQUENCE_START_EVENT) {
        st = read_sequence(r, value);
    } else {
        st = fail_at(r, "maps and aliases are not allowed here");
    }
    return st == SW_OK ? add(r, prefix, key, value) : st;
}

// The entries of the map that has just begun; `prefix` goes before their keys. Calls itself once,
// for env_settings.
static sw_status read_map(reader *r, const char *prefix)
{
    char key[CONFIG_MAX_VALUE + 1];
    for (;;) {
        sw_status st = next(r);
        if (st != SW_OK || r->event.type == YAML_MAPPING_END_EVENT) {
            return st;
        }
        st = r->event.type == YAML_SCALAR_EVENT ? scalar(r, key)
                                                : fail_at(r, "a key must be a plain value");
        if (st == SW_OK) {
            st = read_value(r, prefix, key);
        }
        if (st != SW_OK) {
            return st;
        }
    }
}

// The sections of the map that has just begun.
static sw_status read_sections(reader *r)
{
    for (;;) {
        sw_status st = next(r);
        if (st != SW_OK || r->event.type == YAML_MAPPING_END_EVENT) {
            return st;
        }
        st = r->event.type == YAML_SCALAR_EVENT ? scalar(r, r->section)
                                                : fail_at(r, "a section's name must be plain");
        if (st == SW_OK && strlen(r->section) >= SW_MAX_NAME) {
            st = fail_at(r, "a section's name is too long");
        }
        if (st == SW_OK) {
            strcat(r->section, ".");
            st = expect(r, YAML_MAPPING_START_EVENT, "a section must be a map");
        }
        if (st == SW_OK) {
            st = read_map(r, "");
        }
        if (st != SW_OK) {
            return st;
        }
    }
}

static sw_status read_stream(reader *r, bool sectioned)
{
    sw_status st = expect(r, YAML_STREAM_START_EVENT, "not YAML");
    if (st == SW_OK) {
        st = expect(r, YAML_DOCUMENT_START_EVENT, "the file is empty");
    }
    if (st == SW_OK) {
        st = expect(r, YAML_MAPPING_START_EVENT, "expected lines of 'key: value'");
    }
    if (st == SW_OK) {
        st = sectioned ? read_sections(r) : read_map(r, "");
    }
    if (st == SW_OK) {
        st = expect(r, YAML_DOCUMENT_END_EVENT, "expected the end of the file");
    }
    if (st == SW_OK) {
        st = expect(r, YAML_STREAM_END_EVENT, "expected the end of the file");
    }
    return st;
}

// Reads for `r`, which has its path and file.
static sw_status parse(reader *r, const void *data, size_t bytes, bool sectioned)
{
    config_file *file = r->file;
    *file = (config_file){0};
    if (bytes > CONFIG_MAX_FILE) {
        return sw_fail(SW_TOO_LARGE, "%s has more than %d bytes", r->path, CONFIG_MAX_FILE);
    }
    sw_status st = arena_init(&file->text, TEXT_SIZE);
    if (st != SW_OK) {
        return st;
    }
    if (yaml_parser_initialize(&r->parser)) {
        yaml_parser_set_input_string(&r->parser, data, bytes);
        st = read_stream(r, sectioned);
        yaml_event_delete(&r->event);
        yaml_parser_delete(&r->parser);
    } else {
        st = sw_fail(SW_NO_MEMORY, "no memory to read %s", r->path);
    }
    if (st != SW_OK) {
        config_file_free(file);
    }
    return st;
}

sw_status config_parse(const char *path, const void *data, size_t bytes, config_file *file)
{
    return parse(&(reader){.path = path, .file = file}, data, bytes, false);
}

sw_status config_parse_sections(const char *path, const void *data, size_t bytes, config_file *file)
{
    return parse(&(reader){.path = path, .file = file}, data, bytes, true);
}

sw_status config_read(const char *path, config_file *file)
{
    char *data;
    size_t bytes;
    sw_status st = file_read(path, CONFIG_MAX_FILE, &data, &bytes);
    if (st == SW_OK) {
        st = config_parse(path, data, bytes, file);
        free(data);
    }
    return st;
}

void config_file_free(config_file *file)
{
    arena_free(&file->text);
    *file = (config_file){0};
}


// ---- writing --------------------------------------------------------------------------------

typedef struct writer {
    yaml_emitter_t emitter;
    bool ok;  // so far; the calls after a failure do nothing
    unsigned char text[CONFIG_MAX_FILE];
    size_t bytes;
} writer;

// `made`: what the initialiser of `event` returned.
static void emit(writer *w, int made, yaml_event_t *event)
{
    w->ok = w->ok && made && yaml_emitter_emit(&w->emitter, event);
}

static void emit_scalar(writer *w, const char *text)
{
    yaml_event_t event;
    emit(w,
         yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *) text,
                                      (int) strlen(text), 1, 1, YAML_ANY_SCALAR_STYLE),
         &event);
}

// "[a, b]" as a list.
static void emit_vector(writer *w, char *text)
{
    yaml_event_t event;
    emit(w, yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, YAML_FLOW_SEQUENCE_STYLE),
         &event);
    char *rest = NULL;
    for (char *item = strtok_r(text, "[, ]", &rest); item != NULL;
         item = strtok_r(NULL, "[, ]", &rest)) {
        emit_scalar(w, item);
    }
    emit(w, yaml_sequence_end_event_initialize(&event), &event);
}

static void emit_setting(writer *w, const sw_setting *setting, const sw_value *value)
{
    char text[CONFIG_MAX_VALUE + 1];
    sw_setting_print(setting, value, text, sizeof(text));
    emit_scalar(w, setting->name);
    if (setting->type == SW_VECTOR) {
        emit_vector(w, text);
    } else {
        emit_scalar(w, text);
    }
}

static void emit_map_start(writer *w)
{
    yaml_event_t event;
    emit(w, yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE),
         &event);
}

static void emit_map_end(writer *w)
{
    yaml_event_t event;
    emit(w, yaml_mapping_end_event_initialize(&event), &event);
}

static void emit_config(writer *w, const config *c)
{
    int count;
    const sw_setting *common = config_common(&count);

    emit_map_start(w);
    emit_scalar(w, "env");
    emit_scalar(w, c->env);
    emit_scalar(w, "algo");
    emit_scalar(w, c->algo->name);
    emit_scalar(w, "preset");
    emit_scalar(w, preset_kind_name(PRESET_NONE));
    for (int i = 0; i < count; i++) {
        const sw_value value = config_common_value(c, i);
        emit_setting(w, &common[i], &value);
    }
    for (int i = 0; i < c->algo->param_count; i++) {
        emit_setting(w, &c->algo->params[i], &c->params[i]);
    }
    emit_scalar(w, settings_key);
    emit_map_start(w);
    for (int i = 0; i < c->setting_count; i++) {
        emit_scalar(w, c->settings[i].name);
        emit_scalar(w, c->settings[i].value);
    }
    emit_map_end(w);
    emit_map_end(w);
}

static void emit_document(writer *w, const config *c)
{
    yaml_event_t event;
    emit(w, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING), &event);
    emit(w, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1), &event);
    emit_config(w, c);
    emit(w, yaml_document_end_event_initialize(&event, 1), &event);
    emit(w, yaml_stream_end_event_initialize(&event), &event);
}

sw_status config_text(const config *c, char **text)
{
    writer *w = calloc(1, sizeof(*w));
    if (w == NULL || !yaml_emitter_initialize(&w->emitter)) {
        free(w);
        return sw_fail(SW_NO_MEMORY, "no memory for the text of a configuration");
    }
    w->ok = true;
    yaml_emitter_set_output_string(&w->emitter, w->text, sizeof(w->text) - 1, &w->bytes);
    yaml_emitter_set_width(&w->emitter, -1);
    emit_document(w, c);
    yaml_emitter_delete(&w->emitter);
    sw_status st = SW_OK;
    if (!w->ok) {
        st = sw_fail(SW_INVALID_ARGUMENT, "a value of the configuration is not UTF-8");
    } else if ((*text = strdup((const char *) w->text)) == NULL) {
        st = sw_fail(SW_NO_MEMORY, "no memory for the text of a configuration");
    }
    free(w);
    return st;
}
