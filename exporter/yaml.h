/* SPDX-License-Identifier: Apache-2.0 */
/* YAML files whose nodes know where they stand, and a report of all problems of all files. */

#ifndef EXPORTER_YAML_H
#define EXPORTER_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>

/* More problems than this are only counted. */
#define YAML_PROBLEMS_MAX 100

struct yaml_file {
    char *name;     /* As messages show it. */
    unsigned order; /* Of this file among those of one report. */
    yaml_document_t document;
};

/* A node and the file that it stands in; `node` is NULL for what is absent. */
struct yaml_value {
    const struct yaml_file *file;
    const yaml_node_t *node;
};

/* --- The report: sorted by file, line and column. --- */

struct yaml_problem;

struct yaml_report {
    struct yaml_problem *problems;
    size_t count; /* At most YAML_PROBLEMS_MAX. */
    size_t total;
};

void yaml_report_init(struct yaml_report *report);
void yaml_report_release(struct yaml_report *report);

/* Adds `name:line:column: message`, where the message says what is wrong and, after a semicolon,
 * what would be right. Line and column count from 1; line 0 leaves both out. */
void yaml_report_add(struct yaml_report *report, const struct yaml_file *file, size_t line,
                     size_t column, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The same at the place of a value. */
void yaml_report_value(struct yaml_report *report, struct yaml_value at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* All problems, one a line; NULL if there are none. To be freed by the caller. */
char *yaml_report_print(const struct yaml_report *report);

/* --- Files. --- */

/* Reads one document of at most CONFIG_FILE_BYTES_MAX. What is not YAML, a second document, keys
 * that stand twice in a mapping and zero bytes are reported. NULL if there is no document to look
 * at; with problems of the lesser kinds there is. */
struct yaml_file *yaml_file_load(const char *path, unsigned order, struct yaml_report *report);
struct yaml_file *yaml_file_parse(const char *text, size_t length, const char *name, unsigned order,
                                  struct yaml_report *report);
void yaml_file_free(struct yaml_file *file);

/* --- Values. --- */

/* Absent when the file is empty. */
struct yaml_value yaml_root(const struct yaml_file *file);

bool yaml_is_mapping(struct yaml_value value);
bool yaml_is_list(struct yaml_value value);

/* Present but empty, as in `key:`, `key: ~` and `key: null`. */
bool yaml_is_null(struct yaml_value value);

/* "a list", "a mapping", "text", "nothing". */
const char *yaml_kind(struct yaml_value value);

/* The text of a scalar as it stands in the file, valid as long as the file; else NULL. */
const char *yaml_text(struct yaml_value value);

/* How many items a list or pairs a mapping has; 0 for anything else. */
size_t yaml_length(struct yaml_value value);

struct yaml_value yaml_item(struct yaml_value list, size_t i);
struct yaml_value yaml_pair_key(struct yaml_value mapping, size_t i);
struct yaml_value yaml_pair_value(struct yaml_value mapping, size_t i);

/* The value of a key, absent when it is not there or `mapping` is no mapping. */
struct yaml_value yaml_lookup(struct yaml_value mapping, const char *key);

#endif
