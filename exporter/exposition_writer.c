/* SPDX-License-Identifier: Apache-2.0 */
/* How families and samples are written, in both exposition formats. */

#include "exporter/exposition_writer.h"

#include <math.h>
#include <string.h>

#include "exporter/label.h"
#include "exporter/number.h"

static bool has_suffix(const char *text, size_t length, const char *suffix)
{
    size_t suffix_length = strlen(suffix);

    return length > suffix_length &&
           memcmp(text + length - suffix_length, suffix, suffix_length) == 0;
}

static const char *type_name(enum metric_type type)
{
    switch (type) {
    case METRIC_COUNTER:
        return "counter";
    case METRIC_HISTOGRAM:
        return "histogram";
    case METRIC_GAUGE:
        break;
    }
    return "gauge";
}

/* Both formats escape backslash and new line; only OpenMetrics escapes the quote too. */
static void write_help(struct exposition *exposition, const char *help)
{
    const char *special = exposition->format == EXPOSITION_OPENMETRICS ? "\\\n\"" : "\\\n";

    for (;;) {
        size_t plain = strcspn(help, special);

        buffer_add(&exposition->text, help, plain);
        help += plain;
        if (*help == '\0') {
            break;
        }
        buffer_add(&exposition->text, "\\", 1);
        buffer_add(&exposition->text, *help == '\n' ? "n" : help, 1);
        help++;
    }
    buffer_add(&exposition->text, "\n", 1);
}

static void write_keyword(struct exposition *exposition, const char *keyword, size_t name_length)
{
    buffer_add_text(&exposition->text, keyword);
    buffer_add(&exposition->text, exposition->metric->name, name_length);
    buffer_add(&exposition->text, " ", 1);
}

static void write_header(struct exposition *exposition)
{
    static const char *const units[] = {"seconds", "bytes", "ratio"};
    const struct metric *metric = exposition->metric;
    bool openmetrics = exposition->format == EXPOSITION_OPENMETRICS;
    size_t length = strlen(metric->name);

    /* In OpenMetrics a counter's family is named without the suffix that its samples have. */
    if (openmetrics && metric->type == METRIC_COUNTER &&
        has_suffix(metric->name, length, "_total")) {
        length -= strlen("_total");
    }
    write_keyword(exposition, "# HELP ", length);
    write_help(exposition, metric->help);
    write_keyword(exposition, "# TYPE ", length);
    buffer_add_text(&exposition->text, type_name(metric->type));
    buffer_add(&exposition->text, "\n", 1);
    for (size_t i = 0; openmetrics && i < sizeof units / sizeof units[0]; i++) {
        if (has_suffix(metric->name, length, units[i])) {
            write_keyword(exposition, "# UNIT ", length);
            buffer_add_text(&exposition->text, units[i]);
            buffer_add(&exposition->text, "\n", 1);
        }
    }
}

void exposition_begin_family(struct exposition *exposition, const struct metric *metric)
{
    exposition->metric = metric;
    exposition->header_written = false;
}

static void need_header(struct exposition *exposition)
{
    if (!exposition->header_written) {
        write_header(exposition);
        exposition->header_written = true;
    }
}

static void write_label(struct buffer *text, bool first, const char *name, const char *value)
{
    buffer_add(text, ",", first ? 0 : 1);
    buffer_add_text(text, name);
    buffer_add(text, "=\"", 2);
    buffer_add_text(text, value);
    buffer_add(text, "\"", 1);
}

void exposition_sample(struct exposition *exposition, struct labels labels,
                       const char *const *values, double value)
{
    const char *const *names = exposition->metric->labels + labels.count;
    struct buffer *text = &exposition->text;
    bool labelled = labels.text[0] != '\0' || names[0] != NULL;

    need_header(exposition);
    buffer_add_text(text, exposition->metric->name);
    buffer_add(text, "{", labelled ? 1 : 0);
    buffer_add_text(text, labels.text);
    for (size_t i = 0; names[i] != NULL; i++) {
        write_label(text, i == 0 && labels.text[0] == '\0', names[i],
                    label_escape(exposition->arena, values[i]));
    }
    buffer_add(text, "} ", labelled ? 2 : 0);
    buffer_add(text, " ", labelled ? 0 : 1);
    buffer_add_number(text, value);
    buffer_add(text, "\n", 1);
}

void exposition_seconds(struct exposition *exposition, struct labels labels,
                        const char *const *values, double seconds)
{
    exposition_sample(exposition, labels, values, nearbyint(seconds * 1e6) / 1e6);
}

void exposition_instant(struct exposition *exposition, struct labels labels,
                        const char *const *values, double instant)
{
    exposition_seconds(exposition, labels, values, instant + exposition->step);
}

void exposition_lines(struct exposition *exposition, const char *lines, size_t length)
{
    if (length > 0) {
        need_header(exposition);
        buffer_add(&exposition->text, lines, length);
    }
}

/* OpenMetrics wants `le` to look the same in every exposition: a float with its point. */
static const char *format_bound(char text[NUMBER_TEXT_BYTES + 2], double bound)
{
    size_t length = number_format(text, bound);

    if (strspn(text, "0123456789") == length) {
        memcpy(text + length, ".0", 3);
    }
    return text;
}

static void write_histogram_line(struct exposition *exposition, const char *suffix,
                                 struct labels labels, const char *bound, double value)
{
    struct buffer *text = &exposition->text;

    buffer_add_text(text, exposition->metric->name);
    buffer_add_text(text, suffix);
    buffer_add(text, "{", 1);
    buffer_add_text(text, labels.text);
    if (bound != NULL) {
        write_label(text, labels.text[0] == '\0', "le", bound);
    }
    buffer_add(text, "} ", 2);
    buffer_add_number(text, value);
    buffer_add(text, "\n", 1);
}

void exposition_histogram(struct exposition *exposition, struct labels labels,
                          const struct account *account)
{
    char bound[NUMBER_TEXT_BYTES + 2];
    uint64_t count = 0;

    need_header(exposition);
    for (size_t i = 0; i < accounting_bound_count; i++) {
        count += account->exposure_seconds[i];
        write_histogram_line(exposition, "_bucket", labels,
                             format_bound(bound, accounting_bounds[i]), (double)count);
    }
    count += account->exposure_seconds[accounting_bound_count];
    write_histogram_line(exposition, "_bucket", labels, "+Inf", (double)count);
    write_histogram_line(exposition, "_sum", labels, NULL, account->exposure_sum);
    write_histogram_line(exposition, "_count", labels, NULL, (double)count);
}

struct labels exposition_labels(struct exposition *exposition, const struct metric *metric,
                                const char *const *values, size_t count)
{
    const char *text = "";

    for (size_t i = 0; i < count; i++) {
        text = arena_printf(exposition->arena, "%s%s%s=\"%s\"", text, i == 0 ? "" : ",",
                            metric->labels[i], label_escape(exposition->arena, values[i]));
    }
    return (struct labels){text, count};
}
