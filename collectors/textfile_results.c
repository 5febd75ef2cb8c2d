/* SPDX-License-Identifier: Apache-2.0 */
/* What all files of a directory say together of drills and runbooks. */

#include "collectors/textfile_results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/bounds.h"

void textfile_results_init(struct textfile_results *results, struct arena *arena)
{
    *results = (struct textfile_results){.arena = arena};
}

void textfile_results_release(struct textfile_results *results)
{
    free(results->drills);
    free(results->validations);
    *results = (struct textfile_results){.arena = results->arena};
}

/* Room for `more` items; the array, which may have moved. */
static void *reserve(void *array, size_t count, size_t *capacity, size_t more, size_t size)
{
    if (count + more > *capacity) {
        *capacity = 2 * (count + more);
        array = reallocarray(array, *capacity, size);
        if (array == NULL) {
            abort();
        }
    }
    return array;
}

bool textfile_results_add(struct textfile_results *results, const struct drill_file *file)
{
    if (results->drill_count + file->result_count + results->validation_count +
            file->validation_count >
        TEXTFILE_RESULTS_MAX) {
        return false;
    }
    results->drills = reserve(results->drills, results->drill_count, &results->drill_capacity,
                              file->result_count, sizeof *results->drills);
    for (size_t i = 0; i < file->result_count; i++) {
        struct drill_result *drill = &results->drills[results->drill_count++];

        *drill = file->results[i];
        drill->service = arena_strdup(results->arena, drill->service);
    }
    results->validations =
        reserve(results->validations, results->validation_count, &results->validation_capacity,
                file->validation_count, sizeof *results->validations);
    for (size_t i = 0; i < file->validation_count; i++) {
        struct drill_validation *validation = &results->validations[results->validation_count++];

        *validation = file->validations[i];
        validation->service = arena_strdup(results->arena, validation->service);
    }
    return true;
}

/* How much better to know `a` than `b` in terms of age: newer is more, unknown is least. */
static int compare_instants(struct reading a, struct reading b)
{
    if (!a.known || !b.known) {
        return (int)a.known - (int)b.known;
    }
    return (a.value > b.value) - (a.value < b.value);
}

/* A recovery that took longer is worse, and one that nobody measured is worst. */
static bool recovers_worse(const struct drill_result *a, const struct drill_result *b)
{
    const struct reading *left = &a->values[DRILL_METRIC_RECOVERY];
    const struct reading *right = &b->values[DRILL_METRIC_RECOVERY];

    return right->known && (!left->known || left->value > right->value);
}

static bool is_failure(const struct drill_result *drill)
{
    return drill->values[DRILL_METRIC_LAST_RESULT].known &&
           drill->values[DRILL_METRIC_LAST_RESULT].value == 0;
}

static void take_attempt(struct drill_result *into, const struct drill_result *from)
{
    int order = compare_instants(from->values[DRILL_METRIC_LAST_ATTEMPT],
                                 into->values[DRILL_METRIC_LAST_ATTEMPT]);

    if (order > 0 || (order == 0 && is_failure(from))) {
        into->values[DRILL_METRIC_LAST_ATTEMPT] = from->values[DRILL_METRIC_LAST_ATTEMPT];
        into->values[DRILL_METRIC_LAST_RESULT] = from->values[DRILL_METRIC_LAST_RESULT];
    }
}

static void take_success(struct drill_result *into, const struct drill_result *from)
{
    int order = compare_instants(from->values[DRILL_METRIC_LAST_SUCCESS],
                                 into->values[DRILL_METRIC_LAST_SUCCESS]);

    if (order > 0 || (order == 0 && recovers_worse(from, into))) {
        into->values[DRILL_METRIC_LAST_SUCCESS] = from->values[DRILL_METRIC_LAST_SUCCESS];
        into->values[DRILL_METRIC_RECOVERY] = from->values[DRILL_METRIC_RECOVERY];
        into->values[DRILL_METRIC_DATA_LOSS] = from->values[DRILL_METRIC_DATA_LOSS];
        memcpy(into->phases, from->phases, sizeof into->phases);
    }
}

static int compare_drills(const void *a, const void *b)
{
    const struct drill_result *left = a;
    const struct drill_result *right = b;
    int order = strcmp(left->service, right->service);

    return order == 0 ? (int)left->type - (int)right->type : order;
}

