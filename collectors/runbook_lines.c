/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a document, each with what it is part of. */

#include "collectors/runbook_lines.h"

#include <string.h>
#include <strings.h>

size_t runbook_run(const char *text, size_t length, char c)
{
    size_t run = 0;

    while (run < length && text[run] == c) {
        run++;
    }
    return run;
}

/* Without the line end and blanks before it. */
static struct runbook_line cut_line(const char *text, const char *end, const char **ret_next)
{
    const char *newline = memchr(text, '\n', (size_t)(end - text));
    const char *stop = newline == NULL ? end : newline;

    *ret_next = newline == NULL ? end : newline + 1;
    while (stop > text && (stop[-1] == '\r' || stop[-1] == ' ' || stop[-1] == '\t')) {
        stop--;
    }
    return (struct runbook_line){.text = text, .length = (size_t)(stop - text)};
}

static bool line_is(const struct runbook_line *line, const char *text)
{
    return line->length == strlen(text) && memcmp(line->text, text, line->length) == 0;
}

static bool starts_with(const struct runbook_line *line, const char *prefix)
{
    return line->length >= strlen(prefix) && strncasecmp(line->text, prefix, strlen(prefix)) == 0;
}

static size_t find_front_matter_end(const char *text, const char *end)
{
    struct runbook_line line = cut_line(text, end, &text);

    if (!line_is(&line, "---")) {
        return 0;
    }
    for (size_t number = 2; text < end; number++) {
        line = cut_line(text, end, &text);
        if (line_is(&line, "---") || line_is(&line, "...")) {
            return number;
        }
    }
    return 0;
}

/* By the first line that only one of them has. */
static enum runbook_language find_language(struct runbook_lines lines)
{
    while (lines.next < lines.end) {
        struct runbook_line line = cut_line(lines.next, lines.end, &lines.next);
        size_t equals = runbook_run(line.text, line.length, '=');

        if (++lines.number <= lines.front_matter_end) {
            continue;
        }
        if (starts_with(&line, "<!doctype html") || starts_with(&line, "<html")) {
            return RUNBOOK_HTML;
        }
        if (starts_with(&line, "#") || starts_with(&line, "```")) {
            return RUNBOOK_MARKDOWN;
        }
        if (equals > 0 && equals < line.length && line.text[equals] == ' ') {
            return RUNBOOK_ASCIIDOC;
        }
    }
    return RUNBOOK_MARKDOWN;
}

void runbook_lines_init(struct runbook_lines *lines, const char *text, size_t length)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF";

    *lines = (struct runbook_lines){.next = text, .end = text + length};
    if (length >= 3 && memcmp(text, byte_order_mark, 3) == 0) {
        lines->next += 3;
    }
    lines->front_matter_end = find_front_matter_end(lines->next, lines->end);
    lines->language = find_language(*lines);
}

/* https://spec.commonmark.org/0.30/#fenced-code-blocks; AsciiDoc has blocks of its own, which
 * begin and end with the same line:
 * https://docs.asciidoctor.org/asciidoc/latest/blocks/delimited/ */
static bool opens_fence(const struct runbook_lines *lines, const struct runbook_line *line,
                        char *ret_fence, size_t *ret_length)
{
    size_t blanks = runbook_run(line->text, line->length, ' ');
    const char *text = line->text + blanks;
    size_t length = line->length - blanks;
    char fence = length == 0 ? '\0' : *text;
    size_t run = runbook_run(text, length, fence);
    bool whole_line = run == line->length;

    *ret_fence = fence;
    *ret_length = run;
    if (fence == '`') {
        return run >= 3 && memchr(text + run, '`', length - run) == NULL;
    }
    if (lines->language == RUNBOOK_ASCIIDOC) {
        return run >= 4 && whole_line && strchr("-.+/", fence) != NULL;
    }
    return run >= 3 && fence == '~';
}

static bool closes_fence(const struct runbook_lines *lines, const struct runbook_line *line)
{
    size_t blanks = runbook_run(line->text, line->length, ' ');
    size_t run = runbook_run(line->text + blanks, line->length - blanks, lines->fence);
    bool nothing_else = blanks + run == line->length;

    if (strchr("-.+/", lines->fence) != NULL) {
        return nothing_else && blanks == 0 && run == lines->fence_length;
    }
    return nothing_else && run >= lines->fence_length;
}

static bool contains(const char *text, size_t length, const char *part)
{
    return memmem(text, length, part, strlen(part)) != NULL;
}

/* Does a comment that this line is in, or begins, go on in the next one? */
static bool comment_goes_on(const struct runbook_lines *lines, const struct runbook_line *line)
{
    const char *text = line->text;
    size_t length = line->length;

    if (!lines->in_comment) {
        const char *start = memmem(text, length, "<!--", 4);

        if (start == NULL) {
            return false;
        }
        length -= (size_t)(start + 4 - text);
        text = start + 4;
    }
    return !contains(text, length, "-->");
}

static enum runbook_line_kind classify(struct runbook_lines *lines, const struct runbook_line *line)
{
    bool was_in_comment = lines->in_comment;

    if (lines->number <= lines->front_matter_end) {
        return RUNBOOK_LINE_FRONT_MATTER;
    }
    if (lines->language == RUNBOOK_HTML) {
        return RUNBOOK_LINE_TEXT;
    }
    if (lines->fence != '\0') {
        if (closes_fence(lines, line)) {
            lines->fence = '\0';
        }
        return RUNBOOK_LINE_CODE;
    }
    if (!was_in_comment && opens_fence(lines, line, &lines->fence, &lines->fence_length)) {
        return RUNBOOK_LINE_CODE;
    }
    lines->fence = '\0';
    lines->in_comment = comment_goes_on(lines, line);
    return was_in_comment ? RUNBOOK_LINE_COMMENT : RUNBOOK_LINE_TEXT;
}

bool runbook_lines_next(struct runbook_lines *lines, struct runbook_line *ret_line)
{
    struct runbook_line line;

    if (lines->next >= lines->end) {
        return false;
    }
    line = cut_line(lines->next, lines->end, &lines->next);
    line.number = ++lines->number;
    line.kind = classify(lines, &line);
    *ret_line = line;
    return true;
}
