/* SPDX-License-Identifier: Apache-2.0 */
/* From YAML to settings structs, as their tables say. */

#include "exporter/setting_load.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/bounds.h"
#include "exporter/closest.h"
#include "exporter/duration.h"
#include "exporter/setting_parse.h"

struct form {
    const char *name;
    const char *example;
};

static const struct form forms[] = {
    [SETTING_TEXT] = {"text", "\"some text\""},
    [SETTING_DURATION] = {"a duration", "15s"},
    [SETTING_SIZE] = {"a size", "10MiB"},
    [SETTING_INTEGER] = {"a whole number", "10"},
    [SETTING_RATIO] = {"a number", "0.8"},
    [SETTING_BOOLEAN] = {"true or false", "true"},
    [SETTING_FILE] = {"the path of a file", "/run/secrets/password"},
    [SETTING_DSN] = {"a connection string", "host=db.example.com user=dr_monitor"},
    [SETTING_TEXTS] = {"a list", "[one, two]"},
    [SETTING_PAIRS] = {"a mapping", "{key: value}"},
    [SETTING_NAME] = {"a name", "some-name"},
    [SETTING_PERIOD] = {"a duration", "15s"},
    [SETTING_LIST] = {"a list", "[one, two]"},
    [SETTING_MAPPING] = {"a mapping", "{key: value}"},
};

/* The scalar as it stands in the file; reports and returns NULL if there is none. */
static const char *scalar(const struct setting_loader *loader, const char *key,
                          enum setting_type type, struct yaml_value value)
{
    if (yaml_is_null(value)) {
        yaml_report_value(loader->report, value,
                          "key \"%s\" in %s has no value; write for example %s, or remove the key",
                          key, loader->owner, forms[type].example);
        return NULL;
    }
    if (yaml_text(value) == NULL) {
        yaml_report_value(loader->report, value,
                          "key \"%s\" in %s must be %s, not %s; write for example %s", key,
                          loader->owner, forms[type].name, yaml_kind(value), forms[type].example);
        return NULL;
    }
    return yaml_text(value);
}

static const char *expanded(const struct setting_loader *loader, const char *key,
                            enum setting_type type, struct yaml_value value)
{
    const char *raw = scalar(loader, key, type, value);
    struct error error;
    char *text;

    if (raw == NULL) {
        return NULL;
    }
    if (!setting_expand(loader->arena, raw, &text, &error)) {
        yaml_report_value(loader->report, value, "key \"%s\" in %s: %s", key, loader->owner,
                          error.message);
        return NULL;
    }
    return text;
}

const char *setting_text(const struct setting_loader *loader, const char *key,
                         struct yaml_value value)
{
    return expanded(loader, key, SETTING_TEXT, value);
}

const char *setting_name(const struct setting_loader *loader, const char *key,
                         struct yaml_value value)
{
    const char *text = expanded(loader, key, SETTING_NAME, value);
    const char *wrong = NULL;

    if (text == NULL) {
        return NULL;
    }
    if (*text == '\0') {
        wrong = "is empty; give it a name";
    } else if (strlen(text) > LABEL_VALUE_BYTES_MAX) {
        wrong = "is longer than a label may be; shorten it";
    }
    for (const char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7F) {
            wrong = "contains a line end, tab or other control character; write it as one line";
        }
    }
    if (wrong != NULL) {
        yaml_report_value(loader->report, value, "key \"%s\" in %s %s", key, loader->owner, wrong);
        return NULL;
    }
    return text;
}

/* Relative paths are relative to the file that they stand in, as in Prometheus. */
static const char *resolve_path(struct arena *arena, const struct yaml_file *file, const char *path)
{
    const char *slash = strrchr(file->name, '/');

    if (*path == '/' || slash == NULL) {
        return path;
    }
    return arena_printf(arena, "%.*s/%s", (int)(slash - file->name), file->name, path);
}

/* Reports and returns false unless it is what `type` needs. */
static bool check_kind(const struct setting_loader *loader, const struct setting *setting,
                       struct yaml_value value)
{
    bool right = setting->type == SETTING_TEXTS ? yaml_is_list(value) : yaml_is_mapping(value);

