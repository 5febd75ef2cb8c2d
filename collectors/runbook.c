/* SPDX-License-Identifier: Apache-2.0 */
/* Runbooks: documents that say when they were last validated. */

#include "collectors/runbook.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collectors/runbook_document.h"
#include "collectors/runbook_text.h"
#include "exporter/cleanup.h"
#include "exporter/clock.h"
#include "exporter/hash.h"
#include "exporter/secret.h"

/* How long after its start a day is over everywhere. */
#define DAY_SECONDS_MAX (36 * 3600)

static const struct setting setting_table[] = {
    {"file", SETTING_FILE, offsetof(struct runbook_settings, file), NULL, false,
     "Path of the document: Markdown, AsciiDoc or HTML with a line `last_validated: 2026-11-21` "
     "or `last_reviewed: …` in its front matter or first 100 lines. Either `file` or `url`."},
    {"url", SETTING_TEXT, offsetof(struct runbook_settings, url), NULL, false,
     "http(s) address of the document. An `interval` of some minutes is enough."},
    {"required_sections", SETTING_TEXT, offsetof(struct runbook_settings, required_sections),
     "Prerequisites, Failover, Validation, Rollback", false,
     "Words, separated by commas, that headings of any level must contain; `\"\"` for none."},
    {"owner", SETTING_TEXT, offsetof(struct runbook_settings, owner), "", false,
     "Who keeps it up to date; shown in dr_runbook_info."},
    {"ca_file", SETTING_FILE, offsetof(struct runbook_settings, ca_file), NULL, false,
     "PEM file with the certificate authorities for `url`; the system's by default."},
    {"token_file", SETTING_FILE, offsetof(struct runbook_settings, token_file), NULL, false,
     "File with a token that is sent to `url` as `Authorization: Bearer`; https only."},
};

enum runbook_metric {
    RUNBOOK_INFO,
    RUNBOOK_VALIDATED,
    RUNBOOK_MODIFIED,
    RUNBOOK_CHANGED,
    RUNBOOK_CHANGED_SINCE_VALIDATED,
    RUNBOOK_MISSING_SECTIONS,
    RUNBOOK_SECTION_MISSING,
    RUNBOOK_METRIC_COUNT
};

static const struct metric metric_table[RUNBOOK_METRIC_COUNT] = {
    [RUNBOOK_INFO] = {"dr_runbook_info",
                      METRIC_GAUGE,
                      "1, with where the document is (a URL without its query) and who keeps it up "
                      "to date, from the configuration.",
                      {"location", "owner"}},
    [RUNBOOK_VALIDATED] = {"dr_runbook_validated_timestamp_seconds",
                           METRIC_GAUGE,
                           "When the runbook was last validated.",
                           {NULL}},
    [RUNBOOK_MODIFIED] = {"dr_runbook_modified_timestamp_seconds",
                          METRIC_GAUGE,
                          "Modification time of the file, or Last-Modified of the URL. It proves "
                          "nothing: copying a file changes it too.",
                          {NULL}},
    [RUNBOOK_CHANGED] = {"dr_runbook_changed_timestamp_seconds",
                         METRIC_GAUGE,
                         "The content has not changed after this instant: when this exporter first "
                         "saw it, or the modification time that it had then if that is earlier.",
                         {NULL}},
    [RUNBOOK_CHANGED_SINCE_VALIDATED] =
        {"dr_runbook_changed_since_validated",
         METRIC_GAUGE,
         "Whether the content changed after the day on which it was last validated; absent if "
         "either is not known.",
         {NULL}},
    [RUNBOOK_MISSING_SECTIONS] = {"dr_runbook_missing_sections",
                                  METRIC_GAUGE,
                                  "How many of the required sections have no heading.",
                                  {NULL}},
    [RUNBOOK_SECTION_MISSING] = {"dr_runbook_section_missing",
                                 METRIC_GAUGE,
                                 "Whether this required section has no heading.",
                                 {"section"}},
};

struct session {
    struct http_client *client; /* NULL for a file. */
    char *token;
};

/* What this process knows about the content, to date its changes. */
struct memory {
    bool seen;
    uint64_t hash;
    struct reading changed;
};

static bool check_url(const struct runbook_settings *own, struct error *error)
{
    if (own->file != NULL && (own->ca_file != NULL || own->token_file != NULL)) {
        return error_set(error, ERROR_INTERNAL,
                         "\"ca_file\" and \"token_file\" are for \"url\"; remove them");
    }
    if (own->url == NULL) {
        return true;
    }
    if (!http_url_check(own->url, error)) {
        return error_prefix(error, "\"url\"");
    }
    if (own->token_file != NULL && strncasecmp(own->url, "https:", 6) != 0) {
        return error_set(error, ERROR_INTERNAL,
                         "\"url\" must begin with https:// when there is a \"token_file\", or "
                         "others could read the token");
    }
    return true;
}