static int compare_validations(const void *a, const void *b)
{
    return strcmp(((const struct drill_validation *)a)->service,
                  ((const struct drill_validation *)b)->service);
}

static void merge_drills(struct textfile_results *results)
{
    size_t kept = 0;

    for (size_t i = 1; i < results->drill_count; i++) {
        struct drill_result *last = &results->drills[kept];
        const struct drill_result *drill = &results->drills[i];

        if (compare_drills(last, drill) == 0) {
            take_attempt(last, drill);
            take_success(last, drill);
        } else {
            results->drills[++kept] = *drill;
        }
    }
    results->drill_count = results->drill_count == 0 ? 0 : kept + 1;
}

static void merge_validations(struct textfile_results *results)
{
    size_t kept = 0;

    for (size_t i = 1; i < results->validation_count; i++) {
        struct drill_validation *last = &results->validations[kept];
        const struct drill_validation *validation = &results->validations[i];

        if (compare_validations(last, validation) == 0) {
            last->validated = fmax(last->validated, validation->validated);
        } else {
            results->validations[++kept] = *validation;
        }
    }
    results->validation_count = results->validation_count == 0 ? 0 : kept + 1;
}

void textfile_results_merge(struct textfile_results *results)
{
    if (results->drill_count > 0) {
        qsort(results->drills, results->drill_count, sizeof *results->drills, compare_drills);
    }
    if (results->validation_count > 0) {
        qsort(results->validations, results->validation_count, sizeof *results->validations,
              compare_validations);
    }
    merge_drills(results);
    merge_validations(results);
}

static void add_samples(struct samples *samples, const struct drill_result *drill)
{
    const char *labels[] = {drill->service, drill_type_names[drill->type], NULL};

    for (enum drill_metric metric = 0; metric < DRILL_VALUE_COUNT; metric++) {
        if (drill->values[metric].known) {
            samples_add_labelled(samples, metric, drill->values[metric].value, labels);
        }
    }
    for (enum drill_phase phase = 0; phase < DRILL_PHASE_COUNT; phase++) {
        if (drill->phases[phase].known) {
            labels[2] = drill_phase_names[phase];
            samples_add_labelled(samples, DRILL_METRIC_PHASE, drill->phases[phase].value, labels);
        }
    }
}

static enum answer read_answer(const struct reading *result)
{
    if (!result->known) {
        return ANSWER_UNKNOWN;
    }
    return result->value == 1 ? ANSWER_YES : ANSWER_NO;
}

void textfile_results_publish(const struct textfile_results *results, struct samples *samples,
                              struct evidence *evidence)
{
    struct drill_evidence *drills =
        arena_alloc_array(results->arena, results->drill_count, sizeof *drills);
    struct runbook_evidence *runbooks =
        arena_alloc_array(results->arena, results->validation_count, sizeof *runbooks);

    for (size_t i = 0; i < results->drill_count; i++) {
        const struct drill_result *drill = &results->drills[i];

        add_samples(samples, drill);
        drills[i] = (struct drill_evidence){
            .service = drill->service,
            .type = drill->type,
            .last_attempt = drill->values[DRILL_METRIC_LAST_ATTEMPT],
            .last_result = read_answer(&drill->values[DRILL_METRIC_LAST_RESULT]),
            .last_success = drill->values[DRILL_METRIC_LAST_SUCCESS],
            .recovery_seconds = drill->values[DRILL_METRIC_RECOVERY],
            .data_loss_seconds = drill->values[DRILL_METRIC_DATA_LOSS],
            .data_bytes = drill->values[DRILL_METRIC_DATA_BYTES]};
        memcpy(drills[i].phases, drill->phases, sizeof drills[i].phases);
    }
    for (size_t i = 0; i < results->validation_count; i++) {
        const struct drill_validation *validation = &results->validations[i];

        samples_add_labelled(samples, DRILL_METRIC_RUNBOOK_VALIDATED, validation->validated,
                             &validation->service);
        runbooks[i] = (struct runbook_evidence){.service = validation->service,
                                                .validated = {true, validation->validated}};
    }
    evidence->drills = drills;
    evidence->drill_count = results->drill_count;
    evidence->runbooks = runbooks;
    evidence->runbook_count = results->validation_count;
}
