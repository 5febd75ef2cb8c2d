/* SPDX-License-Identifier: Apache-2.0 */
/* What the entries of all sections of a configuration have in common: names and lists of them. */

#include <string.h>

#include "exporter/bounds.h"
#include "exporter/config_reader.h"

struct setting_loader config_loader(struct config_reader *reader, struct arena *arena,
                                    const char *kind, struct yaml_value entry, size_t i)
{
    const char *name = yaml_text(yaml_lookup(entry, "name"));
    const char *owner = name != NULL && *name != '\0' ? arena_printf(arena, "%s \"%s\"", kind, name)
                                                      : arena_printf(arena, "%s %zu", kind, i + 1);

    return (struct setting_loader){arena, &reader->report, owner, false};
}

const char *config_entry_name(const struct setting_loader *loader, struct yaml_value entry)
{
    struct yaml_value value = yaml_lookup(entry, "name");
    const char *name = value.node == NULL ? NULL : setting_name(loader, "name", value);

    return name == NULL ? "" : name;
}

void config_report_duplicate(struct config_reader *reader, const char *kind, const char *name,
                             struct yaml_value entry, struct yaml_value former)
{
    yaml_report_value(&reader->report, entry,
                      "duplicate %s \"%s\"; give it another name, the first is at %s:%zu", kind,
                      name, former.file->name, former.node->start_mark.line + 1);
}

/* Whether the name at `i` stands in the list before, which is reported. */
static bool is_repeated(const struct setting_loader *loader, const char *key,
                        const struct config_name *names, size_t i)
{
    for (size_t j = 0; j < i; j++) {
        if (strcmp(names[i].text, names[j].text) == 0) {
            yaml_report_value(loader->report, names[i].place,
                              "\"%s\" stands twice in \"%s\" of %s; remove one",
                              yaml_text(names[i].place), key, loader->owner);
            return true;
        }
    }
    return false;
}

struct config_name *config_names(const struct setting_loader *loader, const char *key,
                                 struct yaml_value list, size_t *ret_count)
{
    size_t length = yaml_length(list);
    struct config_name *names;
    size_t count = 0;

    *ret_count = 0;
    if (list.node == NULL) {
        return NULL;
    }
    if (!yaml_is_list(list)) {
        yaml_report_value(loader->report, list,
                          "key \"%s\" in %s must be a list, not %s; write for example [one, two]",
                          key, loader->owner, yaml_kind(list));
        return NULL;
    }
    if (length > CONFIG_ENTRIES_MAX) {
        yaml_report_value(loader->report, list,
                          "key \"%s\" in %s has more than %d entries; shorten the list", key,
                          loader->owner, CONFIG_ENTRIES_MAX);
        return NULL;
    }
    names = arena_alloc_array(loader->arena, length + 1, sizeof *names);
    for (size_t i = 0; i < length; i++) {
        names[count].place = yaml_item(list, i);
        names[count].text = setting_name(loader, key, names[count].place);
        if (names[count].text != NULL && !is_repeated(loader, key, names, count)) {
            count++;
        }
    }
    *ret_count = count;
    return names;
}

size_t config_find_word(const struct setting_loader *loader, const char *kind,
                        struct config_name word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(word.text, words[i]) == 0) {
            return i;
        }
    }
    setting_unknown(loader, word.place, kind, words, count);
    return count;
}
