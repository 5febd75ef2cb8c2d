/* SPDX-License-Identifier: Apache-2.0 */
/* The plan: loading it as a whole, and looking things up in it. */

#include "exporter/config.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/config_reader.h"

static void reader_init(struct config_reader *reader, const char *path)
{
    struct arena *arena = arena_new();

    *reader = (struct config_reader){0};
    reader->config = arena_alloc(arena, sizeof *reader->config);
    reader->config->arena = arena;
    reader->config->path = arena_strdup(arena, path);
    yaml_report_init(&reader->report);
}

static void reader_release(struct config_reader *reader)
{
    for (size_t i = 0; i < reader->file_count; i++) {
        yaml_file_free(reader->files[i]);
    }
    free(reader->files);
    yaml_report_release(&reader->report);
}

static int compare_names(const void *a, const void *b, void *services)
{
    const struct service *list = services;

    return strcmp(list[*(const size_t *)a].name, list[*(const size_t *)b].name);
}

static void sort_service_names(struct config *config)
{
    config->service_names =
        arena_alloc_array(config->arena, config->service_count + 1, sizeof *config->service_names);
    for (size_t i = 0; i < config->service_count; i++) {
        config->service_names[i] = i;
    }
    qsort_r(config->service_names, config->service_count, sizeof *config->service_names,
            compare_names, config->services);
}

/* From files that were read to a configuration, or to a report. */
static struct config *finish(struct config_reader *reader, char **ret_report)
{
    struct config *config = reader->config;

    if (reader->file_count > 0 && yaml_is_mapping(yaml_root(reader->files[0]))) {
        config_read_exporter(reader);
        config_read_tiers(reader);
        config_read_services(reader);
        config_read_sources(reader);
        config_resolve(reader);
    }
    if (reader->report.total > 0) {
        *ret_report = yaml_report_print(&reader->report);
        config_free(config);
        config = NULL;
    } else {
        sort_service_names(config);
        config_check_feasibility(config);
    }
    reader_release(reader);
    return config;
}

struct config *config_load(const char *path, char **ret_report)
{
    struct config_reader reader;

    reader_init(&reader, path);
    config_read_files(&reader, path);
    return finish(&reader, ret_report);
}

struct config *config_load_text(const char *text, size_t length, const char *name,
                                char **ret_report)
{
    struct config_reader reader;

    reader_init(&reader, name);
    config_read_text(&reader, text, length, name);
    return finish(&reader, ret_report);
}

void config_free(struct config *config)
{
    if (config == NULL) {
        return;
    }
    for (size_t i = 0; i < config->source_count && !config->sources_adopted; i++) {
        source_free(config->sources[i]);
    }
    arena_free(config->arena);
}

void config_warn(struct config *config, char *text)
{
    size_t count = config->warning_count;

    /* Full at every power of two. */
    if ((count & (count - 1)) == 0) {
        char **warnings = arena_alloc_array(config->arena, 2 * count + 1, sizeof *warnings);

        for (size_t i = 0; i < count; i++) {
            warnings[i] = config->warnings[i];
        }
        config->warnings = warnings;
    }
    config->warnings[config->warning_count++] = text;
}

struct limit service_rpo(const struct service *service, const struct need *need,
                         enum disruption disruption)
{
    const struct limit *tier_rpo = &service->tier->rpo[disruption];

    return tier_rpo->stated && need->rpo.stated ? need->rpo : *tier_rpo;
}

size_t config_find_service(const struct config *config, const char *name)
{
    size_t first = 0;
    size_t end = config->service_count;

    while (first < end) {
        size_t middle = first + (end - first) / 2;
        int order = strcmp(config->services[config->service_names[middle]].name, name);

        if (order == 0) {
            return config->service_names[middle];
        }
        if (order < 0) {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    return config->service_count;
}

const char *disruption_name(enum disruption disruption)
{
    return disruption_names[disruption];
}

const char *severity_name(enum severity severity)
{
    return severity_names[severity];
}
