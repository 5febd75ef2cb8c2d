/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the configuration's loader share; nobody else includes it. */

#ifndef EXPORTER_CONFIG_READER_H
#define EXPORTER_CONFIG_READER_H

#include "exporter/config.h"
#include "exporter/setting_load.h"
#include "exporter/yaml.h"

struct config_defaults {
    const char *observer;
    int64_t interval_ms;
    int64_t timeout_ms;
};

struct config_reader {
    struct config *config; /* Being built; whatever lives as long as it is in its arena. */
    struct yaml_report report;
    struct yaml_file **files; /* The main file first. */
    size_t file_count;
    bool file_missing; /* A file could not be read: what seems to be missing may stand there. */
    bool incomplete;   /* So may a section be, or it is not there at all. */
    struct config_defaults defaults;
    /* Where the entries of the configuration's arrays stand. */
    struct yaml_value *tier_places;
    struct yaml_value *service_places;
    struct yaml_value *dataset_places; /* Of the first mention. */
    struct yaml_value *source_places;
};

/* The keys that each mapping may have. */
struct config_table {
    const struct setting *rows;
    size_t count;
};

extern const struct config_table config_file_table;
extern const struct config_table config_exporter_table;
extern const struct config_table config_tier_table;
extern const struct config_table config_service_table;
extern const struct config_table config_source_table;

/* A name in a list, and where it stands. */
struct config_name {
    const char *text;
    struct yaml_value place;
};

/* --- config_files.c --- */

/* Reads the main file and what it includes. */
void config_read_files(struct config_reader *reader, const char *path);

/* Reads a text in place of files. */
void config_read_text(struct config_reader *reader, const char *text, size_t length,
                      const char *name);

/* The items of a top-level list, over all files. */
struct yaml_value *config_section(struct config_reader *reader, const char *key, size_t *ret_count);

/* --- config_entries.c: what all kinds of entries have in common. --- */

/* A loader into `arena` whose owner is `kind "name"`, or `kind 3` where there is no name. */
struct setting_loader config_loader(struct config_reader *reader, struct arena *arena,
                                    const char *kind, struct yaml_value entry, size_t i);

/* The entry's name; "" when it has none, which is then reported. */
const char *config_entry_name(const struct setting_loader *loader, struct yaml_value entry);

/* Reports that `entry` has the name of `former`. */
void config_report_duplicate(struct config_reader *reader, const char *kind, const char *name,
                             struct yaml_value entry, struct yaml_value former);

/* The names in a list, or in nothing: absent is empty. A name that stands twice is reported. */
struct config_name *config_names(const struct setting_loader *loader, const char *key,
                                 struct yaml_value list, size_t *ret_count);

/* The index of the word in `words`; reports an unknown one and returns `count`. */
size_t config_find_word(const struct setting_loader *loader, const char *kind,
                        struct config_name word, const char *const *words, size_t count);

/* --- The sections, in the order in which they are read. --- */

void config_read_exporter(struct config_reader *reader);
void config_read_tiers(struct config_reader *reader);
void config_read_services(struct config_reader *reader);
void config_read_sources(struct config_reader *reader);

/* Connects names with what they name and reports what is left over. */
void config_resolve(struct config_reader *reader);

/* --- config_recovery.c --- */
void config_read_alert_path(const struct setting_loader *loader, struct yaml_value mapping,
                            struct limit *ret_total);
/* Terms that `entry` does not state stay as they are. */
void config_read_recovery_terms(const struct setting_loader *loader, struct yaml_value entry,
                                struct recovery_terms *terms);
/* Warns where what is known before any drill takes longer than an RTO allows. */
void config_check_recovery(struct config *config);

/* --- config_gate.c --- */
void config_read_gate_requires(const struct setting_loader *loader, struct yaml_value list,
                               struct tier *tier);
void config_read_accepted_loss(const struct setting_loader *loader, struct yaml_value mapping,
                               struct service *service);

/* Puts the services into an order in which dependencies come first, or reports a cycle. */
void config_order_services(struct config_reader *reader);

/* Adds warnings about what this plan cannot meet; there were no errors. */
void config_check_feasibility(struct config *config);

/* Adds a warning; `text` lives in the configuration's arena. */
void config_warn(struct config *config, char *text);

/* --- Names of disruptions, severities and kinds of drills. --- */

extern const char *const disruption_names[DISRUPTION_COUNT];
extern const char *const severity_names[SEVERITY_COUNT];

#endif
