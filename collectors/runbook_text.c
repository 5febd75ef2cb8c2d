/* SPDX-License-Identifier: Apache-2.0 */
/* What a runbook says of itself: when it was validated, and whether its sections are there. */

#include "collectors/runbook_text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "collectors/runbook_date.h"
#include "collectors/runbook_headings.h"
#include "collectors/runbook_lines.h"
#include "exporter/bounds.h"

/* A section's name is a label value and stands in reasons. */
#define SECTION_BYTES_MAX 100
/* Where people look for the date of a document. */
#define DATE_LINES_MAX 100
/* When a day without zone begins on the first island, its day in UTC is still to come. */
#define ZONE_SECONDS_MAX (14 * 3600)
/* How far the clock of who wrote an instant may be ahead of ours. */
#define CLOCK_SKEW_SECONDS_MAX 300

#define BLANKS " \t\r\n"

/* The next name of a list, without blanks around; false at the end. */
static bool next_section(const char **cursor, const char **ret_name, size_t *ret_length)
{
    while (**cursor != '\0') {
        const char *name = *cursor + strspn(*cursor, BLANKS);
        size_t length = strcspn(name, ",");

        *cursor = name + length + (name[length] == ',' ? 1 : 0);
        while (length > 0 && strchr(BLANKS, name[length - 1]) != NULL) {
            length--;
        }
        if (length > 0) {
            *ret_name = name;
            *ret_length = length;
            return true;
        }
    }
    return false;
}

struct runbook_sections runbook_sections_parse(struct arena *arena, const char *text)
{
    struct runbook_sections sections = {0};
    const char *cursor = text;
    const char *name;
    size_t length;

    while (next_section(&cursor, &name, &length)) {
        sections.count++;
    }
    sections.names = arena_alloc_array(arena, sections.count + 1, sizeof *sections.names);
    cursor = text;
    for (size_t i = 0; next_section(&cursor, &name, &length); i++) {
        sections.names[i] = arena_strndup(arena, name, length);
    }
    return sections;
}

bool runbook_sections_check(const char *text, struct error *error)
{
    const char *cursor = text;
    const char *name;
    const char *other;
    size_t count = 0;
    size_t length;
    size_t other_length;

    while (next_section(&cursor, &name, &length)) {
        const char *rest = cursor;

        if (++count > RUNBOOK_SECTIONS_MAX) {
            return error_set(error, ERROR_INTERNAL,
                             "\"required_sections\" names more than %d; write fewer",
                             RUNBOOK_SECTIONS_MAX);
        }
        if (length > SECTION_BYTES_MAX) {
            return error_set(error, ERROR_INTERNAL,
                             "\"required_sections\": a name is longer than %d bytes; shorten it, "
                             "and separate names by commas",
                             SECTION_BYTES_MAX);
        }
        while (next_section(&rest, &other, &other_length)) {
            if (length == other_length && strncasecmp(name, other, length) == 0) {
                return error_set(error, ERROR_INTERNAL,
                                 "\"required_sections\" names \"%.*s\" twice; remove one",
                                 (int)length, name);
            }
        }
    }
    return true;
}

struct reader {
    struct arena *arena;
    const struct runbook_sections *sections;
    double now;
    struct runbook_text result;
};

static bool is_word_byte(const char *text, size_t length, size_t index)
{
    /* Bytes beyond ASCII are parts of letters. */
    return index < length &&
           (isalnum((unsigned char)text[index]) || (unsigned char)text[index] >= 0x80);
}

static bool contains_word(const char *text, size_t length, const char *word)
{
    size_t word_length = strlen(word);

    for (size_t i = 0; i + word_length <= length; i++) {
        if (strncasecmp(text + i, word, word_length) == 0 &&
            (i == 0 || !is_word_byte(text, length, i - 1)) &&
            !is_word_byte(text, length, i + word_length)) {
            return true;
        }
    }
    return false;
}

static void note_heading(void *context, const char *heading, size_t length)
{
    struct reader *reader = context;

    for (size_t i = 0; i < reader->sections->count; i++) {
        if (contains_word(heading, length, reader->sections->names[i])) {
            reader->result.missing[i] = false;
        }
    }
}

static void add_problem(struct reader *reader, const char *problem)
{
    const char *former = reader->result.problem;

    reader->result.problem =
        former == NULL ? problem : arena_printf(reader->arena, "%s; %s", former, problem);
}

