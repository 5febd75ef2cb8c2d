/* SPDX-License-Identifier: Apache-2.0 */
/* A worker: the thread that measures one source, again and again, on its own beat. */

#include "exporter/worker.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/clock.h"
#include "exporter/hash.h"
#include "exporter/log.h"

/* What others dated may be ahead of our clock by as much. */
#define AHEAD_SECONDS_MAX 5

struct worker {
    struct board *board;
    struct source *source;
    struct board_entry *entry;
    struct history *history;
    void *memory;  /* Of the collector; outlives sessions. */
    void *session; /* NULL when closed. */
    struct stop stop;
    pthread_t thread;
    atomic_bool has_left;
    worker_left *left;
    void *context;
    /* What was last logged, so that only changes are. */
    bool logged;
    enum error_kind logged_kind;
};

static bool is_stopping(const struct worker *worker)
{
    return stop_wait_until(&worker->stop, 0);
}

static void log_change(struct worker *worker, const struct snapshot *snapshot)
{
    const struct source *source = worker->source;
    enum error_kind kind = snapshot->error.kind;

    if (worker->logged && kind == worker->logged_kind) {
        return;
    }
    if (kind == ERROR_NONE) {
        log_event(LOG_INFO, worker->logged ? "source recovered" : "source is up", "source",
                  source->name, "collector", source->collector->name, NULL);
    } else {
        log_event(LOG_WARN, "source failed", "source", source->name, "collector",
                  source->collector->name, "reason", error_kind_name(kind), "error",
                  snapshot->error.message, NULL);
    }
    worker->logged = true;
    worker->logged_kind = kind;
}

/* To an instant that is still to come nothing can be brought back; until then the source would be
 * without a lag, whatever happens. */
static bool check_recovery_point(struct evidence *evidence, struct error *error)
{
    if (!evidence->has_recovery_point ||
        evidence->recovery_point <= clock_unix_seconds() + AHEAD_SECONDS_MAX) {
        return true;
    }
    evidence->has_recovery_point = false;
    return error_set(error, ERROR_INCONSISTENT,
                     "the recovery point is in the future; compare the clocks");
}

static bool measure(struct worker *worker, struct collection *collection, struct error *error)
{
    const struct collector *collector = worker->source->collector;
    bool succeeded;

    if (worker->session == NULL) {
        worker->session = collector->open(collection->settings, &collection->deadline, error);
    }
    if (worker->session == NULL) {
        return false;
    }
    succeeded = collector->collect(worker->session, collection, error);
    succeeded = check_recovery_point(collection->evidence, error) && succeeded;
    if (!succeeded && !collection->keep_session) {
        collector->close(worker->session);
        worker->session = NULL;
    }
    return succeeded;
}

static struct snapshot *collect(struct worker *worker)
{
    const struct source *source = worker->source;
    struct arena *arena = arena_new();
    struct snapshot *snapshot = arena_alloc(arena, sizeof *snapshot);
    int64_t started_ms = clock_monotonic_ms();
    struct collection collection = {
        .arena = arena,
        .settings = source->settings,
        .survives = source->survives,
        .interval_ms = source->interval_ms,
        .samples = samples_new(arena, source->collector),
        .evidence = &snapshot->evidence,
        .history = worker->history,
        .memory = worker->memory,
        .deadline = {.monotonic_ms = started_ms + source->timeout_ms, .stop = &worker->stop},
    };

    snapshot->arena = arena;
    snapshot->collected_at = clock_unix_seconds();
    snapshot->succeeded = measure(worker, &collection, &snapshot->error);
    if (snapshot->succeeded) {
        snapshot->error = (struct error){.kind = ERROR_NONE};
    } else if (snapshot->error.kind == ERROR_NONE) {
        (void)error_set(&snapshot->error, ERROR_INTERNAL, "failed without saying why");
    }
    snapshot->finished_monotonic_ms = clock_monotonic_ms();
    snapshot->duration_seconds = (double)(snapshot->finished_monotonic_ms - started_ms) / 1000;
    samples_render(collection.samples, worker->entry->labels, snapshot);
    return snapshot;
}

