/* SPDX-License-Identifier: Apache-2.0 */
/* The reference of the configuration file, from the same tables that load it. */

#include <string.h>

#include "exporter/config_reader.h"

static void print_section(FILE *out, const char *heading, const char *text,
                          const struct config_table *table)
{
    (void)fprintf(out, "### %s\n\n%s\n\n", heading, text);
    settings_print(out, table->rows, table->count);
    (void)fputc('\n', out);
}

static void print_file(FILE *out)
{
    print_section(out, "The file",
                  "One YAML file. Durations are written as in Prometheus (`500ms`, `15s`, `1h30m`, "
                  "`90d`), sizes with their unit (`10MiB`). In every value `${NAME}` is replaced "
                  "by the environment variable and `$$` by a dollar. Files that it names are "
                  "relative to it.",
                  &config_file_table);
    print_section(out, "`exporter`", "A mapping.", &config_exporter_table);
    print_section(out, "`tiers`", "A list of mappings.", &config_tier_table);
    print_section(out, "`services`", "A list of mappings.", &config_service_table);
    print_section(out, "`sources`",
                  "A list of mappings. Beside the keys that all sources have, each has those of "
                  "its collector.",
                  &config_source_table);
}

static void print_survives(FILE *out, unsigned survives)
{
    const char *separator = "";

    (void)fputs("Survives by default: ", out);
    for (int i = 0; i < DISRUPTION_COUNT; i++) {
        if ((survives & SURVIVES(i)) != 0) {
            (void)fprintf(out, "%s`%s`", separator, disruption_name((enum disruption)i));
            separator = ", ";
        }
    }
    (void)fprintf(out, "%s.", *separator == '\0' ? "nothing" : "");
}

static void print_collector(FILE *out, const struct collector *collector)
{
    (void)fprintf(out, "### Collector `%s`\n\n%s ", collector->name, collector->summary);
    print_survives(out, collector->survives);
    (void)fprintf(out, " %s\n\n",
                  collector->proves_zero_data_loss ? "Can prove that no commit is lost (RPO 0)."
                                                   : "Cannot prove RPO 0.");
    settings_print(out, collector->settings, collector->setting_count);
    (void)fputc('\n', out);
}

bool config_print_settings(FILE *out, const char *name)
{
    bool found = name == NULL;

    if (name == NULL) {
        print_file(out);
    }
    for (size_t i = 0; collector_registry[i] != NULL; i++) {
        if (name == NULL || strcmp(collector_registry[i]->name, name) == 0) {
            print_collector(out, collector_registry[i]);
            found = true;
        }
    }
    return found;
}
