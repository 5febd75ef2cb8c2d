/* SPDX-License-Identifier: Apache-2.0 */
/* Connects the names in a configuration with what they name, and reports what is left over. */

#include <string.h>

#include "exporter/closest.h"
#include "exporter/config_reader.h"

struct names {
    const char **texts;
    size_t count;
};

static struct names names_new(const struct config *config, size_t count)
{
    return (struct names){arena_alloc_array(config->arena, count + 1, sizeof(const char *)), count};
}

static size_t find_dataset(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->dataset_count; i++) {
        if (strcmp(config->datasets[i].name, name) == 0) {
            return i;
        }
    }
    return config->dataset_count;
}

static void report_unneeded(struct config_reader *reader, const struct source *source,
                            struct yaml_value place)
{
    const struct config *config = reader->config;
    struct names known = names_new(config, config->dataset_count);
    const char *closest;

    for (size_t i = 0; i < known.count; i++) {
        known.texts[i] = config->datasets[i].name;
    }
    closest = closest_match(source->dataset, known.texts, known.count);
    if (closest != NULL) {
        yaml_report_value(&reader->report, place,
                          "dataset \"%s\" of source \"%s\" is needed by no service; did you mean "
                          "\"%s\"?",
                          source->dataset, source->name, closest);
    } else {
        yaml_report_value(&reader->report, place,
                          "dataset \"%s\" of source \"%s\" is needed by no service; add it to the "
                          "\"datasets\" of a service, or remove the source",
                          source->dataset, source->name);
    }
}

/* Gives every dataset the list of its sources. */
static void connect_datasets(struct config_reader *reader)
{
    struct config *config = reader->config;
    size_t *dataset_of =
        arena_alloc_array(config->arena, config->source_count + 1, sizeof *dataset_of);

    for (size_t i = 0; i < config->source_count; i++) {
        const struct source *source = config->sources[i];

        dataset_of[i] = config->dataset_count;
        if (source->dataset == NULL) {
            continue;
        }
        dataset_of[i] = find_dataset(config, source->dataset);
        if (dataset_of[i] == config->dataset_count) {
            report_unneeded(reader, source, yaml_lookup(reader->source_places[i], "dataset"));
        } else {
            config->datasets[dataset_of[i]].source_count++;
        }
    }
    for (size_t i = 0; i < config->dataset_count; i++) {
        struct dataset *dataset = &config->datasets[i];

        if (dataset->source_count == 0) {
            yaml_report_value(&reader->report, reader->dataset_places[i],
                              "no source has dataset \"%s\"; add a source with \"dataset: %s\", or "
                              "remove it here",
                              dataset->name, dataset->name);
        }
        dataset->sources =
            arena_alloc_array(config->arena, dataset->source_count + 1, sizeof *dataset->sources);
        dataset->source_count = 0;
    }
    for (size_t i = 0; i < config->source_count; i++) {
        if (dataset_of[i] < config->dataset_count) {
            struct dataset *dataset = &config->datasets[dataset_of[i]];

            dataset->sources[dataset->source_count++] = i;
        }
    }
}

/* The indices of the names that the list `key` of a service has. */
static size_t *resolve_list(struct config_reader *reader, size_t service, const char *key,
                            const char *kind, struct names known, size_t *ret_count)
{
    struct yaml_value entry = reader->service_places[service];
    struct setting_loader loader =
        config_loader(reader, reader->config->arena, "service", entry, service);
    size_t length;
    const struct config_name *names = config_names(&loader, key, yaml_lookup(entry, key), &length);
    size_t *indices = arena_alloc_array(reader->config->arena, length + 1, sizeof *indices);
    size_t count = 0;

    for (size_t i = 0; i < length; i++) {
        indices[count] = config_find_word(&loader, kind, names[i], known.texts, known.count);
        count += indices[count] < known.count;
    }
    *ret_count = count;
    return indices;
}

static bool is_absent_or_empty(struct yaml_value list)
{
    return list.node == NULL || (yaml_is_list(list) && yaml_length(list) == 0);
}

