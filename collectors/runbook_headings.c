/* SPDX-License-Identifier: Apache-2.0 */
/* The headings of a document in Markdown, AsciiDoc or HTML. */

#include "collectors/runbook_headings.h"

#include <string.h>
#include <strings.h>

#include "collectors/runbook_lines.h"

/* `# Text` or `= Text`: one to six marks and a blank. Markdown allows three blanks before; four
 * make a code block. */
static bool is_marked(const struct runbook_line *line, char mark, size_t blanks_max)
{
    size_t blanks = runbook_run(line->text, line->length, ' ');
    size_t marks = runbook_run(line->text + blanks, line->length - blanks, mark);
    size_t text = blanks + marks;

    return blanks <= blanks_max && marks >= 1 && marks <= 6 && text < line->length &&
           (line->text[text] == ' ' || line->text[text] == '\t');
}

/* A line of `=` or `-` only makes the text above it a heading. */
static bool is_underline(const struct runbook_line *line)
{
    size_t blanks = runbook_run(line->text, line->length, ' ');
    const char *text = line->text + blanks;
    size_t length = line->length - blanks;

    return blanks <= 3 && length > 0 &&
           (runbook_run(text, length, '=') == length || runbook_run(text, length, '-') == length);
}

/* Text that an underline can make a heading: no code, quotation, table, tag or list. */
static bool is_paragraph(const struct runbook_line *line)
{
    size_t blanks = runbook_run(line->text, line->length, ' ');

    return line->kind == RUNBOOK_LINE_TEXT && blanks <= 3 && blanks < line->length &&
           strchr("\t>|<#", line->text[blanks]) == NULL && !is_underline(line);
}

static void find_in_lines(struct runbook_lines *lines, runbook_heading_found *found, void *context)
{
    struct runbook_line previous = {.kind = RUNBOOK_LINE_CODE};
    struct runbook_line line;
    bool markdown = lines->language == RUNBOOK_MARKDOWN;

    for (; runbook_lines_next(lines, &line); previous = line) {
        if (line.kind != RUNBOOK_LINE_TEXT) {
            continue;
        }
        if (is_marked(&line, markdown ? '#' : '=', markdown ? 3 : 0)) {
            found(context, line.text, line.length);
        } else if (markdown && is_underline(&line) && is_paragraph(&previous)) {
            found(context, previous.text, previous.length);
        }
    }
}

static const char *find(const char *text, const char *end, const char *part)
{
    size_t length = strlen(part);

    for (; (size_t)(end - text) >= length; text++) {
        if (strncasecmp(text, part, length) == 0) {
            return text;
        }
    }
    return end;
}

/* Elements whose content is not shown as headings, and how they end. */
static const struct {
    const char *start;
    const char *end;
} hidden[] = {
    {"<!--", "-->"},       {"<pre", "</pre"},           {"<script", "</script"},
    {"<style", "</style"}, {"<template", "</template"}, {"<textarea", "</textarea"},
};

/* The end of the hidden element that begins here; NULL when none does. */
static const char *skip_hidden(const char *text, const char *end)
{
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
        size_t length = strlen(hidden[i].start);

        if ((size_t)(end - text) >= length && strncasecmp(text, hidden[i].start, length) == 0) {
            return find(text + length, end, hidden[i].end);
        }
    }
    return NULL;
}

static bool starts_heading(const char *text, const char *end)
{
    return end - text >= 4 && (text[1] == 'h' || text[1] == 'H') && text[2] >= '1' &&
           text[2] <= '6' && strchr("> \t\r\n", text[3]) != NULL;
}

/* The texts between the tags of a heading: what stands in an attribute is not shown. */
static void find_texts(const char *text, const char *end, runbook_heading_found *found,
                       void *context)
{
    while ((text = memchr(text, '>', (size_t)(end - text))) != NULL) {
        const char *stop = memchr(text, '<', (size_t)(end - text));

        stop = stop == NULL ? end : stop;
        found(context, text, (size_t)(stop - text));
        text = stop;
    }
}

static void find_in_tags(const char *text, const char *end, runbook_heading_found *found,
                         void *context)
{
    while ((text = memchr(text, '<', (size_t)(end - text))) != NULL) {
        const char *skipped = skip_hidden(text, end);

        if (skipped != NULL) {
            text = skipped;
        } else if (starts_heading(text, end)) {
            const char *stop = find(text, end, "</h");

            if (stop < end) {
                find_texts(text, stop, found, context);
            }
            text = stop;
        } else {
            text++;
        }
    }
}

void runbook_headings_find(const char *text, size_t length, runbook_heading_found *found,
                           void *context)
{
    struct runbook_lines lines;

    runbook_lines_init(&lines, text, length);
    if (lines.language == RUNBOOK_HTML) {
        find_in_tags(text, text + length, found, context);
    } else {
        find_in_lines(&lines, found, context);
    }
}