    if (!right) {
        yaml_report_value(loader->report, value,
                          "key \"%s\" in %s must be %s, not %s; write for example %s", setting->key,
                          loader->owner, forms[setting->type].name, yaml_kind(value),
                          forms[setting->type].example);
        return false;
    }
    if (yaml_length(value) == 0 || yaml_length(value) > SETTING_ITEMS_MAX) {
        yaml_report_value(loader->report, value,
                          "key \"%s\" in %s has %zu items; write between 1 and %d, or remove the "
                          "key",
                          setting->key, loader->owner, yaml_length(value), SETTING_ITEMS_MAX);
        return false;
    }
    return true;
}

static void load_texts(const struct setting_loader *loader, const struct setting *setting,
                       struct yaml_value list, const char *const **slot)
{
    size_t count = yaml_length(list);
    const char **texts = arena_alloc_array(loader->arena, count + 1, sizeof *texts);

    for (size_t i = 0; i < count; i++) {
        texts[i] = expanded(loader, setting->key, SETTING_TEXT, yaml_item(list, i));
        if (texts[i] == NULL) {
            return;
        }
    }
    *slot = texts;
}

static void load_pairs(const struct setting_loader *loader, const struct setting *setting,
                       struct yaml_value mapping, const struct setting_pair **slot)
{
    size_t count = yaml_length(mapping);
    struct setting_pair *pairs = arena_alloc_array(loader->arena, count + 1, sizeof *pairs);

    for (size_t i = 0; i < count; i++) {
        pairs[i].key = expanded(loader, setting->key, SETTING_TEXT, yaml_pair_key(mapping, i));
        pairs[i].value = expanded(loader, setting->key, SETTING_TEXT, yaml_pair_value(mapping, i));
        if (pairs[i].key == NULL || pairs[i].value == NULL) {
            return;
        }
    }
    *slot = pairs;
}

static void load_scalar(const struct setting_loader *loader, const struct setting *setting,
                        struct yaml_value value, void *values)
{
    const char *text = expanded(loader, setting->key, setting->type, value);
    struct error error;

    if (text == NULL) {
        return;
    }
    if (*text == '\0' && (setting->required || setting->type == SETTING_FILE)) {
        yaml_report_value(loader->report, value, "key \"%s\" in %s is empty; write for example %s",
                          setting->key, loader->owner, forms[setting->type].example);
        return;
    }
    if (setting->type == SETTING_FILE) {
        text = resolve_path(loader->arena, value.file, text);
    }
    if (!setting_parse(setting->type, text, yaml_text(value), (char *)values + setting->offset,
                       &error)) {
        yaml_report_value(loader->report, value, "key \"%s\" in %s: %s", setting->key,
                          loader->owner, error.message);
    }
}

static void load(const struct setting_loader *loader, const struct setting *setting,
                 struct yaml_value value, void *values)
{
    void *slot = (char *)values + setting->offset;

    if (setting->type != SETTING_TEXTS && setting->type != SETTING_PAIRS) {
        load_scalar(loader, setting, value, values);
    } else if (!check_kind(loader, setting, value)) {
        return;
    } else if (setting->type == SETTING_TEXTS) {
        load_texts(loader, setting, value, slot);
    } else {
        load_pairs(loader, setting, value, slot);
    }
}

bool setting_duration(const struct setting_loader *loader, const char *key, struct yaml_value value,
                      bool zero_allowed, int64_t *ret_ms)
{
    const char *text = expanded(loader, key, SETTING_DURATION, value);
    struct error error;

    if (text == NULL) {
        return false;
    }
    if (zero_allowed && duration_parse(text, ret_ms)) {
        return true;
    }
    if (setting_parse(SETTING_DURATION, text, yaml_text(value), ret_ms, &error)) {
        return true;
    }
    yaml_report_value(loader->report, value, "key \"%s\" in %s: %s", key, loader->owner,
                      error.message);
    return false;
}

