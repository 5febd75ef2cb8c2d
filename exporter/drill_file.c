/* SPDX-License-Identifier: Apache-2.0 */
/* Results of drills as they stand in .prom files. */

#include "exporter/drill_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/bounds.h"
#include "exporter/duration.h"
#include "exporter/label.h"

/* No clock shows more seconds before the year 5138, but all show more milliseconds since 1973. */
#define MILLISECONDS_MIN 1e11

const struct metric drill_metrics[DRILL_METRIC_COUNT] = {DRILL_METRIC_ROWS};

enum drill_metric drill_metric_find(const char *name)
{
    enum drill_metric metric = 0;

    while (metric < DRILL_METRIC_COUNT && strcmp(drill_metrics[metric].name, name) != 0) {
        metric++;
    }
    return metric;
}

bool drill_needs_cleanup(enum drill_type type)
{
    return type != DRILL_TABLETOP;
}

const char *drill_encode_name(struct arena *arena, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    char *encoded = arena_alloc(arena, 3 * strlen(text) + 1);
    char *end = encoded;

    for (const char *c = text; *c != '\0'; c++) {
        if ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
            *c == '.' || *c == '_' || *c == '-') {
            *end++ = *c;
        } else {
            *end++ = '%';
            *end++ = digits[(unsigned char)*c / 16];
            *end++ = digits[(unsigned char)*c % 16];
        }
    }
    return encoded;
}

/* One sample of the contract. */
struct entry {
    const struct text_sample *sample;
    enum drill_metric metric;
    const char *service;
    int type; /* enum drill_type; -1 for a runbook. */
    enum drill_phase phase;
};

struct reader {
    struct drill_file *file;
    struct text_problems *problems;
    double now;
    struct entry *entries;
    size_t entry_count;
    bool type_told[DRILL_METRIC_COUNT];
};

static bool parse_phase(const char *text, enum drill_phase *ret_phase)
{
    for (enum drill_phase phase = 0; phase < DRILL_PHASE_COUNT; phase++) {
        if (strcmp(text, drill_phase_names[phase]) == 0) {
            *ret_phase = phase;
            return true;
        }
    }
    return false;
}

static bool has_labels(const struct text_sample *sample, const char *const *names)
{
    size_t count = 0;

    for (; names[count] != NULL; count++) {
        const char *value = text_sample_label(sample, names[count]);

        if (value == NULL || *value == '\0') {
            return false;
        }
    }
    return count == sample->label_count;
}

static bool read_labels(struct reader *reader, struct entry *entry)
{
    const struct text_sample *sample = entry->sample;
    const char *const *names = drill_metrics[entry->metric].labels;
    const char *drill = text_sample_label(sample, "drill");
    const char *phase = text_sample_label(sample, "phase");
    enum drill_type type;

    if (!has_labels(sample, names)) {
        const char *list = names[0];

        for (size_t i = 1; names[i] != NULL; i++) {
            list = arena_printf(reader->problems->arena, "%s, %s", list, names[i]);
        }
        text_problems_add(reader->problems, sample->place, "%s must have exactly the labels %s",
                          sample->name, list);
        return false;
    }
    entry->service = text_sample_label(sample, "dr_service");
    if (strlen(entry->service) > LABEL_VALUE_BYTES_MAX) {
        text_problems_add(reader->problems, sample->place,
                          "the service's name has more than %d bytes; correct it",
                          LABEL_VALUE_BYTES_MAX);
        return false;
    }
    if (drill != NULL && !drill_type_parse(drill, &type)) {
        text_problems_add(reader->problems, sample->place,
                          "unknown drill \"%.40s\"; write tabletop, component, restore, partial or "
                          "full",
                          drill);
        return false;
    }
    if (phase != NULL && !parse_phase(phase, &entry->phase)) {
        text_problems_add(reader->problems, sample->place,
                          "unknown phase \"%.40s\"; write detect, decide, execute, verify or "
                          "cleanup",
                          phase);
        return false;
    }
    entry->type = drill == NULL ? -1 : (int)type;
    return true;
}

