/* SPDX-License-Identifier: Apache-2.0 */
/* The command `drill check`: will these .prom files be read, and is anything missing? */

#include "exporter/drill_check.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/bounds.h"
#include "exporter/cleanup.h"
#include "exporter/clock.h"
#include "exporter/closest.h"
#include "exporter/file.h"

static void check_service(struct drill_file *file, struct text_place place, const char *service,
                          const struct config *config)
{
    struct text_problems *problems = &file->document.problems;
    const char **names;
    const char *closest;

    if (config == NULL) {
        return;
    }
    names = arena_alloc_array(problems->arena, config->service_count, sizeof *names);
    for (size_t i = 0; i < config->service_count; i++) {
        names[i] = config->services[i].name;
        if (strcmp(names[i], service) == 0) {
            return;
        }
    }
    closest = closest_match(service, names, config->service_count);
    text_problems_add(problems, place,
                      closest == NULL
                          ? "%s has no service \"%s\"; add it there, or correct the name"
                          : "%s has no service \"%s\"; did you mean \"%s\"?",
                      config->path, service, closest);
}

/* What `drill record` asks for; without a recovery time the check rto stays unknown. */
static void check_values(struct drill_file *file, const struct drill_result *result)
{
    bool succeeded = result->values[DRILL_METRIC_LAST_SUCCESS].known;
    bool measures = result->type == DRILL_RESTORE || result->type == DRILL_PARTIAL ||
                    result->type == DRILL_FULL;
    bool last = result->values[DRILL_METRIC_LAST_RESULT].known &&
                result->values[DRILL_METRIC_LAST_RESULT].value == 1;
    const bool missing[DRILL_VALUE_COUNT] = {
        [DRILL_METRIC_LAST_ATTEMPT] = !result->values[DRILL_METRIC_LAST_ATTEMPT].known,
        [DRILL_METRIC_LAST_SUCCESS] = !succeeded && last,
        [DRILL_METRIC_LAST_RESULT] = !result->values[DRILL_METRIC_LAST_RESULT].known,
        [DRILL_METRIC_RECOVERY] =
            succeeded && measures && !result->values[DRILL_METRIC_RECOVERY].known,
        [DRILL_METRIC_DATA_LOSS] =
            succeeded && measures && !result->values[DRILL_METRIC_DATA_LOSS].known,
    };

    for (enum drill_metric metric = 0; metric < DRILL_VALUE_COUNT; metric++) {
        if (missing[metric]) {
            text_problems_add(&file->document.problems, result->place,
                              "%s is missing for the %s drill of \"%s\"; add it",
                              drill_metrics[metric].name, drill_type_names[result->type],
                              result->service);
        }
    }
}

/* A failover goes through all of them. */
static void check_phases(struct drill_file *file, const struct drill_result *result)
{
    if (!result->values[DRILL_METRIC_LAST_SUCCESS].known ||
        (result->type != DRILL_PARTIAL && result->type != DRILL_FULL)) {
        return;
    }
    for (enum drill_phase phase = 0; phase < DRILL_PHASE_CLEANUP; phase++) {
        if (!result->phases[phase].known) {
            text_problems_add(&file->document.problems, result->place,
                              "the phase %s is missing for the %s drill of \"%s\"; add it",
                              drill_phase_names[phase], drill_type_names[result->type],
                              result->service);
        }
    }
}

/* node_exporter refuses two files that disagree about a type. */
static void check_types(struct drill_file *file)
{
    bool told[DRILL_METRIC_COUNT] = {false};

    for (size_t i = 0; i < file->document.sample_count; i++) {
        const struct text_sample *sample = &file->document.samples[i];
        enum drill_metric metric = drill_metric_find(sample->name);

        if (metric < DRILL_METRIC_COUNT && sample->type == TEXT_UNTYPED && !told[metric]) {
            text_problems_add(&file->document.problems, sample->place,
                              "%s has no type; write before it: # TYPE %s gauge", sample->name,
                              sample->name);
            told[metric] = true;
        }
    }
}

void drill_check_file(struct drill_file *file, const struct config *config)
{
    check_types(file);
    for (size_t i = 0; i < file->result_count; i++) {
        const struct drill_result *result = &file->results[i];

        check_service(file, result->place, result->service, config);
        check_values(file, result);
        check_phases(file, result);
    }
    for (size_t i = 0; i < file->validation_count; i++) {
        check_service(file, file->validations[i].place, file->validations[i].service, config);
    }
    text_problems_sort(&file->document.problems);
}

static bool check_file(const char *path, const struct config *config)
{
    CLEANUP(free_text) char *text = NULL;
    struct arena *arena;
    struct drill_file file;
    struct error error;
    size_t length;
    bool good;

    if (!file_read(path, TEXT_FORMAT_BYTES_MAX, &text, &length, &error)) {
        (void)fprintf(stderr, "%s: %s\n", path, error.message);
        return false;
    }
    arena = arena_new();
    drill_file_read(arena, text, length, clock_unix_seconds(), &file);
    if (file.document.problems.count == 0) {
        drill_check_file(&file, config);
    }
    good = file.document.problems.count == 0;
    for (size_t i = 0; i < file.document.problems.count; i++) {
        const struct text_problem *problem = &file.document.problems.list[i];

        (void)fprintf(stderr, "%s:%zu:%zu: %s\n", path, problem->place.line, problem->place.column,
                      problem->message);
    }
    if (good) {
        (void)printf("%s is valid: drills %zu, runbooks %zu\n", path, file.result_count,
                     file.validation_count);
    }
    arena_free(arena);
    return good;
}

int drill_check(const char *const *files, size_t count, const char *config_file)
{
    CLEANUP(free_text) char *report = NULL;
    struct config *config = config_file == NULL ? NULL : config_load(config_file, &report);
    bool good = true;

    if (config_file != NULL && config == NULL) {
        (void)fputs(report, stderr);
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < count; i++) {
        good = check_file(files[i], config) && good;
    }
    config_free(config);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
