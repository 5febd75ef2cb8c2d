/* SPDX-License-Identifier: Apache-2.0 */
/* Backups: the age of what can really be restored. */

#include "collectors/backup.h"

#include <stdlib.h>

#include "collectors/backup_archiver.h"
#include "collectors/backup_evidence.h"
#include "collectors/backup_format.h"
#include "collectors/backup_metrics.h"
#include "collectors/backup_sets.h"
#include "collectors/backup_settings.h"
#include "collectors/backup_transport.h"
#include "exporter/cleanup.h"
#include "exporter/clock.h"

struct session {
    const struct backup_format *format;
    const struct backup_talker *talker; /* NULL: documents are fetched. */
    void *conversation;                 /* Of the talker. */
    struct backup_documents *documents;
    struct backup_archiver *archiver; /* NULL: there is no primary_dsn. */
};

/* What this process knows although sessions end. */
struct memory {
    bool seen;
    double first_seen; /* By clock_unix_seconds(). */
    struct backup_sets sets;
    struct backup_position position;
};

static void release_memory(void *data)
{
    struct memory *memory = data;

    backup_sets_release(&memory->sets);
}

static void close_session(void *data)
{
    struct session *session = data;

    if (session->conversation != NULL) {
        session->talker->close(session->conversation);
    }
    backup_documents_free(session->documents);
    backup_archiver_free(session->archiver);
    free(session);
}

static void *open_session(const void *settings, const struct deadline *deadline,
                          struct error *error)
{
    const struct backup_settings *own = settings;
    struct session *session = calloc(1, sizeof *session);

    if (session == NULL) {
        abort();
    }
    session->format = backup_format_find(own->format);
    session->talker = session->format->talkers[backup_settings_transport(own)];
    session->archiver = own->primary_dsn != NULL ? backup_archiver_new(own) : NULL;
    session->documents = backup_documents_new(own, error);
    if (session->documents != NULL && session->talker != NULL) {
        session->conversation = session->talker->open(own, deadline, error);
    }
    if (session->documents == NULL || (session->talker != NULL && session->conversation == NULL)) {
        close_session(session);
        return NULL;
    }
    return session;
}

static bool read_document(const struct session *session, const struct backup_asking *asking,
                          struct backup_catalog *catalog, struct error *error)
{
    CLEANUP(backup_document_release) struct backup_document document = {.text = NULL};

    return backup_document_get(session->documents, &asking->deadline, asking->query.now, &document,
                               error) &&
           session->format->read(catalog, &asking->query, document.text, document.length, error);
}

static bool read_archive(const struct session *session, const struct backup_asking *asking,
                         struct backup_catalog *catalog, struct error *error)
{
    CLEANUP(backup_document_release) struct backup_document document = {.text = NULL};

    if (asking->settings->archive_command == NULL && asking->settings->archive_file == NULL) {
        return true;
    }
    return backup_archive_document_get(session->documents, &asking->deadline, asking->query.now,
                                       &document, error) &&
           session->format->read_archive(catalog, &asking->query, document.text, document.length,
                                         error);
}

static bool gather(const struct session *session, const struct backup_asking *asking,
                   struct backup_catalog *catalog, struct error *error)
{
    bool gathered = session->talker != NULL
                        ? session->talker->gather(session->conversation, asking, catalog, error)
                        : read_document(session, asking, catalog, error);

    return gathered && read_archive(session, asking, catalog, error);
}

/* A primary that does not answer may be lost, which must not make its backups unknown: what the
 * history knows of it stays true. Everything else is a mistake in the settings. It has at most half
 * of the budget. */
static bool ask_primary(const struct session *session, const struct backup_asking *asking,
                        struct collection *collection, struct backup_archive *ret_archive,
                        struct error *error)
{
    struct memory *memory = collection->memory;
    struct collection asked = *collection;

    *ret_archive = (struct backup_archive){.known = false};
    if (session->archiver == NULL) {
        return true;
    }
    asked.deadline =
        deadline_within(&collection->deadline, deadline_remaining_ms(&collection->deadline) / 2);
    if (!backup_archiver_ask(session->archiver, &asked, &asking->query, &memory->position,
                             ret_archive, error) &&
        error->kind != ERROR_CONNECT && error->kind != ERROR_TIMEOUT) {
        return false;
    }
    backup_add_primary(collection->samples, ret_archive);
    return true;
}