/* Moves behind marks that may stand before a key or around its colon, tags included. */
static void skip_marks(const char **cursor, const char *end, const char *marks)
{
    while (*cursor < end) {
        if (end - *cursor >= 4 && memcmp(*cursor, "<!--", 4) == 0) {
            *cursor += 4;
        } else if (**cursor == '<') {
            const char *tag_end = memchr(*cursor, '>', (size_t)(end - *cursor));

            if (tag_end == NULL) {
                return;
            }
            *cursor = tag_end + 1;
        } else if (**cursor != '\0' && strchr(marks, **cursor) != NULL) {
            (*cursor)++;
        } else {
            return;
        }
    }
}

static bool skip_key(const char **cursor, const char *end)
{
    static const char *const keys[] = {"last?validated", "last?reviewed"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        size_t length = strlen(keys[i]);

        if ((size_t)(end - *cursor) > length && strncasecmp(*cursor, keys[i], 4) == 0 &&
            strchr("_- ", (*cursor)[4]) != NULL &&
            strncasecmp(*cursor + 5, keys[i] + 5, length - 5) == 0) {
            *cursor += length;
            return true;
        }
    }
    return false;
}

/* Moves to the value in a line like `**Last validated:** 2026-11-21`. */
static bool find_value(const struct runbook_line *line, const char **ret_value, size_t *ret_length)
{
    const char *cursor = line->text;
    const char *end = line->text + line->length;

    skip_marks(&cursor, end, " \t>*-_:");
    if (!skip_key(&cursor, end)) {
        return false;
    }
    skip_marks(&cursor, end, " \t*_");
    if (cursor == end || *cursor != ':') {
        return false;
    }
    cursor++;
    skip_marks(&cursor, end, " \t*_\"'`");
    *ret_value = cursor;
    *ret_length = (size_t)(end - cursor);
    return true;
}

static void note_date(struct reader *reader, const struct runbook_line *line)
{
    struct reading *validated = &reader->result.validated;
    struct runbook_date date;
    const char *value;
    size_t length;
    double seconds;

    if (!find_value(line, &value, &length)) {
        return;
    }
    if (!runbook_date_parse(value, length, &date)) {
        add_problem(reader, arena_printf(reader->arena,
                                         "line %zu has no date that can be read; write "
                                         "2026-11-21 or 2026-11-21T14:00:00Z",
                                         line->number));
        return;
    }
    seconds = date.seconds;
    if (seconds > reader->now + (date.whole_day ? ZONE_SECONDS_MAX : CLOCK_SKEW_SECONDS_MAX)) {
        add_problem(reader, arena_printf(reader->arena, "the date in line %zu is in the future",
                                         line->number));
        return;
    }
    if (seconds > reader->now) {
        seconds = reader->now;
    }
    if (!validated->known || seconds > validated->value) {
        *validated = (struct reading){.known = true, .value = seconds};
    }
}

static void read_dates(struct reader *reader, const char *text, size_t length)
{
    struct runbook_lines lines;
    struct runbook_line line;

    runbook_lines_init(&lines, text, length);
    while (runbook_lines_next(&lines, &line)) {
        if (line.number > DATE_LINES_MAX && lines.language != RUNBOOK_HTML) {
            break;
        }
        if (line.kind != RUNBOOK_LINE_CODE && reader->result.problem == NULL) {
            note_date(reader, &line);
        }
    }
    if (reader->result.problem != NULL) {
        reader->result.validated = (struct reading){.known = false};
    }
}

static void name_missing(struct reader *reader)
{
    const char *names = NULL;

    for (size_t i = 0; i < reader->sections->count; i++) {
        const char *name = reader->sections->names[i];

        if (reader->result.missing[i]) {
            reader->result.missing_count++;
            names = names == NULL ? name : arena_printf(reader->arena, "%s, %s", names, name);
        }
    }
    if (reader->result.missing_count == 1) {
        add_problem(reader, arena_printf(reader->arena, "the section %s is missing", names));
    } else if (names != NULL) {
        add_problem(reader, arena_printf(reader->arena, "the sections %s are missing", names));
    }
}

struct runbook_text runbook_text_read(struct arena *arena, const char *text, size_t length,
                                      const struct runbook_sections *sections, double now)
{
    struct reader reader = {.arena = arena, .sections = sections, .now = now};

    reader.result.missing = arena_alloc_array(arena, sections->count + 1, sizeof(bool));
    memset(reader.result.missing, true, sections->count);
    read_dates(&reader, text, length);
    runbook_headings_find(text, length, note_heading, &reader);
    name_missing(&reader);
    return reader.result;
}
