/* SPDX-License-Identifier: Apache-2.0 */
/* Canaries: written at the source, looked for at the destination, removed at the source. */

#include "collectors/s3_replication_canary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "collectors/s3_replication_sample.h"
#include "exporter/bounds.h"
#include "exporter/cleanup.h"
#include "exporter/clock.h"

/* Milliseconds since 1970 in 13 digits, which are enough until 2286, and a random number. */
#define NAME "dr-canary-"
#define TIME_DIGITS 13
#define RANDOM_DIGITS 16
/* Never removed, so that there is always one to measure by. */
#define CANARIES_KEPT 2
/* How long a canary stays at the destination at least, if its lifecycle removes it. */
#define STAYS_SECONDS 86400

enum state {
    MISSING,
    ARRIVED,
    GONE,   /* It is no longer at the source. */
    EXPIRED /* It had come, long ago, and was removed at the destination. */
};

struct canary {
    const char *key;
    const char *etag; /* NULL: not told. */
    double instant;   /* By clock_unix_seconds(). */
    enum state state;
};

struct round {
    struct s3_replication_session *session;
    struct collection *collection;
    struct arena *arena;
    struct canary *canaries; /* In the order of their keys, which is that of their times. */
    size_t count;
    size_t looked_for; /* How many, from the first one on. */
    size_t arrived;
    bool failed;   /* Of one that is missing. */
    double newest; /* HUGE_VAL negative: there is none. */
    double oldest; /* Of those that have come; HUGE_VAL: none has. */
};

bool s3_canary_read_key(const char *prefix, const char *key, double *ret_seconds)
{
    size_t length = prefix != NULL ? strlen(prefix) : 0;
    char digits[TIME_DIGITS + 1] = "";

    if (prefix == NULL || strncmp(key, prefix, length) != 0 ||
        strncmp(key + length, NAME, strlen(NAME)) != 0) {
        return false;
    }
    key += length + strlen(NAME);
    if (strlen(key) != TIME_DIGITS + 1 + RANDOM_DIGITS || key[TIME_DIGITS] != '-' ||
        strspn(key + TIME_DIGITS + 1, "0123456789abcdef") != RANDOM_DIGITS ||
        strspn(key, "0123456789") != TIME_DIGITS) {
        return false;
    }
    memcpy(digits, key, TIME_DIGITS);
    *ret_seconds = (double)strtoll(digits, NULL, 10) / 1000;
    return true;
}

