/* SPDX-License-Identifier: Apache-2.0 */
/* The crew: one worker for every source of the running plan; a reload hires and retires. */

#include "exporter/crew.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "exporter/worker.h"

struct crew {
    struct board *board;
    struct worker **workers; /* workers[i] is of source i of the plan in force. */
    size_t count;
    struct worker **retired; /* Told to leave; some may still be in a call. */
    size_t retired_count;

    pthread_mutex_t lock; /* Guards `present` only. */
    pthread_cond_t changed;
    size_t present; /* Workers, retired ones too, whose thread runs. */
};

struct crew *crew_new(struct board *board)
{
    struct crew *crew = calloc(1, sizeof *crew);

    if (crew == NULL || pthread_mutex_init(&crew->lock, NULL) != 0 ||
        pthread_cond_init(&crew->changed, NULL) != 0) {
        abort();
    }
    crew->board = board;
    return crew;
}

static void count_present(struct crew *crew, size_t change)
{
    (void)pthread_mutex_lock(&crew->lock);
    crew->present += change;
    (void)pthread_cond_broadcast(&crew->changed);
    (void)pthread_mutex_unlock(&crew->lock);
}

static void note_departure(void *context)
{
    count_present(context, (size_t)-1);
}

static struct worker *find_worker(const struct crew *crew, const struct source *source)
{
    for (size_t i = 0; i < crew->count; i++) {
        if (source_equal(worker_source(crew->workers[i]), source)) {
            return crew->workers[i];
        }
    }
    return NULL;
}

static bool is_among(struct worker *const *workers, size_t count, const struct worker *worker)
{
    for (size_t i = 0; i < count; i++) {
        if (workers[i] == worker) {
            return true;
        }
    }
    return false;
}

/* Retires those of `workers` that are not in `others` as well. */
static void retire_except(struct crew *crew, struct worker *const *workers, size_t count,
                          struct worker *const *others, size_t other_count)
{
    crew->retired =
        reallocarray(crew->retired, crew->retired_count + count + 1, sizeof *crew->retired);
    if (crew->retired == NULL) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_among(others, other_count, workers[i])) {
            worker_retire(workers[i]);
            crew->retired[crew->retired_count++] = workers[i];
        }
    }
}

/* Frees the retired workers that have left; never waits. */
static void dismiss(struct crew *crew)
{
    size_t kept = 0;

    for (size_t i = 0; i < crew->retired_count; i++) {
        if (worker_has_left(crew->retired[i])) {
            worker_free(crew->retired[i]);
        } else {
            crew->retired[kept++] = crew->retired[i];
        }
    }
    crew->retired_count = kept;
}

static bool hire(struct crew *crew, struct source *source, struct worker **ret_worker,
                 struct error *error)
{
    struct board_entry *entry = board_entry_new(source);

    count_present(crew, 1);
    if (!worker_start(crew->board, source, entry, note_departure, crew, ret_worker, error)) {
        count_present(crew, (size_t)-1);
        board_entry_free(entry);
        return false;
    }
    return true;
}

/* Finds or hires a worker for each source; the plan's source becomes the worker's own. */
static bool staff(struct crew *crew, struct config *config, struct worker **workers,
                  size_t *ret_staffed, struct error *error)
{
    size_t i;

    for (i = 0; i < config->source_count; i++) {
        struct worker *worker = find_worker(crew, config->sources[i]);

        if (worker != NULL) {
            source_free(config->sources[i]);
        } else if (!hire(crew, config->sources[i], &worker, error)) {
            break;
        }
        workers[i] = worker;
        config->sources[i] = worker_source(worker);
    }
    *ret_staffed = i;
    return i == config->source_count;
}

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count + 1, size);

    if (memory == NULL) {
        abort();
    }
    return memory;
}

bool crew_adopt(struct crew *crew, struct config *config, struct error *error)
{
    struct worker **workers = allocate(config->source_count, sizeof *workers);
    struct board_entry **entries = allocate(config->source_count, sizeof *entries);
    struct config *old;
    size_t count = config->source_count;
    size_t staffed;

    dismiss(crew);
    config->sources_adopted = true;
    if (!staff(crew, config, workers, &staffed, error)) {
        for (size_t i = staffed; i < count; i++) {
            source_free(config->sources[i]);
        }
        retire_except(crew, workers, staffed, crew->workers, crew->count);
        free(workers);
        free(entries);
        config_free(config);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        entries[i] = worker_entry(workers[i]);
    }
    old = board_replace(crew->board, config, entries);
    retire_except(crew, crew->workers, crew->count, workers, count);
    config_free(old);
    free(crew->workers);
    crew->workers = workers;
    crew->count = count;
    return true;
}

bool crew_stop(struct crew *crew, int64_t timeout_ms)
{
    struct timespec until;
    bool empty;

    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += timeout_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    retire_except(crew, crew->workers, crew->count, NULL, 0);
    crew->count = 0;
    (void)pthread_mutex_lock(&crew->lock);
    while (crew->present > 0 &&
           pthread_cond_clockwait(&crew->changed, &crew->lock, CLOCK_MONOTONIC, &until) == 0) {
    }
    empty = crew->present == 0;
    (void)pthread_mutex_unlock(&crew->lock);
    dismiss(crew);
    return empty;
}

void crew_free(struct crew *crew)
{
    (void)pthread_mutex_destroy(&crew->lock);
    (void)pthread_cond_destroy(&crew->changed);
    free(crew->workers);
    free(crew->retired);
    free(crew);
}
