/* SPDX-License-Identifier: Apache-2.0 */
/* The section `services`: what is recovered, the data that it needs and its own objectives. */

#include <string.h>

#include "exporter/bounds.h"
#include "exporter/config_reader.h"

static const struct setting service_rows[] = {
    {.key = "name", .type = SETTING_NAME, .required = true, .help = "The label `dr_service`."},
    {.key = "tier", .type = SETTING_NAME, .required = true, .help = "The name of its tier."},
    {.key = "owner",
     .type = SETTING_TEXT,
     .offset = offsetof(struct service, owner),
     .default_text = "",
     .help = "Who is called."},
    {.key = "runbook_url",
     .type = SETTING_TEXT,
     .offset = offsetof(struct service, runbook_url),
     .default_text = "",
     .help = "How it is recovered."},
    {.key = "datasets",
     .type = SETTING_LIST,
     .help = "The data that it needs, by names that sources use too. With another RPO than its "
             "tier's for one of them: `[orders, {name: sessions, rpo: 5m}]`."},
    {.key = "evidence",
     .type = SETTING_LIST,
     .help = "Names of sources that prove something else than the safety of data."},
    {.key = "depends_on",
     .type = SETTING_LIST,
     .help = "Names of services that must be back before this one."},
    {.key = "dns_ttl", .type = SETTING_PERIOD, .help = "In place of its tier's."},
    {.key = "scale_out_time", .type = SETTING_PERIOD, .help = "In place of its tier's."},
    {.key = "accept_data_loss",
     .type = SETTING_MAPPING,
     .help = "For the time of an incident: the gate opens although more would be lost than the RPO "
             "allows: `{reason: \"approved by the head of payments\", until: "
             "2026-11-22T06:00:00Z}`. It does not open for a copy that cannot be used or a loss "
             "that is not known."},
};
const struct config_table config_service_table = {service_rows,
                                                  sizeof service_rows / sizeof service_rows[0]};

static const struct setting need_rows[] = {
    {.key = "name", .type = SETTING_NAME, .required = true, .help = "Of the dataset."},
    {.key = "rpo", .type = SETTING_PERIOD, .help = "That is accepted for it."},
};

/* The index of the dataset, which is new when no service named it before. */
static size_t intern_dataset(struct config_reader *reader, const char *name,
                             struct yaml_value place)
{
    struct config *config = reader->config;

    for (size_t i = 0; i < config->dataset_count; i++) {
        if (strcmp(config->datasets[i].name, name) == 0) {
            return i;
        }
    }
    if (config->dataset_count == CONFIG_ENTRIES_MAX) {
        yaml_report_value(&reader->report, place, "more than %d datasets; split the plan",
                          CONFIG_ENTRIES_MAX);
        return 0;
    }
    config->datasets[config->dataset_count].name = name;
    reader->dataset_places[config->dataset_count] = place;
    return config->dataset_count++;
}

/* One item of `datasets`: a name, or {name, rpo}. False if there is no name to go on with. */
static bool read_need(struct config_reader *reader, const struct setting_loader *loader,
                      struct yaml_value item, struct need *need)
{
    struct yaml_value place = item;
    const char *name;

    if (yaml_is_mapping(item)) {
        struct setting_loader inner = *loader;
        struct setting_section section = {need_rows, sizeof need_rows / sizeof need_rows[0], NULL};
        struct yaml_value rpo = yaml_lookup(item, "rpo");

        inner.owner = arena_printf(loader->arena, "a dataset of %s", loader->owner);
        settings_load(&inner, item, &section, 1);
        place = yaml_lookup(item, "name");
        if (rpo.node != NULL) {
            need->rpo.stated = setting_duration(&inner, "rpo", rpo, true, &need->rpo.ms);
        }
        if (place.node == NULL) {
            return false;
        }
    }
    name = setting_name(loader, "datasets", place);
    if (name == NULL) {
        return false;
    }
    need->dataset = intern_dataset(reader, name, place);
    return true;
}