/* Spreads the beats of many sources over the interval. */
static int64_t phase_ms(const struct source *source)
{
    uint64_t hash = hash_add(HASH_EMPTY, source->name, strlen(source->name));

    return (int64_t)(hash % (uint64_t)source->interval_ms);
}

/* Beats lie on a fixed grid. One that was missed, because a collection took longer than the
 * interval, is skipped and not made up for. */
static int64_t next_beat_ms(int64_t previous_ms, int64_t interval_ms)
{
    int64_t now_ms = clock_monotonic_ms();
    int64_t next_ms = previous_ms + interval_ms;

    if (next_ms <= now_ms) {
        next_ms += (now_ms - next_ms) / interval_ms * interval_ms + interval_ms;
    }
    return next_ms;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    int64_t interval_ms = worker->source->interval_ms;
    /* The first collection is made at once; the grid begins within the interval after it. */
    int64_t beat_ms = clock_monotonic_ms() + phase_ms(worker->source) - interval_ms;

    do {
        struct snapshot *snapshot = collect(worker);

        if (is_stopping(worker)) {
            snapshot_free(snapshot);
            break;
        }
        log_change(worker, snapshot);
        board_publish(worker->board, worker->entry, snapshot);
        beat_ms = next_beat_ms(beat_ms, interval_ms);
    } while (!stop_wait_until(&worker->stop, beat_ms));
    if (worker->session != NULL) {
        worker->source->collector->close(worker->session);
    }
    atomic_store(&worker->has_left, true);
    worker->left(worker->context);
    return NULL;
}

static bool start_thread(struct worker *worker)
{
    pthread_attr_t attributes;
    bool started;

    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, WORKER_STACK_BYTES);
    started = pthread_create(&worker->thread, &attributes, work, worker) == 0;
    (void)pthread_attr_destroy(&attributes);
    return started;
}

/* Everything but source and entry, which it does not own before its thread runs. */
static void release(struct worker *worker)
{
    const struct collector *collector = worker->source->collector;

    if (collector->release_memory != NULL) {
        collector->release_memory(worker->memory);
    }
    history_free(worker->history);
    free(worker->memory);
    stop_release(&worker->stop);
    free(worker);
}

bool worker_start(struct board *board, struct source *source, struct board_entry *entry,
                  worker_left *left, void *context, struct worker **ret_worker, struct error *error)
{
    struct worker *worker = calloc(1, sizeof *worker);

    if (worker == NULL) {
        abort();
    }
    *worker = (struct worker){.board = board,
                              .source = source,
                              .entry = entry,
                              .left = left,
                              .context = context,
                              .history = history_new(),
                              .memory = calloc(1, source->collector->memory_size + 1)};
    if (worker->memory == NULL) {
        abort();
    }
    if (!stop_init(&worker->stop)) {
        release(worker);
        return error_set(error, ERROR_INTERNAL,
                         "cannot start source \"%s\": raise the limit of open files (ulimit -n, or "
                         "LimitNOFILE of the systemd unit)",
                         source->name);
    }
    if (!start_thread(worker)) {
        release(worker);
        return error_set(error, ERROR_INTERNAL,
                         "cannot start a thread for source \"%s\": raise the limit of tasks "
                         "(ulimit -u, or TasksMax of the systemd unit)",
                         source->name);
    }
    *ret_worker = worker;
    return true;
}

void worker_retire(struct worker *worker)
{
    stop_request(&worker->stop);
}

bool worker_has_left(const struct worker *worker)
{
    return atomic_load(&worker->has_left);
}

void worker_free(struct worker *worker)
{
    struct source *source = worker->source;

    (void)pthread_join(worker->thread, NULL);
    board_entry_free(worker->entry);
    release(worker);
    source_free(source);
}

struct source *worker_source(const struct worker *worker)
{
    return worker->source;
}

struct board_entry *worker_entry(const struct worker *worker)
{
    return worker->entry;
}