static bool check_instant(struct reader *reader, const struct text_sample *sample)
{
    double value = sample->value;
    char ahead[DURATION_TEXT_BYTES];

    if (!isfinite(value) || value <= 0) {
        text_problems_add(reader->problems, sample->place,
                          "%s is no instant; write Unix seconds, or leave the line out if there "
                          "was none",
                          sample->name);
        return false;
    }
    if (value >= MILLISECONDS_MIN) {
        text_problems_add(reader->problems, sample->place,
                          "%s seems to be in milliseconds; write seconds", sample->name);
        return false;
    }
    if (value > reader->now + DRILL_CLOCK_SKEW_SECONDS) {
        duration_describe(ahead, value - reader->now);
        text_problems_add(reader->problems, sample->place,
                          "%s is %s in the future; correct it, and the clock of the host that "
                          "wrote it",
                          sample->name, ahead);
        return false;
    }
    return true;
}

static bool check_value(struct reader *reader, const struct entry *entry)
{
    const struct text_sample *sample = entry->sample;

    switch (entry->metric) {
    case DRILL_METRIC_LAST_ATTEMPT:
    case DRILL_METRIC_LAST_SUCCESS:
    case DRILL_METRIC_RUNBOOK_VALIDATED:
        return check_instant(reader, sample);
    case DRILL_METRIC_LAST_RESULT:
        if (sample->value != 0 && sample->value != 1) {
            text_problems_add(reader->problems, sample->place, "%s must be 1 or 0", sample->name);
            return false;
        }
        return true;
    case DRILL_METRIC_RECOVERY:
        if (sample->value == 0) {
            text_problems_add(reader->problems, sample->place,
                              "%s is 0, but nothing recovers in no time; leave it out if it was "
                              "not measured",
                              sample->name);
            return false;
        }
        break;
    case DRILL_METRIC_DATA_BYTES:
        if (!isfinite(sample->value) || sample->value <= 0) {
            text_problems_add(reader->problems, sample->place,
                              "%s is no size; write bytes, more than 0", sample->name);
            return false;
        }
        return true;
    case DRILL_METRIC_DATA_LOSS:
    case DRILL_METRIC_PHASE:
    case DRILL_METRIC_COUNT:
        break;
    }
    if (!isfinite(sample->value) || sample->value < 0) {
        text_problems_add(reader->problems, sample->place,
                          "%s is no duration; write seconds, at least 0", sample->name);
        return false;
    }
    return true;
}

static void read_sample(struct reader *reader, const struct text_sample *sample)
{
    struct entry entry = {.sample = sample, .metric = drill_metric_find(sample->name)};

    if (sample->timestamp.line != 0) {
        text_problems_add(reader->problems, sample->timestamp,
                          "a sample in a .prom file must not have a timestamp; remove it");
    }
    if (entry.metric == DRILL_METRIC_COUNT) {
        return;
    }
    if (sample->type != TEXT_GAUGE && sample->type != TEXT_UNTYPED) {
        if (!reader->type_told[entry.metric]) {
            text_problems_add(reader->problems, sample->typed, "%s has the wrong type; write gauge",
                              sample->name);
        }
        reader->type_told[entry.metric] = true;
        return;
    }
    if (read_labels(reader, &entry) && check_value(reader, &entry)) {
        reader->entries[reader->entry_count++] = entry;
    }
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *left = a;
    const struct entry *right = b;
    int order = strcmp(left->service, right->service);

    if (order == 0) {
        order = left->type - right->type;
    }
    if (order == 0) {
        order = (left->sample > right->sample) - (left->sample < right->sample);
    }
    return order;
}

/* What one metric alone cannot show. */
static void check_result(struct reader *reader, const struct drill_result *result)
{
    const struct reading *attempt = &result->values[DRILL_METRIC_LAST_ATTEMPT];
    const struct reading *success = &result->values[DRILL_METRIC_LAST_SUCCESS];
    const struct reading *last = &result->values[DRILL_METRIC_LAST_RESULT];
    const char *drill = drill_type_names[result->type];

    if (!success->known) {
        return;
    }
    if (attempt->known && attempt->value < success->value) {
        text_problems_add(reader->problems, result->place,
                          "the last success of the %s drill is after its last attempt; a success "
                          "is an attempt too",
                          drill);
    }
    if (attempt->known && attempt->value == success->value && last->known && last->value == 0) {
        text_problems_add(reader->problems, result->place,
                          "the last attempt of the %s drill is its last success, but its result is "
                          "0",
                          drill);
    }
    if (drill_needs_cleanup(result->type) && !result->phases[DRILL_PHASE_CLEANUP].known) {
        text_problems_add(reader->problems, result->place,
                          "the %s drill has no phase cleanup: without it there was no success; "
                          "add it, or remove the success",
                          drill);
    }
}