static bool check(const void *settings, unsigned survives, struct error *error)
{
    const struct runbook_settings *own = settings;

    (void)survives;
    if ((own->file == NULL) == (own->url == NULL)) {
        return error_set(error, ERROR_INTERNAL, "%s; write one of them",
                         own->file == NULL ? "neither \"file\" nor \"url\" is given"
                                           : "both \"file\" and \"url\" are given");
    }
    return check_url(own, error) && runbook_sections_check(own->required_sections, error);
}

static void close_session(void *data)
{
    struct session *session = data;

    http_client_free(session->client);
    secret_free(&session->token);
    free(session);
}

static void *open_session(const void *settings, const struct deadline *deadline,
                          struct error *error)
{
    const struct runbook_settings *own = settings;
    struct session *session = calloc(1, sizeof *session);

    (void)deadline;
    if (session == NULL) {
        abort();
    }
    if (own->token_file != NULL && !secret_read(own->token_file, &session->token, error)) {
        close_session(session);
        return NULL;
    }
    session->client = own->url != NULL ? http_client_new() : NULL;
    return session;
}

/* A content that takes the place of another one appeared now at the latest; of the first one that
 * is seen only the modification time tells. */
static struct reading date_change(struct memory *memory, const struct runbook_document *document,
                                  double now)
{
    uint64_t hash = hash_add(HASH_EMPTY, document->text, document->length);
    const struct reading *modified = &document->modified;

    if (!memory->seen || hash != memory->hash) {
        memory->changed = (struct reading){.known = memory->seen, .value = now};
        memory->hash = hash;
        memory->seen = true;
    }
    if (modified->known && modified->value <= now &&
        (!memory->changed.known || modified->value < memory->changed.value)) {
        memory->changed = *modified;
    }
    return memory->changed;
}

static void add_reading(struct samples *samples, enum runbook_metric metric,
                        const struct reading *reading)
{
    if (reading->known) {
        samples_add(samples, metric, reading->value);
    }
}

static void add_samples(const struct collection *collection, const struct reading *modified,
                        const struct reading *changed, const struct runbook_sections *sections,
                        const struct runbook_text *text)
{
    struct samples *samples = collection->samples;

    add_reading(samples, RUNBOOK_VALIDATED, &text->validated);
    add_reading(samples, RUNBOOK_MODIFIED, modified);
    add_reading(samples, RUNBOOK_CHANGED, changed);
    if (text->validated.known && changed->known) {
        samples_add(samples, RUNBOOK_CHANGED_SINCE_VALIDATED,
                    changed->value >= text->validated.value + DAY_SECONDS_MAX ? 1 : 0);
    }
    samples_add(samples, RUNBOOK_MISSING_SECTIONS, (double)text->missing_count);
    for (size_t i = 0; i < sections->count; i++) {
        samples_add_labelled(samples, RUNBOOK_SECTION_MISSING, text->missing[i] ? 1 : 0,
                             (const char *[]){sections->names[i]});
    }
}

static void add_info(const struct collection *collection, const struct runbook_settings *own)
{
    CLEANUP(free_text)
    char *location = own->file != NULL ? strdup(own->file) : http_url_public(own->url);

    if (location == NULL) {
        abort();
    }
    samples_add_labelled(collection->samples, RUNBOOK_INFO, 1,
                         (const char *[]){location, own->owner});
}

static bool collect(void *data, struct collection *collection, struct error *error)
{
    const struct runbook_settings *own = collection->settings;
    const struct session *session = data;
    CLEANUP(runbook_document_release) struct runbook_document document = {0};
    struct runbook_sections sections =
        runbook_sections_parse(collection->arena, own->required_sections);
    struct runbook_evidence *evidence = arena_alloc(collection->arena, sizeof *evidence);
    double now = clock_unix_seconds() + clock_step_seconds();
    struct runbook_text text;
    struct reading changed;

    add_info(collection, own);
    if (!runbook_document_read(own, session->client, session->token, &collection->deadline,
                               &document, error)) {
        return false;
    }
    text = runbook_text_read(collection->arena, document.text, document.length, &sections, now);
    changed = date_change(collection->memory, &document, now);
    add_samples(collection, &document.modified, &changed, &sections, &text);
    *evidence = (struct runbook_evidence){.validated = text.validated, .problem = text.problem};
    collection->evidence->runbooks = evidence;
    collection->evidence->runbook_count = 1;
    return true;
}

const struct collector runbook_collector = {
    .name = "runbook",
    .summary = "Runbooks in files or on the web: when they were last validated, and whether their "
               "sections are there.",
    .feeds = FEEDS(CHECK_RUNBOOK),
    .metrics = metric_table,
    .metric_count = RUNBOOK_METRIC_COUNT,
    .settings = setting_table,
    .setting_count = sizeof setting_table / sizeof setting_table[0],
    .settings_size = sizeof(struct runbook_settings),
    .memory_size = sizeof(struct memory),
    .check = check,
    .open = open_session,
    .collect = collect,
    .close = close_session,
};