/* Where WAL leads from a backup that counts without a gap, its end is the recovery point. */
static bool follow_wal(const struct session *session, const struct backup_asking *asking,
                       const struct collection *collection, const struct backup_archive *archive,
                       struct backup_groups *groups, struct error *error)
{
    struct backup_group *group = &groups->items[0];
    double time;

    if (session->archiver == NULL || groups->count == 0) {
        return true;
    }
    if (groups->count > 1) {
        return error_set(error, ERROR_INCONSISTENT,
                         "there are several sets or repositories, and \"primary_dsn\" leads to one "
                         "primary; choose one by \"set\" and \"repository\"");
    }
    if (group->place == NULL) {
        return true;
    }
    if (!backup_archiver_check(archive, group->place, error)) {
        return false;
    }
    if (group->recovery_point.known && group->chain_end.known &&
        backup_archiver_recovery_point(archive, collection->history, &asking->query, group->place,
                                       group->chain_end, &time) &&
        time + clock_step_seconds() > group->recovery_point.value) {
        group->recovery_point.value = time + clock_step_seconds();
    }
    return true;
}

static bool measure(const struct session *session, struct collection *collection,
                    struct arena *scratch, struct error *error)
{
    struct memory *memory = collection->memory;
    double step = clock_step_seconds();
    struct backup_asking asking = {.settings = collection->settings,
                                   .deadline = collection->deadline};
    const struct backup_settings *settings = asking.settings;
    struct backup_archive archive;
    struct backup_catalog catalog;
    struct backup_groups groups;
    bool followed;

    asking.query = (struct backup_query){
        .repository = settings->repository,
        .set = settings->set,
        .now = clock_unix_seconds() + step,
        .segment_bytes = (uint64_t)settings->wal_segment_bytes,
        .must_be_immutable = (collection->survives & SURVIVES(DISRUPTION_RANSOMWARE)) != 0,
    };
    backup_catalog_init(&catalog, scratch);
    if (!ask_primary(session, &asking, collection, &archive, error) ||
        !gather(session, &asking, &catalog, error)) {
        return false;
    }
    collection->evidence->origin_answered = archive.known;
    collection->evidence->copy_answered = true;
    groups = backup_groups_judge(&catalog, settings, &asking.query);
    followed = follow_wal(session, &asking, collection, &archive, &groups, error);
    backup_add_samples(collection->samples, &groups, &catalog, settings, &asking.query,
                       memory->first_seen + step);
    backup_add_archive(collection->samples, &groups, &archive);
    if (!followed || (*settings->set == '\0' &&
                      !backup_sets_watch(&memory->sets, &groups, asking.query.now - step, error))) {
        return false;
    }
    return backup_groups_prove(&groups, &catalog, &asking.query, step, collection->arena,
                               collection->evidence, error);
}

static bool collect(void *data, struct collection *collection, struct error *error)
{
    struct memory *memory = collection->memory;
    struct arena *scratch = arena_new();
    bool measured;

    if (!memory->seen) {
        memory->seen = true;
        memory->first_seen = clock_unix_seconds();
    }
    measured = measure(data, collection, scratch, error);
    arena_free(scratch);
    return measured;
}

const struct collector backup_collector = {
    .name = "backup",
    .summary = "Backups, asked of the tool that makes them or of where they are: the age of what "
               "can really be restored.",
    .survives =
        SURVIVES(DISRUPTION_ZONE) | SURVIVES(DISRUPTION_REGION) | SURVIVES(DISRUPTION_CORRUPTION),
    .metrics = backup_metric_table,
    .metric_count = BACKUP_METRIC_COUNT,
    .settings = backup_setting_table,
    .setting_count = BACKUP_SETTING_COUNT,
    .settings_size = sizeof(struct backup_settings),
    .memory_size = sizeof(struct memory),
    .release_memory = release_memory,
    .check = backup_settings_check,
    .open = open_session,
    .collect = collect,
    .close = close_session,
};
