/* SPDX-License-Identifier: Apache-2.0 */
/* YAML files whose nodes know where they stand. */

#include "exporter/yaml.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/bounds.h"
#include "exporter/cleanup.h"
#include "exporter/file.h"

static struct yaml_file *file_new(const char *name, unsigned order)
{
    struct yaml_file *file = calloc(1, sizeof *file);

    if (file == NULL || (file->name = strdup(name)) == NULL) {
        abort();
    }
    file->order = order;
    return file;
}

void yaml_file_free(struct yaml_file *file)
{
    if (file != NULL) {
        yaml_document_delete(&file->document);
        free(file->name);
        free(file);
    }
}

/* Whether the indentation of the line (from 0) has a tab: the most frequent reason why a file
 * that looks right is not YAML. */
static bool line_has_tab(const char *text, size_t length, size_t line)
{
    const char *end = text + length;

    for (; line > 0; line--) {
        text = memchr(text, '\n', (size_t)(end - text));
        if (text == NULL) {
            return false;
        }
        text++;
    }
    while (text < end && *text == ' ') {
        text++;
    }
    return text < end && *text == '\t';
}

static size_t count_lines(const char *text, size_t length)
{
    size_t lines = 0;

    for (size_t i = 0; i < length; i++) {
        lines += text[i] == '\n';
    }
    return lines;
}

static void report_syntax(struct yaml_report *report, const struct yaml_file *file,
                          const yaml_parser_t *parser, const char *text, size_t length)
{
    const char *context = parser->context == NULL ? "" : parser->context;
    size_t line = parser->problem_mark.line;
    size_t column = parser->problem_mark.column;

    if (parser->error == YAML_MEMORY_ERROR) {
        abort();
    }
    if (parser->error == YAML_READER_ERROR) {
        size_t offset = parser->problem_offset < length ? parser->problem_offset : length;

        yaml_report_add(report, file, count_lines(text, offset) + 1, 1,
                        "not UTF-8 text: %s; save the file as UTF-8", parser->problem);
    } else if (line_has_tab(text, length, line)) {
        yaml_report_add(report, file, line + 1, column + 1,
                        "not YAML: there is a tab in the indentation; indent with spaces");
    } else {
        yaml_report_add(report, file, line + 1, column + 1,
                        "not YAML: %s%s%s; check indentation and quotes from here upwards",
                        parser->problem, *context == '\0' ? "" : " ", context);
    }
}

static int compare_keys(const void *a, const void *b)
{
    const struct yaml_value *left = a;
    const struct yaml_value *right = b;
    int order = strcmp(yaml_text(*left), yaml_text(*right));

    if (order != 0) {
        return order;
    }
    return left->node->start_mark.index < right->node->start_mark.index ? -1 : 1;
}

/* libyaml takes `a: 1, a: 2` without a word, and which of them counted would be our secret. */
static void report_duplicates(struct yaml_report *report, struct yaml_value mapping)
{
    size_t length = yaml_length(mapping);
    size_t count = 0;
    struct yaml_value *keys = calloc(length + 1, sizeof *keys);

    if (keys == NULL) {
        abort();
    }
    for (size_t i = 0; i < length; i++) {
        struct yaml_value key = yaml_pair_key(mapping, i);

        if (yaml_text(key) != NULL) {
            keys[count++] = key;
        }
    }
    qsort(keys, count, sizeof *keys, compare_keys);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(yaml_text(keys[i]), yaml_text(keys[i - 1])) == 0) {
            yaml_report_value(report, keys[i],
                              "duplicate key \"%s\"; remove it or the one in line %zu",
                              yaml_text(keys[i]), keys[i - 1].node->start_mark.line + 1);
        }
    }
    free(keys);
}

/* The nodes of a document are an array, so this needs no recursion. */
static void check_nodes(struct yaml_report *report, const struct yaml_file *file)
{
    const yaml_node_t *end = file->document.nodes.top;

    for (const yaml_node_t *node = file->document.nodes.start; node < end; node++) {
        struct yaml_value value = {file, node};

        if (node->type == YAML_MAPPING_NODE) {
            report_duplicates(report, value);
        } else if (node->type == YAML_SCALAR_NODE &&
                   strlen(yaml_text(value)) != node->data.scalar.length) {
            yaml_report_value(report, value, "a zero byte in the text; remove the \"\\0\"");
        }
    }
}

