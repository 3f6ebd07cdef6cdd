#include "preset.h"

#include <stdio.h>
#include <string.h>

#include "presets.h"
#include "words.h"

static const char *const kind_names[PRESET_KINDS] = {
    [PRESET_NONE] = "none", [PRESET_PAPER] = "paper", [PRESET_TUNED] = "tuned"};

const char *preset_kind_name(preset_kind kind)
{
    return kind_names[kind];
}

// Takes an item that is called SECTION.KEY into its section, as KEY.
static sw_status take(preset *p, const char *path, sw_assignment *item)
{
    const size_t length = strcspn(item->name, ".");
    for (int k = PRESET_PAPER; k < PRESET_KINDS; k++) {
        if (strlen(kind_names[k]) == length && strncmp(item->name, kind_names[k], length) == 0) {
            item->name += length + 1;
            if (p->counts[k] == 0) {
                p->items[k] = item;
            }
            p->counts[k]++;
            return item == &p->items[k][p->counts[k] - 1]
                       ? SW_OK
                       : sw_fail(SW_INVALID_ARGUMENT, "%s: section %s is there twice", path,
                                 kind_names[k]);
        }
    }
    return sw_fail(SW_INVALID_ARGUMENT, "%s: '%.63s' is in no section paper or tuned", path,
                   item->name);
}

sw_status preset_open(const char *algo_name, const char *env, preset *p)
{
    *p = (preset){0};
    const preset_file *f = preset_file_find(algo_name, env);
    if (f == NULL) {
        return SW_OK;
    }
    sw_status st = config_parse_sections(f->path, f->text, f->size, &p->file);
    for (int i = 0; st == SW_OK && i < p->file.count; i++) {
        st = take(p, f->path, &p->file.items[i]);
    }
    if (st != SW_OK) {
        preset_close(p);
    }
    return st;
}

void preset_close(preset *p)
{
    config_file_free(&p->file);
    *p = (preset){0};
}


// ---- which one ------------------------------------------------------------------------------

void preset_print_kinds(const preset *p, char *text, size_t size)
{
    text[0] = 0;
    for (int k = PRESET_PAPER; k < PRESET_KINDS; k++) {
        if (p->counts[k] > 0) {
            words_add(text, size, kind_names[k]);
        }
    }
}

sw_status preset_refuse(const char *algo_name, const char *env)
{
    int count;
    char list[300] = "";
    const preset_file *files = preset_files(&count);
    for (int i = 0; i < count; i++) {
        if (strcmp(files[i].algo, algo_name) == 0) {
            words_add(list, sizeof(list), files[i].env);
        }
    }
    if (list[0] == 0) {
        return sw_fail(SW_NOT_FOUND, "%s has no presets: its defaults are for all tasks",
                       algo_name);
    }
    return sw_fail(SW_NOT_FOUND, "%s has no preset for %s; it has some for: %s", algo_name, env,
                   list);
}

// The run's algorithm has no preset of that kind for its task; which it has.
static sw_status refuse_kind(const preset *p, const config *c, preset_kind kind)
{
    char kinds[100];
    preset_print_kinds(p, kinds, sizeof(kinds));
    if (kinds[0] == 0) {
        return preset_refuse(c->algo->name, c->env);
    }
    return sw_fail(SW_NOT_FOUND, "%s has no %s preset for %s; there is: %s", c->algo->name,
                   kind_names[kind], c->env, kinds);
}

sw_status preset_choose(const preset *p, const config *c, const char *wish, preset_kind *kind)
{
    if (wish == NULL) {
        *kind = p->counts[PRESET_TUNED] > 0 ? PRESET_TUNED : PRESET_NONE;
        return SW_OK;
    }
    for (int k = PRESET_NONE; k < PRESET_KINDS; k++) {
        if (strcmp(wish, kind_names[k]) == 0) {
            if (k != PRESET_NONE && p->counts[k] == 0) {
                return refuse_kind(p, c, (preset_kind) k);
            }
            *kind = (preset_kind) k;
            return SW_OK;
        }
    }
    return sw_fail(SW_INVALID_ARGUMENT, "preset is '%.63s' but must be one of none|paper|tuned",
                   wish);
}


// ---- what it brings -------------------------------------------------------------------------

// The run as the preset alone would have it.
static sw_status begin_with(preset_kind kind, const config *c, config *begun)
{
    const sw_assignment items[] = {
        {"env", c->env}, {"algo", c->algo->name}, {"preset", kind_names[kind]}};
    return config_resolve(&(config_source){"preset", items, 3}, 1, begun);
}

// Lists which of the preset's values are not the defaults, and are those of the run.
static sw_status list_changes(const config *c, const preset *p, char *list, size_t size)
{
    config bare, begun;
    sw_status st = begin_with(PRESET_NONE, c, &bare);
    if (st == SW_OK) {
        st = begin_with(c->preset, c, &begun);
    }
    for (int i = 0; st == SW_OK && i < p->counts[c->preset]; i++) {
        const char *key = p->items[c->preset][i].name;
        char initial[CONFIG_MAX_VALUE + 1], wanted[CONFIG_MAX_VALUE + 1], now[CONFIG_MAX_VALUE + 1];
        config_print_value(&bare, key, initial, sizeof(initial));
        config_print_value(&begun, key, wanted, sizeof(wanted));
        config_print_value(c, key, now, sizeof(now));
        if (strcmp(wanted, initial) != 0 && strcmp(wanted, now) == 0) {
            char item[CONFIG_MAX_VALUE + SW_MAX_NAME + 8];
            snprintf(item, sizeof(item), "%s=%s", key, now);
            words_add(list, size, item);
        }
    }
    return st;
}

sw_status preset_print_choice(const config *c, char *text, size_t size)
{
    char list[400] = "";
    preset p;
    sw_status st = preset_open(c->algo->name, c->env, &p);
    if (st != SW_OK) {
        return st;
    }
    if (c->preset == PRESET_NONE) {
        preset_print_kinds(&p, list, sizeof(list));
        snprintf(text, size, "none%s%s", list[0] != 0 ? "; there is: " : "", list);
    } else {
        st = list_changes(c, &p, list, sizeof(list));
        snprintf(text, size, "%s: %s", kind_names[c->preset],
                 list[0] != 0 ? list : "nothing but the defaults");
    }
    preset_close(&p);
    return st;
}