static void add_entry(struct reader *reader, const struct entry *entry)
{
    struct drill_file *file = reader->file;
    struct reading reading = {.known = true, .value = entry->sample->value};
    struct drill_result *result;

    if (entry->type < 0) {
        file->validations[file->validation_count++] =
            (struct drill_validation){.place = entry->sample->place,
                                      .service = entry->service,
                                      .validated = entry->sample->value};
        return;
    }
    result = file->result_count == 0 ? NULL : &file->results[file->result_count - 1];
    if (result == NULL || (int)result->type != entry->type ||
        strcmp(result->service, entry->service) != 0) {
        result = &file->results[file->result_count++];
        result->place = entry->sample->place;
        result->service = entry->service;
        result->type = (enum drill_type)entry->type;
    }
    if (entry->metric == DRILL_METRIC_PHASE) {
        result->phases[entry->phase] = reading;
    } else {
        result->values[entry->metric] = reading;
    }
}

void drill_file_read(struct arena *arena, const char *text, size_t length, double now,
                     struct drill_file *ret_file)
{
    struct drill_file file = {.result_count = 0};
    struct reader reader = {.file = &file, .problems = &file.document.problems, .now = now};
    bool whole;

    text_format_read(arena, text, length, &file.document);
    reader.entries = arena_alloc_array(arena, file.document.sample_count, sizeof *reader.entries);
    for (size_t i = 0; i < file.document.sample_count; i++) {
        read_sample(&reader, &file.document.samples[i]);
    }
    if (reader.entry_count > 0) {
        qsort(reader.entries, reader.entry_count, sizeof *reader.entries, compare_entries);
    }
    file.results = arena_alloc_array(arena, reader.entry_count, sizeof *file.results);
    file.validations = arena_alloc_array(arena, reader.entry_count, sizeof *file.validations);
    for (size_t i = 0; i < reader.entry_count; i++) {
        add_entry(&reader, &reader.entries[i]);
    }
    whole = reader.problems->count == 0;
    /* Of what could only be read in part, something is always missing. */
    for (size_t i = 0; i < file.result_count && whole; i++) {
        check_result(&reader, &file.results[i]);
    }
    text_problems_sort(reader.problems);
    *ret_file = file;
}

static void print_sample(struct buffer *out, struct arena *arena, enum drill_metric metric,
                         const char *const *label_values, double value)
{
    const char *const *names = drill_metrics[metric].labels;

    buffer_add_text(out, drill_metrics[metric].name);
    for (size_t i = 0; names[i] != NULL; i++) {
        buffer_printf(out, "%s%s=\"%s\"", i == 0 ? "{" : ",", names[i],
                      label_escape(arena, label_values[i]));
    }
    buffer_add_text(out, "} ");
    buffer_add_number(out, value);
    buffer_add_text(out, "\n");
}

static void print_results(struct buffer *out, struct arena *arena, enum drill_metric metric,
                          const struct drill_result *result)
{
    const char *labels[] = {result->service, drill_type_names[result->type], NULL};

    if (metric < DRILL_VALUE_COUNT) {
        if (result->values[metric].known) {
            print_sample(out, arena, metric, labels, result->values[metric].value);
        }
        return;
    }
    for (enum drill_phase phase = 0; phase < DRILL_PHASE_COUNT; phase++) {
        if (result->phases[phase].known) {
            labels[2] = drill_phase_names[phase];
            print_sample(out, arena, metric, labels, result->phases[phase].value);
        }
    }
}

void drill_file_print(struct buffer *out, struct arena *arena, const struct drill_file *file)
{
    for (enum drill_metric metric = 0; metric < DRILL_METRIC_COUNT; metric++) {
        size_t before = out->length;
        size_t header;

        buffer_printf(out, "# HELP %s %s\n# TYPE %s gauge\n", drill_metrics[metric].name,
                      drill_metrics[metric].help, drill_metrics[metric].name);
        header = out->length;
        for (size_t i = 0; i < file->result_count && metric <= DRILL_METRIC_PHASE; i++) {
            print_results(out, arena, metric, &file->results[i]);
        }
        for (size_t i = 0; i < file->validation_count && metric > DRILL_METRIC_PHASE; i++) {
            print_sample(out, arena, metric, &file->validations[i].service,
                         file->validations[i].validated);
        }
        if (out->length == header) {
            out->length = before;
        }
    }
}
