/* SPDX-License-Identifier: Apache-2.0 */
/* The check `runbook`: has anybody made sure lately that it is right? */

#include "exporter/checks.h"
#include "exporter/duration.h"

/* A date without a zone may be that of a place where it is tomorrow already; a later one was made
 * by a wrong clock and proves nothing. */
#define FUTURE_SECONDS_MAX (14 * 3600)

static void add_named(struct service_runbooks *findings, const struct runbook_evidence *runbook)
{
    if (runbook->validated.known &&
        (!findings->named.known || runbook->validated.value > findings->named.value)) {
        findings->named = runbook->validated;
    }
}

static void add_document(struct service_runbooks *findings, const struct runbook_evidence *runbook)
{
    if (!findings->has_documents ||
        (findings->oldest.known &&
         (!runbook->validated.known || runbook->validated.value < findings->oldest.value))) {
        findings->oldest = runbook->validated;
    }
    findings->has_documents = true;
}

static void take_problem(struct service_runbooks *findings, const struct runbook_evidence *runbook)
{
    if (findings->problem == NULL) {
        findings->problem = runbook->problem;
    }
}

const struct service_runbooks *find_named_runbooks(const struct judging *judging)
{
    const struct config *config = judging->view->config;
    struct service_runbooks *named =
        arena_alloc_array(judging->arena, config->service_count + 1, sizeof *named);

    for (size_t i = 0; i < judging->view->entry_count; i++) {
        const struct board_entry *entry = judging->view->entries[i];
        size_t count =
            entry_is_up(entry, judging->monotonic_ms) ? entry->snapshot->evidence.runbook_count : 0;

        for (size_t j = 0; j < count; j++) {
            const struct runbook_evidence *runbook = &entry->snapshot->evidence.runbooks[j];
            size_t service = runbook->service == NULL
                                 ? config->service_count
                                 : config_find_service(config, runbook->service);

            if (service < config->service_count) {
                add_named(&named[service], runbook);
                take_problem(&named[service], runbook);
            }
        }
    }
    return named;
}

static struct service_runbooks find_runbooks(const struct judging *judging,
                                             const struct service *service)
{
    struct service_runbooks findings = judging->runbooks[service - judging->view->config->services];

    for (size_t i = 0; i < service->evidence_count; i++) {
        const struct board_entry *entry = judging->view->entries[service->evidence[i]];
        size_t count =
            entry_is_up(entry, judging->monotonic_ms) ? entry->snapshot->evidence.runbook_count : 0;

        for (size_t j = 0; j < count; j++) {
            const struct runbook_evidence *runbook = &entry->snapshot->evidence.runbooks[j];

            if (runbook->service == NULL) {
                add_document(&findings, runbook);
                take_problem(&findings, runbook);
            }
        }
    }
    return findings;
}

/* Somebody who validated the service's runbook validated all its documents. */
static struct reading find_validation(const struct service_runbooks *findings)
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
    struct service_runbooks findings = find_runbooks(judging, verdict->service);
    struct reading validated = find_validation(&findings);
    double age_seconds = judging->wall_now - validated.value;
    char limit_text[DURATION_TEXT_BYTES] = "";
    char age[DURATION_TEXT_BYTES] = "";

    if (findings.problem != NULL) {
        check_set(verdict, CHECK_RUNBOOK, CHECK_FAIL, findings.problem);
        return;
    }
    if (!limit->stated) {
        return;
    }
    if (judging->explains) {
        duration_format(limit_text, limit->ms);
        duration_describe(age, age_seconds);
    }
    if (!validated.known || age_seconds < -FUTURE_SECONDS_MAX) {
        check_set(
            verdict, CHECK_RUNBOOK, CHECK_UNKNOWN,
            reason_printf(judging, "no validation of a runbook is known, limit %s", limit_text));
        return;
    }
    check_set(verdict, CHECK_RUNBOOK,
              age_seconds * 1000 > (double)limit->ms ? CHECK_FAIL : CHECK_PASS,
              reason_printf(judging, "validated %s ago, limit %s", age, limit_text));
}