static void connect_services(struct config_reader *reader)
{
    struct config *config = reader->config;
    struct names sources = names_new(config, config->source_count);
    struct names services = names_new(config, config->service_count);

    for (size_t i = 0; i < sources.count; i++) {
        sources.texts[i] = config->sources[i]->name;
    }
    for (size_t i = 0; i < services.count; i++) {
        services.texts[i] = config->services[i].name;
    }
    for (size_t i = 0; i < config->service_count; i++) {
        struct service *service = &config->services[i];
        struct yaml_value entry = reader->service_places[i];

        service->evidence =
            resolve_list(reader, i, "evidence", "source", sources, &service->evidence_count);
        service->depends_on =
            resolve_list(reader, i, "depends_on", "service", services, &service->depends_on_count);
        if (yaml_is_mapping(entry) && is_absent_or_empty(yaml_lookup(entry, "datasets")) &&
            is_absent_or_empty(yaml_lookup(entry, "evidence"))) {
            yaml_report_value(&reader->report, entry,
                              "service \"%s\" has neither \"datasets\" nor \"evidence\"; add one, "
                              "or nothing can be said of it",
                              service->name);
        }
    }
}

/* Its settings say that it is there for its metrics only. */
static bool proves_nothing(const struct source *source)
{
    return source->collector->proves_no_data && source->feeds == 0;
}

/* One of an unknown collector was reported already. */
static bool needs_no_mention(const struct source *source)
{
    return source->collector == NULL || source->collector->names_services || proves_nothing(source);
}

/* Listing what proves nothing of the kind would look like a check and be none. */
static void report_useless_evidence(struct config_reader *reader, size_t service)
{
    const struct config *config = reader->config;
    const struct service *owner = &config->services[service];

    for (size_t i = 0; i < owner->evidence_count; i++) {
        const struct source *source = config->sources[owner->evidence[i]];

        if (source->collector == NULL || source->feeds != 0) {
            continue;
        }
        if (proves_nothing(source)) {
            yaml_report_value(&reader->report, reader->service_places[service],
                              "service \"%s\": evidence \"%s\" is of collector %s with settings "
                              "that make it prove nothing; remove it here, or change them",
                              owner->name, source->name, source->collector->name);
        } else {
            yaml_report_value(&reader->report, reader->service_places[service],
                              "service \"%s\": evidence \"%s\" is of collector %s, which only "
                              "proves that data is safe; name its dataset in \"datasets\" instead",
                              owner->name, source->name, source->collector->name);
        }
    }
}

/* Nor does a source of a dataset that its settings make one of something else. */
static void report_useless_dataset(struct config_reader *reader, size_t index)
{
    const struct source *source = reader->config->sources[index];

    if (source->dataset != NULL && source->collector != NULL &&
        (source->collector->proves_no_data ||
         (source->feeds != 0 && source->collector->feeds_of != NULL))) {
        yaml_report_value(&reader->report, reader->source_places[index],
                          "source \"%s\" has a \"dataset\", but with these settings it proves "
                          "nothing of data; remove the key, and name the source in the "
                          "\"evidence\" of services",
                          source->name);
    }
}

static void report_unused_sources(struct config_reader *reader)
{
    struct config *config = reader->config;
    bool *used = arena_alloc_array(config->arena, config->source_count + 1, sizeof *used);

    for (size_t i = 0; i < config->service_count; i++) {
        report_useless_evidence(reader, i);
        for (size_t j = 0; j < config->services[i].evidence_count; j++) {
            used[config->services[i].evidence[j]] = true;
        }
    }
    for (size_t i = 0; i < config->source_count; i++) {
        struct yaml_value entry = reader->source_places[i];

        report_useless_dataset(reader, i);
        if (!used[i] && !needs_no_mention(config->sources[i]) && yaml_is_mapping(entry) &&
            yaml_lookup(entry, "dataset").node == NULL) {
            yaml_report_value(&reader->report, entry,
                              "source \"%s\" has no \"dataset\" and is in no service's "
                              "\"evidence\"; add one of them, or remove the source",
                              config->sources[i]->name);
        }
    }
}

/* Stricter tiers come first in the list. */
static void find_strictest_tiers(struct config *config)
{
    for (size_t i = 0; i < config->service_count; i++) {
        const struct service *service = &config->services[i];

        for (size_t j = 0; j < service->need_count; j++) {
            struct dataset *dataset = &config->datasets[service->needs[j].dataset];

            if (dataset->strictest == NULL || service->tier < dataset->strictest) {
                dataset->strictest = service->tier;
            }
        }
    }
}

void config_resolve(struct config_reader *reader)
{
    /* After a section that could not be read everything would seem to be missing. */
    if (reader->incomplete) {
        return;
    }
    connect_datasets(reader);
    connect_services(reader);
    report_unused_sources(reader);
    config_order_services(reader);
    if (reader->report.total == 0) {
        find_strictest_tiers(reader->config);
    }
}
