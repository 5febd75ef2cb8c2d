/* SPDX-License-Identifier: Apache-2.0 */
/* The reference of all metrics as Markdown, from the tables that the exposition is made of. */

#include <string.h>

#include "exporter/exposition.h"
#include "exporter/framework_metrics.h"

static const char *const type_names[] = {
    [METRIC_GAUGE] = "gauge",
    [METRIC_COUNTER] = "counter",
    [METRIC_HISTOGRAM] = "histogram",
};

/* A bar would end the cell. */
static void print_cell(FILE *out, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        (void)fputs(*c == '|' ? "\\" : "", out);
        (void)fputc(*c == '\n' ? ' ' : *c, out);
    }
}

static void print_metric(FILE *out, const struct metric *metric, bool of_collector)
{
    const char *separator = "";

    (void)fprintf(out, "| `%s` | %s | ", metric->name, type_names[metric->type]);
    if (of_collector) {
        (void)fputs("`source`, `collector`, `dataset`", out);
        separator = ", ";
    }
    for (size_t i = 0; metric->labels[i] != NULL; i++) {
        (void)fprintf(out, "%s`%s`", separator, metric->labels[i]);
        separator = ", ";
    }
    (void)fputs(" | ", out);
    print_cell(out, metric->help);
    (void)fputs(" |\n", out);
}

static void print_table(FILE *out, const char *title, const struct metric *metrics, size_t count,
                        bool of_collector)
{
    (void)fprintf(out, "### %s\n\n| Metric | Type | Labels | Meaning |\n|---|---|---|---|\n",
                  title);
    for (size_t i = 0; i < count; i++) {
        print_metric(out, &metrics[i], of_collector);
    }
}

bool exposition_print_reference(FILE *out, const char *collector_name)
{
    bool found = false;

    if (collector_name == NULL) {
        print_table(out, "Framework", framework_metrics, FRAMEWORK_METRIC_COUNT, false);
        found = true;
    }
    for (size_t i = 0; collector_registry[i] != NULL; i++) {
        const struct collector *collector = collector_registry[i];

        if (collector_name == NULL || strcmp(collector->name, collector_name) == 0) {
            (void)fputs(found ? "\n" : "", out);
            print_table(out, collector->name, collector->metrics, collector->metric_count, true);
            found = true;
        }
    }
    return found;
}