static bool is_needed(const struct service *service, size_t dataset)
{
    for (size_t i = 0; i < service->need_count; i++) {
        if (service->needs[i].dataset == dataset) {
            return true;
        }
    }
    return false;
}

static void read_needs(struct config_reader *reader, const struct setting_loader *loader,
                       struct yaml_value list, struct service *service)
{
    size_t length = yaml_length(list);

    if (list.node == NULL) {
        return;
    }
    if (!yaml_is_list(list) || length > CONFIG_ENTRIES_MAX) {
        yaml_report_value(loader->report, list,
                          "key \"datasets\" in %s must be a list of at most %d names, not %s; "
                          "write for example [orders]",
                          loader->owner, CONFIG_ENTRIES_MAX,
                          yaml_is_list(list) ? "a longer one" : yaml_kind(list));
        return;
    }
    service->needs = arena_alloc_array(loader->arena, length + 1, sizeof *service->needs);
    for (size_t i = 0; i < length; i++) {
        struct need need = {0};

        if (!read_need(reader, loader, yaml_item(list, i), &need)) {
            continue;
        }
        if (is_needed(service, need.dataset)) {
            yaml_report_value(loader->report, yaml_item(list, i),
                              "\"%s\" stands twice in \"datasets\" of %s; remove one",
                              reader->config->datasets[need.dataset].name, loader->owner);
            continue;
        }
        service->needs[service->need_count++] = need;
    }
}

static void read_tier_name(struct config_reader *reader, const struct setting_loader *loader,
                           struct yaml_value value, struct service *service)
{
    struct config *config = reader->config;
    struct config_name word = {NULL, value};
    const char **names;
    size_t index;

    if (value.node != NULL) {
        word.text = setting_name(loader, "tier", value);
    }
    if (word.text == NULL || reader->incomplete) {
        return;
    }
    names = arena_alloc_array(loader->arena, config->tier_count + 1, sizeof *names);
    for (size_t i = 0; i < config->tier_count; i++) {
        names[i] = config->tiers[i].name;
    }
    index = config_find_word(loader, "tier", word, names, config->tier_count);
    if (index < config->tier_count) {
        service->tier = &config->tiers[index];
    }
}

static void read_service(struct config_reader *reader, struct yaml_value entry, size_t i)
{
    struct service *service = &reader->config->services[i];
    struct setting_loader loader =
        config_loader(reader, reader->config->arena, "service", entry, i);
    struct setting_section section = {service_rows, config_service_table.count, service};

    service->name = config_entry_name(&loader, entry);
    settings_load(&loader, entry, &section, 1);
    read_tier_name(reader, &loader, yaml_lookup(entry, "tier"), service);
    read_needs(reader, &loader, yaml_lookup(entry, "datasets"), service);
    if (service->tier != NULL) {
        service->recovery_terms = service->tier->recovery_terms;
    }
    config_read_recovery_terms(&loader, entry, &service->recovery_terms);
    config_read_accepted_loss(&loader, yaml_lookup(entry, "accept_data_loss"), service);
}

void config_read_services(struct config_reader *reader)
{
    struct config *config = reader->config;
    size_t count;

    reader->service_places = config_section(reader, "services", &count);
    reader->dataset_places =
        arena_alloc_array(config->arena, CONFIG_ENTRIES_MAX, sizeof *reader->dataset_places);
    config->services = arena_alloc_array(config->arena, count + 1, sizeof *config->services);
    config->datasets =
        arena_alloc_array(config->arena, CONFIG_ENTRIES_MAX, sizeof *config->datasets);
    config->service_count = count;
    for (size_t i = 0; i < count; i++) {
        read_service(reader, reader->service_places[i], i);
        for (size_t j = 0; j < i; j++) {
            if (*config->services[i].name != '\0' &&
                strcmp(config->services[i].name, config->services[j].name) == 0) {
                config_report_duplicate(reader, "service", config->services[i].name,
                                        reader->service_places[i], reader->service_places[j]);
                break;
            }
        }
    }
}