static void report_second_document(struct yaml_report *report, const struct yaml_file *file,
                                   yaml_parser_t *parser, const char *text, size_t length)
{
    struct yaml_file second = {.name = file->name, .order = file->order};

    if (yaml_parser_load(parser, &second.document) == 0) {
        report_syntax(report, file, parser, text, length);
        return;
    }
    if (yaml_root(&second).node != NULL) {
        yaml_report_value(report, yaml_root(&second),
                          "a second YAML document begins here; remove the \"---\" before it");
    }
    yaml_document_delete(&second.document);
}

struct yaml_file *yaml_file_parse(const char *text, size_t length, const char *name, unsigned order,
                                  struct yaml_report *report)
{
    struct yaml_file *file = file_new(name, order);
    yaml_parser_t parser;

    if (yaml_parser_initialize(&parser) == 0) {
        abort();
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    if (yaml_parser_load(&parser, &file->document) == 0) {
        report_syntax(report, file, &parser, text, length);
        yaml_parser_delete(&parser);
        yaml_file_free(file);
        return NULL;
    }
    check_nodes(report, file);
    if (yaml_root(file).node != NULL) {
        report_second_document(report, file, &parser, text, length);
    }
    yaml_parser_delete(&parser);
    return file;
}

struct yaml_file *yaml_file_load(const char *path, unsigned order, struct yaml_report *report)
{
    CLEANUP(free_text) char *text = NULL;
    struct yaml_file file = {.name = (char *)path, .order = order};
    struct error error;
    size_t length;

    if (!file_read(path, CONFIG_FILE_BYTES_MAX, &text, &length, &error)) {
        yaml_report_add(report, &file, 0, 0, "%s; check path and permissions", error.message);
        return NULL;
    }
    return yaml_file_parse(text, length, path, order, report);
}

static struct yaml_value node_at(const struct yaml_file *file, int index)
{
    /* Aliases were resolved by the parser: every index is of a node. */
    return (struct yaml_value){file, file->document.nodes.start + index - 1};
}

struct yaml_value yaml_root(const struct yaml_file *file)
{
    if (file->document.nodes.top == file->document.nodes.start) {
        return (struct yaml_value){file, NULL};
    }
    return node_at(file, 1);
}

bool yaml_is_mapping(struct yaml_value value)
{
    return value.node != NULL && value.node->type == YAML_MAPPING_NODE;
}

bool yaml_is_list(struct yaml_value value)
{
    return value.node != NULL && value.node->type == YAML_SEQUENCE_NODE;
}

bool yaml_is_null(struct yaml_value value)
{
    const char *text = yaml_text(value);

    return text != NULL && value.node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (*text == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0);
}

const char *yaml_kind(struct yaml_value value)
{
    return yaml_is_mapping(value)                      ? "a mapping"
           : yaml_is_list(value)                       ? "a list"
           : value.node == NULL || yaml_is_null(value) ? "nothing"
                                                       : "text";
}

const char *yaml_text(struct yaml_value value)
{
    if (value.node == NULL || value.node->type != YAML_SCALAR_NODE) {
        return NULL;
    }
    return (const char *)value.node->data.scalar.value;
}

size_t yaml_length(struct yaml_value value)
{
    if (yaml_is_list(value)) {
        return (size_t)(value.node->data.sequence.items.top -
                        value.node->data.sequence.items.start);
    }
    if (yaml_is_mapping(value)) {
        return (size_t)(value.node->data.mapping.pairs.top - value.node->data.mapping.pairs.start);
    }
    return 0;
}

struct yaml_value yaml_item(struct yaml_value list, size_t i)
{
    return node_at(list.file, list.node->data.sequence.items.start[i]);
}

struct yaml_value yaml_pair_key(struct yaml_value mapping, size_t i)
{
    return node_at(mapping.file, mapping.node->data.mapping.pairs.start[i].key);
}

struct yaml_value yaml_pair_value(struct yaml_value mapping, size_t i)
{
    return node_at(mapping.file, mapping.node->data.mapping.pairs.start[i].value);
}

struct yaml_value yaml_lookup(struct yaml_value mapping, const char *key)
{
    if (yaml_is_mapping(mapping)) {
        for (size_t i = 0; i < yaml_length(mapping); i++) {
            const char *text = yaml_text(yaml_pair_key(mapping, i));

            if (text != NULL && strcmp(text, key) == 0) {
                return yaml_pair_value(mapping, i);
            }
        }
    }
    return (struct yaml_value){mapping.file, NULL};
}
