/* SPDX-License-Identifier: Apache-2.0 */
/* From YAML to settings structs, as their tables say. */

#ifndef EXPORTER_SETTING_LOAD_H
#define EXPORTER_SETTING_LOAD_H

#include "exporter/arena.h"
#include "exporter/setting.h"
#include "exporter/yaml.h"

struct setting_loader {
    struct arena *arena; /* Where texts are kept. */
    struct yaml_report *report;
    const char *owner; /* Whose settings these are, for messages: `source "orders-west"`. */
    bool other_keys;   /* Keys that are in no table are no error. */
};

/* One mapping may fill several structs, each by its own table. */
struct setting_section {
    const struct setting *table;
    size_t count;
    void *values; /* NULL if the table has only names, lists and mappings. */
};

/* Loads the keys of a mapping (an absent one is empty) and the defaults of those that it does not
 * have; a key without default leaves its value as it was. Whatever is wrong is reported. */
void settings_load(const struct setting_loader *loader, struct yaml_value mapping,
                   const struct setting_section *sections, size_t section_count);

/* --- For values that a table cannot hold. `key` is for messages. --- */

/* The text of a scalar with `${NAME}` replaced by the environment and `$$` by a dollar; NULL when
 * something was wrong, which was reported. Messages show what stands in the file instead, for
 * the environment may hold secrets. */
const char *setting_text(const struct setting_loader *loader, const char *key,
                         struct yaml_value value);

/* The same for what becomes a label: not empty, one line, not longer than labels may be. */
const char *setting_name(const struct setting_loader *loader, const char *key,
                         struct yaml_value value);

/* Only an objective for lost data may be 0. */
bool setting_duration(const struct setting_loader *loader, const char *key, struct yaml_value value,
                      bool zero_allowed, int64_t *ret_ms);

/* Reports `unknown <kind> "…" in <owner>; did you mean "…"?`, or what is known. */
void setting_unknown(const struct setting_loader *loader, struct yaml_value at, const char *kind,
                     const char *const *candidates, size_t count);

#endif