void setting_unknown(const struct setting_loader *loader, struct yaml_value at, const char *kind,
                     const char *const *candidates, size_t count)
{
    const char *word = yaml_text(at);
    const char *closest = word == NULL ? NULL : closest_match(word, candidates, count);
    const char *known = "";

    if (word == NULL) {
        yaml_report_value(loader->report, at, "a %s in %s must be text, not %s; write its name",
                          kind, loader->owner, yaml_kind(at));
        return;
    }
    if (closest != NULL) {
        yaml_report_value(loader->report, at, "unknown %s \"%s\" in %s; did you mean \"%s\"?", kind,
                          word, loader->owner, closest);
        return;
    }
    for (size_t i = 0; i < count && strlen(known) < ERROR_MESSAGE_BYTES; i++) {
        known =
            arena_printf(loader->arena, "%s%s%s", known, *known == '\0' ? "" : ", ", candidates[i]);
    }
    yaml_report_value(loader->report, at, "unknown %s \"%s\" in %s; known: %s", kind, word,
                      loader->owner, *known == '\0' ? "none" : known);
}

static const struct setting *find(const struct setting_section *sections, size_t section_count,
                                  const char *key, void **ret_values)
{
    for (size_t i = 0; i < section_count; i++) {
        for (size_t j = 0; j < sections[i].count; j++) {
            if (strcmp(sections[i].table[j].key, key) == 0) {
                *ret_values = sections[i].values;
                return &sections[i].table[j];
            }
        }
    }
    return NULL;
}

static void report_unknown_key(const struct setting_loader *loader, struct yaml_value key,
                               const struct setting_section *sections, size_t section_count)
{
    const char **known;
    size_t count = 0;

    for (size_t i = 0; i < section_count; i++) {
        count += sections[i].count;
    }
    known = arena_alloc_array(loader->arena, count + 1, sizeof *known);
    count = 0;
    for (size_t i = 0; i < section_count; i++) {
        for (size_t j = 0; j < sections[i].count; j++) {
            known[count++] = sections[i].table[j].key;
        }
    }
    setting_unknown(loader, key, "key", known, count);
}

static bool owner_reads(const struct setting *setting)
{
    return setting->type == SETTING_NAME || setting->type == SETTING_PERIOD ||
           setting->type == SETTING_LIST || setting->type == SETTING_MAPPING;
}

static void load_absent(const struct setting_loader *loader, struct yaml_value mapping,
                        const struct setting *setting, void *values)
{
    struct error error;

    if (yaml_lookup(mapping, setting->key).node != NULL) {
        return;
    }
    if (setting->required) {
        yaml_report_value(loader->report, mapping,
                          "missing key \"%s\" in %s; add for example \"%s: %s\"", setting->key,
                          loader->owner, setting->key, forms[setting->type].example);
    } else if (setting->default_text != NULL && !owner_reads(setting) &&
               !setting_parse(setting->type, setting->default_text, setting->default_text,
                              (char *)values + setting->offset, &error)) {
        abort(); /* The table itself is wrong. */
    }
}

void settings_load(const struct setting_loader *loader, struct yaml_value mapping,
                   const struct setting_section *sections, size_t section_count)
{
    if (mapping.node != NULL && !yaml_is_mapping(mapping)) {
        yaml_report_value(loader->report, mapping,
                          "%s must be a mapping, not %s; write \"key: value\"", loader->owner,
                          yaml_kind(mapping));
        return;
    }
    for (size_t i = 0; i < yaml_length(mapping); i++) {
        struct yaml_value key = yaml_pair_key(mapping, i);
        void *values;
        const struct setting *setting =
            yaml_text(key) == NULL ? NULL : find(sections, section_count, yaml_text(key), &values);

        if (setting == NULL && !loader->other_keys) {
            report_unknown_key(loader, key, sections, section_count);
        } else if (setting != NULL && !owner_reads(setting)) {
            load(loader, setting, yaml_pair_value(mapping, i), values);
        }
    }
    for (size_t i = 0; i < section_count; i++) {
        for (size_t j = 0; j < sections[i].count; j++) {
            load_absent(loader, mapping, &sections[i].table[j], sections[i].values);
        }
    }
}