bool s3_canary_recovery_point(const double *instants, const bool *arrived, size_t count,
                              double *ret_instant)
{
    double missing = HUGE_VAL;
    double newest = -HUGE_VAL;

    for (size_t i = 0; i < count; i++) {
        if (!arrived[i]) {
            missing = fmin(missing, instants[i]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (arrived[i] && instants[i] < missing) {
            newest = fmax(newest, instants[i]);
        }
    }
    *ret_instant = newest;
    return isfinite(newest);
}

/* --- At the source. --- */

static void keep_text(char **kept, const char *text)
{
    free(*kept);
    *kept = text != NULL ? strdup(text) : NULL;
    if (*kept == NULL && text != NULL) {
        abort();
    }
}

static bool list_canaries(struct round *round, struct error *error)
{
    struct s3_client *client = round->session->source;
    const char *prefix = round->session->settings->canary_prefix;
    const struct s3_listing listing = {.prefix = arena_printf(round->arena, "%s" NAME, prefix)};
    struct s3_page page;

    if (!s3_list(client, &listing, &round->collection->deadline, round->arena, &page, error)) {
        return false;
    }
    round->canaries = arena_alloc_array(round->arena, page.count + 1, sizeof *round->canaries);
    round->newest = -HUGE_VAL;
    round->oldest = HUGE_VAL;
    for (size_t i = 0; i < page.count; i++) {
        const struct s3_object *object = &page.objects[i];
        double written;
        double stored;

        if (!s3_canary_read_key(prefix, object->key, &written)) {
            continue;
        }
        /* Its writer's clock may be wrong, or was when it wrote: the store has its own. */
        stored = s3_client_local_seconds(client, object->last_modified);
        round->canaries[round->count++] =
            (struct canary){.key = object->key,
                            .etag = object->etag,
                            .instant = fmin(written, stored) - clock_step_seconds()};
        round->newest = fmax(round->newest, round->canaries[round->count - 1].instant);
    }
    round->session->has_room = round->count < S3_CANARIES_MAX && page.continuation == NULL;
    return true;
}

static bool is_due(const struct round *round)
{
    const struct s3_replication_session *session = round->session;
    int64_t interval_ms = session->settings->canary_interval_ms;

    return session->has_room &&
           round->newest <= clock_unix_seconds() - (double)interval_ms / 1000 &&
           (!session->has_canary || clock_monotonic_ms() >= session->canary_ms + interval_ms);
}

static bool write_canary(struct round *round, struct error *error)
{
    static const char body[] = "A canary of dr_exporter: it tells how far replication is.\n";
    CLEANUP(http_answer_release) struct http_answer answer = {0};
    struct s3_request request = {.method = HTTP_PUT,
                                 .body = body,
                                 .body_length = sizeof body - 1,
                                 .body_bytes_max = AWS_ANSWER_BYTES_MAX};
    uint64_t number;
    double now;

    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number) {
        return error_set(error, ERROR_INTERNAL, "the system gives no random numbers");
    }
    now = clock_unix_seconds() + clock_step_seconds();
    if (now < 1 || now > 9e9) {
        return error_set(error, ERROR_INTERNAL, "the system's clock is wrong; set it");
    }
    request.key = arena_printf(round->arena, "%s" NAME "%013lld-%016llx",
                               round->session->settings->canary_prefix, (long long)(now * 1000),
                               (unsigned long long)number);
    if (!s3_ask(round->session->source, &request, &round->collection->deadline, &answer, error)) {
        return false;
    }
    round->session->has_canary = true;
    round->session->canary_ms = clock_monotonic_ms();
    return true;
}

/* --- At the destination. --- */

/* Why one is not at the destination, by what the source says of it. */
static bool explain(struct round *round, struct canary *canary, struct error *error)
{
    struct s3_client *client = round->session->source;
    enum s3_object_status status;

    if (!s3_head(client, canary->key, &round->collection->deadline, error)) {
        /* Another exporter has removed it after it had come. */
        canary->state = GONE;
        return error->kind == ERROR_NOT_FOUND || error_prefix(error, "source");
    }
    status = s3_object_status_read(s3_client_header(client, "x-amz-replication-status"));
    if (status == S3_OBJECT_REPLICATED && canary->instant < clock_unix_seconds() - STAYS_SECONDS) {
        canary->state = EXPIRED;
    } else {
        round->failed = status == S3_OBJECT_FAILED || status == S3_OBJECT_REPLICATED;
    }
    return true;
}

/* Of the answer to HEAD: is it there as a copy of the canary, and not written there by somebody? */
static bool is_copy(const struct s3_replication_session *session, const char *etag)
{
    struct s3_client *client = session->destination;
    const char *status = s3_client_header(client, "x-amz-replication-status");
    const char *found = s3_client_header(client, "ETag");

    if (s3_replication_is_gcs(session->settings)) {
        return etag != NULL && *etag != '\0' && found != NULL && strcmp(etag, found) == 0;
    }
    return status != NULL && strcmp(status, "REPLICA") == 0;
}

static bool look_for(struct round *round, struct canary *canary, struct error *error)
{
    struct s3_client *client = round->session->destination;
    bool found = s3_head(client, canary->key, &round->collection->deadline, error);

    if (!found && error->kind != ERROR_NOT_FOUND) {
        return error_prefix(error, "destination");
    }
    round->collection->evidence->copy_answered = true;
    if (!found) {
        return explain(round, canary, error);
    }
    if (!is_copy(round->session, canary->etag)) {
        return error_set(error, ERROR_INCONSISTENT,
                         "destination: a canary is there, but not as a replica; is it the bucket "
                         "that is replicated to, and its canary_prefix that of no other source?");
    }
    canary->state = ARRIVED;
    round->oldest = fmin(round->oldest, canary->instant);
    round->arrived++;
    return true;
}

/* From the oldest on, as far as the next that is missing: newer ones would not count. */
static bool look_for_all(struct round *round, struct error *error)
{
    while (round->looked_for < round->count && round->looked_for < S3_CANARIES_ASKED_MAX) {
        struct canary *canary = &round->canaries[round->looked_for++];

        if (!look_for(round, canary, error)) {
            return false;
        }
        if (canary->state == MISSING) {
            break;
        }
    }
    return true;
}

/* What vanished while one stayed that is hardly younger was not removed for its age. */
static void doubt_expired(struct round *round)
{
    for (size_t i = 0; i < round->looked_for; i++) {
        struct canary *canary = &round->canaries[i];

        if (canary->state == EXPIRED && round->oldest < canary->instant + STAYS_SECONDS) {
            canary->state = MISSING;
            round->failed = true;
        }
    }
}

static void conclude(struct round *round)
{
    struct evidence *evidence = round->collection->evidence;
    struct samples *samples = round->collection->samples;
    double *instants = arena_alloc_array(round->arena, round->count + 1, sizeof *instants);
    bool *arrived = arena_alloc_array(round->arena, round->count + 1, sizeof *arrived);
    size_t count = 0;
    double instant;

    for (size_t i = 0; i < round->count; i++) {
        const struct canary *canary = &round->canaries[i];

        if (canary->state == ARRIVED || canary->state == MISSING) {
            instants[count] = canary->instant;
            arrived[count++] = canary->state == ARRIVED;
        }
        if (canary->state == ARRIVED) {
            keep_text(&round->session->arrived, canary->key);
            keep_text(&round->session->etag, canary->etag);
        }
    }
    if (s3_canary_recovery_point(instants, arrived, count, &instant)) {
        evidence->has_recovery_point = true;
        evidence->recovery_point = instant;
        samples_add(samples, S3_METRIC_CANARY_TIMESTAMP, instant + clock_step_seconds());
    }
    samples_add(samples, S3_METRIC_CANARIES_PENDING, (double)(count - round->arrived));
    samples_add(samples, S3_METRIC_CANARY_FAILED, round->failed);
}

/* --- Tidying up. --- */

/* The version that is there now, for good: a marker of the deletion would stay, and be replicated.
 * One that was written twice, because its answer was lost, needs two rounds. */
static bool remove_canary(struct round *round, const char *key, struct error *error)
{
    CLEANUP(http_answer_release) struct http_answer answer = {0};
    struct s3_client *client = round->session->source;
    struct aws_pair query[] = {{"versionId", NULL}};
    struct s3_request request = {.method = HTTP_DELETE,
                                 .key = key,
                                 .query = query,
                                 .query_count = 1,
                                 .body_bytes_max = AWS_ANSWER_BYTES_MAX};
    const char *version;

    if (!s3_head(client, key, &round->collection->deadline, error)) {
        return error->kind == ERROR_NOT_FOUND;
    }
    version = s3_client_header(client, "x-amz-version-id");
    if (version == NULL && !s3_replication_is_gcs(round->session->settings)) {
        return true;
    }
    query[0].value = version != NULL ? arena_strdup(round->arena, version) : NULL;
    request.query_count = version != NULL;
    return s3_ask(client, &request, &round->collection->deadline, &answer, error) ||
           error->kind == ERROR_NOT_FOUND;
}

/* With half of the time that is left: the rules and the sample come after it. None while one has
 * failed: what it is doubted by stays. */
static bool remove_old(struct round *round, struct error *error)
{
    int64_t remaining_ms = deadline_remaining_ms(&round->collection->deadline);
    size_t kept = round->arrived;

    for (size_t i = 0; i < round->looked_for; i++) {
        const struct canary *canary = &round->canaries[i];
        bool old = canary->state == EXPIRED || (canary->state == ARRIVED && kept > CANARIES_KEPT);

        kept -= canary->state == ARRIVED;
        if (old && deadline_remaining_ms(&round->collection->deadline) > remaining_ms / 2 &&
            !remove_canary(round, canary->key, error)) {
            return error_prefix(error, "source, removing a canary");
        }
    }
    return true;
}

bool s3_canary_collect(struct s3_replication_session *session, struct collection *collection,
                       struct error *error)
{
    CLEANUP(free_arena) struct arena *arena = arena_new();
    struct round round = {.session = session, .collection = collection, .arena = arena};
    struct error later;
    bool wrote;

    if (!list_canaries(&round, error)) {
        return error_prefix(error, "source");
    }
    collection->evidence->origin_answered = true;
    wrote = !is_due(&round) || write_canary(&round, error) || error_prefix(error, "source");
    if (!look_for_all(&round, wrote ? error : &later)) {
        return false;
    }
    doubt_expired(&round);
    conclude(&round);
    return wrote && (round.failed || remove_old(&round, error));
}

void s3_canary_mark(struct s3_replication_session *session, struct collection *collection)
{
    CLEANUP(free_arena) struct arena *arena = arena_new();
    struct round round = {.session = session, .collection = collection, .arena = arena};
    struct s3_replication_memory *memory = collection->memory;
    struct error ignored;

    memory->has_mark = memory->has_mark || (session->has_room && write_canary(&round, &ignored));
}

/* --- When the source is lost. --- */

void s3_canary_remember(struct s3_replication_session *session, const struct collection *collection)
{
    struct s3_replication_memory *memory = collection->memory;

    if (collection->evidence->has_recovery_point && session->arrived != NULL) {
        keep_text(&memory->canary, session->arrived);
        keep_text(&memory->etag, session->etag);
        keep_text(&session->arrived, NULL);
        memory->recovery_point = collection->evidence->recovery_point;
        memory->has_recovery_point = true;
    }
}

void s3_canary_recall(struct s3_replication_session *session, struct collection *collection)
{
    const struct s3_replication_memory *memory = collection->memory;
    struct evidence *evidence = collection->evidence;
    struct error error;

    if (memory->has_recovery_point) {
        bool found = s3_head(session->destination, memory->canary, &collection->deadline, &error);
        evidence->copy_answered = found || error.kind == ERROR_NOT_FOUND;
        evidence->has_recovery_point = found && is_copy(session, memory->etag);
        evidence->recovery_point = memory->recovery_point;
    }
}
