/* SPDX-License-Identifier: Apache-2.0 */
/* Samples of one collection, and their rendering into exposition lines, once, by the worker. */

#include "exporter/samples.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/label.h"
#include "exporter/number.h"
#include "exporter/snapshot.h"

struct sample {
    struct sample *next; /* Of the same metric, in the order of addition. */
    double value;
    const char *labels; /* `,slot="…"`, escaped; "" without own labels. */
};

struct sample_list {
    struct sample *first;
    struct sample **end;
};

struct samples {
    struct arena *arena;
    const struct collector *collector;
    struct sample_list *lists; /* One a metric. */
    size_t count;
    size_t dropped;
};

struct samples *samples_new(struct arena *arena, const struct collector *collector)
{
    struct samples *samples = arena_alloc(arena, sizeof *samples);

    samples->arena = arena;
    samples->collector = collector;
    samples->lists = arena_alloc_array(arena, collector->metric_count, sizeof *samples->lists);
    for (size_t i = 0; i < collector->metric_count; i++) {
        samples->lists[i].end = &samples->lists[i].first;
    }
    return samples;
}

static void add(struct samples *samples, size_t metric, double value, const char *labels)
{
    struct sample *sample;

    if (isnan(value)) {
        return;
    }
    if (samples->count == SAMPLES_PER_COLLECTION_MAX) {
        samples->dropped++;
        return;
    }
    sample = arena_alloc(samples->arena, sizeof *sample);
    sample->value = value;
    sample->labels = labels;
    *samples->lists[metric].end = sample;
    samples->lists[metric].end = &sample->next;
    samples->count++;
}

void samples_add(struct samples *samples, size_t metric, double value)
{
    add(samples, metric, value, "");
}

void samples_add_labelled(struct samples *samples, size_t metric, double value,
                          const char *const *label_values)
{
    const struct metric *description = &samples->collector->metrics[metric];
    const char *labels = "";

    for (size_t i = 0; description->labels[i] != NULL; i++) {
        labels = arena_printf(samples->arena, "%s,%s=\"%s\"", labels, description->labels[i],
                              label_escape(samples->arena, label_values[i]));
    }
    add(samples, metric, value, labels);
}

static void write_line(FILE *out, const char *name, const char *labels, const struct sample *sample)
{
    char number[NUMBER_TEXT_BYTES];

    (void)number_format(number, sample->value);
    (void)fputs(name, out);
    (void)fputc('{', out);
    (void)fputs(labels, out);
    (void)fputs(sample->labels, out);
    (void)fputs("} ", out);
    (void)fputs(number, out);
    (void)fputc('\n', out);
}

void samples_render(struct samples *samples, const char *labels, struct snapshot *snapshot)
{
    size_t metric_count = samples->collector->metric_count;
    struct text_slice *lines = arena_alloc_array(samples->arena, metric_count, sizeof *lines);
    size_t *ends = arena_alloc_array(samples->arena, metric_count, sizeof *ends);
    size_t length = 0;
    FILE *out = open_memstream(&snapshot->text, &length);
    size_t begin = 0;

    if (out == NULL) {
        abort();
    }
    for (size_t i = 0; i < metric_count; i++) {
        for (struct sample *sample = samples->lists[i].first; sample != NULL;
             sample = sample->next) {
            write_line(out, samples->collector->metrics[i].name, labels, sample);
        }
        ends[i] = (size_t)ftell(out);
    }
    if (fclose(out) != 0) {
        abort();
    }
    for (size_t i = 0; i < metric_count; i++) {
        lines[i] = (struct text_slice){.text = snapshot->text + begin, .length = ends[i] - begin};
        begin = ends[i];
    }
    snapshot->lines = lines;
    snapshot->sample_count = samples->count;
    snapshot->samples_dropped = samples->dropped;
}

void snapshot_free(struct snapshot *snapshot)
{
    if (snapshot != NULL) {
        free(snapshot->text);
        arena_free(snapshot->arena);
    }
}
