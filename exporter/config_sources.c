/* SPDX-License-Identifier: Apache-2.0 */
/* The section `sources`: the common keys of every source and those of its collector. */

#include <string.h>

#include "exporter/config_reader.h"

static const struct setting source_rows[] = {
    {.key = "name", .type = SETTING_NAME, .required = true, .help = "The label `source`."},
    {.key = "collector",
     .type = SETTING_NAME,
     .required = true,
     .help = "What kind of system it is; the collectors and their keys are listed below."},
    {.key = "dataset",
     .type = SETTING_NAME,
     .help = "The data that it protects. A source without is named in some service's `evidence`."},
    {.key = "survives",
     .type = SETTING_LIST,
     .help = "The disruptions after which it is still there and good: `[zone, region]`. The "
             "default comes from the collector."},
    {.key = "interval",
     .type = SETTING_DURATION,
     .offset = offsetof(struct source, interval_ms),
     .help = "How often it is measured. The default is that of `exporter`."},
    {.key = "timeout",
     .type = SETTING_DURATION,
     .offset = offsetof(struct source, timeout_ms),
     .help = "How long measuring it once may take. The default is that of `exporter`."},
};
const struct config_table config_source_table = {source_rows,
                                                 sizeof source_rows / sizeof source_rows[0]};

static const struct collector *read_collector(struct config_reader *reader,
                                              const struct setting_loader *loader,
                                              struct yaml_value value)
{
    struct config_name word = {NULL, value};
    const char **names;
    size_t count = 0;

    if (value.node != NULL) {
        word.text = setting_name(loader, "collector", value);
    }
    if (word.text == NULL) {
        return NULL;
    }
    while (collector_registry[count] != NULL) {
        count++;
    }
    names = arena_alloc_array(reader->config->arena, count + 1, sizeof *names);
    for (size_t i = 0; i < count; i++) {
        names[i] = collector_registry[i]->name;
    }
    return collector_registry[config_find_word(loader, "collector", word, names, count)];
}

static unsigned read_survives(const struct setting_loader *loader, struct yaml_value list)
{
    size_t count;
    const struct config_name *names = config_names(loader, "survives", list, &count);
    unsigned survives = 0;

    if (yaml_is_list(list) && yaml_length(list) == 0) {
        yaml_report_value(loader->report, list,
                          "key \"survives\" in %s is empty; name a disruption, or remove the key",
                          loader->owner);
    }
    for (size_t i = 0; i < count; i++) {
        size_t index =
            config_find_word(loader, "disruption", names[i], disruption_names, DISRUPTION_COUNT);

        if (index < DISRUPTION_COUNT) {
            survives |= SURVIVES(index);
        }
    }
    return survives;
}

/* The keys of the collector and the common ones are in one mapping. */
static void read_settings(const struct setting_loader *loader, struct yaml_value entry,
                          struct source *source)
{
    const struct collector *collector = source->collector;
    struct setting_section sections[2] = {{source_rows, config_source_table.count, source}};
    size_t before = loader->report->total;
    struct error error;

    if (collector == NULL) {
        struct setting_loader lenient = *loader;

        lenient.other_keys = true;
        settings_load(&lenient, entry, sections, 1);
        return;
    }

    void *settings = arena_alloc(source->arena, collector->settings_size + 1);

    sections[1] = (struct setting_section){collector->settings, collector->setting_count, settings};
    settings_load(loader, entry, sections, 2);
    source->settings = settings;
    source->feeds = collector->feeds_of == NULL ? collector->feeds : collector->feeds_of(settings);
    if (loader->report->total == before && collector->check != NULL &&
        !collector->check(settings, source->survives, &error)) {
        yaml_report_value(loader->report, entry, "%s: %s", loader->owner, error.message);
    }
}

static struct source *read_source(struct config_reader *reader, struct yaml_value entry, size_t i)
{
    struct arena *arena = arena_new();
    struct setting_loader loader = config_loader(reader, arena, "source", entry, i);
    struct source *source = arena_alloc(arena, sizeof *source);
    struct yaml_value dataset = yaml_lookup(entry, "dataset");
    struct yaml_value survives = yaml_lookup(entry, "survives");

    *source = (struct source){.arena = arena,
                              .interval_ms = reader->defaults.interval_ms,
                              .timeout_ms = reader->defaults.timeout_ms};
    source->name = config_entry_name(&loader, entry);
    source->collector = read_collector(reader, &loader, yaml_lookup(entry, "collector"));
    if (dataset.node != NULL) {
        source->dataset = setting_name(&loader, "dataset", dataset);
    }
    if (survives.node != NULL) {
        source->survives = read_survives(&loader, survives);
    } else if (source->collector != NULL) {
        source->survives = source->collector->survives;
    }
    read_settings(&loader, entry, source);
    return source;
}

void config_read_sources(struct config_reader *reader)
{
    struct config *config = reader->config;
    size_t count;

    reader->source_places = config_section(reader, "sources", &count);
    config->sources = arena_alloc_array(config->arena, count + 1, sizeof(struct source *));
    for (size_t i = 0; i < count; i++) {
        config->sources[i] = read_source(reader, reader->source_places[i], i);
        config->source_count++;
        for (size_t j = 0; j < i; j++) {
            if (*config->sources[i]->name != '\0' &&
                strcmp(config->sources[i]->name, config->sources[j]->name) == 0) {
                config_report_duplicate(reader, "source", config->sources[i]->name,
                                        reader->source_places[i], reader->source_places[j]);
                break;
            }
        }
    }
}
