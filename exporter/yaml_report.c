/* SPDX-License-Identifier: Apache-2.0 */
/* All problems of all YAML files, in the order in which they stand there. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/bounds.h"
#include "exporter/yaml.h"

struct yaml_problem {
    unsigned order;
    size_t line;
    size_t column;
    char *text;
};

void yaml_report_init(struct yaml_report *report)
{
    *report = (struct yaml_report){0};
    report->problems = calloc(YAML_PROBLEMS_MAX + 1, sizeof(struct yaml_problem));
    if (report->problems == NULL) {
        abort();
    }
}

void yaml_report_release(struct yaml_report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        free(report->problems[i].text);
    }
    free(report->problems);
}

static bool stands_after(const struct yaml_problem *a, const struct yaml_problem *b)
{
    if (a->order != b->order) {
        return a->order > b->order;
    }
    return a->line != b->line ? a->line > b->line : a->column > b->column;
}

/* Keeps the first YAML_PROBLEMS_MAX: a hostile file has millions. */
static void insert(struct yaml_report *report, struct yaml_problem problem)
{
    size_t i = report->count++;

    for (; i > 0 && stands_after(&report->problems[i - 1], &problem); i--) {
        report->problems[i] = report->problems[i - 1];
    }
    report->problems[i] = problem;
    if (report->count > YAML_PROBLEMS_MAX) {
        free(report->problems[--report->count].text);
    }
    report->total++;
}

/* A message is one line, whatever was quoted in it, and stays UTF-8 where it was cut. */
static void make_one_line(char *message, bool cut)
{
    size_t length = strlen(message);

    if (cut) {
        while (length > 0 && ((unsigned char)message[length - 1] & 0xC0) == 0x80) {
            length--;
        }
        if (length > 0 && (unsigned char)message[length - 1] >= 0xC0) {
            length--;
        }
        message[length] = '\0';
    }
    for (char *c = message; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7F) {
            *c = ' ';
        }
    }
}

__attribute__((format(printf, 5, 0))) static void add(struct yaml_report *report,
                                                      const struct yaml_file *file, size_t line,
                                                      size_t column, const char *format,
                                                      va_list arguments)
{
    struct yaml_problem problem = {file->order, line, column, NULL};
    char message[ERROR_MESSAGE_BYTES];
    int length = vsnprintf(message, sizeof message, format, arguments);
    int result;

    make_one_line(message, length >= (int)sizeof message);
    if (line == 0) {
        result = asprintf(&problem.text, "%s: %s", file->name, message);
    } else {
        result = asprintf(&problem.text, "%s:%zu:%zu: %s", file->name, line, column, message);
    }
    if (result < 0) {
        abort();
    }
    insert(report, problem);
}

void yaml_report_add(struct yaml_report *report, const struct yaml_file *file, size_t line,
                     size_t column, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add(report, file, line, column, format, arguments);
    va_end(arguments);
}

void yaml_report_value(struct yaml_report *report, struct yaml_value at, const char *format, ...)
{
    size_t line = at.node == NULL ? 1 : at.node->start_mark.line + 1;
    size_t column = at.node == NULL ? 1 : at.node->start_mark.column + 1;
    va_list arguments;

    va_start(arguments, format);
    add(report, at.file, line, column, format, arguments);
    va_end(arguments);
}

char *yaml_report_print(const struct yaml_report *report)
{
    char *text = NULL;
    size_t size = 0;

    if (report->total == 0) {
        return NULL;
    }

    FILE *out = open_memstream(&text, &size);

    if (out == NULL) {
        abort();
    }
    for (size_t i = 0; i < report->count; i++) {
        (void)fprintf(out, "%s\n", report->problems[i].text);
    }
    if (report->total > report->count) {
        (void)fprintf(out, "and %zu more\n", report->total - report->count);
    }
    if (fclose(out) != 0) {
        abort();
    }
    return text;
}
