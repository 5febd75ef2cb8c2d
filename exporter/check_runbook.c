/* SPDX-License-Identifier: Apache-2.0 */
/* The check `runbook`: has anybody made sure lately that it is right? */

#include <string.h>

#include "exporter/checks.h"
#include "exporter/duration.h"

/* A date without a zone may be that of a place where it is tomorrow already; a later one was made
 * by a wrong clock and proves nothing. */
#define FUTURE_SECONDS_MAX (14 * 3600)

static bool lists_source(const struct service *service, size_t source)
{
    for (size_t i = 0; i < service->evidence_count; i++) {
        if (service->evidence[i] == source) {
            return true;
        }
    }
    return false;
}

/* What all runbooks of a service say together. */
struct findings {
    const char *problem; /* Of the first that has one. */
    /* The newest validation that names the service, for example by a drill. */
    struct reading named;
    /* The documents that the service lists: the one that was validated longest ago decides, and
     * one of which no validation is known even more so. */
    bool has_documents;
    struct reading oldest;
};

static void add_named(struct findings *findings, const struct runbook_evidence *runbook)
{
    if (runbook->validated.known &&
        (!findings->named.known || runbook->validated.value > findings->named.value)) {
        findings->named = runbook->validated;
    }
}

static void add_document(struct findings *findings, const struct runbook_evidence *runbook)
{
    if (!findings->has_documents ||
        (findings->oldest.known &&
         (!runbook->validated.known || runbook->validated.value < findings->oldest.value))) {
        findings->oldest = runbook->validated;
    }
    findings->has_documents = true;
}

static void add_evidence(struct findings *findings, const struct evidence *evidence,
                         const struct service *service, size_t source)
{
    for (size_t i = 0; i < evidence->runbook_count; i++) {
        const struct runbook_evidence *runbook = &evidence->runbooks[i];

        if (runbook->service == NULL && lists_source(service, source)) {
            add_document(findings, runbook);
        } else if (runbook->service != NULL && strcmp(runbook->service, service->name) == 0) {
            add_named(findings, runbook);
        } else {
            continue;
        }
        if (findings->problem == NULL) {
            findings->problem = runbook->problem;
        }
    }
}

static struct findings find_runbooks(const struct judging *judging, const struct service *service)
{
    struct findings findings = {.problem = NULL};

    for (size_t i = 0; i < judging->view->entry_count; i++) {
        const struct board_entry *entry = judging->view->entries[i];

        if (entry_is_up(entry, judging->monotonic_ms)) {
            add_evidence(&findings, &entry->snapshot->evidence, service, i);
        }
    }
    return findings;
}

/* Somebody who validated the service's runbook validated all its documents. */
static struct reading find_validation(const struct findings *findings)
{
    if (!findings->has_documents) {
        return findings->named;
    }
    if (findings->named.known &&
        (!findings->oldest.known || findings->named.value > findings->oldest.value)) {
        return findings->named;
    }
    return findings->oldest;
}

void check_runbook(const struct judging *judging, struct verdict *verdict)
{
    const struct limit *limit = &verdict->service->tier->runbook_max_age;
    struct findings findings = find_runbooks(judging, verdict->service);
    struct reading validated = find_validation(&findings);
    double age_seconds = judging->wall_now - validated.value;
    char limit_text[DURATION_TEXT_BYTES];
    char age[DURATION_TEXT_BYTES];

    if (findings.problem != NULL) {
        check_set(verdict, CHECK_RUNBOOK, CHECK_FAIL, findings.problem);
        return;
    }
    if (!limit->stated) {
        return;
    }
    duration_format(limit_text, limit->ms);
    if (!validated.known || age_seconds < -FUTURE_SECONDS_MAX) {
        check_set(verdict, CHECK_RUNBOOK, CHECK_UNKNOWN,
                  arena_printf(judging->arena, "no validation of a runbook is known, limit %s",
                               limit_text));
        return;
    }
    duration_describe(age, age_seconds);
    check_set(verdict, CHECK_RUNBOOK,
              age_seconds * 1000 > (double)limit->ms ? CHECK_FAIL : CHECK_PASS,
              arena_printf(judging->arena, "validated %s ago, limit %s", age, limit_text));
}
